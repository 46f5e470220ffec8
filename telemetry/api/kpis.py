"""The catalogue: KPIs, an organisation's own ones and their definitions, templates, proposals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Invalid, Missing
from ledger.rules.worded import worded
from outbox import clock
from registry.access import HasScope, IsPerson, actor_of, signed_in, visible_systems
from registry.models import ServiceToken, System
from telemetry.api.kpi_shapes import (
    KpiDefinitionOut,
    KpiMeaningIn,
    KpiNoteIn,
    KpiOut,
    KpiTemplateOut,
    NewKpiIn,
    ProposedBandsOut,
)
from telemetry.models import Kpi, KpiTemplate
from telemetry.rules.band_faults import PROFILES
from telemetry.selectors.catalogue import (
    Asked,
    definition_seen,
    definitions_of,
    drafts_seen,
    filtered,
    kpi_seen,
    kpis_seen,
    proposed_bands,
    templates_of,
    units_of_reader,
)
from telemetry.services.own_kpis import approve_kpi, decline_kpi, draft_kpi

TAGS = ["telemetry"]
MOST = 200
FILTERS = [
    OpenApiParameter("q", str, description="Words of the name, the id or the explanation."),
    OpenApiParameter("category", str, enum=Kpi.Category.values),
    OpenApiParameter("perspective", str, enum=["speed", "quality", "cost", "risk", "adoption"]),
    OpenApiParameter("own", bool, description="Only the organisation's own."),
]
PROFILE = OpenApiParameter("profile", str, enum=list(PROFILES), description="small without one.")
BASELINE = OpenApiParameter("baseline", float, description="To fold absolute floors into.")
VARIANT = OpenApiParameter("variant", str, description="Such as advice, where a profile has one.")


def reader_units(request: Request, at: datetime) -> set[UUID]:
    """Return the units whose own KPIs the caller sees."""
    user = None if isinstance(request.auth, ServiceToken) else signed_in(request)
    return units_of_reader(systems=visible_systems(request, at), user=user, at=at)


class KpiPages(CursorPagination):
    """Keyset pages."""

    page_size = 100
    max_page_size = 500
    page_size_query_param = "limit"
    ordering = "pk"


@extend_schema_view(get=extend_schema(operation_id="kpis_list", tags=TAGS, parameters=FILTERS))
class KpiList(ListAPIView[Kpi]):
    """The catalogue as the caller sees it; draft a KPI of one's own."""

    queryset = Kpi.objects.none()
    serializer_class = KpiOut
    pagination_class = KpiPages

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; drafting takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    def get_queryset(self) -> QuerySet[Kpi]:
        """Return what the caller may see of it."""
        rows = kpis_seen(units=reader_units(self.request, clock.now()))
        return filtered(rows, Asked.of(self.request.query_params))

    @extend_schema(
        operation_id="kpis_draft", tags=TAGS, request=NewKpiIn, responses={201: KpiDefinitionOut}
    )
    def post(self, request: Request) -> Response:
        """Draft an own KPI; it can be measured once another person has approved it."""
        given = NewKpiIn(data=request.data)
        given.is_valid(raise_exception=True)
        draft = draft_kpi(
            key=given.validated_data["id"],
            unit_id=given.validated_data["of_unit"],
            meaning=given.meaning(),
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(KpiDefinitionOut(draft).data, status=status.HTTP_201_CREATED)


class KpiDetail(APIView):
    """One KPI."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="kpis_read", tags=TAGS, responses=KpiOut)
    def get(self, request: Request, kpi_id: str) -> Response:
        """Return what it means, and the bands that are proposed for it."""
        found = kpi_seen(kpi_id, units=reader_units(request, clock.now()))
        return Response(KpiOut(found).data)


class KpiProposal(APIView):
    """The threshold that a profile proposes for a KPI."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="kpis_proposal",
        tags=TAGS,
        parameters=[PROFILE, BASELINE, VARIANT],
        responses=ProposedBandsOut,
    )
    def get(self, request: Request, kpi_id: str) -> Response:
        """Return the bands by the names of a threshold; null where the catalogue has none."""
        found = kpi_seen(kpi_id, units=reader_units(request, clock.now()))
        asked = request.query_params
        profile = asked.get("profile", PROFILES[0])
        if profile not in PROFILES:
            words = worded("One of {profiles}.", profiles=", ".join(PROFILES))
            raise Invalid("unknown_profile", words, fields={"profile": words})
        proposed = proposed_bands(
            found,
            profile,
            baseline=_number(asked.get("baseline")),
            variant=asked.get("variant", ""),
        )
        answer = {"kpi": found.pk, "profile": profile, "proposed": proposed}
        return Response(ProposedBandsOut(answer).data)


