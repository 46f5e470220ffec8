"""Standings: what holds for every rule and every series of readings."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from governance.rules.band_checks import validate
from governance.rules.bands import Band, Bands, Firing, Reading, Rule, Side, band_of
from governance.rules.standings import Carried, Standing, is_quiet, is_settled, is_within
from governance.rules.steps import replay, step

AT = datetime(2026, 11, 1, tzinfo=UTC)
GOOD = frozenset({Standing.OK, Standing.PENDING})

limits = st.integers(0, 12).map(float)
optional = st.none() | limits
sides = st.builds(Side, optional, optional, optional, optional, optional)
firings = st.integers(1, 4).flatmap(
    lambda n: st.builds(Firing, st.integers(1, n), st.just(n), st.just(0))
)
bands = (
    st.builds(Bands, st.just("above"), sides)
    | st.builds(Bands, st.just("below"), sides)
    | st.builds(Bands, st.just("outside"), sides, sides.map(lambda side: side.mirrored()))
)
rules = st.builds(
    Rule,
    bands,
    firings,
    least_n=st.sampled_from([0, 10]),
    recover_windows=st.integers(1, 3),
    keep_for=st.sampled_from([0, 86400, 200000]),
    lowest=st.just(-13.0),
    highest=st.just(13.0),
    flap_changes=st.sampled_from([0, 3]),
).filter(lambda rule: not validate(rule))
values = st.integers(-13, 13).map(float) | st.sampled_from([None, math.nan, math.inf])
rows = st.builds(
    lambda day, value, n, quality, revision: Reading(
        AT + day * timedelta(days=1), value, n, quality=quality, revision=revision
    ),
    st.integers(0, 20),
    values,
    st.sampled_from([5, 10, 50, None]),
    st.sampled_from(["good"] * 5 + ["bad"]),
    st.integers(0, 2),
)
series = st.lists(
    rows, max_size=20, unique_by=lambda reading: (reading.window_end, reading.revision)
)


def in_order(readings: list[Reading]) -> list[Reading]:
    """The newest revision of each window, found the slow way."""
    newest = [
        one
        for one in readings
        if not any(
            other.window_end == one.window_end and other.revision > one.revision
            for other in readings
        )
    ]
    return sorted(newest, key=lambda reading: reading.window_end)


@settings(deadline=None)
@given(rules, series, st.randoms(use_true_random=False))
def test_f23_any_order_and_doubling_ends_where_one_by_one_ends(
    rule: Rule, readings: list[Reading], shuffler: object
) -> None:
    state = Carried()
    for reading in in_order(readings):
        state, _ = step(rule, state, reading)
    mixed = readings * 2
    shuffler.shuffle(mixed)  # type: ignore[attr-defined]

    replayed = replay(rule, mixed)

    assert replayed == state


@settings(deadline=None)
@given(rules, series)
def test_f20_a_bad_reading_never_leads_to_ok(rule: Rule, readings: list[Reading]) -> None:
    state = Carried()

    for reading in in_order(readings):
        after, verdict = step(rule, state, reading)
        if verdict.band is Band.BAD:
            assert after == replace(state, seen=after.seen)
            assert not verdict.is_incident_due
        if reading.value is None or not math.isfinite(reading.value):
            assert verdict.band is Band.BAD
        state = after


@settings(deadline=None)
@given(rules, series)
def test_nothing_is_called_good_on_a_reading_that_fires_at_once(
    rule: Rule, readings: list[Reading]
) -> None:
    rule = replace(rule, firing=Firing(1, 1))
    state = Carried()

    for reading in in_order(readings):
        state, verdict = step(rule, state, reading)
        if verdict.band in (Band.WARNING, Band.CRITICAL, Band.INSTANT):
            assert state.standing not in GOOD
            assert verdict.is_incident_due


@settings(deadline=None)
@given(rules, series)
def test_f21_whatever_has_happened_recovery_can_be_reached(
    rule: Rule, readings: list[Reading]
) -> None:
    state = replay(rule, readings)
    upper, lower = rule.bands.upper, rule.bands.lower
    top = rule.highest if upper is None else upper.leaves_warning
    bottom = rule.lowest if lower is None else lower.leaves_warning
    best = (min(top, rule.highest) + max(bottom, rule.lowest)) / 2

    good = [Reading(AT + timedelta(days=21 + day), best, 50) for day in range(12)]
    state = replay(rule, good, state)

    assert state.standing is Standing.OK


@settings(deadline=None)
@given(rules, series)
def test_a_caller_that_skips_quiet_readings_ends_in_the_same_state(
    rule: Rule, readings: list[Reading]
) -> None:
    state = Carried()
    for reading in in_order(readings):
        if not is_quiet(rule, state, reading.value, reading.n, reading.quality):
            state, _ = step(rule, state, reading)

    full = replay(rule, readings)

    assert replace(state, seen=None, valid=None) == replace(full, seen=None, valid=None)


@settings(deadline=None)
@given(rules, series, rows)
def test_the_two_halves_of_the_quiet_test_say_the_same_as_the_whole(
    rule: Rule, readings: list[Reading], reading: Reading
) -> None:
    state = replay(rule, readings)

    halves = is_settled(state.to_plain()) and is_within(
        rule, reading.value, reading.n, reading.quality
    )

    assert halves == is_quiet(rule, state, reading.value, reading.n, reading.quality)


@settings(deadline=None)
@given(rules, series)
def test_what_is_stored_goes_on_like_what_was_kept(rule: Rule, readings: list[Reading]) -> None:
    ordered = in_order(readings)
    middle = len(ordered) // 2
    kept = replay(rule, ordered[:middle])

    stored = Carried.from_plain(kept.to_plain())

    assert replay(rule, ordered[middle:], stored) == replay(rule, ordered)


@settings(deadline=None)
@given(rules, st.lists(st.integers(-13, 13), min_size=1, max_size=20))
def test_a_fresh_breach_fires_exactly_when_a_plain_count_says_so(
    rule: Rule, numbers: list[int]
) -> None:
    rule = replace(rule, least_n=0, cadence=10 * 86400)
    readings = [
        Reading(AT + timedelta(days=day), float(value)) for day, value in enumerate(numbers)
    ]
    marks = [band_of(rule, reading) for reading in readings]
    breaches = [mark in (Band.WARNING, Band.CRITICAL, Band.INSTANT) for mark in marks]
    k, n = rule.firing.k, rule.firing.n
    fires = [
        marks[i] is Band.INSTANT or (breaches[i] and sum(breaches[max(0, i - n + 1) : i + 1]) >= k)
        for i in range(len(marks))
    ]
    assume(any(fires))
    first = fires.index(True)

    before, after = replay(rule, readings[:first]), replay(rule, readings[: first + 1])

    assert before.standing in GOOD | {Standing.NO_DATA}
    assert after.standing in (Standing.WARNING, Standing.CRITICAL)
