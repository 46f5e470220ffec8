"""Evidence of the record itself: verified, sealed, stamped; how long things are kept; who may."""

from collections.abc import Mapping
from operator import itemgetter

from incidents.selectors.instances import asked_columns, instances_of
from ledger.rules.worded import word, worded
from ledger.selectors.anchors import newest_stamp_asked
from ledger.selectors.at_once import Question, Rows, instant
from ledger.selectors.checkpoints import newest_seal_asked
from ledger.selectors.lines import newest_asked
from registry.models import RetentionRule
from reports.collectors.evidence.lines import counted
from reports.rules.evidence import Found, Piece
from reports.selectors.control_ground import Footing, Ground

SOURCES = (
    "ledger_checked", "ledger_sealed", "ledger_anchored", "log_retention", "document_retention",
    "access_reviewed",
)  # fmt: skip
CHECKED, FAILED = "ledger.verified", "ledger.verification_failed"
# Art. 19 and 26(6): six months; Art. 18: ten years (the days of registry/reference/retention.yaml).
LOGS, SIX_MONTHS = ("decision_events", "measurements"), 184
DOCUMENTS, TEN_YEARS = ("documentation",), 3653
NOT_LOOKED_AT = word("roles not looked at for a year")
RULE = {"": ("kind", "name", "drops", "keep_days")}


def asked(ground: Footing) -> Mapping[str, Question]:
    """Return what to ask of the record itself."""
    return {
        "rules": asked_columns(RetentionRule.objects.all(), RULE),
        "checked": newest_asked(CHECKED, FAILED),
        "seal": newest_seal_asked(),
        "stamp": newest_stamp_asked(),
    }


def told(ground: Ground, answers: Mapping[str, Rows]) -> Mapping[str, Found]:
    """Return what shows that the record can be trusted."""
    rules = instances_of(RetentionRule, RULE, answers["rules"])
    kept = {row.kind: row for row in rules}
    sealed = [Piece(count=size, newest=instant(at)) for size, at in answers["seal"]]
    stamped = [Piece(count=1, newest=instant(at)) for (at,) in answers["stamp"]]
    return {
        "ledger_checked": Found(organisation=_checked(answers["checked"])),
        "ledger_sealed": Found(organisation=sealed[0] if sealed else Piece()),
        "ledger_anchored": Found(organisation=stamped[0] if stamped else Piece()),
        "log_retention": Found(organisation=_kept(kept, LOGS, SIX_MONTHS)),
        "document_retention": Found(organisation=_kept(kept, DOCUMENTS, TEN_YEARS)),
        "access_reviewed": Found(organisation=_access(ground)),
    }


def _checked(rows: Rows) -> Piece:
    if not rows:
        return Piece(lacks=worded("The record has never been verified"))
    _, verb, at = max(rows, key=itemgetter(0))
    lacks = worded("The newest verification failed") if verb == FAILED else ""
    return Piece(count=1, newest=instant(at), lacks=lacks)


def _kept(rules: Mapping[str, RetentionRule], kinds: tuple[str, ...], days: int) -> Piece:
    found = [rules[kind] for kind in kinds if kind in rules]
    if len(found) < len(kinds):
        return Piece(lacks=worded("No rule of retention is loaded"))
    short = [row.name for row in found if row.drops and row.keep_days < days]
    lacks = _too_short(days, short) if short else ""
    return Piece(count=len(found), lacks=lacks)


def _too_short(days: int, names: list[str]) -> str:
    return worded("Kept for less than {days} days: {names}", days=days, names=", ".join(names))


def _access(ground: Ground) -> Piece:
    roles = ground.roles
    lacks = counted(roles.old, roles.number, NOT_LOOKED_AT) if roles.old else ""
    return Piece(count=roles.number, newest=roles.newest, lacks=lacks)
