"""A series as a picture: its readings judged, the chart, the table that says the same."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from governance.languages import measure as measure_said
from governance.languages import measured
from governance.models import ThresholdVersion
from governance.rules.bands import Side
from governance.rules.figures import (
    Measure,
    number,
    often,
    window_told,
)
from governance.selectors.pages.subjects import Event, Subject, few_words, rhythm_of, when
from governance.selectors.thresholds import bands_of
from ledger.rules.worded import term, word, worded
from outbox.languages import in_sentence, of_record, say_numbers, spoken
from telemetry.render.chart import kpi_chart
from telemetry.render.drawing import Band, Guardrail, Level, Marker, Numbers, Reading
from telemetry.rules.band_words import NAMES
from telemetry.selectors.readings import Reading as Stored

SHOWN_IN_TABLE = 8
BESIDE_TABLE = (520.0, 300.0)


def picture(
    subject: Subject,
    *,
    events: Sequence[Event] = (),
    zone: ZoneInfo,
    key: str = "chart",
    rows: int = SHOWN_IN_TABLE,
    size: tuple[float, float] = BESIDE_TABLE,
    paper: bool = False,
) -> dict[str, Any] | None:
    """Return what components/chart.html shows of a series, None where it has no readings.

    On paper the drawing brings its colours along.
    """
    if not subject.readings:
        return None
    return {
        "caption": _caption(subject),
        "svg": chart(subject, events=events, zone=zone, key=key, size=size, paper=paper),
        "columns": columns(subject),
        "rows": [row(subject, one, zone) for one in reversed(subject.readings[-rows:])],
        "table_caption": worded(
            "The last {count} readings", count=min(rows, len(subject.readings))
        ),
    }


def chart(
    subject: Subject,
    *,
    events: Sequence[Event],
    zone: ZoneInfo,
    key: str,
    size: tuple[float, float] = BESIDE_TABLE,
    paper: bool = False,
) -> SafeString:
    """Draw the series with its bands, baseline, target, guardrail and what happened meanwhile."""
    version, measure, kpi = subject.version, subject.measure, subject.series.kpi
    return kpi_chart(
        readings=[_drawn(subject, one) for one in subject.readings],
        title=f"{subject.name}, {spoken(often(subject.series.window_seconds))}",
        description=spoken(
            worded("{sentence} The table gives every value.", sentence=sentence(subject))
        ),
        bands=drawn_bands(version, measure) if version else (),
        baseline=_baseline(version, measure),
        target=_target(version, measure),
        markers=_markers(subject, events, zone),
        guardrail=_guardrail(subject.guard),
        around=rhythm_of(subject.series, subject.version),
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
        paper=paper,
    )


def columns(subject: Subject) -> list[dict[str, Any]]:
    """Return the columns of the table of readings."""
    interval = [{"label": "95 % interval", "num": True}] if _has_intervals(subject) else []
    unit = measure_said(subject.measure.unit, own=subject.series.kpi.own)
    window = large(spoken(window_told(subject.series.window_seconds)))
    return [
        {"label": _("%(window)s to") % {"window": window}},
        {"label": "n", "num": True},
        {"label": large(unit) if unit else _("Value"), "num": True},
        *interval,
        {"label": "Standing"},
    ]


def large(words: str) -> str:
    """Return words as they begin a heading: German nouns within them stay as they are."""
    return words.capitalize() if of_record() else f"{words[:1].upper()}{words[1:]}"


def row(subject: Subject, reading: Stored, zone: ZoneInfo) -> dict[str, Any]:
    """Return one reading as a row of the table."""
    measure = subject.measure
    interval = [{"text": measured(measure.interval(reading.low, reading.high))}]
    cells: list[dict[str, Any]] = [
        {"text": when(reading.window_end, subject.series.window_seconds, zone)},
        {"text": "" if reading.n is None else number(reading.n)},
        {"text": few_words() if reading.withheld else measured(measure.bare(reading.value))},
        *(interval if _has_intervals(subject) else []),
        {"state": subject.standing(reading)},
    ]
    return {"cells": cells}


def sentence(subject: Subject) -> str:
    """Say what the chart shows: the first, the last, the worst reading."""
    known = [one.value for one in subject.readings if one.value is not None and one.good]
    if not known:
        return worded(
            "{count} readings, none with a value that counts.", count=len(subject.readings)
        )
    own = subject.series.kpi.own

    def say(value: float) -> str:
        return measured(subject.measure.say(value), own=own)

    return worded(
        "{count} readings; the first {first}, the last {last}, the lowest "
        "{lowest}, the highest {highest}.",
        count=len(subject.readings),
        first=say(known[0]),
        last=say(known[-1]),
        lowest=say(min(known)),
        highest=say(max(known)),
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


def _drawn(subject: Subject, reading: Stored) -> Reading:
    return Reading(
        at=reading.window_end,
        value=reading.value if reading.good else None,
        low=reading.low,
        high=reading.high,
        standing=subject.standing(reading),
        withheld=few_words() if reading.withheld else "",
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
    told = measured(measure.say(values[-1][1]), own=guard.series.kpi.own)
    return Guardrail(
        label=_("Guardrail"),
        note=f"{in_sentence(guard.series.kpi.called)} {told}",
        readings=values,
        limit=limit,
        limit_text=say_numbers(measure.bare(limit)),
        at_most=at_most,
    )


def _baseline(version: ThresholdVersion | None, measure: Measure) -> Level | None:
    value = version.baseline if version else None
    if value is None:
        return None
    return Level(value, f"{_('baseline')} {say_numbers(measure.bare(value))}")


def _target(version: ThresholdVersion | None, measure: Measure) -> Level | None:
    if version is None or version.target is None:
        return None
    sign = "≥" if version.direction == "below" else "≤"
    return Level(
        version.target, f"{_('target')} {sign} {say_numbers(measure.bare(version.target))}"
    )


def _areas(side: Side, measure: Measure, *, above: bool) -> list[Band]:
    critical = side.critical if side.critical is not None else side.instant_critical
    sign, found = "≥" if above else "≤", []
    if side.warning is not None:
        low, high = (side.warning, critical) if above else (critical, side.warning)
        found.append(Band("warning", low, high, _limit("warning", sign, measure, side.warning)))
    if critical is not None:
        low, high = (critical, None) if above else (None, critical)
        found.append(Band("critical", low, high, _limit("critical", sign, measure, critical)))
    return found


def _limit(name: str, sign: str, measure: Measure, value: float) -> str:
    return f"{spoken(NAMES[name])} {sign} {say_numbers(measure.bare(value))}"


def _has_intervals(subject: Subject) -> bool:
    return any(one.low is not None and one.high is not None for one in subject.readings)


def _caption(subject: Subject) -> str:
    series, unit = subject.series, subject.measure.unit
    measured = {
        "name": subject.name,
        "unit": term(word("per cent")) if unit == "%" else measure_said(unit, own=series.kpi.own),
        "rhythm": term(often(series.window_seconds)),
        "environment": term(series.environment.capitalize()),
    }
    if not _has_intervals(subject):
        in_unit = word("{name} in {unit}, {rhythm}. {environment}.")
        return worded(in_unit if unit else word("{name}, {rhythm}. {environment}."), **measured)
    in_unit = word("{name} in {unit}, {rhythm}, with 95 % interval. {environment}.")
    bare = word("{name}, {rhythm}, with 95 % interval. {environment}.")
    return worded(in_unit if unit else bare, **measured)
