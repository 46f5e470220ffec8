"""Silences over the API: list, ask, agree, refuse, end."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.models import Mute
from governance.selectors.mutes import mutes_of, state_of, visible_mute
from governance.services.mutes import Cover, approve_mute, ask_mute, end_mute, refuse_mute
from outbox import clock
from registry.access import AS_OF, HasScope, IsPerson, actor_of, visible_system, visible_systems
from registry.api.past import PastList, PastPages

TAGS = ["silences"]


class MuteIn(serializers.Serializer[Any]):
    """What is silenced, why, and until when; what is left empty matches all."""

    system = serializers.SlugField(max_length=80)
    kpi = serializers.SlugField(max_length=60, default="", allow_blank=True)
    environment = serializers.CharField(max_length=30, default="", allow_blank=True)
    segment = serializers.CharField(max_length=120, default="", allow_blank=True)
    reason = serializers.CharField(max_length=2000)
    from_at = serializers.DateTimeField(allow_null=True, default=None, help_text="null: now")
    until_at = serializers.DateTimeField()


class MuteOut(serializers.ModelSerializer[Mute]):
    """A silence. `state`: asked, refused, planned, running, over, ended."""

    system = serializers.CharField(source="system.slug")
    kpi = serializers.CharField(source="kpi_id", allow_null=True)
    asked_by = serializers.CharField(source="asked_by.name")
    approved_by = serializers.CharField(source="approved_by.name", allow_null=True, default=None)
    ended_by = serializers.CharField(source="ended_by.name", allow_null=True, default=None)
    state = serializers.SerializerMethodField()

    class Meta:
        model = Mute
        fields = [
            "id", "system", "kpi", "environment", "segment", "reason", "from_at", "until_at",
            "second_person", "asked_by", "asked_at", "approved_by", "approved_at", "ended_by",
            "ended_at", "ended_reason", "state",
        ]  # fmt: skip

    def get_state(self, row: Mute) -> str:
        """Where it stands now."""
        return state_of(row, clock.now())


class MuteReasonIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=2000)


class MutePages(PastPages):
    """Keyset pages."""

    ordering = ("-asked_at", "-id")


class MuteList(PastList[Mute]):
    """The silences over systems that the caller may see; ask for another one."""

    queryset = Mute.objects.none()
    serializer_class = MuteOut
    pagination_class = MutePages

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; asking takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def get_queryset(self) -> QuerySet[Mute]:
        """Return what the caller may see."""
        return mutes_of(visible=self.systems)

    @extend_schema(operation_id="silences_list", tags=TAGS, parameters=[AS_OF])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of silences, the newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(operation_id="silences_ask", tags=TAGS, request=MuteIn, responses={201: MuteOut})
    def post(self, request: Request) -> Response:
        """Silence a system, a KPI or a segment of it, until an instant."""
        given, at = MuteIn(data=request.data), clock.now()
        given.is_valid(raise_exception=True)
        values = given.validated_data
        mute = ask_mute(
            system_id=visible_system(request, values["system"], at).pk,
            cover=Cover(values["kpi"], values["environment"], values["segment"]),
            reason=values["reason"],
            from_at=values["from_at"] or at,
            until_at=values["until_at"],
            actor=actor_of(request),
            at=at,
        )
        return Response(MuteOut(mute).data, status=201)


class MuteDetail(APIView):
    """One silence."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="silences_read", tags=TAGS, responses=MuteOut)
    def get(self, request: Request, mute_id: UUID) -> Response:
        """Return it."""
        return Response(MuteOut(_visible(request, mute_id)).data)


class MuteApproval(APIView):
    """Agreement to a silence over a system of high tier."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="silences_approve", tags=TAGS, request=None, responses=MuteOut)
    def post(self, request: Request, mute_id: UUID) -> Response:
        """Agree; who asked cannot."""
        found = _visible(request, mute_id)
        mute = approve_mute(mute_id=found.pk, actor=actor_of(request), at=clock.now())
        return Response(MuteOut(mute).data)


class MuteRefusal(APIView):
    """Refusal of a silence that waits."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="silences_refuse", tags=TAGS, request=MuteReasonIn, responses=MuteOut
    )
    def post(self, request: Request, mute_id: UUID) -> Response:
        """Refuse, with a reason."""
        found, reason = _visible(request, mute_id), _reason(request)
        mute = refuse_mute(mute_id=found.pk, reason=reason, actor=actor_of(request), at=clock.now())
        return Response(MuteOut(mute).data)


class MuteEnd(APIView):
    """The end of a silence before its time."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="silences_end", tags=TAGS, request=MuteReasonIn, responses=MuteOut)
    def post(self, request: Request, mute_id: UUID) -> Response:
        """End it; what still breaches starts its timers now."""
        found, reason = _visible(request, mute_id), _reason(request)
        mute = end_mute(mute_id=found.pk, reason=reason, actor=actor_of(request), at=clock.now())
        return Response(MuteOut(mute).data)


def _visible(request: Request, mute_id: UUID) -> Mute:
    return visible_mute(mute_id=mute_id, visible=visible_systems(request, clock.now()))


def _reason(request: Request) -> str:
    given = MuteReasonIn(data=request.data)
    given.is_valid(raise_exception=True)
    return str(given.validated_data["reason"])
