"""A series with what its picture needs: readings judged one by one, its bands, its guardrail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from governance.models import Threshold, ThresholdVersion
from governance.rules.bands import Band as Judged
from governance.rules.bands import Reading as JudgedReading
from governance.rules.bands import band_of
from governance.rules.figures import (
    HARD,
    Measure,
    measure_of,
    segment_words,
)
from governance.rules.judging import Judge, Timeline
from governance.selectors.thresholds import IN_FORCE, fitted_rule, rule_of, timelines_of
from incidents.models import Incident
from outbox.languages import say_date
from registry.models import Deployment
from telemetry.models import Series
from telemetry.render.drawing import Around
from telemetry.selectors.readings import Reading as Stored
from telemetry.selectors.readings import readings
from telemetry.selectors.small_groups import SmallGroups

MINUTE = 60
DAY = 86400
STANDINGS = {
    Judged.OK: "ok",
    Judged.WATCH: "watch",
    Judged.WARNING: "warning",
    Judged.CRITICAL: "critical",
    Judged.INSTANT: "critical",
    Judged.BAD: "none",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something to mark on the time axis: kind 'live', 'onset' or 'opened'."""

    at: datetime
    label: str
    kind: Literal["live", "onset", "opened"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A series with everything that its picture needs; `version` is None without a threshold.

    The readings are as they may be shown; `standings` say where each lies, by its end and revision.
    """

    series: Series
    version: ThresholdVersion | None
    timeline: Timeline | None
    readings: Sequence[Stored]
    measure: Measure
    guard: "Subject | None" = None
    standings: Mapping[tuple[datetime, int], str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What is measured, and of whom."""
        words = segment_words(self.series.segment)
        called = self.series.kpi.called
        return f"{called}, {words}" if words else called

    def standing(self, reading: Stored) -> str:
        """Where one reading lies under the version that judged its window; 'none' if nowhere."""
        return self.standings.get((reading.window_end, reading.revision), "none")


def _standing(reading: Stored, timeline: Timeline | None) -> str:
    judge = timeline.at(reading.window_end) if timeline else None
    if judge is None:
        return "ok" if reading.good and reading.value is not None else "none"
    given = JudgedReading(
        window_end=reading.window_end,
        value=reading.value,
        n=reading.n,
        low=reading.low,
        high=reading.high,
        quality="good" if reading.good else "bad",
    )
    return STANDINGS[band_of(judge.rule, given)]


def few_words() -> str:
    """Say why there is no figure of a group of fewer than ten."""
    return _("fewer than 10, not shown")


def rhythm_of(series: Series, version: ThresholdVersion | None) -> Around:
    """How far apart readings are where none is missing: no line is drawn across a silence."""
    step = max(series.window_seconds, series.cadence_seconds or 0)
    grace = version.grace_seconds if version else 0
    return Around(
        step=timedelta(seconds=step), grace=timedelta(seconds=grace), unknown=_("no data")
    )


def timeline_from(versions: Sequence[ThresholdVersion], series: Series) -> Timeline | None:
    """Return what judged a series, from its threshold's versions with threshold and KPI loaded.

    None where none was ever in force, and while the threshold waits for a baseline (EVA-23).
    """
    judges = [
        Judge(one.pk, one.threshold_id, one.valid_from, fitted_rule(rule_of(one), series))
        for one in sorted(versions, key=lambda one: -one.number)
        if one.state in IN_FORCE and not one.threshold.waits_for
    ]
    return Timeline(tuple(judges)) if judges else None


def subject_of(
    *, series: Series, version: ThresholdVersion | None, limit: int, until: datetime | None = None
) -> Subject:
    """Return a series with its last readings and its counter-metric; seven queries at most."""
    return _subject(series, version, limit, until, guard=_guard(series, limit, until))


def _pattern(window_seconds: int) -> str:
    """How finely a window's end is said: by the day, the minute, or the second."""
    if window_seconds >= DAY:
        return "j M"
    return "j M H:i" if window_seconds >= MINUTE else "H:i:s"


def when(instant: datetime, window_seconds: int, zone: ZoneInfo) -> str:
    """Write the end of a window: a day, or with the hour where windows are shorter than a day."""
    told = say_date(instant.astimezone(zone), _pattern(window_seconds))
    return told.replace(" ", HARD)


def events_of_system(deployments: Sequence[Deployment]) -> list[Event]:
    """Return when versions went live, as events of a chart."""
    return [
        Event(row.from_at, _("%(version)s live") % {"version": row.version.label}, "live")
        for row in deployments
    ]


def events_of_case(incident: Incident, environment: str) -> list[Event]:
    """Return when versions went live, when it began and when the case was opened."""
    live = Deployment.objects.filter(system_id=incident.system_id, environment=environment)
    events = events_of_system(list(live.select_related("version").order_by("from_at")))
    if incident.onset_at is not None:
        events.append(Event(incident.onset_at, _("onset"), "onset"))
    return [*events, Event(incident.opened_at, _("opened"), "opened")]


def _subject(
    series: Series,
    version: ThresholdVersion | None,
    limit: int,
    until: datetime | None,
    guard: "Subject | None" = None,
) -> Subject:
    stored = readings(series_id=series.pk, until=until, limit=limit)
    groups = SmallGroups()
    told = [groups.shown(series, one) for one in stored]
    known = [abs(one.value) for one in told if one.value is not None]
    size = max(known, default=None)
    measure = measure_of(unit=series.kpi.unit, neutral=series.kpi.neutral, size=size)
    timeline = timelines_of([series]).get(series.pk)
    standings = {(one.window_end, one.revision): _standing(one, timeline) for one in stored}
    return Subject(series, version, timeline, told, measure, guard, standings)


def _guard(series: Series, limit: int, until: datetime | None) -> "Subject | None":
    """The counter-metric of the same system, by the same windows, if it is measured."""
    if series.kpi.counter_metric_id is None:
        return None
    found = (
        Series.objects.filter(
            system_id=series.system_id,
            kpi_id=series.kpi.counter_metric_id,
            environment=series.environment,
            window_seconds=series.window_seconds,
        )
        .exclude(pk=series.pk)
        .select_related("kpi", "system")
        .order_by("segment")
        .first()
    )
    if found is None:
        return None
    version = ThresholdVersion.objects.filter(
        threshold__in=Threshold.objects.filter(
            system_id=found.system_id,
            kpi_id=found.kpi_id,
            environment=found.environment,
            segment=found.segment,
        ),
        state=ThresholdVersion.State.ACTIVE,
    ).first()
    return _subject(found, version, limit, until)
