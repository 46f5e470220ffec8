"""Small cases that one ceremony may close together (T25), and why others may not."""

from dataclasses import dataclass
from datetime import datetime

from governance.rules.meetings import MOST_SIGNED
from incidents.models import Findings, Incident
from incidents.rules.plan import from_text
from incidents.rules.records import small_case_record
from incidents.rules.transitions import VALIDATION
from incidents.selectors.attempts import attempt_of, refusal_of
from incidents.selectors.cast import Cast
from incidents.selectors.reviews import newest_findings
from incidents.selectors.small_files import read_small_files
from incidents.selectors.visibility import incidents_visible_to
from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Missing, Refused
from registry.models import Signature, User
from registry.services.signatures import bound_to_list, hash_payload, is_valid

COMMAND = "close_small"
TIERS = ("low", "medium")


@dataclass(frozen=True, slots=True)
class SmallCase:
    """A case that waits for validation: its findings, and why the reader cannot close it."""

    incident: Incident
    findings: Findings
    refusal: Refused | None

    @property
    def may_close(self) -> bool:
        """Whether the reader may close it now."""
        return self.refusal is None


def small_cases(*, user: User, actor: Actor, at: datetime) -> list[SmallCase]:
    """Return the small cases that wait for a validator, those that may be closed now first.

    As many as one ceremony signs; who is no validator of a case does not meet it here. The same
    few queries for one case and for many.
    """
    rows = incidents_visible_to(user=user, at=at).filter(
        state=VALIDATION, severity=Incident.Severity.MINOR, risk_tier__in=TIERS
    )
    related = ("system", "owner", "deputy", "live_version", "unit", "parent")
    ordered = rows.select_related(*related).order_by("stage_due_at", "number")
    waiting = list(ordered[: 2 * MOST_SIGNED])
    casts = read_small_files(incidents=waiting, at=at)
    found = []
    for incident in waiting:
        findings = newest_findings(incident)
        refusal = _refusal(casts[incident.pk], user, actor)
        if findings is not None and not isinstance(refusal, Forbidden | Missing):
            found.append(SmallCase(incident, findings, refusal))
    return sorted(found, key=lambda one: not one.may_close)


def record_of_case(incident: Incident, *, lessons: str) -> str:
    """Return the hash of what a validator signs who closes a small case, without any list."""
    findings = newest_findings(incident)
    return hash_payload(
        small_case_record(
            incident.number,
            cycle=incident.cycle,
            findings_sha256=findings.record_sha256 if findings else "",
            recovered_at=incident.recovered_at,
            lessons=lessons,
        )
    )


def verifies(incident: Incident, signature: Signature) -> bool:
    """Whether the signature that closed a small case stands for its record as it is now.

    Singly: the case, its findings and the hash of the list that the ceremony was over.
    """
    findings = newest_findings(incident)
    listed = getattr(signature, "listed", None)
    record = small_case_record(
        incident.number,
        cycle=incident.cycle,
        findings_sha256=findings.record_sha256 if findings else "",
        recovered_at=incident.recovered_at,
        lessons=incident.lessons,
    )
    return is_valid(signature, bound_to_list(record, _list_hash(listed)))


def _list_hash(listed: object) -> str:
    signing_list = getattr(listed, "signing_list", None)
    return str(signing_list.sha256) if signing_list is not None else ""


def _refusal(cast: Cast, user: User, actor: Actor) -> Refused | None:
    attempt = attempt_of(
        command=COMMAND,
        incident=cast.incident,
        plan=from_text(cast.incident.plan),
        actor=actor,
        at=cast.at,
        user=user,
        cast=cast,
    )
    return refusal_of(attempt)
