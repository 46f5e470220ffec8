"""The readings that a KPI's page shows: each of a quiet series, hours or days of a busy one."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from governance.rules.bands import LEVEL, Band, Rule, band_of
from governance.rules.bands import Reading as JudgedReading
from governance.rules.judging import Timeline
from governance.selectors.pages.subjects import STANDINGS
from telemetry.models import Series
from telemetry.rules.small_groups import FEW
from telemetry.selectors.hours import Hour, hours_of
from telemetry.selectors.readings import Reading as Stored
from telemetry.selectors.readings import readings
from telemetry.selectors.rollups import Day, days_of, midnight
from telemetry.selectors.small_groups import SmallGroups, small_ends
from telemetry.selectors.voids import Voided

Grain = Literal["each", "hour", "day"]
MOST = 200
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SKEW = timedelta(minutes=10)  # a window may end a little after our clock
PERIODS = {
    "24h": DAY,
    "7d": 7 * DAY,
    "30d": 30 * DAY,
    "90d": 90 * DAY,
    "1y": 365 * DAY,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One window, or an hour or a day of them, as the chart draws and the table says it.

    `value` is the reading or the mean; None where nothing counts. `furthest` is the reading of an
    hour or day that its `standing` is about, `voids` how many of its readings were voided. `shown`
    is what a voided or bad reading said. Of what is `withheld` only the standing is told: it is of
    fewer than ten, or holds a window that is.
    """

    at: datetime
    value: float | None
    standing: str
    n: int | None = None
    low: float | None = None
    high: float | None = None
    lowest: float | None = None
    highest: float | None = None
    p95: float | None = None
    furthest: float | None = None
    readings: int = 1
    good: int = 1
    revision: int = 0
    void: Voided | None = None
    voids: int = 0
    shown: float | None = None
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a series: which period, from which instant, how finely, the rows."""

    period: str
    since: datetime
    until: datetime
    grain: Grain
    rows: Sequence[Row]
    newest: Stored | None

    @property
    def step(self) -> timedelta:
        """How far apart rows are where none is missing, were windows the only measure."""
        return {"hour": HOUR, "day": DAY}.get(self.grain, timedelta(0))


@dataclass(frozen=True, slots=True)
class Judged:
    """By what rows are judged: the versions of the threshold, the readings that were voided."""

    timeline: Timeline | None
    voided: Mapping[datetime, Voided]

    def standing(self, reading: Stored) -> str:
        """Where a reading lies under the version that judged its window; 'none' if nowhere."""
        judge = self.timeline.at(reading.window_end) if self.timeline else None
        if judge is None:
            return "ok" if reading.good and reading.value is not None else "none"
        quality = "good" if reading.good else "bad"
        given = JudgedReading(
            reading.window_end, reading.value, reading.n, reading.low, reading.high, quality
        )
        return STANDINGS[band_of(judge.rule, given)]

    def furthest(self, at: datetime, values: Collection[float]) -> tuple[str, float | None]:
        """Return in which band the worst of some values lies, and that value; ok and None."""
        judge = self.timeline.at(at) if self.timeline else None
        if judge is None:
            return "ok", None
        rule = _plain(judge.rule)
        found = [(band_of(rule, JudgedReading(at, value)), value) for value in values]
        band, value = max(found, key=lambda one: LEVEL.get(one[0], 0), default=(Band.OK, 0.0))
        return (STANDINGS[band], value) if LEVEL.get(band) else ("ok", None)


def voided_by_window(voided: Sequence[Voided], series_id: int) -> dict[datetime, Voided]:
    """Return the voids of a series by window, the highest revision of each."""
    mine = [one for one in voided if one.series_id == series_id]
    return {one.window_end: one for one in sorted(mine, key=lambda one: one.revision)}


def newest_readings(*, series: Series, at: datetime) -> list[Stored]:
    """Return the last readings that are known at an instant: one more than are shown singly."""
    return readings(series_id=series.pk, until=at + SKEW, limit=MOST + 1)


def period_for(asked: str, *, series: Series, last: datetime | None, at: datetime) -> str:
    """Return the period that is shown: as asked, else one that fits the windows and holds any."""
    if asked in PERIODS:
        return asked
    names = list(PERIODS)
    fits = 0 if series.window_seconds < 3600 else 1 if series.window_seconds < 21600 else 3
    if series.window_seconds > 86400:
        fits = 4
    reach = [name for name in names[fits:] if last is not None and last > at - PERIODS[name]]
    return reach[0] if reach else names[fits if last is None else -1]


def shown_of(
    *, series: Series, recent: Sequence[Stored], judged: Judged, period: str, at: datetime
) -> Shown:
    """Return the rows of a period; `recent` are the last readings of `newest_readings`."""
    since, until = at - PERIODS[period], at
    inside = [one for one in recent if one.window_end > since]
    groups = SmallGroups()
    newest = groups.shown(series, recent[-1]) if recent else None
    if len(inside) <= MOST:
        if inside and len(inside) == len(recent):
            since = inside[0].window_end - timedelta(seconds=series.window_seconds)
        each = [_row(one, groups.shown(series, one), judged) for one in inside]
        return Shown(period, since, until, "each", each, newest)
    small = small_ends(series=series, groups=groups, since=since - DAY, until=until + DAY)
    if period == "24h":
        hours = hours_of(series_id=series.pk, since=since, until=until)
        spans = [(one, one.ends - HOUR, one.ends) for one in hours]
        of_hours = [
            _told(_summed(one, begin, min(end, until), judged), begin, end, small)
            for one, begin, end in spans
        ]
        return Shown(period, since, until, "hour", of_hours, newest)
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date() + DAY
    days = days_of(series_id=series.pk, since=first, until=last)
    found = [(one, midnight(one.day), midnight(one.day) + DAY) for one in days]
    of_days = [
        _told(_summed(one, begin, min(end, until), judged), begin, end, small)
        for one, begin, end in found
    ]
    begins = max(since, midnight(days[0].day)) if days else since
    return Shown(period, begins, until, "day", of_days, newest)


def _row(reading: Stored, told: Stored, judged: Judged) -> Row:
    """Judge a reading, and tell of it what may be told."""
    void = judged.voided.get(reading.window_end)
    if void is not None and void.revision < reading.revision:
        void = None
    counts = reading.good and reading.value is not None and void is None
    standing = "none" if void is not None else judged.standing(reading)
    return Row(
        at=reading.window_end,
        value=told.value if counts else None,
        standing=standing,
        n=told.n,
        low=told.low,
        high=told.high,
        good=int(counts),
        revision=reading.revision,
        void=void,
        voids=int(void is not None),
        shown=None if counts else told.value,
        withheld=told.withheld,
    )


def _summed(one: Day | Hour, since: datetime, at: datetime, judged: Judged) -> Row:
    ends = [end for end in (one.lowest, one.highest) if end is not None]
    standing, furthest = judged.furthest(at, ends) if one.mean is not None else ("none", None)
    voids = [void for end, void in judged.voided.items() if since < end <= at]
    return Row(
        at=at,
        value=one.mean,
        standing=standing,
        n=one.n,
        lowest=one.lowest,
        highest=one.highest,
        p95=one.p95,
        furthest=furthest,
        readings=one.readings,
        good=one.good,
        void=voids[0] if voids else None,
        voids=len(voids),
    )


def _told(row: Row, since: datetime, until: datetime, small: Sequence[datetime]) -> Row:
    """Withhold an hour or a day that holds a window of fewer than ten; `small` are their ends."""
    first = bisect_right(small, since)
    if first == len(small) or small[first] > until:
        return row
    return replace(
        row, value=None, n=None, lowest=None, highest=None, p95=None, furthest=None, withheld=FEW
    )


def _plain(rule: Rule) -> Rule:
    """Return the bands of a rule for a value alone: an extreme has no interval and no sample."""
    return replace(rule, judged_by="value", least_n=0)
