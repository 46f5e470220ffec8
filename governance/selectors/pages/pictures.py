"""A series as a picture: its readings judged, the chart, the table that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as say_date
from django.utils.safestring import SafeString

from governance.models import Threshold, ThresholdVersion
from governance.rules.bands import Band as Judged
from governance.rules.bands import Reading as JudgedReading
from governance.rules.bands import Side, band_of
from governance.rules.figures import (
    HARD,
    Measure,
    measure_of,
    number,
    often,
    segment_words,
    window_word,
)
from governance.rules.judging import Timeline
from governance.selectors.thresholds import bands_of, timelines_of
from registry.models import Deployment
from telemetry.models import Series
from telemetry.render.chart import kpi_chart
from telemetry.render.drawing import Band, Guardrail, Level, Marker, Numbers, Reading
from telemetry.selectors.readings import Reading as Stored
from telemetry.selectors.readings import readings

MINUTE = 60
DAY = 86400
SHOWN_IN_TABLE = 8
BESIDE_TABLE = (520.0, 300.0)
WHOLE_WIDTH = (960.0, 340.0)
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
    """A series with everything that its picture needs; `version` is None without a threshold."""

    series: Series
    version: ThresholdVersion | None
    timeline: Timeline | None
    readings: Sequence[Stored]
    measure: Measure
    guard: "Subject | None" = None

    @property
    def name(self) -> str:
        """What is measured, and of whom."""
        words = segment_words(self.series.segment)
        return f"{self.series.kpi.name}, {words}" if words else self.series.kpi.name

    def standing(self, reading: Stored) -> str:
        """Where one reading lies under the version that judged its window; 'none' if nowhere."""
        judge = self.timeline.at(reading.window_end) if self.timeline else None
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


def subject_of(
    *, series: Series, version: ThresholdVersion | None, limit: int, until: datetime | None = None
) -> Subject:
    """Return a series with its last readings and its counter-metric; seven queries at most."""
    return _subject(series, version, limit, until, guard=_guard(series, limit, until))


def picture(
    subject: Subject,
    *,
    events: Sequence[Event] = (),
    zone: ZoneInfo,
    key: str = "chart",
    rows: int = SHOWN_IN_TABLE,
    size: tuple[float, float] = BESIDE_TABLE,
) -> dict[str, Any] | None:
    """Return what components/chart.html shows of a series, None where it has no readings."""
    if not subject.readings:
        return None
    return {
        "caption": _caption(subject),
        "svg": chart(subject, events=events, zone=zone, key=key, size=size),
        "columns": columns(subject),
        "rows": [row(subject, one, zone) for one in reversed(subject.readings[-rows:])],
        "table_caption": f"The last {min(rows, len(subject.readings))} readings",
    }


def chart(
    subject: Subject,
    *,
    events: Sequence[Event],
    zone: ZoneInfo,
    key: str,
    size: tuple[float, float] = BESIDE_TABLE,
) -> SafeString:
    """Draw the series with its bands, baseline, target, guardrail and what happened meanwhile."""
    version, measure, kpi = subject.version, subject.measure, subject.series.kpi
    return kpi_chart(
        readings=[_drawn(subject, one) for one in subject.readings],
        title=f"{subject.name}, {often(subject.series.window_seconds)}",
        description=f"{sentence(subject)} The table gives every value.",
        bands=drawn_bands(version, measure) if version else (),
        baseline=_level("baseline", version.baseline if version else None, measure),
        target=_target(version, measure),
        markers=_markers(subject, events, zone),
        guardrail=_guardrail(subject.guard),
        numbers=Numbers(
            factor=measure.factor,
            digits=measure.digits,
            floor_at=kpi.lowest,
            ceiling_at=kpi.highest,
            zone=zone,
        ),
        key=key,
        width=size[0],
        height=size[1],
    )


def columns(subject: Subject) -> list[dict[str, Any]]:
    """Return the columns of the table of readings."""
    interval = [{"label": "95 % interval", "num": True}] if _has_intervals(subject) else []
    unit = subject.measure.unit
    return [
        {"label": f"{window_word(subject.series.window_seconds).capitalize()} to"},
        {"label": "n", "num": True},
        {"label": unit.capitalize() if unit else "Value", "num": True},
        *interval,
        {"label": "Standing"},
    ]


def row(subject: Subject, reading: Stored, zone: ZoneInfo) -> dict[str, Any]:
    """Return one reading as a row of the table."""
    measure = subject.measure
    interval = [{"text": measure.interval(reading.low, reading.high)}]
    cells: list[dict[str, Any]] = [
        {"text": when(reading.window_end, subject.series.window_seconds, zone)},
        {"text": "" if reading.n is None else number(reading.n)},
        {"text": measure.bare(reading.value)},
        *(interval if _has_intervals(subject) else []),
        {"state": subject.standing(reading)},
    ]
    return {"cells": cells}


def sentence(subject: Subject) -> str:
    """Say what the chart shows: the first, the last, the worst reading."""
    known = [one.value for one in subject.readings if one.value is not None and one.good]
    if not known:
        return f"{len(subject.readings)} readings, none with a value that counts."
    say = subject.measure.say
    return (
        f"{len(subject.readings)} readings; the first {say(known[0])}, the last {say(known[-1])}, "
        f"the lowest {say(min(known))}, the highest {say(max(known))}."
    )


def drawn_bands(version: ThresholdVersion, measure: Measure) -> list[Band]:
    """Return the bands of a version as areas with their words."""
    bands = bands_of(version)
    found = [] if bands.upper is None else _areas(bands.upper, measure, above=True)
    return found if bands.lower is None else [*found, *_areas(bands.lower, measure, above=False)]


def band_words(version: ThresholdVersion | None, measure: Measure) -> str:
    """Write a version's warning and critical limits: '≥ 8, ≥ 12 points'."""
    if version is None:
        return ""
    sign = "≤" if version.direction == "below" else "≥"
    limits = [version.warning, version.critical]
    if version.critical is None and version.instant_critical is not None:
        limits = [version.warning, version.instant_critical]
    told = [f"{sign} {measure.bare(limit)}" for limit in limits if limit is not None]
    return f"{', '.join(told)} {measure.unit}".strip() if told else ""


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
    return [Event(row.from_at, f"{row.version.label} live", "live") for row in deployments]


