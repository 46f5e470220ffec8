"""The charts of the report: each series with its bands, levels and what happened meanwhile."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from governance.rules import bands as judged
from reports.render.contents import standing_of
from reports.rules import figures
from reports.rules.content import SystemContent
from reports.rules.readings import ReadingRecord, SeriesRecord, ThresholdRecord
from telemetry.render.chart import kpi_chart
from telemetry.render.drawing import Around, Band, Level, Marker, Numbers, Reading

STANDINGS = {
    judged.Band.OK: "ok",
    judged.Band.WATCH: "watch",
    judged.Band.WARNING: "warning",
    judged.Band.CRITICAL: "critical",
    judged.Band.INSTANT: "critical",
    judged.Band.BAD: "none",
}


@dataclass(frozen=True)
class Figure:
    """A chart with its caption and the sentence that says the same."""

    series: SeriesRecord
    caption: str
    says: str
    svg: SafeString


def figure_of(item: SeriesRecord, content: SystemContent) -> Figure:
    """Draw one series of the period for paper. ValueError: it has no readings."""
    named = f"{item.name}{f', {item.segment}' if item.segment else ''}"
    zone = ZoneInfo(content.scope.zone)
    numbers = Numbers(
        factor=100.0 if figures.is_share(item.unit) else 1.0,
        digits=1 if figures.is_share(item.unit) else 0,
        floor_at=item.lowest,
        ceiling_at=item.highest,
        zone=zone,
    )
    says, windows = sentence(item), f"windows of {figures.length(item.window_seconds)}"
    return Figure(
        series=item,
        caption=", ".join(part for part in (named, unit_words(item), windows) if part),
        says=says,
        svg=kpi_chart(
            readings=readings(item),
            title=named,
            description=says,
            bands=drawn_bands(item.threshold, numbers) if item.threshold else (),
            baseline=_level(
                item.threshold.baseline if item.threshold else None, "baseline", numbers
            ),
            target=_level(item.threshold.target if item.threshold else None, "target", numbers),
            markers=markers(item, content),
            numbers=numbers,
            around=around(item),
            key=f"series-{item.id}",
            width=640,
            height=260,
            paper=True,
        ),
    )


def around(item: SeriesRecord) -> Around:
    """How far apart readings are where none is missing: no line runs across a silence."""
    step = max(item.window_seconds, item.cadence_seconds or 0)
    grace = item.threshold.grace_seconds if item.threshold else 0
    return Around(step=timedelta(seconds=step), grace=timedelta(seconds=grace))


def readings(item: SeriesRecord) -> list[Reading]:
    """Return the readings with the band that each lies in."""
    return [
        Reading(
            at=reading.window_end,
            value=reading.value if reading.good else None,
            low=reading.low,
            high=reading.high,
            standing=standing(item, reading),
            withheld=reading.withheld,
        )
        for reading in item.readings
    ]


def standing(item: SeriesRecord, reading: ReadingRecord) -> str:
    """Return where one reading lies in the words of the design; 'none' when it counts nowhere."""
    given = item.threshold
    if given is None:
        return "ok" if reading.good and reading.value is not None else "none"
    rule = judged.Rule(
        bands=judged.bands_from(
            {
                "direction": given.direction,
                "warning": given.warning,
                "critical": given.critical,
                "instant_critical": given.instant_critical,
                "low": given.low_side,
            }
        ),
        least_n=given.least_n,
        judged_by="lower_bound" if given.judged_by == "lower_bound" else "value",
        neutral=item.neutral,
    )
    return STANDINGS[
        judged.band_of(
            rule,
            judged.Reading(
                window_end=reading.window_end,
                value=reading.value,
                n=reading.n,
                low=reading.low,
                high=reading.high,
                quality="good" if reading.good else "bad",
            ),
        )
    ]


def drawn_bands(given: ThresholdRecord, numbers: Numbers) -> list[Band]:
    """Return the bands as areas from limit to limit."""
    below = given.direction == "below"
    found = _side(given.warning, given.critical, numbers, below=below)
    if given.low_side:
        low = given.low_side
        found += _side(low.get("warning"), low.get("critical"), numbers, below=True)
    return found


def _side(
    warning: float | None, critical: float | None, numbers: Numbers, *, below: bool
) -> list[Band]:
    word = "below" if below else "from"
    found = []
    if warning is not None:
        low, high = (critical, warning) if below else (warning, critical)
        found.append(Band("warning", low, high, f"warning {word} {numbers.say(warning)}"))
    if critical is not None:
        low, high = (None, critical) if below else (critical, None)
        found.append(Band("critical", low, high, f"critical {word} {numbers.say(critical)}"))
    return found


def markers(item: SeriesRecord, content: SystemContent) -> list[Marker]:
    """Return what happened within the chart: versions that went live, incidents that opened."""
    if not item.readings:
        return []
    first, last = item.readings[0].window_end, item.readings[-1].window_end
    found = [
        Marker(at=row.from_at, label=row.version, kind="live")
        for row in content.things.deployments
        if row.environment == item.environment and first <= row.from_at <= last
    ]
    for incident in content.matters.incidents:
        if any(cause.series_id == item.id for cause in incident.causes):
            if first <= incident.opened_at <= last:
                found.append(Marker(at=incident.opened_at, label=incident.number, kind="opened"))
            if incident.onset_at is not None and first <= incident.onset_at <= last:
                found.append(Marker(at=incident.onset_at, label="onset", kind="onset"))
    return sorted(found, key=lambda marker: marker.at)


def sentence(item: SeriesRecord) -> str:
    """Say in words what the chart shows: first, last, worst, bands."""
    known = [reading for reading in item.readings if reading.value is not None and reading.good]
    if not known:
        return f"{figures.number(item.count)} readings, none with a value that counts."

    def said(value: float | None) -> str:
        return figures.say(value, unit=item.unit, neutral=item.neutral)

    values = [reading.value for reading in known if reading.value is not None]
    found = (
        f"{figures.number(item.count)} readings; first {said(values[0])}, last {said(values[-1])}, "
        f"lowest {said(min(values))}, highest {said(max(values))}."
    )
    given = item.threshold
    if given is None:
        return f"{found} No bands."
    parts = [
        f"{word} {said(value)}"
        for word, value in (
            ("baseline", given.baseline),
            ("target", given.target),
            ("warning", given.warning),
            ("critical", given.critical),
        )
        if value is not None
    ]
    return f"{found} Bands v{given.number}: {', '.join(parts)}."


def unit_words(item: SeriesRecord) -> str:
    """Name the unit as it is drawn."""
    if figures.is_share(item.unit):
        return "points" if item.neutral == 0 else "per cent"
    return "" if item.unit in figures.BARE else item.unit


def _level(value: float | None, word: str, numbers: Numbers) -> Level | None:
    return None if value is None else Level(value, f"{word} {numbers.say(value)}")


def said_of(reading: ReadingRecord | None, item: SeriesRecord) -> str:
    """Write the value of a reading with its unit, or why there is none."""
    if reading is not None and reading.withheld:
        return reading.withheld
    return figures.say(reading.value if reading else None, unit=item.unit, neutral=item.neutral)


def latest(item: SeriesRecord) -> dict[str, Any]:
    """Return a series' newest figure beside its levels, in words."""

    def said(value: float | None) -> str:
        return figures.say(value, unit=item.unit, neutral=item.neutral) if value is not None else ""

    given = item.threshold
    newest = item.readings[-1] if item.readings else None
    return {
        "name": item.name,
        "segment": item.segment,
        "value": said_of(newest, item),
        "interval": figures.span(newest.low, newest.high, unit=item.unit, neutral=item.neutral)
        if newest
        else "",
        "baseline": said(given.baseline if given else None),
        "target": said(given.target if given else None),
        "warning": said(given.warning if given else None),
        "critical": said(given.critical if given else None),
        "bands": f"v{given.number}" if given else "",
        "standing": standing_of(item),
        "unjudged": "" if given else "not judged",
    }
