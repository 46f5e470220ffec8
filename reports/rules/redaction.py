"""What a recipient does not get: said by the class of a field, once, when a piece is collected.

Pure. Every text field below Content stands in one of three tables, so that none is handed over
because nobody thought of it (a test). What stands in the ledger's lines stays as it was sealed:
there, personal values are commitments, and who may not have them is given nothing to open them.
Privileged notes are collected for nobody.
"""

import dataclasses
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import fields, replace

from registry.rules.exchange.bom import SystemFacts

T = TypeVar("T")
WITHHELD = "withheld from this recipient"
PSEUDONYM = "Person "


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PERSONS = _words(
    "added_by answered_by approved_by as_delegate_of asked_by author aware_by aware_person "
    "brought_by certified_by chair confirmed_by convened_by decided_by delegate deputy drafted_by "
    "ended_by executor granted_by holder made_by on_behalf_of owner person planned_by proposed_by "
    "put_by ready_by received_by recorded_by reviewed_by seated second sent_by settled_by shown_by "
    "signed_by signer started_by submitted_by substitute taken_by told validator verifier who "
    "uploaded_by withdrawn_by written_by"
)
TEXTS = _words(
    "addenda affected_note armed_by baseline_note changelog controls decided_because "
    "detection_gap ended_reason ended_words evidence feasibility found harm implication_reason "
    "implemented late_reason lessons limit_words line link narrative next_step "
    "not_reportable_because note place population_rule population_source proposed_action reason "
    "receipt reference residual_risk "
    "resolution rest review review_words seen sent_how settled_reason severity_reason summary text "
    "urgent_reason what why withdrawn_reason"
)
# Values with a shape of their own, in which anything may stand.
SHAPES = _words(
    "body charter clocks conditions content figures motion observed parameters payload plan "
    "recipients report terms values"
)
OPEN = _words(
    "about acceptance act action amount answer_sha256 approved_amount authority basis better "
    "binding by_rule category cause code command committee confirmed_how containment counted_as "
    "critical_service currency data_sources day decision digest direction draft_regime due edge "
    "environment estimate evidence_sha256 fallback file findings_sha256 fires forecast formula "
    "from_state function ground how id implication incident incidents judged_by kind kpi kpi_name "
    "label language legal_class letter_version level lifecycle lifted_by live_version low_side "
    "meaning measure meeting method mode motion_sha256 name number of on_overdue onset_method "
    "outcome over payload_sha256 period_from period_until person_harmed personal_data plan_sha256 "
    "population_sha256 procedure profile proof proposed_severity purpose ratified_by "
    "receipt_sha256 record_sha256 regime renewal_of rights_affected risk_tier role rule "
    "rule_status scope segment sender severity sha256 side signature simulated slug source "
    "standing standing_order state stop_scope subject subject_id subject_type submission supplier "
    "system target_version template text_sha256 title to_state treatment type unit users_affected "
    "verdict version versions vote withheld words zone "
    # What the frameworks and the register add.
    "applies asked because by_law checked confidence coverage dated folder framework gap idle key "
    "edition lack lacks media_type missing more only_where owing page path provision provisions "
    "rests_on "
    "shared systems"
)


@dataclass(frozen=True)
class Policy:
    """What a recipient gets: names of people, typed texts, whole records, openings of the ledger.

    `openings` are the kinds of personal values that are opened in the ledger's lines; None for all.
    """

    names: bool
    texts: bool
    absences: bool
    openings: frozenset[str] | None
    why: str


POLICIES = {
    "auditor": Policy(True, True, True, None, ""),
    "internal": Policy(True, True, True, None, ""),
    "authority": Policy(
        True,
        True,
        False,
        frozenset({"name", "title", "text", "payload"}),
        "not needed to judge the system (GDPR Art. 5(1)(c), data minimisation)",
    ),
    "customer": Policy(
        False,
        False,
        False,
        frozenset(),
        "personal data and matters of our own house, of which a customer needs the fact alone",
    ),
}


class Redactor:
    """Redacts values for one recipient; `key` makes pseudonyms that only its holder can link."""

    def __init__(self, recipient: str, key: bytes) -> None:
        self.policy = POLICIES[recipient]
        self._key = key

    def person(self, name: str) -> str:
        """Return the name, or a pseudonym: the same person is the same throughout one pack."""
        if self.policy.names or not name:
            return name
        return PSEUDONYM + hmac.new(self._key, name.encode(), sha256).hexdigest()[:8]

    def text(self, words: str) -> str:
        """Return what somebody typed, or that it is withheld."""
        return words if self.policy.texts or not words else WITHHELD

    def of(self, value: T) -> T:
        """Return a value with everything below it redacted; the same value where all is given."""
        if self.policy.names and self.policy.texts:
            return value
        return self._any(value)  # type: ignore[no-any-return]

    def _any(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._any(item) for item in value]
        if not isinstance(value, Struct):
            return value
        changed = {
            field.name: self._field(field.name, getattr(value, field.name))
            for field in fields(value)
        }
        return replace(value, **changed)

    def _field(self, name: str, value: Any) -> Any:
        if name in SHAPES:
            return None if value is None else _empty(value)
        change = self._change(name)
        if change is None or not isinstance(value, str | list):
            return self._any(value)
        if isinstance(value, list):
            return [change(item) if isinstance(item, str) else self._any(item) for item in value]
        return change(value)

    def _change(self, name: str) -> Callable[[str], str] | None:
        if name in PERSONS:
            return self.person
        return self.text if name in TEXTS else None


def withheld_bill(facts: SystemFacts, redactor: Redactor) -> SystemFacts:
    """Return the facts of a bill of materials without what its recipient does not get."""
    if redactor.policy.names and redactor.policy.texts:
        return facts
    return dataclasses.replace(
        facts,
        versions=tuple(
            dataclasses.replace(one, changelog=redactor.text(one.changelog))
            for one in facts.versions
        ),
        data=tuple(
            dataclasses.replace(one, holder=redactor.person(one.holder)) for one in facts.data
        ),
        risks=tuple((redactor.text(what), redactor.text(then)) for what, then in facts.risks),
    )


def _empty(value: Any) -> Any:
    """Return what stands for a withheld value of its own shape: of the same kind, saying so."""
    if isinstance(value, dict):
        return {"withheld": WITHHELD}
    return [] if isinstance(value, list) else WITHHELD
