"""The rota, calls, deadlines explained and recalculated, and the engine, over the API."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.models import Call, OnCallRota, OnCallShift
from governance.selectors.deadlines import Explained, explain
from governance.selectors.engine import look
from governance.selectors.on_call import on_call_now, rotas_of, shifts_of, units_read_by
from governance.selectors.pages.on_call import SHOWN_AHEAD, call_of, calls_to, unit_page
from governance.selectors.pages.visibility import incident_of_number
from governance.services.on_call import end_shift, enter_shift, keep_rota
from governance.services.paging import answer_call, is_answered
from governance.services.recalculations import recalculate_deadlines
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from registry.services.access import require_anywhere

TAGS = ["on call"]


class RotaIn(serializers.Serializer[Any]):
    """A rota; `calendar` null leaves the calendar as it is, an empty one takes it away."""

    zone = serializers.CharField(max_length=60)
    calendar = serializers.CharField(
        max_length=1000, allow_null=True, allow_blank=True, default=None
    )


class RotaOut(serializers.ModelSerializer[OnCallRota]):
    """A rota with who is on call now; the calendar's address is never shown again."""

    unit = serializers.CharField(source="unit.name")
    unit_id = serializers.UUIDField()
    calendar_host = serializers.CharField(source="host")
    on_call_now = serializers.SerializerMethodField()

    class Meta:
        model = OnCallRota
        fields = ["unit", "unit_id", "zone", "calendar_host", "version", "kept_at", "on_call_now"]

    def get_on_call_now(self, row: OnCallRota) -> list[str]:
        """Who is on call."""
        return [one.name for one in on_call_now(unit_id=row.unit_id, at=clock.now())]


class ShiftIn(serializers.Serializer[Any]):
    """Who is on call from when until when."""

    person = serializers.UUIDField()
    from_at = serializers.DateTimeField()
    until_at = serializers.DateTimeField()


class ShiftOut(serializers.ModelSerializer[OnCallShift]):
    """A shift; `from_calendar` was read and is changed there."""

    person_name = serializers.CharField(source="person.name")
    from_calendar = serializers.SerializerMethodField()

    class Meta:
        model = OnCallShift
        fields = [
            "id", "person", "person_name", "from_at", "until_at", "from_calendar", "ended_at",
            "ended_reason",
        ]  # fmt: skip

    def get_from_calendar(self, row: OnCallShift) -> bool:
        """Whether a calendar says it."""
        return bool(row.uid)


class OnCallReasonIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=2000)


class CallOut(serializers.ModelSerializer[Call]):
    """A call; `repeat` 0 is the first one."""

    incident = serializers.CharField(source="incident.number")
    drill = serializers.BooleanField(source="incident.drill")
    person_name = serializers.CharField(source="person.name")
    answered = serializers.SerializerMethodField()

    class Meta:
        model = Call
        fields = ["id", "incident", "drill", "person_name", "why", "repeat", "at", "answered"]

    def get_answered(self, row: Call) -> bool:
        """Whether the person has answered it."""
        return is_answered(call=row)


