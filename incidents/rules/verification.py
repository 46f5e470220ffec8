"""Verification: whether readings after an action prove that it worked. Workflow section 7.

Unknown is never a pass: bad readings count nowhere, too little is INCONCLUSIVE, and only PASSED
lets a person close.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ledger.rules.worded import joined, word, worded
from telemetry.rules.computations import SMALLEST_GROUP

NOTHING = timedelta()


class Result(StrEnum):
    """What a window comes to; RUNNING until it is decided or over."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


LIES: dict[tuple[str, ...], tuple[str, str]] = {
    (): (word("Without a limit."), word("Not without a limit.")),
    ("above",): (word("Above {above}."), word("Not above {above}.")),
    ("below",): (word("Below {below}."), word("Not below {below}.")),
    ("above", "below"): (
        word("Above {above} and below {below}."),
        word("Not above {above} and below {below}."),
    ),
}
"""Where a reading lies that is good, and one that is not, by the limits that there are."""


class Mark(StrEnum):
    """What one reading counts as. `early` windows reach back before the start, `late` ones lie
    past the end, `future` ones after the instant of judging, and of `superseded` ones a newer
    revision counts.
    """

    GOOD = "good"
    OUTSIDE = "outside"
    INSTANT = "instant"
    BAD = "bad"
    EARLY = "early"
    LATE = "late"
    FUTURE = "future"
    SUPERSEDED = "superseded"


COUNTED = frozenset({Mark.GOOD, Mark.OUTSIDE, Mark.INSTANT})


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a reading must lie: strictly between `above` and `below`; None is open.

    A reading at or beyond an instant limit fails the window by itself.
    """

    above: float | None = None
    below: float | None = None
    instant_low: float | None = None
    instant_high: float | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the decision fixed for one metric.

    The window begins at `starts_at` (confirmation and settle time) and is over at `ends_at`. It
    passes with `needed` valid readings, all within the limits, each of `least_n` samples, the last
    at least `least_length` after the start. It fails at `fails_at` readings outside. A reading
    covers `window`; one that begins before the start proves nothing. `cadence` serves the forecast.
    """

    starts_at: datetime
    ends_at: datetime
    limits: Limits
    needed: int = 3
    fails_at: int = 1
    least_n: int = 0
    least_length: timedelta = NOTHING
    window: timedelta = NOTHING
    cadence: timedelta = NOTHING


@dataclass(frozen=True, slots=True)
class Measured:
    """A reading of the metric that is verified."""

    window_end: datetime
    value: float | None
    n: int | None = None
    quality: str = "good"
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table on the page: a reading, what it counts as, and why."""

    reading: Measured
    mark: Mark
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The result, the counts, the table, and in words what is still to come.

    `earliest_at` is when the window can pass at the earliest, None once it is decided or cannot.
    """

    result: Result
    good: int = 0
    outside: int = 0
    rows: tuple[Row, ...] = ()
    forecast: str = ""
    earliest_at: datetime | None = None


def judge_window(terms: Terms, readings: Iterable[Measured], *, at: datetime) -> Judgement:
    """Judge a window at an instant from all readings that are known of its metric.

    The order of the readings does not matter; the newest revision of each window_end counts.
    """
    rows = tuple(_rows(terms, readings, at))
    good = [row.reading for row in rows if row.mark is Mark.GOOD]
    outside = sum(row.mark in (Mark.OUTSIDE, Mark.INSTANT) for row in rows)
    instant = any(row.mark is Mark.INSTANT for row in rows)
    if instant or outside >= terms.fails_at:
        result = Result.FAILED
    elif not outside and _suffices(terms, good):
        result = Result.PASSED
    else:
        result = Result.RUNNING if at < terms.ends_at else Result.INCONCLUSIVE
    earliest_at = None
    if result is Result.RUNNING and not outside:
        earliest_at = _earliest(terms, good, at)
    forecast = _forecast(terms, result, rows, outside, earliest_at)
    return Judgement(result, len(good), outside, rows, forecast, earliest_at)


def combine(results: Sequence[Result]) -> Result:
    """Return the result of several proofs: any failure fails, and only all passed is passed."""
    for worse in (Result.FAILED, Result.ERROR, Result.RUNNING, Result.INCONCLUSIVE):
        if worse in results:
            return worse
    return Result.PASSED if results else Result.INCONCLUSIVE


def written(instant: datetime) -> str:
    """Return an instant as the forecasts write it, with its zone."""
    return f"{instant:%Y-%m-%d %H:%M} {instant.tzname()}"


def _rows(terms: Terms, readings: Iterable[Measured], at: datetime) -> Iterator[Row]:
    ordered = sorted(readings, key=lambda one: (one.window_end, one.revision))
    newest = {reading.window_end: reading for reading in ordered}
    for reading in ordered:
        if newest[reading.window_end] is not reading:
            yield Row(reading, Mark.SUPERSEDED, "A newer revision counts instead.")
        else:
            yield _timed(terms, reading, at) or _valued(terms, reading)


def _timed(terms: Terms, reading: Measured, at: datetime) -> Row | None:
    """A row for a reading that does not lie within the window."""
    if reading.window_end > at:
        return Row(reading, Mark.FUTURE, "The reading ends in the future.")
    if not _is_after_start(terms, reading):
        return Row(reading, Mark.EARLY, "The reading covers time before the window began.")
    if reading.window_end > terms.ends_at:
        return Row(reading, Mark.LATE, "The reading ends after the window was over.")
    return None


