"""Evidence of the record itself: verified, sealed, stamped; how long things are kept; who may."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from ledger.rules.worded import word, worded
from ledger.selectors.anchors import newest_stamp
from ledger.selectors.checkpoints import newest_seal
from ledger.selectors.lines import newest_of
from registry.models import RetentionRule, RoleAssignment
from registry.selectors.people import in_force
from reports.collectors.evidence.lines import counted
from reports.rules.evidence import Found, Piece
from reports.selectors.control_ground import Ground

SOURCES = (
    "ledger_checked", "ledger_sealed", "ledger_anchored", "log_retention", "document_retention",
    "access_reviewed",
)  # fmt: skip
CHECKED, FAILED = "ledger.verified", "ledger.verification_failed"
# Art. 19 and 26(6): six months; Art. 18: ten years (the days of registry/reference/retention.yaml).
LOGS, SIX_MONTHS = ("decision_events", "measurements"), 184
DOCUMENTS, TEN_YEARS = ("documentation",), 3653
YEAR = timedelta(days=365)
NOT_LOOKED_AT = word("roles not looked at for a year")


def collect(ground: Ground) -> Mapping[str, Found]:
    """Return what shows that the record can be trusted; five queries."""
    kept = {row.kind: row for row in RetentionRule.objects.all()}
    seal, stamp = newest_seal(), newest_stamp()
    return {
        "ledger_checked": Found(organisation=_checked()),
        "ledger_sealed": Found(
            organisation=Piece(count=seal.size, newest=seal.sealed_at) if seal else Piece()
        ),
        "ledger_anchored": Found(organisation=Piece(count=1, newest=stamp) if stamp else Piece()),
        "log_retention": Found(organisation=_kept(kept, LOGS, SIX_MONTHS)),
        "document_retention": Found(organisation=_kept(kept, DOCUMENTS, TEN_YEARS)),
        "access_reviewed": Found(organisation=_access(ground.at)),
    }


def _checked() -> Piece:
    found = newest_of(verbs=(CHECKED, FAILED))
    if found is None:
        return Piece(lacks=worded("The record has never been verified"))
    verb, at = found
    lacks = worded("The newest verification failed") if verb == FAILED else ""
    return Piece(count=1, newest=at, lacks=lacks)


def _kept(rules: Mapping[str, RetentionRule], kinds: tuple[str, ...], days: int) -> Piece:
    found = [rules[kind] for kind in kinds if kind in rules]
    if len(found) < len(kinds):
        return Piece(lacks=worded("No rule of retention is loaded"))
    short = [row.name for row in found if row.drops and row.keep_days < days]
    lacks = _too_short(days, short) if short else ""
    return Piece(count=len(found), lacks=lacks)


def _too_short(days: int, names: list[str]) -> str:
    return worded("Kept for less than {days} days: {names}", days=days, names=", ".join(names))


def _access(at: datetime) -> Piece:
    rows = RoleAssignment.objects.filter(in_force(at), user__is_active=True)
    looked_at = [
        confirmed if confirmed and confirmed <= at else begun
        for confirmed, begun in rows.values_list("confirmed_at", "from_at")
    ]
    old = sum(1 for one in looked_at if one < at - YEAR)
    lacks = counted(old, len(looked_at), NOT_LOOKED_AT) if old else ""
    return Piece(count=len(looked_at), newest=max(looked_at, default=None), lacks=lacks)
