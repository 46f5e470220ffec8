"""What the owner submitted and what validators said of it."""

from operator import attrgetter
from typing import Any

from incidents.models import Evidence, Findings, Incident, Questions, Transition, Validation
from incidents.rules.plan import FrozenPlan
from incidents.rules.records import review_record
from incidents.rules.transitions import VALIDATION
from incidents.selectors.files import file_of
from registry.services.signatures import is_valid

LINES = ("compliance", "risk")
REVIEW_FIELDS = ("severity", "severity_reason", "implication", "implication_reason", "harm")


def newest_findings(incident: Incident) -> Findings | None:
    """Return the findings of this cycle that were submitted last."""
    file = file_of(incident)
    if file is not None:
        read = [row for row in file.findings if row.cycle == incident.cycle]
        return max(read, key=lambda row: row.revision, default=None)
    rows = Findings.objects.filter(incident_id=incident.pk, cycle=incident.cycle)
    return rows.select_related("submitted_by", "signature").order_by("-revision").first()


def standing_reviews(incident: Incident) -> list[Validation]:
    """Return the reviews that bind the newest findings; changed findings void the others.

    One that no longer reads as it was signed counts as absent (workflow section 8).
    """
    findings = newest_findings(incident)
    if findings is None:
        return []
    rows = _reviews_of(incident, findings)
    return [row for row in rows if is_valid(row.signature, record_of_review(row))]


def changed_reviews(incident: Incident) -> list[Validation]:
    """Return the newest review of each line that no longer reads as it was signed.

    Once its line has signed anew, what was changed stands in nobody's way.
    """
    findings = newest_findings(incident)
    if findings is None:
        return []
    rows = sorted(_reviews_of(incident, findings), key=attrgetter("validated_at"))
    newest = {row.line: row for row in rows}
    return [row for row in newest.values() if not is_valid(row.signature, record_of_review(row))]


def _reviews_of(incident: Incident, findings: Findings) -> list[Validation]:
    digest, file = findings.record_sha256, file_of(incident)
    if file is not None:
        read = [row for row in file.validations if row.cycle == incident.cycle]
        return [
            row for row in read if row.findings_sha256 == digest and row.signature.payload_sha256
        ]
    rows = Validation.objects.filter(
        incident_id=incident.pk,
        cycle=incident.cycle,
        findings_sha256=digest,
        signature__payload_sha256__gt="",
    )
    found = rows.select_related("incident", "validator", "signature").order_by("validated_at")
    return list(found)


def record_of_review(row: Validation) -> dict[str, Any]:
    """Return what the signature of a review is bound to."""
    answers = {name: getattr(row, name) for name in REVIEW_FIELDS}
    return review_record(
        row.incident.number,
        cycle=row.cycle,
        line=row.line,
        findings_sha256=row.findings_sha256,
        answers={**answers, "clocks": row.clocks},
    )


def both_lines(incident: Incident, plan: FrozenPlan) -> bool:
    """Whether compliance and risk must both sign, in two persons."""
    return incident.risk_tier in plan.segregation.both_lines_at


def lines_to_sign(incident: Incident, plan: FrozenPlan) -> tuple[str, ...]:
    """Return the lines that are still to sign the newest findings; either one, or both."""
    signed = {review.line for review in standing_reviews(incident)}
    if both_lines(incident, plan):
        return tuple(line for line in LINES if line not in signed)
    return () if signed else LINES


def proposal_of(incident: Incident) -> Transition | None:
    """Return the proposal to dismiss that waits for a second person, None if there is none."""
    if incident.state != VALIDATION:
        return None
    file, about = file_of(incident), ("dismiss", "submit_findings")
    if file is not None:
        newest = next((row for row in reversed(file.transitions) if row.command in about), None)
    else:
        rows = Transition.objects.filter(incident_id=incident.pk, command__in=about)
        newest = rows.order_by("-version").first()
    return newest if newest is not None and newest.command == "dismiss" else None


def answers_of(incident: Incident) -> Questions | None:
    """Return the newest four answers: of this cycle, else of the one before it.

    What came back is the same cause, and what was said of it holds until it is answered anew.
    """
    file = file_of(incident)
    if file is not None:
        return file.questions[-1] if file.questions else None
    rows = Questions.objects.filter(incident_id=incident.pk).select_related("answered_by")
    return rows.order_by("-cycle", "-answered_at").first()


def has_evidence(incident: Incident) -> bool:
    """Whether anything supports this cycle's findings."""
    file = file_of(incident)
    if file is not None:
        return any(row.cycle == incident.cycle for row in file.evidence)
    return Evidence.objects.filter(incident_id=incident.pk, cycle=incident.cycle).exists()
