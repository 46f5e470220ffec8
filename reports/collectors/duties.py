"""Duties to report of the incidents of the pack: clocks, drafts, submissions, why not."""

from collections.abc import Sequence

from incidents.models import RegulatoryClock, ReportDraft, Submission
from reports.collectors.instant import at_its_instant
from reports.rules.conduct import DraftRecord, DutyRecord, SubmissionRecord
from reports.rules.things import Scope


@at_its_instant
def collect_duties(scope: Scope, incident_ids: Sequence[str]) -> list[DutyRecord]:
    """Return every clock with how it ended: a report, or the reason why none was due."""
    rows = RegulatoryClock.objects.filter(
        incident_id__in=incident_ids, aware_at__lte=scope.as_of
    ).select_related("incident", "rule")
    return [
        DutyRecord(
            incident=row.incident.number,
            rule=row.rule_id,
            regime=row.rule.regime,
            basis=row.rule.basis,
            rule_status=row.rule.status,
            counted_as=row.get_counted_as_display(),
            binding=row.binding,
            aware_at=row.aware_at,
            aware_person=row.aware_person,
            due_at=row.due_at,
            armed_by=row.armed_by,
            state=row.state,
            not_reportable_because=row.ended_reason,
            ended_at=row.ended_at,
            submission=str(row.submission_id or ""),
            entry=row.entry_number,
        )
        for row in rows.order_by("incident__number", "due_at", "rule_id", "pk")
    ]


@at_its_instant
def collect_drafts(scope: Scope, incident_ids: Sequence[str]) -> list[DraftRecord]:
    """Return every version of every report as it was drafted."""
    rows = ReportDraft.objects.filter(incident_id__in=incident_ids, made_at__lte=scope.as_of)
    return [
        DraftRecord(
            id=str(row.pk),
            incident=row.incident.number,
            regime=row.regime,
            template=row.template,
            kind=row.get_kind_display(),
            version=row.version,
            values=row.values,
            record_sha256=row.record_sha256,
            made_by=row.made_by.name,
            made_at=row.made_at,
            entry=row.entry_number,
        )
        for row in rows.select_related("incident", "made_by").order_by(
            "incident__number", "regime", "version"
        )
    ]


@at_its_instant
def collect_submissions(scope: Scope, incident_ids: Sequence[str]) -> list[SubmissionRecord]:
    """Return what was sent to authorities, with number and receipt."""
    rows = Submission.objects.filter(incident_id__in=incident_ids, recorded_at__lte=scope.as_of)
    return [
        SubmissionRecord(
            id=str(row.pk),
            incident=row.incident.number,
            draft_regime=row.report.regime if row.report else "",
            draft_version=row.report.version if row.report else None,
            kind=row.get_kind_display(),
            authority=row.authority,
            submitted_at=row.submitted_at,
            reference=row.reference,
            receipt=row.receipt,
            receipt_sha256=row.receipt_sha256,
            late_reason=row.late_reason,
            submitted_by=row.submitted_by.name,
            recorded_at=row.recorded_at,
            entry=row.entry_number,
        )
        for row in rows.select_related("incident", "report", "submitted_by").order_by(
            "incident__number", "submitted_at", "pk"
        )
    ]
