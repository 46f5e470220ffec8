"""How the people harmed are put right: the programmes of the incidents, batch by batch."""

from collections.abc import Sequence

from incidents.models import ProgrammeBatch, Reconciliation, RemediationProgramme
from reports.collectors.instant import at_its_instant
from reports.rules.conduct import BatchOfPeople, ProgrammeRecord, ReconciliationRecord
from reports.rules.things import Scope


@at_its_instant
def collect_programmes(scope: Scope, incident_ids: Sequence[str]) -> list[ProgrammeRecord]:
    """Return the programmes by incident and action, each with batches and reconciliations."""
    rows = (
        RemediationProgramme.objects.filter(
            action__incident_id__in=incident_ids, planned_at__lte=scope.as_of
        )
        .select_related("action__incident", "planned_by")
        .prefetch_related("batches__recorded_by", "reconciliations__signed_by")
        .order_by("action__incident__number", "action__cycle", "action__position")
    )
    return [_programme(row) for row in rows]


def _programme(row: RemediationProgramme) -> ProgrammeRecord:
    return ProgrammeRecord(
        id=str(row.pk),
        incident=row.action.incident.number,
        action=row.action.position,
        harm=row.harm,
        population_rule=row.population_rule,
        population_source=row.population_source,
        population_sha256=row.population_sha256,
        population=row.population,
        affected_from=row.affected_from,
        affected_until=row.affected_until,
        method=row.method,
        formula=row.formula,
        estimate=str(row.estimate),
        approved_amount=str(row.approved_amount),
        currency=row.currency,
        letter_version=row.letter_version,
        rest=row.rest,
        state=row.state,
        planned_by=row.planned_by.name,
        planned_at=row.planned_at,
        batches=[_batch(item) for item in sorted(row.batches.all(), key=lambda one: one.number)],
        reconciliations=[
            _reconciliation(item)
            for item in sorted(row.reconciliations.all(), key=lambda one: one.entry_number)
        ],
    )


def _batch(row: ProgrammeBatch) -> BatchOfPeople:
    return BatchOfPeople(
        number=row.number,
        sent=row.sent,
        answered=row.answered,
        settled=row.settled,
        unreachable=row.unreachable,
        refused=row.refused,
        amount=str(row.amount),
        letter_version=row.letter_version,
        evidence=row.evidence,
        evidence_sha256=row.evidence_sha256,
        note=row.note,
        recorded_by=row.recorded_by.name,
        recorded_at=row.recorded_at,
        entry=row.entry_number,
    )


def _reconciliation(row: Reconciliation) -> ReconciliationRecord:
    return ReconciliationRecord(
        side=row.get_side_display(),
        figures=row.figures,
        record_sha256=row.record_sha256,
        signature=str(row.signature_id),
        signed_by=row.signed_by.name,
        signed_at=row.signed_at,
        entry=row.entry_number,
    )
