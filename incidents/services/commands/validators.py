"""What compliance and risk do: return, validate, dismiss, close a small case."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from incidents.models import Findings, Incident, RegulatoryClock, Transition, Validation
from incidents.rules.asking import Rest, decision_deadline
from incidents.rules.clock_answers import Answer, read_answers, together
from incidents.rules.plan import SEVERITIES, Deadline, calendar_of, time_after_return
from incidents.rules.records import findings_record, small_case_record
from incidents.rules.transitions import CLOSED, DECISION, INVESTIGATING, VALIDATION
from incidents.selectors.requests import pause_of, unanswered
from incidents.selectors.reviews import (
    REVIEW_FIELDS,
    changed_reviews,
    lines_to_sign,
    newest_findings,
    proposal_of,
    record_of_review,
    standing_reviews,
)
from incidents.services.clocks import earlier_only, settle_clocks
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.recording import end, role_words
from incidents.services.deadlines import deadline_of_return
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import worded
from outbox.rules.durations import Duration
from registry.models import Signature
from registry.services.signatures import is_valid, sign


def return_to_owner(given: Given) -> Outcome:
    """T05: the owner gets what was left of the time, not fresh time; the third return goes up."""
    incident, plan = given.incident, given.plan
    left = _left_at_submission(incident)
    before = {"returns": incident.returns, "level": incident.level}
    incident.returns += 1
    if incident.returns >= plan.returns_raise_at:
        incident.level += 1
    found = None
    if left is not None:
        duration = time_after_return(plan, severity=incident.severity, left=left)
        found = deadline_of_return(plan, duration, given.at)
    return Outcome(
        INVESTIGATING,
        reason=given.values["reason"],
        before=before,
        after={"returns": incident.returns, "level": incident.level},
        deadline=found,
    )


def validate(given: Given) -> Outcome:
    """T06: a signed review of one hash of the findings; the last one needed moves it on.

    With two lines the higher severity counts, and a clock ends only if both end it.
    """
    incident = given.incident
    findings = _intact_findings(incident)
    _check_other_lines(given)
    _check_severity(given)
    answers = _clock_answers(given)
    review = _review(given, findings, answers)
    reviews = [*standing_reviews(incident), review]
    if len(lines_to_sign(incident, given.plan)) > 1 and _needs_both(given):
        return Outcome(VALIDATION, verb="incident.reviewed", rows=[review])
    before = {"severity": incident.severity}
    incident.severity = max((one.severity for one in reviews), key=SEVERITIES.index)
    incident.severity_validated = True
    settled = {clock: together(_answers_to(clock, reviews)) for clock in answers}

    def settle(transition: Transition) -> None:
        settle_clocks(incident=incident, answers=settled, actor=given.attempt.actor, at=given.at)

    return Outcome(
        DECISION,
        reason=review.severity_reason,
        before=before,
        after={"severity": incident.severity, "severity_validated": True},
        rows=[review],
        deadline=_decision_deadline(given),
        then=settle,
    )


def _decision_deadline(given: Given) -> Deadline | None:
    """What was left when information was requested; None for the usual time (T11, KOM-25)."""
    incident, asked = given.incident, unanswered(given.incident)
    if asked is None or asked.decision_due_at is None:
        return None
    return decision_deadline(
        given.plan,
        Rest(asked.asked_at, given.at, asked.decision_due_at),
        severity=incident.severity,
        longest=pause_of(incident),
        calendar=calendar_of(given.plan),
    )


def dismiss(given: Given) -> Outcome:
    """T07: a validator proposes; where the policy asks for two persons, the second one closes."""
    incident = given.incident
    proposal = proposal_of(incident)
    if proposal is None and "validator" not in given.attempt.parties:
        raise Forbidden(
            "validator_first",
            "A compliance or risk officer proposes to dismiss; then you may agree.",
            recorded=True,
            subject=given.attempt.subject,
        )
    if proposal is None and given.plan.segregation.dismiss_persons > 1:
        return Outcome(VALIDATION, verb="incident.dismissal_proposed", reason=_ground(given))
    end(incident, given.at, resolution="dismissed", lessons=given.values["reason"])
    return Outcome(CLOSED, reason=_ground(given), after={"resolution": "dismissed"})


def close_small(given: Given) -> Outcome:
    """T25: a minor case whose cause is over; the owner gave the cause, a validator signs."""
    incident = given.incident
    findings = _intact_findings(incident)
    lessons = given.values["lessons"] or ""
    record = small_case_record(
        incident.number,
        cycle=incident.cycle,
        findings_sha256=findings.record_sha256,
        recovered_at=incident.recovered_at,
        lessons=lessons,
    )
    signature = sign_as(given, record, reason=lessons or findings.narrative)
    end(incident, given.at, resolution="small_case", lessons=lessons)
    return Outcome(
        CLOSED,
        reason=lessons,
        after={"resolution": "small_case"},
        details={"signature": signature.pk if signature else None},
    )


def sign_as(given: Given, record: Mapping[str, Any], *, reason: str) -> Signature | None:
    """Sign a record with the meaning of the command; None for an engine."""
    attempt = given.attempt
    if given.ceremony is None:
        return None
    return sign(
        user=given.person,
        meaning=attempt.command.meaning,
        role=role_words(attempt),
        subject_type="incident",
        subject_id=given.incident.pk,
        payload=record,
        reason=reason,
        ceremony=given.ceremony,
        on_behalf_of=attempt.principal.pk if attempt.principal else None,
        fresh_seconds=given.plan.signature_fresh_seconds,
        actor=attempt.actor,
        at=given.at,
    )


def _left_at_submission(incident: Incident) -> Duration | None:
    """What the owner had left when the findings that come back were submitted."""
    row = (
        Transition.objects.filter(incident=incident, command="submit_findings")
        .order_by("-version")
        .first()
    )
    text = row.payload.get("left") if row else ""
    return Duration.parse(text) if text else None


def _intact_findings(incident: Incident) -> Findings:
    """Return the newest findings if they are still what was signed. Raises Conflict."""
    findings = newest_findings(incident)
    if findings is None:
        raise Conflict("findings_missing", "There are no findings to act on.")
    if not is_valid(findings.signature, findings_record(incident.number, findings)):
        raise Conflict(
            "record_changed",
            "The findings have changed since they were signed; the signature counts as absent.",
            recorded=True,
            subject=("incident", str(incident.pk), incident.number),
        )
    return findings


def _check_other_lines(given: Given) -> None:
    """What another line signed still reads as it was signed. Raises Conflict, on record."""
    changed = [row for row in changed_reviews(given.incident) if row.line != given.attempt.line]
    if changed:
        raise Conflict(
            "record_changed",
            worded(
                "The review for {line} has changed since it was signed; the signature counts as "
                "absent. Sign once {line} has signed anew.",
                line=changed[0].line,
            ),
            recorded=True,
            subject=given.attempt.subject,
        )


def _needs_both(given: Given) -> bool:
    return given.incident.risk_tier in given.plan.segregation.both_lines_at


def _check_severity(given: Given) -> None:
    values = given.values
    if values["severity"] != given.incident.severity and not values["severity_reason"]:
        raise Invalid(
            "severity_reason_missing",
            "You change the severity: say why.",
            fields={"severity_reason": "A change of the severity needs a reason."},
        )
    if values["implication"] != "regime" and not values["implication_reason"]:
        raise Invalid(
            "implication_reason_missing",
            "Say why no authority has to be told under a statutory clock.",
            fields={"implication_reason": "This is required for this answer."},
        )


def _clock_answers(given: Given) -> dict[UUID, Answer]:
    running = {
        clock.pk: clock
        for clock in RegulatoryClock.objects.filter(
            incident=given.incident, state=RegulatoryClock.State.PROVISIONAL
        ).select_related("rule")
    }
    answers, fault = read_answers(
        list(running),
        given.values["clocks"] or (),
        implication=given.values["implication"],
        reason=given.values["implication_reason"] or "",
    )
    if fault:
        raise Invalid("clock_unanswered", fault, fields={"clocks": fault})
    for clock, answer in answers.items():
        earlier_only(running[clock], answer["aware_at"])
    return answers


def _review(given: Given, findings: Findings, answers: dict[UUID, Answer]) -> Validation:
    values = {name: given.values[name] or "" for name in REVIEW_FIELDS}
    clocks = [
        {
            "clock": str(clock),
            "answer": answer["answer"],
            "reason": answer["reason"] or "",
            "aware_at": answer["aware_at"].isoformat() if answer["aware_at"] else None,
        }
        for clock, answer in answers.items()
    ]
    row = Validation(
        incident=given.incident,
        cycle=given.incident.cycle,
        line=given.attempt.line,
        findings=findings,
        findings_sha256=findings.record_sha256,
        clocks=clocks,
        validator=given.person,
        validated_at=given.at,
        **values,
    )
    reason = values["severity_reason"] or values["harm"]
    signature = sign_as(given, record_of_review(row), reason=reason)
    if signature is not None:
        row.signature = signature
    return row


def _answers_to(clock: UUID, reviews: list[Validation]) -> list[Answer]:
    return [
        answer for review in reviews for answer in review.clocks if answer["clock"] == str(clock)
    ]


def _ground(given: Given) -> str:
    return f"{given.values['reason']} (evidence: {given.values['evidence']})"
