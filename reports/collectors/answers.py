"""What owner and compliance wrote: questions, assessments, findings, evidence, reviews, clocks."""

from collections.abc import Iterable

from incidents.models import (
    Evidence,
    Findings,
    FirstAssessment,
    Questions,
    RegulatoryClock,
    Validation,
)
from reports.rules.matters import (
    AssessmentRecord,
    ClockRecord,
    EvidenceRecord,
    FindingsRecord,
    QuestionsRecord,
    ValidationRecord,
)


def questions(rows: Iterable[Questions]) -> list[QuestionsRecord]:
    """Return the answers of each cycle."""
    return [
        QuestionsRecord(
            cycle=row.cycle,
            person_harmed=row.person_harmed,
            rights_affected=row.rights_affected,
            personal_data=row.personal_data,
            critical_service=row.critical_service,
            answered_by=row.answered_by.name,
            answered_at=row.answered_at,
            entry=row.entry_number,
        )
        for row in rows
    ]


def assessments(rows: Iterable[FirstAssessment]) -> list[AssessmentRecord]:
    """Return the first assessments; the newest counts."""
    return [
        AssessmentRecord(
            cycle=row.cycle,
            seen=row.seen,
            since=row.since,
            affected=row.affected,
            affected_note=row.affected_note,
            contained=row.contained,
            next_step=row.next_step,
            next_step_at=row.next_step_at,
            written_by=row.written_by.name,
            written_at=row.written_at,
            entry=row.entry_number,
        )
        for row in rows
    ]


def findings(rows: Iterable[Findings]) -> list[FindingsRecord]:
    """Return every revision of the findings."""
    return [
        FindingsRecord(
            cycle=row.cycle,
            revision=row.revision,
            cause=row.get_cause_display(),
            narrative=row.narrative,
            version=row.version_label,
            affected=row.affected,
            affected_note=row.affected_note,
            affected_from=row.affected_from,
            affected_until=row.affected_until,
            harm=row.harm,
            proposed_severity=row.proposed_severity,
            proposed_action=row.proposed_action,
            containment=row.containment,
            record_sha256=row.record_sha256,
            submitted_by=row.submitted_by.name,
            submitted_at=row.submitted_at,
            signature=str(row.signature_id),
            entry=row.entry_number,
        )
        for row in rows
    ]


def evidence(rows: Iterable[Evidence]) -> list[EvidenceRecord]:
    """Return what supports the findings and the proofs."""
    return [
        EvidenceRecord(
            cycle=row.cycle,
            title=row.title,
            reference=row.reference,
            sha256=row.sha256,
            purpose=row.purpose,
            added_by=row.added_by.name,
            added_at=row.added_at,
            entry=row.entry_number,
        )
        for row in rows
    ]


def validations(rows: Iterable[Validation], given: Iterable[Findings]) -> list[ValidationRecord]:
    """Return the signed reviews, each with whether it holds for its cycle's newest findings."""
    newest = {item.cycle: item.record_sha256 for item in sorted(given, key=lambda f: f.revision)}
    return [
        ValidationRecord(
            cycle=row.cycle,
            line=row.get_line_display(),
            findings_sha256=row.findings_sha256,
            same_record=newest.get(row.cycle) == row.findings_sha256,
            severity=row.severity,
            severity_reason=row.severity_reason,
            implication=row.get_implication_display(),
            implication_reason=row.implication_reason,
            clocks=row.clocks,
            harm=row.harm,
            validator=row.validator.name,
            validated_at=row.validated_at,
            signature=str(row.signature_id),
            entry=row.entry_number,
        )
        for row in rows
    ]


def clocks(rows: Iterable[RegulatoryClock]) -> list[ClockRecord]:
    """Return the regulatory clocks with the rule that they come from."""
    return [
        ClockRecord(
            rule=row.rule_id,
            regime=row.rule.regime,
            basis=row.rule.basis,
            hours=row.rule.hours,
            rule_status=row.rule.status,
            source=row.rule.source,
            aware_at=row.aware_at,
            aware_person=row.aware_person,
            due_at=row.due_at,
            armed_by=row.armed_by,
            state=row.state,
            ended_reason=row.ended_reason,
            ended_at=row.ended_at,
            entry=row.entry_number,
        )
        for row in rows
    ]
