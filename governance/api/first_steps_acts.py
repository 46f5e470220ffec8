"""What the pages of the first steps do in one act, over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.first_steps import FirstStepsOut, organisation_to_set_up
from governance.selectors.pages.first_steps import first_steps_of
from governance.selectors.pages.first_steps_pages import proposals_for
from governance.services.committees import SeatPlan
from governance.services.first_steps import (
    ChosenKpi,
    Invited,
    choose_kpis,
    found_bodies,
    invite_people,
)
from governance.services.policies import load_profile
from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in, visible_system
from registry.models import RoleAssignment

TAGS = ["first steps"]
MOST = 20


class InvitedIn(serializers.Serializer[Any]):
    """Somebody to invite; without a role for who will own a system."""

    name = serializers.CharField(max_length=120)
    email = serializers.EmailField(max_length=254)
    role = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")

    def validate_role(self, value: str) -> str:
        """Refuse a role that there is not."""
        if value and value not in RoleAssignment.Role.values:
            raise serializers.ValidationError("There is no such role.")
        return value


class PeopleIn(serializers.Serializer[Any]):
    """Several people: all of them or none."""

    people = serializers.ListField(child=InvitedIn(), min_length=1, max_length=MOST)


class ProfileIn(serializers.Serializer[Any]):
    """A shipped profile, and where a notice goes when nobody can be found."""

    profile = serializers.CharField(max_length=20, help_text="small or bank")
    mailbox = serializers.EmailField(max_length=254)


class FirstSeatIn(serializers.Serializer[Any]):
    """One seat; the first is the chair's."""

    function = serializers.CharField(max_length=40)
    person = serializers.UUIDField()
    substitute = serializers.UUIDField(required=False, allow_null=True, default=None)


class BodiesIn(serializers.Serializer[Any]):
    """A committee with its seats."""

    name = serializers.CharField(max_length=120)
    seats = serializers.ListField(child=FirstSeatIn(), min_length=1, max_length=MOST)


class ChosenIn(serializers.Serializer[Any]):
    """A KPI that is proposed; a limit that is left out stays as proposed."""

    kpi = serializers.CharField(max_length=60)
    warning = serializers.FloatField(required=False, allow_null=True)
    critical = serializers.FloatField(required=False, allow_null=True)
    usual = serializers.FloatField(required=False, allow_null=True, default=None)


class KpisIn(serializers.Serializer[Any]):
    """Three to five KPIs of a system."""

    kpis = serializers.ListField(child=ChosenIn(), min_length=1, max_length=MOST)


class _Act(APIView):
    permission_classes = [IsPerson]

    def way(self, request: Request) -> Response:
        """Answer with where the organisation stands now."""
        unit, user = organisation_to_set_up(request), signed_in(request)
        way = first_steps_of(unit=unit, reader=user, at=clock.now())
        return Response(FirstStepsOut(way).data)

    def given(self, kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
        """Return what was sent, checked."""
        found = kind(data=request.data)
        found.is_valid(raise_exception=True)
        data: dict[str, Any] = found.validated_data
        return data


class FirstPeople(_Act):
    """The people of a new organisation."""

    @extend_schema(
        operation_id="first_steps_people", tags=TAGS, request=PeopleIn, responses=FirstStepsOut
    )
    def post(self, request: Request) -> Response:
        """Invite several people, each with their role for the whole unit."""
        given = self.given(PeopleIn, request)
        invite_people(
            people=[Invited(**one) for one in given["people"]],
            unit_id=organisation_to_set_up(request).pk,
            actor=actor_of(request),
            at=clock.now(),
        )
        return self.way(request)


class FirstProfile(_Act):
    """The profile of a new organisation."""

    @extend_schema(
        operation_id="first_steps_profile", tags=TAGS, request=ProfileIn, responses=FirstStepsOut
    )
    def post(self, request: Request) -> Response:
        """Load a shipped profile; somebody else confirms it as any policy."""
        given = self.given(ProfileIn, request)
        load_profile(
            unit_id=organisation_to_set_up(request).pk,
            profile=given["profile"],
            mailbox=given["mailbox"],
            author_id=signed_in(request).pk,
            actor=actor_of(request),
            at=clock.now(),
        )
        return self.way(request)


class FirstCommittee(_Act):
    """The committee of a new organisation."""

    @extend_schema(
        operation_id="first_steps_committee", tags=TAGS, request=BodiesIn, responses=FirstStepsOut
    )
    def post(self, request: Request) -> Response:
        """Found the committee, with the bodies of executives and board above it."""
        given = self.given(BodiesIn, request)
        seats = [
            SeatPlan(one["function"], one["person"], one["substitute"], place == 0, place == 1)
            for place, one in enumerate(given["seats"])
        ]
        found_bodies(
            unit_id=organisation_to_set_up(request).pk,
            name=given["name"],
            seats=seats,
            actor=actor_of(request),
            at=clock.now(),
        )
        return self.way(request)


class FirstKpis(_Act):
    """The KPIs of a first system."""

    @extend_schema(
        operation_id="first_steps_kpis", tags=TAGS, request=KpisIn, responses=FirstStepsOut
    )
    def post(self, request: Request, slug: str) -> Response:
        """Expect weekly readings of proposed KPIs and draft their thresholds."""
        given, at = self.given(KpisIn, request), clock.now()
        system = visible_system(request, slug, at)
        known = {one.kpi.pk: one.bands for one in proposals_for(system=system, at=at)}
        chosen = [_chosen(one, known) for one in given["kpis"]]
        choose_kpis(system_id=UUID(str(system.pk)), chosen=chosen, actor=actor_of(request), at=at)
        return self.way(request)


def _chosen(one: dict[str, Any], known: dict[str, dict[str, Any]]) -> ChosenKpi:
    if one["kpi"] not in known:
        raise Missing("not_proposed", "This KPI is not proposed for this kind of system.")
    bands = known[one["kpi"]]
    return ChosenKpi(
        kpi_id=one["kpi"],
        proposed=bands,
        warning=one.get("warning", bands.get("warning")),
        critical=one.get("critical", bands.get("critical")),
        baseline=one["usual"],
    )