class ExplainedOut(serializers.Serializer[Any]):
    """A timer and why it is due when it is; `people` are who would be told now."""

    stage = serializers.CharField()
    what = serializers.CharField()
    due_at = serializers.DateTimeField()
    state = serializers.CharField()
    done_at = serializers.DateTimeField(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()
    level = serializers.IntegerField(allow_null=True)
    late_seconds = serializers.IntegerField(allow_null=True)
    people = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_people(self, row: Explained) -> list[dict[str, str]]:
        """Who would be told now, and how they are found."""
        return [{"name": one.person.name, "how": one.how} for one in row.people]


class DeadlinesOut(serializers.Serializer[Any]):
    """Every timer of the incident's cycle."""

    policy = serializers.CharField()
    calendar = serializers.CharField()
    deadlines = ExplainedOut(many=True)
    steps = ExplainedOut(many=True)
    others = ExplainedOut(many=True)


class MovedOut(serializers.Serializer[Any]):
    """A deadline that moved."""

    stage = serializers.CharField()
    was = serializers.DateTimeField()
    becomes = serializers.DateTimeField()


class EngineOut(serializers.Serializer[Any]):
    """Whether the engine works; `faults` empty is well."""

    ok = serializers.BooleanField()
    at = serializers.DateTimeField()
    overdue_timers = serializers.IntegerField()
    oldest_due_at = serializers.DateTimeField(allow_null=True)
    swept_at = serializers.DateTimeField(allow_null=True)
    watched_at = serializers.DateTimeField(allow_null=True)
    clock_skew_seconds = serializers.FloatField()
    engine = serializers.IntegerField()
    waiting_messages = serializers.IntegerField()
    faults = serializers.ListField(child=serializers.CharField())


class Rotas(APIView):
    """The rotas of the units that the caller reads."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="on_call_rotas", tags=TAGS, responses=RotaOut(many=True))
    def get(self, request: Request) -> Response:
        """Return them by unit, with who is on call now."""
        units = [one.pk for one in units_read_by(user=signed_in(request), at=clock.now())]
        return Response(RotaOut(rotas_of(units=units), many=True).data)


class Rota(APIView):
    """The rota of one unit."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="on_call_rota_keep", tags=TAGS, request=RotaIn, responses=RotaOut)
    def put(self, request: Request, unit_id: UUID) -> Response:
        """Make or change it."""
        given = RotaIn(data=request.data)
        given.is_valid(raise_exception=True)
        _read(request, unit_id)
        rota = keep_rota(
            unit_id=unit_id,
            zone=given.validated_data["zone"],
            url=given.validated_data["calendar"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(RotaOut(rota).data)


class Shifts(APIView):
    """The shifts of one unit: those of the next two months."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="on_call_shifts", tags=TAGS, responses=ShiftOut(many=True))
    def get(self, request: Request, unit_id: UUID) -> Response:
        """Return them in order."""
        at, rota = clock.now(), _read(request, unit_id)["rota"]
        rows = list(shifts_of(rota=rota, since=at, until=at + SHOWN_AHEAD)) if rota else []
        return Response(ShiftOut(rows, many=True).data)

    @extend_schema(
        operation_id="on_call_shift_enter", tags=TAGS, request=ShiftIn, responses={201: ShiftOut}
    )
    def post(self, request: Request, unit_id: UUID) -> Response:
        """Put a person on call."""
        given = ShiftIn(data=request.data)
        given.is_valid(raise_exception=True)
        _read(request, unit_id)
        shift = enter_shift(
            unit_id=unit_id,
            person_id=given.validated_data["person"],
            from_at=given.validated_data["from_at"],
            until_at=given.validated_data["until_at"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(ShiftOut(shift).data, status=status.HTTP_201_CREATED)


class ShiftEnd(APIView):
    """A shift that is taken back."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="on_call_shift_end", tags=TAGS, request=OnCallReasonIn, responses=ShiftOut
    )
    def post(self, request: Request, shift_id: UUID) -> Response:
        """Take it back, with a reason."""
        shift = end_shift(
            shift_id=shift_id, reason=_reason(request), actor=actor_of(request), at=clock.now()
        )
        return Response(ShiftOut(shift).data)


class CallPages(CursorPagination):
    """Keyset pages."""

    ordering = ("-at", "-id")
    page_size = 50


class Calls(ListAPIView[Call]):
    """The calls to the caller."""

    permission_classes = [IsPerson]
    queryset = Call.objects.none()
    serializer_class = CallOut
    pagination_class = CallPages

    def get_queryset(self) -> Any:
        """Return the caller's own."""
        return calls_to(user=signed_in(self.request)).select_related("incident", "person")

    @extend_schema(operation_id="calls_list", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of calls, the newest first."""
        return super().get(request, *args, **kwargs)


class CallAnswering(APIView):
    """'I have it', to a call."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="calls_answer", tags=TAGS, request=None, responses=CallOut)
    def post(self, request: Request, call_id: UUID) -> Response:
        """Answer it: the caller is not called again for this; no deadline stops."""
        at = clock.now()
        call_of(call_id=call_id, user=signed_in(request), at=at)
        call = answer_call(call_id=call_id, actor=actor_of(request), at=at)
        return Response(CallOut(call).data)


class IncidentDeadlines(APIView):
    """Why each deadline of an incident is when it is."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="incident_deadlines", tags=TAGS, responses=DeadlinesOut)
    def get(self, request: Request, number: str) -> Response:
        """Return the timers of its cycle with their reasons, and who would be told now."""
        reader, at = signed_in(request), clock.now()
        incident = incident_of_number(number=number, user=reader, at=at)
        return Response(DeadlinesOut(explain(incident=incident, zone=reader.zone, at=at)).data)


class IncidentRecalculation(APIView):
    """Deadlines counted anew by the unit's calendar of now."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="incident_recalculate",
        tags=TAGS,
        request=OnCallReasonIn,
        responses=MovedOut(many=True),
    )
    def post(self, request: Request, number: str) -> Response:
        """Count them anew, with a reason; returns what moved."""
        at = clock.now()
        incident = incident_of_number(number=number, user=signed_in(request), at=at)
        moved = recalculate_deadlines(
            incident_id=incident.pk, reason=_reason(request), actor=actor_of(request), at=at
        )
        return Response(MovedOut(moved, many=True).data)


class Engine(APIView):
    """Whether the engine works."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="engine_look", tags=TAGS, responses=EngineOut)
    def get(self, request: Request) -> Response:
        """Return what is overdue, and when the sweep and the watchdog last showed themselves."""
        reader, at = signed_in(request), clock.now()
        subject = ("user", str(reader.pk), reader.on_record)
        require_anywhere(act="engine.read", actor=actor_of(request), at=at, subject=subject)
        return Response(look(at=at, machine_now=datetime.now(UTC)).plain())


def _read(request: Request, unit_id: UUID) -> dict[str, Any]:
    """The page of a unit that the caller reads. Raises Missing."""
    at = clock.now()
    return unit_page(unit_id=unit_id, user=signed_in(request), actor=actor_of(request), at=at)


def _reason(request: Request) -> str:
    given = OnCallReasonIn(data=request.data)
    given.is_valid(raise_exception=True)
    return str(given.validated_data["reason"])
