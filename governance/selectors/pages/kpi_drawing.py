"""A KPI's chart: its rows with the bands that judged them, and all that held meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from governance.languages import measured
from governance.models import MeasuredStanding, Mute, ThresholdVersion
from governance.rules.figures import HARD, Measure, often
from governance.selectors.pages.kpi_readings import Row, Shown
from governance.selectors.pages.pictures import drawn_bands
from governance.selectors.pages.subjects import Event, few_words
from governance.selectors.thresholds import IN_FORCE
from outbox.languages import say_date, say_numbers, spoken
from telemetry.models import Baseline, Series
from telemetry.render.chart import kpi_chart
from telemetry.render.drawing import (
    Around,
    Band,
    Forecast,
    Guardrail,
    Level,
    Marker,
    Numbers,
    Reading,
    Shade,
)

SIZE = (960.0, 330.0)
RAIL = 82.0
WEEK, DAY = 604800.0, 86400.0
AHEAD = 0.35  # so much of what is shown, at most, is drawn ahead of a slide
Span = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Trend:
    """All that is drawn; `versions` are those of this series' threshold, the newest first."""

    series: Series
    name: str
    measure: Measure
    shown: Shown
    versions: Sequence[ThresholdVersion]
    baseline: Baseline | None
    events: Sequence[Event]
    silences: Sequence[Mute]
    slide: MeasuredStanding | None
    guard: "Trend | None" = None

    @property
    def step(self) -> timedelta:
        """How far apart readings are where none is missing."""
        window, cadence = self.series.window_seconds, self.series.cadence_seconds or 0
        return max(timedelta(seconds=max(window, cadence)), self.shown.step)

    @property
    def grace(self) -> timedelta:
        """What the threshold in force allows on top, for readings that are drawn singly."""
        found = next((one for one, span in in_force(self.versions) if span[1] is None), None)
        if found is None or self.shown.grain != "each":
            return timedelta(0)
        return timedelta(seconds=found.grace_seconds)


def drawn(trend: Trend, *, description: str, zone: ZoneInfo) -> SafeString:
    """Draw a trend with its guardrail below. ValueError: no rows."""
    kpi, shown = trend.series.kpi, trend.shown
    spans = in_force(trend.versions)
    rail = _rail(trend.guard)
    return kpi_chart(
        readings=[_reading(one) for one in shown.rows],
        title=f"{trend.name}, {spoken(often(trend.series.window_seconds))}",
        description=description,
        bands=[band for one, span in spans for band in _bands(trend, one, span)],
        baseline=_baseline(trend),
        target=next((_target(trend, one, span) for one, span in spans if span[1] is None), None),
        markers=_markers(trend, spans, zone),
        guardrail=rail,
        numbers=Numbers(trend.measure.factor, trend.measure.digits, kpi.lowest, kpi.highest, zone),
        around=Around(
            period=(shown.since, max(shown.until, shown.rows[-1].at)),
            step=trend.step,
            grace=trend.grace,
            former=_former(trend, spans),
            shades=tuple(_shade(one, shown) for one in trend.silences),
            forecast=_forecast(trend, zone),
            names=(_("mean"), _("95th percentile")),
            unknown=_("no data"),
        ),
        key="kpi",
        width=SIZE[0],
        height=SIZE[1] + (RAIL if rail else 0),
    )


def in_force(versions: Sequence[ThresholdVersion]) -> list[tuple[ThresholdVersion, Span]]:
    """Return each version with the time in which windows were judged by it, the newest first."""
    found: list[tuple[ThresholdVersion, Span]] = []
    until: datetime | None = None
    for one in versions:
        judges = one.state in IN_FORCE and not one.threshold.waits_for
        if judges and (until is None or one.valid_from < until):
            found.append((one, (one.valid_from, until)))
            until = one.valid_from
    return found


def slide_of(looks: Sequence[MeasuredStanding]) -> MeasuredStanding | None:
    """Return the slide of a series if there is one that leads somewhere."""
    return next((one for one in looks if _crossing(one) is not None), None)


def _reading(row: Row) -> Reading:
    return Reading(
        at=row.at,
        value=row.value,
        low=row.low,
        high=row.high,
        standing=row.standing,
        lowest=row.lowest,
        highest=row.highest,
        p95=row.p95,
        furthest=row.furthest,
        voided=_("voided: %(reason)s") % {"reason": row.void.reason} if row.void else "",
        shown=row.shown,
        withheld=few_words() if row.withheld else "",
    )


def _bands(trend: Trend, version: ThresholdVersion, span: Span) -> list[Band]:
    if _is_outside(trend.shown, span):
        return []
    bands = drawn_bands(version, trend.measure)
    return [replace(one, since=span[0], until=span[1]) for one in bands]