def _subject(
    series: Series,
    version: ThresholdVersion | None,
    limit: int,
    until: datetime | None,
    guard: "Subject | None" = None,
) -> Subject:
    stored = readings(series_id=series.pk, until=until, limit=limit)
    known = [abs(one.value) for one in stored if one.value is not None]
    size = max(known, default=None)
    measure = measure_of(unit=series.kpi.unit, neutral=series.kpi.neutral, size=size)
    timeline = timelines_of([series]).get(series.pk)
    return Subject(series, version, timeline, stored, measure, guard)


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


def _drawn(subject: Subject, reading: Stored) -> Reading:
    return Reading(
        at=reading.window_end,
        value=reading.value if reading.good else None,
        low=reading.low,
        high=reading.high,
        standing=subject.standing(reading),
    )


def _markers(subject: Subject, events: Sequence[Event], zone: ZoneInfo) -> list[Marker]:
    first, last = subject.readings[0].window_end, subject.readings[-1].window_end
    found = []
    for event in events:
        if event.kind == "live" and not first <= event.at <= last:
            continue
        at = min(max(event.at, first), last)
        day = when(event.at, subject.series.window_seconds, zone)
        label = event.label if event.kind == "onset" else f"{event.label} {day}"
        found.append(Marker(at, label, event.kind))
    return found


def _guardrail(guard: Subject | None) -> Guardrail | None:
    if guard is None or guard.version is None or guard.version.warning is None:
        return None
    values = tuple((one.window_end, one.value) for one in guard.readings if one.value is not None)
    if len(values) < 2:
        return None
    limit, measure = guard.version.warning, guard.measure
    at_most = guard.version.direction != "below"
    return Guardrail(
        label="Guardrail",
        note=f"{guard.series.kpi.name.lower()} {measure.say(values[-1][1])}",
        readings=values,
        limit=limit,
        limit_text=measure.bare(limit),
        at_most=at_most,
    )


def _level(word: str, value: float | None, measure: Measure) -> Level | None:
    return None if value is None else Level(value, f"{word} {measure.bare(value)}")


def _target(version: ThresholdVersion | None, measure: Measure) -> Level | None:
    if version is None or version.target is None:
        return None
    sign = "≥" if version.direction == "below" else "≤"
    return Level(version.target, f"target {sign} {measure.bare(version.target)}")


def _areas(side: Side, measure: Measure, *, above: bool) -> list[Band]:
    critical = side.critical if side.critical is not None else side.instant_critical
    sign, found = "≥" if above else "≤", []
    if side.warning is not None:
        low, high = (side.warning, critical) if above else (critical, side.warning)
        found.append(Band("warning", low, high, f"warning {sign} {measure.bare(side.warning)}"))
    if critical is not None:
        low, high = (critical, None) if above else (None, critical)
        found.append(Band("critical", low, high, f"critical {sign} {measure.bare(critical)}"))
    return found


def _has_intervals(subject: Subject) -> bool:
    return any(one.low is not None and one.high is not None for one in subject.readings)


def _caption(subject: Subject) -> str:
    series, unit = subject.series, subject.measure.unit
    parts = [subject.name, f"in {'per cent' if unit == '%' else unit}" if unit else ""]
    told = " ".join(part for part in parts if part)
    with_interval = ", with 95 % interval" if _has_intervals(subject) else ""
    rhythm = often(series.window_seconds)
    return f"{told}, {rhythm}{with_interval}. {series.environment.capitalize()}."

