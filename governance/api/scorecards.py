"""The scorecards over the API: every line that is asked for, the worst first, page by page."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.rules.scorecards import ALL, STATES, VIEWS, Wanted
from governance.selectors.pages.scorecard_asked import TIMINGS, WAYS, Asked
from governance.selectors.pages.scorecard_list import Listed, listed, page_after, shown_lines
from governance.selectors.pages.scorecard_units import Group
from governance.selectors.pages.scorecard_words import Line, trend_values
from governance.selectors.pages.scorecards import groups_of, left_out_words, way_of
from governance.selectors.pages.visibility import lists_seen_by
from outbox import clock
from registry.access import AS_OF, HasScope, moment_of, signed_in, visible_systems
from registry.models import ServiceToken, System
from telemetry.models import Kpi, Perspective

MOST, USUAL = 200, 100
Out = dict[str, Any]


class ScorecardsIn(serializers.Serializer[Any]):
    """Which lines; `owner` answers for a line, `cursor` is the `next` of the page before."""

    view = serializers.ChoiceField(choices=list(VIEWS), default=ALL)
    unit = serializers.UUIDField(default=None, allow_null=True)
    system = serializers.SlugField(max_length=80, default="", allow_blank=True)
    category = serializers.ChoiceField(choices=Kpi.Category.choices, default="", allow_blank=True)
    perspective = serializers.ChoiceField(choices=Perspective.choices, default="", allow_blank=True)
    timing = serializers.ChoiceField(choices=list(TIMINGS), default="", allow_blank=True)
    state = serializers.ChoiceField(choices=list(STATES), default="", allow_blank=True)
    owner = serializers.UUIDField(default=None, allow_null=True)
    by = serializers.ChoiceField(choices=list(WAYS), default="", allow_blank=True)
    cursor = serializers.CharField(max_length=1000, default="", allow_blank=True)
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=USUAL)


class ScoredSystemOut(serializers.Serializer[Any]):
    """The system of a line."""

    slug = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.UUIDField()
    unit_name = serializers.CharField()


class ScoredValueOut(serializers.Serializer[Any]):
    """The latest reading, in the KPI's unit; null where none was ever delivered.

    `withheld` says why nothing of it is shown: its group has fewer than ten.
    """

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    window_end = serializers.DateTimeField(allow_null=True)
    withheld = serializers.CharField(allow_blank=True)


class ScoredBandOut(serializers.Serializer[Any]):
    """The limits that judge a line, in the KPI's unit; `low_side` of the direction 'outside'."""

    direction = serializers.CharField()
    warning = serializers.FloatField(allow_null=True)
    critical = serializers.FloatField(allow_null=True)
    instant_critical = serializers.FloatField(allow_null=True)
    low_side = serializers.JSONField(allow_null=True)
    version = serializers.IntegerField()


class ScoredGuardOut(serializers.Serializer[Any]):
    """What guards a line: `state` also counts what both came to together; '' where it has none."""

    kpi = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    limit = serializers.CharField()
    state = serializers.CharField()


