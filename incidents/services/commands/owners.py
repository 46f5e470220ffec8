"""What the owner's side does: acknowledge, assess, add evidence, submit findings."""

import hashlib
from typing import Any

from incidents.models import Evidence, Findings, FirstAssessment, Incident, Questions, Transition
from incidents.rules.plan import Deadline, stage_time, time_left
from incidents.rules.records import findings_record
from incidents.rules.transitions import CLOSED, INVESTIGATING, VALIDATION
from incidents.selectors.containment import containments_in_force
from incidents.selectors.reviews import newest_findings
from incidents.selectors.turns import due_before_lapse, paused_until
from incidents.services.awareness import DEEMED_AFTER, DEEMED_BY, note_opened
from incidents.services.clocks import arm_for_answers
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.recording import end, role_words
from incidents.services.deadlines import cancel_stage, counts_from
from ledger.rules.worded import word
from registry.services.signatures import hash_payload, sign


def answer_silenced(given: Given) -> Outcome:
    """T01c: what came and went within a silence ends with one line, as a watch does (EVA-18)."""
    incident, line = given.incident, given.values["line"]
    end(incident, given.at, resolution="passed_silenced", lessons=line)
    return Outcome(CLOSED, reason=line, after={"resolution": "passed_silenced"})


def acknowledge(given: Given) -> Outcome:
    """T02: the four questions are answered; a 'yes' or 'unknown' arms clocks from awareness."""
    incident, answers = given.incident, dict(given.values)
    _become_aware(given)
    row = Questions(
        incident=incident,
        cycle=incident.cycle,
        answered_by=given.person,
        answered_at=given.at,
        **answers,
    )

    def arm(transition: Transition) -> None:
        note_opened(incident, given.at)
        arm_for_answers(incident=incident, answers=answers, actor=given.attempt.actor, at=given.at)

    return Outcome(INVESTIGATING, rows=[row], deadline=_kept_deadline(given), then=arm)


def _kept_deadline(given: Given) -> Deadline | None:
    """The findings' deadline as it was before a lapse (INC-C), None where it counts as planned."""
    incident, plan = given.incident, given.plan
    duration = stage_time(plan, severity=incident.severity, stage="findings")
    due_at = due_before_lapse(incident)
    if duration is None or due_at is None:
        return None
    return Deadline("findings", counts_from(incident), due_at, duration)


def first_assessment(given: Given) -> Outcome:
    """T02a: five fields; its own deadline is met, the findings' deadline runs on."""
    incident = given.incident
    values = {**given.values, "affected_note": given.values["affected_note"] or ""}
    row = FirstAssessment(
        incident=incident,
        cycle=incident.cycle,
        written_by=given.person,
        written_at=given.at,
        **values,
    )
    before = {"contained": incident.contained}
    # What was stopped at once is contained whatever the owner thinks of it.
    incident.contained = values["contained"] or containments_in_force(incident).exists()
    incident.first_assessment_due_at = None

    def stop(transition: Transition) -> None:
        cancel_stage(incident, "first_assessment", reason="it was written", at=given.at)

    return Outcome(
        INVESTIGATING,
        before=before,
        after={"contained": incident.contained},
        rows=[row],
        then=stop,
    )


def add_evidence(given: Given) -> Outcome:
    """Something that supports findings or a proof; without a hash that of its reference."""
    incident, values = given.incident, given.values
    digest = values["sha256"] or hashlib.sha256(values["reference"].encode()).hexdigest()
    row = Evidence(
        incident=incident,
        cycle=incident.cycle,
        title=values["title"],
        reference=values["reference"],
        sha256=digest,
        purpose=incident.state.lower(),
        added_by=given.person,
        added_at=given.at,
    )
    return Outcome(incident.state, rows=[row], details={"sha256": digest})


def submit_findings(given: Given) -> Outcome:
    """T04: the findings are signed as authorship; the owner's clock stands while others read."""
    incident = given.incident
    row = _findings(given)
    record = findings_record(incident.number, row)
    row.record_sha256 = hash_payload(record)
    if given.ceremony is not None:
        row.signature = sign(
            user=given.person,
            meaning="authorship",
            role=role_words(given.attempt),
            subject_type="incident",
            subject_id=incident.pk,
            payload=record,
            reason=row.narrative,
            ceremony=given.ceremony,
            on_behalf_of=given.attempt.principal.pk if given.attempt.principal else None,
            fresh_seconds=given.plan.signature_fresh_seconds,
            actor=given.attempt.actor,
            at=given.at,
        )
    incident.first_assessment_due_at = None
    return Outcome(
        VALIDATION,
        after={"findings_sha256": row.record_sha256},
        details={"record_sha256": row.record_sha256, "left": _left(given)},
        rows=[row],
    )


def _become_aware(given: Given) -> None:
    """Awareness is when a person has it; an alarm unopened for 24 h is deemed known (CLK-05)."""
    incident = given.incident
    if incident.aware_at is not None:
        return
    deemed_at = incident.detected_at + DEEMED_AFTER
    if incident.kind == Incident.Kind.REPORTED:
        incident.aware_at, incident.aware_by = incident.detected_at, word("whoever reported it")
    elif given.at > deemed_at:
        incident.aware_at, incident.aware_by = deemed_at, DEEMED_BY
    else:
        incident.aware_at, incident.aware_by = given.at, given.person.name


def _findings(given: Given) -> Findings:
    incident, values = given.incident, given.values
    newest = newest_findings(incident)
    texts = ("version_label", "affected_note", "harm", "containment")
    filled: dict[str, Any] = {**values, **{name: values[name] or "" for name in texts}}
    filled["proposed_severity"] = values["proposed_severity"] or incident.severity
    return Findings(
        incident=incident,
        cycle=incident.cycle,
        revision=newest.revision + 1 if newest else 1,
        submitted_by=given.person,
        submitted_at=given.at,
        **filled,
    )


def _left(given: Given) -> str:
    """What is left of the owner's time, for a return (T05, F37); '' where there is no deadline."""
    incident = given.incident
    stage = stage_time(given.plan, severity=incident.severity, stage="findings")
    if stage is None or incident.stage_due_at is None:
        return ""
    since = paused_until(incident, given.at)
    left = time_left(given.plan, duration=stage, due_at=incident.stage_due_at, at=since)
    return str(left)
