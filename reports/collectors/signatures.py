"""Every signature on the incidents and decisions of the pack."""

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Q

from registry.models import Signature
from reports.collectors.instant import at_its_instant
from reports.collectors.words import name
from reports.rules.decided import DecisionRecord, SignatureRecord
from reports.rules.matters import IncidentRecord
from reports.rules.things import Scope


@at_its_instant
def collect_signatures(
    scope: Scope, incidents: Sequence[IncidentRecord], decisions: Sequence[DecisionRecord]
) -> list[SignatureRecord]:
    """Return the signatures by instant: those that records name and those on the objects.

    What is signed on a round that is not counted yet is left out: its hash could be guessed.
    """
    subjects = dict(_subjects(incidents, decisions))
    rows = (
        Signature.objects.filter(
            Q(pk__in=list(_named(incidents, decisions))) | Q(subject_id__in=list(subjects)),
            signed_at__lte=scope.as_of,
        )
        .select_related("on_behalf_of")
        .order_by("signed_at", "id")
    )
    return [_signature(row, subjects) for row in rows]


def _signature(row: Signature, subjects: Mapping[str, str]) -> SignatureRecord:
    return SignatureRecord(
        id=str(row.pk),
        signer=row.signer_name,
        role=row.role,
        on_behalf_of=name(row.on_behalf_of),
        meaning=row.meaning,
        reason=row.reason,
        subject_type=row.subject_type,
        subject_id=str(row.subject_id),
        subject=subjects.get(str(row.subject_id), ""),
        payload_sha256=row.payload_sha256,
        method=row.method,
        authenticated_at=row.authenticated_at,
        signed_at=row.signed_at,
        zone=row.zone,
    )


def _named(
    incidents: Sequence[IncidentRecord], decisions: Sequence[DecisionRecord]
) -> Iterator[str]:
    for incident in incidents:
        yield from (item.signature for item in incident.findings)
        yield from (item.signature for item in incident.validations)
    for decision in decisions:
        yield from (item.signature for item in decision.ballots if item.signature)
        if decision.resolution and decision.resolution.signature:
            yield decision.resolution.signature


def _subjects(
    incidents: Sequence[IncidentRecord], decisions: Sequence[DecisionRecord]
) -> Iterator[tuple[str, str]]:
    for incident in incidents:
        yield incident.id, incident.number
        for action in incident.actions:
            yield action.id, f"{incident.number}, action {action.position}"
    for decision in decisions:
        if decision.resolution is not None:
            yield decision.id, decision.number