class ScoredOwnerOut(serializers.Serializer[Any]):
    """Who answers for a line."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class ScoredLineOut(serializers.Serializer[Any]):
    """A line: a series, or a KPI of a scorecard that was never measured (`series` null).

    `state` is critical, warning, unknown (no data, in error, never measured), pending, recovering,
    unjudged (no approved band) or ok; `why` says it in words. `trend` holds the last readings,
    oldest first, null for one that does not count.
    """

    series = serializers.IntegerField(allow_null=True)
    system = ScoredSystemOut()
    kpi = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    perspective = serializers.CharField()
    timing = serializers.CharField()
    unit = serializers.CharField()
    better = serializers.CharField()
    environment = serializers.CharField()
    segment = serializers.CharField()
    on_scorecard = serializers.BooleanField()
    now = ScoredValueOut(allow_null=True)
    trend = serializers.ListField(child=serializers.FloatField(allow_null=True))
    baseline = serializers.FloatField(allow_null=True)
    target = serializers.FloatField(allow_null=True)
    band = ScoredBandOut(allow_null=True)
    guardrail = ScoredGuardOut(allow_null=True)
    state = serializers.CharField()
    why = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    owner = ScoredOwnerOut()
    on_breach = serializers.CharField()
    url = serializers.CharField()


class ScoredTallyOut(serializers.Serializer[Any]):
    """How many lines stand how."""

    total = serializers.IntegerField()
    states = serializers.DictField(child=serializers.IntegerField())


class ScoredGroupOut(serializers.Serializer[Any]):
    """A unit with those below it, or a system; `own` for what sits in the asked unit itself."""

    key = serializers.CharField()
    name = serializers.CharField()
    own = serializers.BooleanField()
    systems = serializers.IntegerField()
    unmeasured = serializers.IntegerField()
    state = serializers.CharField()
    all = ScoredTallyOut()
    leading = ScoredTallyOut()
    lagging = ScoredTallyOut()


class ScoredLeftOutOut(serializers.Serializer[Any]):
    """What the view leaves out, why, and how much."""

    reason = serializers.CharField()
    count = serializers.IntegerField()
    words = serializers.CharField()


class ScorecardsOut(serializers.Serializer[Any]):
    """A page of the lines, the worst first, with the sums of all of them."""

    as_of = serializers.DateTimeField(allow_null=True)
    at = serializers.DateTimeField()
    view = serializers.CharField()
    counts = ScoredTallyOut()
    left_out = ScoredLeftOutOut(many=True)
    by = serializers.CharField()
    groups = ScoredGroupOut(many=True)
    results = ScoredLineOut(many=True)
    next = serializers.CharField(allow_null=True)


class Scorecards(APIView):
    """How all KPIs are doing, as the page shows it."""

    permission_classes = [HasScope("read")]

    @extend_schema(
        operation_id="scorecards_read",
        tags=["telemetry"],
        parameters=[ScorecardsIn, AS_OF],
        responses=ScorecardsOut,
    )
    def get(self, request: Request) -> Response:
        """Return a page of the lines of systems that the caller may see."""
        given = ScorecardsIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked, limit = _asked(given.validated_data), given.validated_data["limit"]
        moment = moment_of(request, now=clock.now())
        visible = moment.kept(_visible(request))
        with moment.reading():
            found = listed(asked=asked, visible=visible)
            facts, further = page_after(found, found.facts, asked.after, limit=limit)
            lines = shown_lines(found, facts, at=moment.at)
            body = {
                "as_of": moment.as_of,
                "at": moment.at,
                "view": asked.view,
                **_sums(found, asked),
                "results": [_line(one) for one in lines],
                "next": further or None,
            }
            return Response(ScorecardsOut(body).data)


def _asked(given: Mapping[str, Any]) -> Asked:
    names = ("category", "perspective", "timing", "state", "owner")
    return Asked(
        view=given["view"],
        unit=given["unit"],
        system=given["system"],
        wanted=Wanted(**{name: given[name] for name in names}),
        by=given["by"],
        after=given["cursor"],
    )


def _visible(request: Request) -> QuerySet[System]:
    at = clock.now()
    if isinstance(request.auth, ServiceToken):
        return visible_systems(request, at)
    return lists_seen_by(user=signed_in(request), at=at)[0]


def _sums(found: Listed, asked: Asked) -> Out:
    states = dict.fromkeys(STATES, 0)
    for fact in found.facts:
        states[fact.state] += 1
    return {
        "counts": {"total": len(found.facts), "states": states},
        "left_out": [
            {"reason": why, "count": count, "words": words}
            for why, count, words in left_out_words(found.out)
        ],
        "by": way_of(found, asked),
        "groups": [_group(one) for one in groups_of(found, asked)],
    }


def _group(one: Group) -> Out:
    return {
        "key": one.system.slug if one.system else str(one.unit),
        "name": one.name,
        "own": one.own,
        "systems": one.systems,
        "unmeasured": one.silent,
        "state": one.all.state,
        "all": one.all,
        "leading": one.leading,
        "lagging": one.lagging,
    }


def _line(one: Line) -> Out:
    fact, details = one.fact, one.details
    return {
        "series": fact.series,
        "system": _system(one),
        "kpi": fact.kpi,
        "name": fact.name,
        "category": fact.category,
        "perspective": fact.perspective,
        "timing": fact.timing,
        "unit": details.kpi.unit,
        "better": details.kpi.better,
        "environment": fact.environment,
        "segment": fact.segment,
        "on_scorecard": fact.chosen,
        "now": one.score.newest if one.score else None,
        "trend": trend_values(one),
        "baseline": details.baseline,
        "target": details.target,
        "band": _band(one),
        "guardrail": one.guard,
        "state": fact.state,
        "why": one.words,
        "since": one.since,
        "owner": {"id": fact.owner, "name": fact.owner_name},
        "on_breach": one.on_breach,
        "url": one.url,
    }


def _system(one: Line) -> Out:
    unit: UUID = one.system.unit
    return {"slug": one.system.slug, "name": one.system.name, "unit": unit, "unit_name": one.unit}


def _band(one: Line) -> Out | None:
    version = one.score.version if one.score else None
    if version is None:
        return None
    limits = ("direction", "warning", "critical", "instant_critical", "low_side")
    return {name: getattr(version, name) for name in limits} | {"version": version.number}
