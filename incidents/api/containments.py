"""What holds a system still: containments of an incident, and the gateway's word that one holds."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.models import Containment, EvidenceHold, InterimMeasure
from incidents.selectors.visibility import (
    incident_by_number,
    incidents_of,
    incidents_visible_to,
)
from incidents.services.commands import execute
from ledger.rules.refusals import Forbidden, Missing
from ledger.rules.worded import worded
from outbox import clock
from registry.access import HasScope, actor_of, signed_in, visible_systems
from registry.api.shapes import PersonOut
from registry.models import ServiceToken
from registry.selectors import token_allows

TAGS = ["emergency"]
CONFIRM = "actions:confirm"


class ContainmentOut(serializers.ModelSerializer[Containment]):
    """An emergency containment; its nonce is told to the gateway only."""

    incident = serializers.CharField(source="incident.number")
    person = PersonOut(allow_null=True)
    in_force = serializers.BooleanField()

    class Meta:
        model = Containment
        exclude = ["nonce"]


class InterimOut(serializers.ModelSerializer[InterimMeasure]):
    """An interim measure."""

    taken_by = PersonOut()

    class Meta:
        model = InterimMeasure
        exclude = ["incident"]


class EvidenceHoldOut(serializers.ModelSerializer[EvidenceHold]):
    """A hold on the evidence."""

    set_by = PersonOut()
    released_by = PersonOut(allow_null=True)

    class Meta:
        model = EvidenceHold
        exclude = ["incident"]


class HeldOut(serializers.Serializer[Any]):
    """Everything that holds the system of an incident still, the oldest first."""

    containments = ContainmentOut(many=True)
    interim_measures = InterimOut(many=True)
    evidence_holds = EvidenceHoldOut(many=True)


class HoldsIn(serializers.Serializer[Any]):
    """The word that a containment holds: a gateway's nonce, or a second person's evidence."""

    nonce = serializers.CharField(max_length=64, default="", allow_blank=True)
    evidence = serializers.CharField(max_length=2000, default="", allow_blank=True)


class IncidentHeld(APIView):
    """What holds the system of an incident still."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="incidents_held", tags=TAGS, responses=HeldOut)
    def get(self, request: Request, number: str) -> Response:
        """Return its containments, interim measures and holds on the evidence."""
        incident = incident_by_number(number=number, visible=_visible(request))
        held = {
            "containments": incident.containments.select_related("incident", "person").order_by(
                "at"
            ),
            "interim_measures": incident.interim_measures.select_related("taken_by").order_by("at"),
            "evidence_holds": incident.evidence_holds.select_related(
                "set_by", "released_by"
            ).order_by("set_at"),
        }
        return Response(HeldOut(held).data)


class ContainmentReceipts(APIView):
    """The word that a containment holds."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        operation_id="containments_confirm", tags=TAGS, request=HoldsIn, responses=ContainmentOut
    )
    def post(self, request: Request, containment_id: UUID) -> Response:
        """Confirm it: a gateway by the nonce that it was sent, a second person with evidence.

        Repeated, it returns what was recorded first.
        """
        given = HoldsIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = _seen(request, containment_id)
        if row.confirmed_at is None:
            execute(
                command="confirm_containment",
                incident_id=row.incident_id,
                actor=actor_of(request),
                at=clock.now(),
                expected_version=None,
                idempotency_key=None,
                payload={"containment_id": str(row.pk), **given.validated_data},
            )
            row.refresh_from_db()
        return Response(ContainmentOut(row).data)


def _seen(request: Request, containment_id: UUID) -> Containment:
    """Return a containment that the caller may confirm. Raises Missing, Forbidden."""
    rows = Containment.objects.select_related("incident__system", "person")
    row = rows.filter(pk=containment_id).first()
    if row is None:
        raise _no_such()
    token = request.auth
    if not isinstance(token, ServiceToken):
        if not _visible(request).filter(pk=row.incident_id).exists():
            raise _no_such()
        return row
    if not token_allows(token, CONFIRM, row.incident.system.slug):
        raise Forbidden(
            "scope_missing",
            worded(
                "This token may not confirm this: it needs the scope {confirm} for the system.",
                confirm=CONFIRM,
            ),
            recorded=True,
            subject=("token", token.token_key, token.name),
        )
    return row


def _no_such() -> Missing:
    return Missing("unknown_containment", "There is no such containment that you may see.")


def _visible(request: Request) -> Any:
    at = clock.now()
    if isinstance(request.auth, ServiceToken):
        return incidents_of(visible_systems(request, at))
    return incidents_visible_to(user=signed_in(request), at=at)