def _baseline(trend: Trend) -> Level | None:
    """The agreed baseline with its interval; else what the threshold in force states by hand."""
    agreed, measure = trend.baseline, trend.measure
    if agreed is not None:
        label = f"{_('baseline')} {say_numbers(measure.bare(agreed.value))}"
        return Level(agreed.value, label, agreed.low, agreed.high)
    stated = next((one.baseline for one, span in in_force(trend.versions) if not span[1]), None)
    if stated is None:
        return None
    return Level(stated, f"{_('baseline')} {say_numbers(measure.bare(stated))}")


def _target(
    trend: Trend, version: ThresholdVersion, span: Span, *, label: str = ""
) -> Level | None:
    if version.target is None:
        return None
    sign = "≥" if version.direction == "below" else "≤"
    bare = say_numbers(trend.measure.bare(version.target))
    said = f"{_('target')} {sign} {bare}" if not span[1] else label
    return Level(version.target, said, since=span[0], until=span[1])


def _former(trend: Trend, spans: Sequence[tuple[ThresholdVersion, Span]]) -> tuple[Level, ...]:
    past = [_target(trend, one, span) for one, span in spans if span[1] is not None]
    return tuple(
        one
        for one in past
        if one is not None and not _is_outside(trend.shown, (one.since, one.until))
    )


def _markers(
    trend: Trend, spans: Sequence[tuple[ThresholdVersion, Span]], zone: ZoneInfo
) -> list[Marker]:
    shown, found = trend.shown, []
    for event in trend.events:
        if shown.since < event.at <= shown.until:
            day = say_date(event.at.astimezone(zone), "j M").replace(" ", HARD)
            found.append(Marker(event.at, f"{event.label} {day}", event.kind))
    for version, (since, _until) in spans:
        if since is not None and shown.since < since <= shown.until:
            found.append(Marker(since, _("bands v%(number)s") % {"number": version.number}, "rule"))
    return found


def _shade(mute: Mute, shown: Shown) -> Shade:
    until = mute.until_at if mute.ended_at is None else min(mute.ended_at, mute.until_at)
    words = _("silence: %(reason)s") % {"reason": mute.reason}
    return Shade(max(mute.from_at, shown.since), min(until, shown.until), _short(words))


def _forecast(trend: Trend, zone: ZoneInfo) -> Forecast | None:
    told = _crossing(trend.slide) if trend.slide else None
    if told is None:
        return None
    newest, crossing, limit, weekly = told
    shown = trend.shown
    farthest = shown.until + (shown.until - shown.since) * AHEAD
    if not shown.since < newest <= shown.until or crossing <= newest:
        return None
    ends = min(crossing, farthest)

    def at(instant: datetime) -> float:
        return limit - weekly * (crossing - instant).total_seconds() / WEEK

    day = say_date(crossing.astimezone(zone), "j M").replace(" ", HARD)
    words = _("forecast: %(limit)s on %(day)s")
    label = words % {"limit": say_numbers(trend.measure.bare(limit)), "day": day}
    return Forecast(newest, at(newest), ends, at(ends), label)


def _crossing(
    standing: MeasuredStanding,
) -> tuple[datetime, datetime, float, float] | None:
    """Return a slide's newest window, when it meets which limit, and its change in a week."""
    look = getattr(standing, "look", None)
    if standing.kind != MeasuredStanding.Kind.TREND or standing.state != "WARNING" or not look:
        return None
    days, limit, weekly = (look.figures.get(one) for one in ("crossing_days", "limit", "per_week"))
    if look.window_end is None or days is None or limit is None or weekly is None:
        return None
    newest = look.window_end.astimezone(UTC)
    return newest, newest + timedelta(days=min(float(days), 3650.0)), float(limit), float(weekly)


def _rail(guard: Trend | None) -> Guardrail | None:
    if guard is None:
        return None
    rows, measure = guard.shown.rows, guard.measure
    known = [one.value for one in rows if one.value is not None]
    if not known:
        return None
    version = next((one for one, span in in_force(guard.versions) if span[1] is None), None)
    limit = version.warning if version else None
    at_most = version is None or version.direction != "below"
    own = guard.series.kpi.own
    value = measured(measure.say(known[-1]), own=own)
    last = _("%(name)s, last %(value)s") % {"name": guard.name, "value": value}
    bound = ""
    if limit is not None:
        words = _("at most %(limit)s") if at_most else _("at least %(limit)s")
        bound = f"; {words % {'limit': measured(measure.say(limit), own=own)}}"
    return Guardrail(
        label=_("Guardrail"),
        note="",
        readings=tuple((one.at, one.value) for one in rows),
        limit=limit,
        limit_text="" if limit is None else say_numbers(measure.bare(limit)),
        at_most=at_most,
        heading=f"{_('Guardrail')}: {last}{bound}",
    )


def _is_outside(shown: Shown, span: Span) -> bool:
    since, until = span
    return (until is not None and until <= shown.since) or (
        since is not None and since > shown.until
    )


def _short(text: str, most: int = 34) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