class KpiDefinitions(APIView):
    """The definitions of a KPI; draft the next one of an own KPI."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope; drafting takes a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    @extend_schema(
        operation_id="kpi_definitions_list", tags=TAGS, responses=KpiDefinitionOut(many=True)
    )
    def get(self, request: Request, kpi_id: str) -> Response:
        """Return every definition that it had, the newest first."""
        found = kpi_seen(kpi_id, units=reader_units(request, clock.now()))
        return Response(KpiDefinitionOut(definitions_of(found.pk)[:MOST], many=True).data)

    @extend_schema(
        operation_id="kpi_definitions_draft",
        tags=TAGS,
        request=KpiMeaningIn,
        responses={201: KpiDefinitionOut},
    )
    def post(self, request: Request, kpi_id: str) -> Response:
        """Draft the next definition; the one in force stays until another person approves."""
        at = clock.now()
        found = kpi_seen(kpi_id, units=reader_units(request, at))
        if found.of_unit_id is None:
            raise Missing("shipped_kpi", "A shipped KPI is not redefined: draft one of your own.")
        given = KpiMeaningIn(data=request.data)
        given.is_valid(raise_exception=True)
        draft = draft_kpi(
            key=found.pk,
            unit_id=found.of_unit_id,
            meaning=given.meaning(),
            reason=given.validated_data["reason"],
            actor=actor_of(request),
            at=at,
        )
        return Response(KpiDefinitionOut(draft).data, status=status.HTTP_201_CREATED)


class KpiDrafts(APIView):
    """The definitions that wait for approval."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="kpi_drafts_list", tags=TAGS, responses=KpiDefinitionOut(many=True))
    def get(self, request: Request) -> Response:
        """Return those of the caller's units, the oldest first."""
        rows = drafts_seen(units=reader_units(request, clock.now()))
        return Response(KpiDefinitionOut(rows[:MOST], many=True).data)


class KpiDraftApprove(APIView):
    """Approve a drafted definition."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="kpi_drafts_approve", tags=TAGS, request=KpiNoteIn, responses=KpiOut
    )
    def post(self, request: Request, definition_id: UUID) -> Response:
        """Put it in force; whoever drafted it cannot."""
        at = clock.now()
        found = definition_seen(definition_id, units=reader_units(request, at))
        note = _note(request)
        kpi = approve_kpi(definition_id=found.pk, note=note, actor=actor_of(request), at=at)
        return Response(KpiOut(kpi).data)


class KpiDraftDecline(APIView):
    """Decline a drafted definition, or withdraw one's own."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="kpi_drafts_decline", tags=TAGS, request=KpiNoteIn, responses=KpiDefinitionOut
    )
    def post(self, request: Request, definition_id: UUID) -> Response:
        """Put it aside, with the reason."""
        at = clock.now()
        found = definition_seen(definition_id, units=reader_units(request, at))
        note = _note(request)
        draft = decline_kpi(definition_id=found.pk, note=note, actor=actor_of(request), at=at)
        return Response(KpiDefinitionOut(draft).data)


class KpiTemplates(APIView):
    """What a scorecard begins with."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="kpi_templates_list",
        tags=TAGS,
        parameters=[OpenApiParameter("kind", str, enum=System.Kind.values)],
        responses=KpiTemplateOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return three to five KPIs for each kind of system, or for one kind."""
        kind = request.query_params.get("kind")
        if kind is None:
            rows = list(KpiTemplate.objects.filter(in_use=True))
        elif kind in System.Kind.values:
            rows = templates_of(kind)
        else:
            words = worded("One of {values}.", values=", ".join(System.Kind.values))
            raise Invalid("unknown_kind", words, fields={"kind": words})
        return Response(KpiTemplateOut(rows, many=True).data)


def _note(request: Request) -> str:
    given = KpiNoteIn(data=request.data)
    given.is_valid(raise_exception=True)
    return str(given.validated_data["note"])


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not abs(found) <= 1e15:
        raise Invalid("bad_number", "A number.", fields={"baseline": "A number."})
    return found