def _valued(terms: Terms, reading: Measured) -> Row:
    value, why = reading.value, _bad_because(terms, reading)
    if value is None or why:
        return Row(reading, Mark.BAD, why or "There is no value.")
    if _is_instant(terms.limits, value):
        return Row(reading, Mark.INSTANT, "Beyond the limit at which one reading is enough.")
    if not _is_within(terms.limits, value):
        return Row(reading, Mark.OUTSIDE, _lies(terms.limits, inside=False))
    return Row(reading, Mark.GOOD, _lies(terms.limits, inside=True))


def _is_after_start(terms: Terms, reading: Measured) -> bool:
    begun = reading.window_end - terms.window
    return begun >= terms.starts_at and reading.window_end > terms.starts_at


def _bad_because(terms: Terms, reading: Measured) -> str:
    if reading.value is None or not math.isfinite(reading.value):
        return "There is no value."
    if reading.quality != "good":
        return worded("The reading is marked {quality}.", quality=reading.quality)
    if terms.least_n and (reading.n or 0) < terms.least_n:
        return worded(
            "{n} samples are fewer than {least_n}.", n=reading.n or 0, least_n=terms.least_n
        )
    return ""


def _is_instant(limits: Limits, value: float) -> bool:
    too_low = limits.instant_low is not None and value <= limits.instant_low
    return too_low or (limits.instant_high is not None and value >= limits.instant_high)


def _is_within(limits: Limits, value: float) -> bool:
    high_enough = limits.above is None or value > limits.above
    return high_enough and (limits.below is None or value < limits.below)


def _lies(limits: Limits, *, inside: bool) -> str:
    """Say where a reading lies: 'Above 0.9.', 'Not above 0.9 and below 1.'"""
    named = {
        name: f"{value:g}"
        for name, value in (("above", limits.above), ("below", limits.below))
        if value is not None
    }
    return worded(LIES[tuple(named)][0 if inside else 1], **named)


def _suffices(terms: Terms, good: Sequence[Measured]) -> bool:
    if len(good) < max(terms.needed, 1):
        return False
    return good[-1].window_end - terms.starts_at >= terms.least_length


def _earliest(terms: Terms, good: Sequence[Measured], at: datetime) -> datetime | None:
    """When enough readings can be there, one each cadence; None when that is after the end."""
    first = terms.starts_at + max(terms.window, terms.cadence)
    due = good[-1].window_end + terms.cadence if good else first
    due = max(due, at)
    waiting = max(terms.needed - len(good) - 1, 0)
    earliest = max(due + waiting * terms.cadence, terms.starts_at + terms.least_length)
    return earliest if earliest <= terms.ends_at else None


def _forecast(
    terms: Terms, result: Result, rows: Sequence[Row], outside: int, earliest_at: datetime | None
) -> str:
    told = _told(terms, rows)
    if result is Result.PASSED:
        return worded("Passed: {told}.", told=told)
    if result is Result.FAILED:
        return worded(
            "Failed: {outside} outside; the window fails at {fails_at}.",
            outside=outside,
            fails_at=terms.fails_at,
        )
    if result is Result.INCONCLUSIVE:
        return worded(
            "Inconclusive: {told}, {outside} outside, and the time is over.",
            told=told,
            outside=outside,
        )
    return joined(". ", [told, _outlook(terms, rows, outside, earliest_at)])


def _told(terms: Terms, rows: Sequence[Row]) -> str:
    """How far it is: readings, and cases where the decision asked for a number of them."""
    good = [row for row in rows if row.mark is Mark.GOOD]
    told = worded("{good} of {needed} readings are good", good=len(good), needed=terms.needed)
    if not terms.least_n:
        return told
    cases = sum(min(row.reading.n or 0, terms.least_n) for row in good[-terms.needed :])
    return worded(
        "{told}, {cases} of {needed} cases",
        told=told,
        cases=cases,
        needed=terms.needed * terms.least_n,
    )


def _outlook(terms: Terms, rows: Sequence[Row], outside: int, earliest_at: datetime | None) -> str:
    if outside:
        return worded(
            "It cannot pass any more: {outside} outside; it fails at {fails_at}.",
            outside=outside,
            fails_at=terms.fails_at,
        )
    if earliest_at is None:
        return worded(
            "It cannot pass before it is over on {written}.", written=written(terms.ends_at)
        )
    return _conclusive(terms, rows, day_of(earliest_at))


def _conclusive(terms: Terms, rows: Sequence[Row], day: str) -> str:
    """Say about when it is; with too few cases in a reading the date will not hold."""
    small = [
        row.reading.n or 0
        for row in rows
        if row.mark is Mark.BAD and row.reading.quality == "good" and row.reading.value is not None
    ]
    if not small or not terms.least_n:
        return worded("Conclusive about {day}.", day=day)
    if max(small) < SMALLEST_GROUP:
        return worded(
            "Conclusive about {day}, if readings have {least_n} cases each; {count} had fewer than "
            "10.",
            day=day,
            least_n=terms.least_n,
            count=len(small),
        )
    return worded(
        "Conclusive about {day}, if readings have {least_n} cases each; {count} had fewer, {small} "
        "at most.",
        day=day,
        least_n=terms.least_n,
        count=len(small),
        small=max(small),
    )


def day_of(instant: datetime) -> str:
    """Return a day as the forecasts write it: 14 March 2027."""
    return f"{instant.day} {instant:%B %Y}"
