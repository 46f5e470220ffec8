"""Retention, legal holds and erasures over HTTP: everything that their pages do."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.selectors.erasures import requests
from governance.services.erasures import confirm_erasure
from incidents.selectors.visibility import incident_by_number, incidents_visible_to
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.models import ErasureRequest, LegalHold, RetentionRule, System
from registry.selectors.holds import holds_in_force, words_of
from registry.selectors.systems import system_by_slug
from registry.services.erasure import ask_erasure, decline_erasure
from registry.services.holds import Held, end_hold, set_hold
from registry.services.retention import set_retention
from reports.selectors.retention_page import next_run, reader_of
from reports.services.retention import run_retention


class BasisOut(serializers.Serializer[object]):
    """Where a rule comes from."""

    text = serializers.CharField()
    short = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    status = serializers.CharField()
    checked = serializers.CharField()


class RuleOut(serializers.ModelSerializer[RetentionRule]):
    """How long one kind of record is kept."""

    bases = BasisOut(many=True)

    class Meta:
        model = RetentionRule
        fields = (
            "kind", "name", "holds", "keep_days", "floor_days", "counted_from", "longer", "bases",
            "drops", "fixed", "personal", "release",
        )  # fmt: skip


class RuleIn(serializers.Serializer[object]):
    """A new time, and why."""

    keep_days = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=2000)


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


class WhyIn(serializers.Serializer[object]):
    """Why."""

    reason = serializers.CharField(max_length=2000)


class RetentionOut(serializers.Serializer[object]):
    """The rules, the holds in force, and when the next run is due."""

    rules = RuleOut(many=True)
    holds = HoldOut(many=True)
    next_run = serializers.DateTimeField()


class RunOut(serializers.Serializer[object]):
    """What a run would drop of one kind."""

    kind = serializers.CharField(source="rule.kind")
    before = serializers.DateTimeField()
    count = serializers.IntegerField(source="dropped.count")
    names = serializers.ListField(source="dropped.names", child=serializers.CharField())
    held = serializers.SerializerMethodField()
    left = serializers.CharField(source="dropped.left")

    def get_held(self, row: object) -> list[dict[str, str]]:
        """Say which holds keep what."""
        return [{"hold": str(one.hold), "what": one.words} for one in row.dropped.met]  # type: ignore[attr-defined]


class ErasureIn(serializers.Serializer[object]):
    """Whose data, on which basis, why."""

    person = serializers.UUIDField()
    basis = serializers.ChoiceField(choices=ErasureRequest.Basis.choices)
    reason = serializers.CharField(max_length=2000)


class ErasureOut(serializers.ModelSerializer[ErasureRequest]):
    """A request to erase a person."""

    name = serializers.CharField(source="person.name")
    asked_by = serializers.CharField(source="asked_by.name")
    decided_by = serializers.CharField(source="decided_by.name", default=None)

    class Meta:
        model = ErasureRequest
        fields = (
            "id", "person", "name", "basis", "reason", "state", "asked_by", "asked_at",
            "decided_by", "decided_at", "decided_reason",
        )  # fmt: skip


class Retention(APIView):
    """How long records are kept."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="retention_read", tags=["retention"], responses=RetentionOut)
    def get(self, request: Request) -> Response:
        """Return the rules, the holds in force, and when the next run is due."""
        at = clock.now()
        reader_of(user=signed_in(request), at=at)
        rules = RetentionRule.objects.all()
        told = {"rules": rules, "holds": holds_in_force(at), "next_run": next_run(at)}
        return Response(RetentionOut(told).data)


class RetentionPreview(APIView):
    """What the next run would drop."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="retention_preview", tags=["retention"], responses=RunOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return it by kind; nothing is changed."""
        at = clock.now()
        reader_of(user=signed_in(request), at=at)
        return Response(RunOut(run_retention(at=at, dry=True), many=True).data)


class RetentionRuleDetail(APIView):
    """One rule."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="retention_rule_set", tags=["retention"], request=RuleIn, responses=RuleOut
    )
    def post(self, request: Request, kind: str) -> Response:
        """Say how long the kind is kept, never below its floor."""
        given = RuleIn(data=request.data)
        given.is_valid(raise_exception=True)
        rule = set_retention(
            kind=kind, actor=actor_of(request), at=clock.now(), **given.validated_data
        )
        return Response(RuleOut(rule).data)


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
        hold = end_hold(
            hold_id=hold_id, actor=actor_of(request), at=clock.now(), **given.validated_data
        )
        return Response(HoldOut(hold).data)


class ErasureList(APIView):
    """Requests to erase people."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="erasures_list", tags=["retention"], responses=ErasureOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return the newest hundred, those that wait first."""
        reader_of(user=signed_in(request), at=clock.now())
        return Response(ErasureOut(requests()[:100], many=True).data)

    @extend_schema(
        operation_id="erasures_ask",
        tags=["retention"],
        request=ErasureIn,
        responses={201: ErasureOut},
    )
    def post(self, request: Request) -> Response:
        """Ask for an erasure; a second person agrees before anything goes."""
        given = ErasureIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        asked = ask_erasure(
            person_id=values["person"],
            basis=values["basis"],
            reason=values["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(ErasureOut(asked).data, status=status.HTTP_201_CREATED)


class ErasureConfirmation(APIView):
    """The second person's yes."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="erasures_confirm", tags=["retention"], request=None, responses=ErasureOut
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        """Agree, and erase."""
        done = confirm_erasure(request_id=request_id, actor=actor_of(request), at=clock.now())
        done.person.refresh_from_db()
        return Response(ErasureOut(done).data)


class ErasureRefusal(APIView):
    """The second person's no."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="erasures_decline",
        tags=["retention"],
        request=WhyIn,
        responses=ErasureOut,
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        """Decline, with the reason."""
        given = WhyIn(data=request.data)
        given.is_valid(raise_exception=True)
        asked = decline_erasure(
            request_id=request_id, actor=actor_of(request), at=clock.now(), **given.validated_data
        )
        return Response(ErasureOut(asked).data)


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
        system: System = system_by_slug(str(values["system"]))
        return Held("system", system_id=system.pk)
    if values.get("person"):
        return Held("person", person_id=UUID(str(values["person"])))
    return Held("everything")
