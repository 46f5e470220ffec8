"""What the owner's side does: acknowledge, assess, add evidence, submit findings."""

import hashlib
from datetime import timedelta
from typing import Any

from incidents.models import Evidence, Findings, FirstAssessment, Incident, Questions, Transition
from incidents.rules.plan import stage_time, time_left
from incidents.rules.records import findings_record
from incidents.rules.transitions import CLOSED, INVESTIGATING, VALIDATION
from incidents.selectors.reviews import newest_findings
from incidents.services.clocks import arm_for_answers
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.recording import end, role_words
from incidents.services.deadlines import cancel_stage
from registry.services.signatures import hash_payload, sign

DEEMED_AFTER = timedelta(hours=24)


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
        arm_for_answers(incident=incident, answers=answers, actor=given.attempt.actor, at=given.at)

    return Outcome(INVESTIGATING, rows=[row], then=arm)


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
    incident.contained = values["contained"]
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
        incident.aware_at, incident.aware_by = incident.detected_at, "whoever reported it"
    elif given.at > deemed_at:
        incident.aware_at, incident.aware_by = deemed_at, "deemed, 24 h after detection"
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
    left = time_left(given.plan, duration=stage, due_at=incident.stage_due_at, at=given.at)
    return str(left)
