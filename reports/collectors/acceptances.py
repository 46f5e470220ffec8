"""Accepted risks of the incidents of the pack, and what was proposed to be accepted."""

from collections.abc import Sequence

from governance.models import Decision
from incidents.models import AcceptanceProposal, RiskAcceptance
from reports.collectors.instant import at_its_instant
from reports.collectors.words import name
from reports.rules.conduct import AcceptanceRecord, ProposalRecord
from reports.rules.things import Scope


@at_its_instant
def collect_acceptances(scope: Scope, incident_ids: Sequence[str]) -> list[AcceptanceRecord]:
    """Return every acceptance of these incidents, the ended ones too, by number."""
    rows = list(
        RiskAcceptance.objects.filter(incident_id__in=incident_ids, from_at__lte=scope.as_of)
        .select_related("incident", "owner", "reviewed_by", "renewal_of")
        .order_by("number")
    )
    motions = Decision.objects.filter(pk__in=[row.decision_id for row in rows])
    numbers = dict(motions.values_list("pk", "number"))
    return [_acceptance(row, numbers.get(row.decision_id, "")) for row in rows]


@at_its_instant
def collect_proposals(scope: Scope, incident_ids: Sequence[str]) -> list[ProposalRecord]:
    """Return what was proposed to be accepted, and what came of it, by number."""
    rows = AcceptanceProposal.objects.filter(
        incident_id__in=incident_ids, proposed_at__lte=scope.as_of
    ).select_related("incident", "proposed_by", "decided_by", "acceptance")
    return [
        ProposalRecord(
            number=row.number,
            incident=row.incident.number,
            terms=row.terms,
            source=row.source,
            reference=row.reference,
            proposed_by=name(row.proposed_by),
            proposed_at=row.proposed_at,
            state=row.state,
            decided_by=name(row.decided_by),
            decided_at=row.decided_at,
            decided_because=row.decided_because,
            acceptance=row.acceptance.number if row.acceptance else "",
        )
        for row in rows.order_by("number")
    ]


def _acceptance(row: RiskAcceptance, decision: str) -> AcceptanceRecord:
    return AcceptanceRecord(
        number=row.number,
        incident=row.incident.number,
        cycle=row.cycle,
        decision=decision,
        motion_sha256=row.motion_sha256,
        title=row.title,
        treatment=row.treatment,
        residual_risk=row.residual_risk,
        controls=row.controls,
        environment=row.environment,
        versions=row.versions,
        kpi=row.kpi,
        segment=row.segment,
        limit_value=row.limit_value,
        limit_words=row.limit_words,
        severity=row.severity,
        risk_tier=row.risk_tier,
        owner=row.owner.name,
        from_at=row.from_at,
        until_at=row.until_at,
        original_from=row.original_from,
        original_until=row.original_until,
        renewal_of=row.renewal_of.number if row.renewal_of else "",
        renewals=row.renewals,
        review_at=row.review_at,
        reviewed_at=row.reviewed_at,
        reviewed_by=name(row.reviewed_by),
        review_words=row.review_words,
        state=row.state,
        ground=row.ground,
        ended_at=row.ended_at,
        ended_words=row.ended_words,
    )
