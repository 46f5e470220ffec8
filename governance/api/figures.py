"""The figures of incidents over the API."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.selectors.pages.figures import (
    BY,
    PERIODS,
    USUAL,
    Asked,
    since_of,
    told_of,
)
from governance.selectors.pages.figures_names import names_of
from incidents.models import Incident
from incidents.rules.figures import Figures
from incidents.selectors.visibility import incidents_of, incidents_visible_to
from outbox import clock
from registry.access import AS_OF, HasScope, moment_of, signed_in, visible_systems
from registry.models import ServiceToken


class IncidentFiguresIn(serializers.Serializer[Any]):
    """Over what time, of which cases, and by what they are told apart."""

    period = serializers.ChoiceField(choices=list(PERIODS), default=USUAL)
    by = serializers.ChoiceField(choices=list(BY), default="system")
    system = serializers.SlugField(max_length=80, default="", allow_blank=True)
    unit = serializers.UUIDField(default=None, allow_null=True)
    severity = serializers.ChoiceField(
        choices=Incident.Severity.choices, default="", allow_blank=True
    )


class FigureDurationOut(serializers.Serializer[Any]):
    """Seconds over `counted` of the `of` cases that it applies to; null under five cases.

    What still runs counts with its time so far; `…_is_least` says that a figure may still grow.
    """

    of = serializers.IntegerField()
    counted = serializers.IntegerField()
    running = serializers.IntegerField()
    longest_running = serializers.FloatField(allow_null=True)
    median = serializers.FloatField(source="median_told", allow_null=True)
    median_is_least = serializers.BooleanField()
    percentile_90 = serializers.FloatField(source="ninth_told", allow_null=True)
    percentile_90_is_least = serializers.BooleanField(source="ninth_is_least")


class FigureRateOut(serializers.Serializer[Any]):
    """So many of so many; the share is null under five."""

    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)


class FiguresOfGroupOut(serializers.Serializer[Any]):
    """The figures of a group; `key` is a system's short name, a unit's id, a severity, a month."""

    key = serializers.CharField()
    name = serializers.CharField()
    cases = serializers.IntegerField()
    open = serializers.IntegerField()
    drills = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    durations = serializers.DictField(child=FigureDurationOut())
    rates = serializers.DictField(child=FigureRateOut())


class IncidentFiguresOut(serializers.Serializer[Any]):
    """The figures of the incidents that were detected since `since` (null: of all)."""

    as_of = serializers.DateTimeField(allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField()
    by = serializers.CharField()
    whole = FiguresOfGroupOut()
    months = FiguresOfGroupOut(many=True)
    groups = FiguresOfGroupOut(many=True)


class IncidentFigures(APIView):
    """How long the chain takes and how often it goes back."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="figures_read",
        tags=["figures"],
        parameters=[IncidentFiguresIn, AS_OF],
        responses=IncidentFiguresOut,
    )
    def get(self, request: Request) -> Response:
        """Return the figures of the incidents that the caller may see."""
        given = IncidentFiguresIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked, moment = Asked(**given.validated_data), moment_of(request, now=clock.now())
        visible = moment.kept(_visible(request))
        with moment.reading():
            told = told_of(asked=asked, visible=visible, at=moment.at)
            names = names_of(by=asked.by, groups=told.groups)
            body = {
                "as_of": moment.as_of,
                "since": since_of(asked.period, moment.at),
                "until": moment.at,
                "by": asked.by,
                "whole": _plain(told.whole, {}),
                "months": [_plain(one, {}) for one in told.months],
                "groups": [_plain(one, names) for one in told.groups],
            }
            return Response(IncidentFiguresOut(body).data)


def _plain(one: Figures, names: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    name, slug = names.get(one.key, (one.key, ""))
    return {
        "key": slug or one.key,
        "name": name,
        "cases": one.cases,
        "open": one.open,
        "drills": one.drills,
        "withdrawn": one.withdrawn,
        "durations": one.durations,
        "rates": one.rates,
    }


def _visible(request: Request) -> QuerySet[Incident]:
    at = clock.now()
    if isinstance(request.auth, ServiceToken):
        return incidents_of(visible_systems(request, at))
    return incidents_visible_to(user=signed_in(request), at=at)
