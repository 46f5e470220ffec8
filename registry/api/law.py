"""The law as data: frameworks, provisions, milestones, clock rules, regimes, obligations."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Forbidden
from outbox import clock
from registry.access import (
    HasScope,
    actor_of,
    etag,
    expected_version,
    visible_system,
)
from registry.api.law_shapes import (
    ClockRuleOut,
    FrameworkOut,
    MilestoneOut,
    ProvisionOut,
    ProvisionRow,
    QuestionnaireOut,
    RegimesIn,
    RegimesOut,
    SystemObligationsOut,
)
from registry.api.systems import IF_MATCH
from registry.models import OrganisationProfile, Provision, ServiceToken, System, SystemRegimes
from registry.rules.obligations import date_lines
from registry.selectors import law
from registry.selectors.obligations import obligations_of_system
from registry.selectors.regimes import (
    clock_rules,
    organisation_profile,
    profile_of,
    regime_questions,
    system_regimes,
)
from registry.services.regimes import set_organisation_profile, set_system_regimes


class FrameworkList(APIView):
    """The frameworks."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="law_frameworks", tags=["law"], responses=FrameworkOut(many=True))
    def get(self, request: Request) -> Response:
        """Return every framework with its edition and sources."""
        return Response(FrameworkOut(law.frameworks(), many=True).data)


class ProvisionPages(CursorPagination):
    """Keyset pages by id."""

    page_size = 100
    max_page_size = 500
    page_size_query_param = "limit"
    ordering = "id"


@extend_schema_view(
    get=extend_schema(
        operation_id="law_provisions",
        tags=["law"],
        parameters=[
            OpenApiParameter("framework", str),
            OpenApiParameter("kind", str),
            OpenApiParameter("q", str, description="Words of the number, the title or evidence."),
        ],
    )
)
class ProvisionList(ListAPIView[Provision]):
    """Provisions of the frameworks, by framework and kind, and by words."""

    permission_classes = [HasScope("read")]
    queryset = Provision.objects.none()
    serializer_class = ProvisionRow
    pagination_class = ProvisionPages

    def get_queryset(self) -> QuerySet[Provision]:
        """Return what is asked for."""
        asked = {key: _plain(self.request, key) for key in ("framework", "kind", "q")}
        return law.provisions(
            of=asked["framework"] or None, kind=asked["kind"], search=asked["q"]
        ).order_by()


class ProvisionDetail(APIView):
    """One provision in full."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="law_provision", tags=["law"], responses=ProvisionOut)
    def get(self, request: Request, key: str) -> Response:
        """Return who owes it, its dates with status and the replaced ones, crosswalk, sources."""
        found: Any = law.provision(key)
        known = law.law_with([found])
        found.all_dates = date_lines(known, known.provisions[0], None)
        found.all_parts = list(law.parts_of(found.pk))
        found.all_pairs = law.crosswalk_of(found.pk)
        found.all_kpis = list(law.kpi_duties_of([found.pk]))
        found.all_sources = law.sources_of(found.sources)
        return Response(ProvisionOut(found).data)


class MilestoneList(APIView):
    """The dates of the law, each with its status."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="law_milestones", tags=["law"], responses=MilestoneOut(many=True))
    def get(self, request: Request) -> Response:
        """Return every milestone, superseded ones too."""
        return Response(MilestoneOut(law.milestones(), many=True).data)


class ClockRuleList(APIView):
    """Duties to report within a time."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="law_clock_rules", tags=["law"], responses=ClockRuleOut(many=True))
    def get(self, request: Request) -> Response:
        """Return every clock rule, with the organisation's answer on its regime."""
        profile, rules = profile_of(None), clock_rules()
        for rule in rules:
            regime = profile.of_rule(rule)
            rule.regime_answer = regime.answer if regime else None  # type: ignore[attr-defined]
        return Response(ClockRuleOut(rules, many=True).data)


class QuestionnaireDetail(APIView):
    """A questionnaire."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="law_questionnaire", tags=["law"], responses=QuestionnaireOut)
    def get(self, request: Request, slug: str) -> Response:
        """Return the newest version of a questionnaire."""
        return Response(QuestionnaireOut(law.questionnaire(slug)).data)


class SystemObligations(APIView):
    """What one system owes."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="systems_obligations", tags=["law"], responses=SystemObligationsOut)
    def get(self, request: Request, slug: str) -> Response:
        """Return its obligations with dates, status and sources, the open ones included."""
        at = clock.now()
        found = visible_system(request, slug, at)
        owed = obligations_of_system(system=found, at=at)
        told = {
            "system": found.slug,
            "on": law.seat_day(at),
            "classified": owed.classified,
            "roles": sorted(owed.facts.roles),
            "open_facts": sorted(owed.facts.open),
            "obligations": owed.obligations,
        }
        return Response(SystemObligationsOut(told).data)


class OrganisationRegimes(APIView):
    """Which regimes of reporting the organisation falls under."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="law_organisation", tags=["law"], responses=RegimesOut)
    def get(self, request: Request) -> Response:
        """Return the answers with their ETag; undecided ones are armed as unknown."""
        return _regimes(organisation_profile(), None)

    @extend_schema(
        operation_id="law_organisation_set",
        tags=["law"],
        parameters=[IF_MATCH],
        request=RegimesIn,
        responses=RegimesOut,
    )
    def put(self, request: Request) -> Response:
        """Decide on regimes, each with what it rests on; by compliance."""
        row = set_organisation_profile(**_given(request), actor=actor_of(request), at=clock.now())
        return _regimes(row, None)


class SystemRegimesView(APIView):
    """Where one system differs from the organisation."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="systems_regimes", tags=["law"], responses=RegimesOut)
    def get(self, request: Request, slug: str) -> Response:
        """Return the answers that count for the system, with the ETag of its own."""
        found = visible_system(request, slug, clock.now())
        return _regimes(system_regimes(found.pk), found)

    @extend_schema(
        operation_id="systems_regimes_set",
        tags=["law"],
        parameters=[IF_MATCH],
        request=RegimesIn,
        responses=RegimesOut,
    )
    def put(self, request: Request, slug: str) -> Response:
        """Decide for one system; by compliance."""
        at = clock.now()
        found = visible_system(request, slug, at)
        row = set_system_regimes(system=found, **_given(request), actor=actor_of(request), at=at)
        return _regimes(row, found)


def _given(request: Request) -> dict[str, Any]:
    """Return what a person sent. Raises Forbidden for a token, PreconditionRequired."""
    if isinstance(request.auth, ServiceToken):
        words = "A service token cannot decide on regimes: that is a person's act."
        raise Forbidden("person_needed", words, recorded=True)
    given = RegimesIn(data=request.data)
    given.is_valid(raise_exception=True)
    return {**given.validated_data, "expected_version": expected_version(request)}


def _regimes(row: OrganisationProfile | SystemRegimes | None, system: System | None) -> Response:
    profile = profile_of(system.pk if system else None)
    version = row.version if row else 0
    told = {
        "version": version,
        "decided_at": row.decided_at if row else None,
        "reason": row.reason if row else "",
        "regimes": [
            {**_answer(profile.of_fact(one["id"])), "regime": one["regime"], "ask": one["ask"]}
            for one in regime_questions()
        ],
    }
    return Response(RegimesOut(told).data, headers={"ETag": etag(version)})


def _answer(regime: Any) -> dict[str, Any]:
    return {name: getattr(regime, name) for name in ("fact", "answer", "source", "of_system")}


def _plain(request: Request, key: str) -> str:
    return request.query_params.get(key, "").replace("\x00", "")[:100]
