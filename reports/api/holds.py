"""Legal holds over HTTP: set and ended."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents.selectors.visibility import incident_by_number, incidents_visible_to
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in, visible_system
from registry.models import LegalHold, System
from registry.selectors.access import person_seen_by
from registry.selectors.holds import words_of
from registry.services.holds import Held, end_hold, set_hold
from reports.api.shapes import WhyIn
from reports.selectors.retention_page import hold_by_id


class HoldOut(serializers.ModelSerializer[LegalHold]):
    """A legal hold."""

    what = serializers.SerializerMethodField()
    owner = serializers.CharField(source="owner.name")

    class Meta:
        model = LegalHold
        fields = (
            "id", "scope", "what", "incident_number", "reason", "owner", "from_at", "until_at",
            "ended_at", "ended_reason",
        )  # fmt: skip

    def get_what(self, row: LegalHold) -> str:
        """Say what it covers."""
        return words_of(row)


class HoldIn(serializers.Serializer[object]):
    """What shall be held: name one of system, incident, person, or none for everything."""

    system = serializers.SlugField(required=False, help_text="The system's short name.")
    incident = serializers.CharField(required=False, max_length=20, help_text="Its number.")
    person = serializers.UUIDField(required=False)
    everything = serializers.BooleanField(default=False)
    reason = serializers.CharField(max_length=2000)
    owner = serializers.UUIDField(required=False, help_text="Who is told; without one, you.")
    until_at = serializers.DateTimeField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Want exactly one thing."""
        named = [key for key in ("system", "incident", "person") if attrs.get(key)]
        if len(named) + bool(attrs["everything"]) != 1:
            raise serializers.ValidationError("Name one of system, incident, person or everything.")
        return attrs


class HoldList(APIView):
    """Legal holds."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="legal_holds_set",
        tags=["retention"],
        request=HoldIn,
        responses={201: HoldOut},
    )
    def post(self, request: Request) -> Response:
        """Set a hold."""
        given = HoldIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        hold = set_hold(
            held=_held(request, values),
            reason=values["reason"],
            owner_id=values.get("owner"),
            until_at=values["until_at"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(HoldOut(hold).data, status=status.HTTP_201_CREATED)


class HoldEnd(APIView):
    """The end of a hold."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="legal_holds_end", tags=["retention"], request=WhyIn, responses=HoldOut
    )
    def post(self, request: Request, hold_id: UUID) -> Response:
        """End a hold, with the reason."""
        given = WhyIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = hold_by_id(hold_id, user=signed_in(request), at=clock.now())
        hold = end_hold(
            hold_id=found.pk, actor=actor_of(request), at=clock.now(), **given.validated_data
        )
        return Response(HoldOut(hold).data)


def _held(request: Request, values: dict[str, object]) -> Held:
    if values.get("incident"):
        visible = incidents_visible_to(user=signed_in(request), at=clock.now())
        found = incident_by_number(number=str(values["incident"]), visible=visible)
        return Held(
            "incident",
            system_id=found.system_id,
            incident_id=found.pk,
            incident_number=found.number,
        )
    if values.get("system"):
        system: System = visible_system(request, str(values["system"]), clock.now())
        return Held("system", system_id=system.pk)
    if values.get("person"):
        reader, key = signed_in(request), UUID(str(values["person"]))
        return Held(
            "person", person_id=person_seen_by(person_id=key, user=reader, at=clock.now()).pk
        )
    return Held("everything")
