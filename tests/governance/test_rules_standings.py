"""Standings: tables for the rulings, one test each."""

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from governance.rules.bands import Band, Bands, Firing, Reading, Rule, Side
from governance.rules.silences import end_error, judge_silence, mark_error
from governance.rules.standings import Carried, Standing, Verdict, is_quiet, is_settled, is_within
from governance.rules.steps import OutOfOrder, replay, step

DAY = timedelta(days=1)
AT = datetime(2026, 11, 1, tzinfo=UTC)
SIDE = Side(8, 12, 20, 6, 10)
BAD = math.nan


def rule(side: Side = SIDE, **changes: Any) -> Rule:
    return Rule(Bands("above", side), **changes)


def reading(day: float, value: float | None, **changes: Any) -> Reading:
    return Reading(AT + day * DAY, value, **changes)


def walk(
    judged: Rule, values: Sequence[float | None], carried: Carried | None = None, first_day: int = 0
) -> tuple[Carried, list[Verdict]]:
    state, verdicts = carried or Carried(), []
    for day, value in enumerate(values, start=first_day):
        state, verdict = step(judged, state, reading(day, value))
        verdicts.append(verdict)
    return state, verdicts


def stands(judged: Rule, values: Sequence[float | None]) -> str:
    """The standings after each reading, one letter each."""
    letters = {standing: standing.value[0] for standing in Standing} | {Standing.NO_DATA: "-"}
    return "".join(letters[verdict.after] for verdict in walk(judged, values)[1])


@pytest.mark.parametrize(
    ("firing", "values", "letters"),
    [
        (Firing(1, 1), [5, 8, 7], "OWW"),
        (Firing(2, 2), [5, 8, 8], "OPW"),
        (Firing(2, 2), [5, 8, 5, 8, 5], "OPOPO"),
        (Firing(2, 2), [8, 12, 12], "PWC"),
        (Firing(3, 3), [8, 5, 8, 8], "POPP"),
        (Firing(3, 3), [8, 8, BAD, 8], "PPPW"),
        (Firing(2, 3), [8, 5, 8], "PPW"),
        (Firing(2, 3), [8, 5, 5, 8, 5, 5], "PPOPPO"),
        (Firing(2, 3), [8, BAD, BAD, 8], "PPPW"),
        (Firing(3, 5), [8, 5, 8, 5, 8], "PPPPW"),
    ],
)
def test_entry_counts_consecutive_or_m_of_n_valid_windows(
    firing: Firing, values: list[float], letters: str
) -> None:
    found = stands(rule(firing=firing), values)

    assert found == letters


def test_eva_01_a_worse_reading_counts_for_the_milder_band_and_each_keeps_its_own_count() -> None:
    found = stands(rule(firing=Firing(2, 3)), [12, 8, 12, 11])

    assert found == "PWCC"


def test_an_instant_limit_needs_one_reading() -> None:
    state, verdicts = walk(rule(firing=Firing(3, 3)), [5, 20])

    assert state.standing is Standing.CRITICAL
    assert verdicts[-1].band is Band.INSTANT


def test_eva_02_windows_that_span_more_than_2n_cadences_do_not_count_together() -> None:
    judged = rule(firing=Firing(2, 3), cadence=86400)

    near = replay(judged, [reading(0, 8), reading(6, 8)])
    far = replay(judged, [reading(0, 8), reading(6.01, 8)])

    assert near.standing is Standing.WARNING
    assert far.standing is Standing.PENDING


@pytest.mark.parametrize(
    ("recover", "values", "letters"),
    [
        # Critical leaves after two windows past its recovery, then warning takes two of its own.
        (2, [12, 9, 9, 5, 5], "CCWRO"),
        # 10 is the limit itself: not past it.
        (2, [12, 10, 10, 9, 9], "CCCCW"),
        # Between recovery and warning nothing recovers.
        (2, [8, 7, 7, 6, 6, 5, 5], "WWWWWRO"),
        (2, [8, 5, 7, 5, 5], "WRWRO"),
        # A breach, and a bad window, in a recovery.
        (2, [8, 5, 8, 5, 5], "WRWRO"),
        (2, [8, 5, BAD, 5], "WRRO"),
        (3, [8, 5, BAD, BAD, 5, 5, 5], "WRRRRRO"),
        (1, [12, 5, 5], "CWO"),
    ],
)
def test_eva_03_the_way_down(recover: int, values: list[float], letters: str) -> None:
    found = stands(rule(recover_windows=recover), values)

    assert found == letters


def test_a_recovery_does_not_bridge_missing_windows() -> None:
    judged = rule(recover_windows=2)
    recovering = replay(judged, [reading(0, 8), reading(1, 5)])

    bridged, _ = step(judged, recovering, reading(3, 5))
    broken, _ = step(judged, recovering, reading(3.01, 5))

    assert bridged.standing is Standing.OK
    assert broken.standing is Standing.RECOVERING


def test_a_critical_reading_ends_the_count_that_led_away_from_critical() -> None:
    found = stands(rule(recover_windows=2), [12, 9, 12, 9, 9])

    assert found == "CCCCW"


def test_eva_04_bad_windows_change_nothing_however_many() -> None:
    judged = rule(firing=Firing(2, 2), recover_windows=2)

    found = stands(judged, [8, BAD, None, BAD, 8, None])

    assert found == "PPPPWW"


def test_eva_05_a_series_of_bad_rows_has_no_data() -> None:
    state, verdicts = walk(rule(), [None, BAD, math.inf])

    assert state.standing is Standing.NO_DATA
    assert {verdict.band for verdict in verdicts} == {Band.BAD}


@pytest.mark.parametrize(("readings", "letters"), [(3, "PPW"), (2, "PP")])
def test_eva_06_entry_fires_when_the_windows_cover_the_duration(
    readings: int, letters: str
) -> None:
    judged = rule(firing=Firing(1, 1, for_seconds=900), window=300, cadence=300)
    state, found = Carried(), ""

    for number in range(readings):
        state, verdict = step(judged, state, reading(number / 288, 8))
        found += verdict.after.value[0]

    assert found == letters


def test_eva_06_each_band_has_a_duration_of_its_own() -> None:
    judged = rule(firing=Firing(1, 1, for_seconds=3 * 86400), window=86400)

    found = stands(judged, [8, 12, 12, 12])

    assert found == "PPWC"


def test_eva_06_keep_for_is_the_distance_of_the_window_ends() -> None:
    judged = rule(recover_windows=2, keep_for=3 * 86400)

    found = stands(judged, [8, 5, 5, 5, 5])

    assert found == "WRRRO"


def test_eva_13_one_critical_reading_in_a_warning_is_not_yet_worse() -> None:
    found = stands(rule(firing=Firing(2, 2)), [8, 8, 12, 8, 12, 12])

    assert found == "PWWWWC"


def test_eva_19_a_point_beyond_the_band_alone_is_a_watch_and_no_standing() -> None:
    judged = rule(Side(0.08, 0.12), judged_by="lower_bound")

    state, verdict = step(judged, Carried(), reading(0, 0.15, low=-0.01, high=0.31))

    assert (state.standing, verdict.band) == (Standing.OK, Band.WATCH)
    assert not verdict.is_incident_due


def test_eva_19_a_small_gap_that_is_surely_there_is_a_warning_that_stays() -> None:
    judged = rule(Side(0.08, 0.12), judged_by="lower_bound")
    gap = {"low": 0.01, "high": 0.05}

    state = replay(judged, [reading(day, 0.03, **gap) for day in range(5)])
    _, verdict = step(judged, state, reading(5, 0.03, **gap))

    assert verdict.after is Standing.WARNING
    assert verdict.is_different


def test_a_wider_interval_is_no_recovery() -> None:
    judged = rule(Side(0.08, 0.12), judged_by="lower_bound")
    breached = replay(judged, [reading(0, 0.15, low=0.12, high=0.18)])

    state, _ = step(judged, breached, reading(1, 0.15, low=-0.10, high=0.40))

    assert state.standing is Standing.CRITICAL


def test_eva_20_an_incident_is_due_on_breaching_readings_once_it_has_fired() -> None:
    _, verdicts = walk(rule(firing=Firing(2, 2), recover_windows=2), [8, 8, 8, 5, BAD, 8])

    due = [verdict.is_incident_due for verdict in verdicts]

    assert due == [False, True, True, False, False, True]


def test_eva_11_an_open_standing_and_its_counts_stay_when_the_threshold_is_edited() -> None:
    pending, _ = walk(rule(firing=Firing(2, 2)), [8])
    warned, _ = walk(rule(), [8])
    looser = rule(Side(9, 12, None, 7.5, 11), firing=Firing(2, 2), recover_windows=2)

    fired, _ = step(looser, pending, reading(1, 9))
    kept, _ = step(looser, warned, reading(1, 7))

    assert fired.standing is Standing.WARNING
    assert kept.standing is Standing.RECOVERING


def test_an_edit_that_takes_critical_away_lets_the_standing_come_down() -> None:
    critical, _ = walk(rule(), [12])

    found = [v.after for v in walk(rule(Side(8)), [9, 7, 7], critical, first_day=1)[1]]

    assert found == [Standing.CRITICAL, Standing.WARNING, Standing.OK]


def test_eva_16_the_fourth_change_in_time_is_flapping_until_it_is_stable() -> None:
    judged = rule(
        Side(8), flap_changes=4, flap_within=14 * 86400, flap_stable=3 * 86400, recover_windows=1
    )

    _, verdicts = walk(judged, [5, 8, 5, 8, 5, 5, 5, 5, 5])

    flags = "".join("f" if verdict.flapping else "." for verdict in verdicts)
    assert flags == "....fff.."


@pytest.mark.parametrize(("within_days", "flapping"), [(2, False), (3, True)])
def test_changes_are_flapping_only_within_the_time(within_days: int, flapping: bool) -> None:
    judged = rule(Side(8), flap_changes=4, flap_within=within_days * 86400)

    _, verdicts = walk(judged, [5, 8, 5, 8, 5, 8])

    assert any(verdict.flapping for verdict in verdicts) is flapping


def test_f22_a_square_wave_at_the_threshold_stays_one_breach() -> None:
    judged = rule(Side(8, recover_warning=6), recover_windows=2)

    _, verdicts = walk(judged, [7.99, 8.0] * 50)

    assert sum(verdict.changed for verdict in verdicts) == 2
    assert verdicts[-1].after is Standing.WARNING


def test_a_reading_that_is_not_newer_is_refused() -> None:
    state, _ = walk(rule(), [5, 5])

    with pytest.raises(OutOfOrder):
        step(rule(), state, reading(1, 8))


def test_a_naive_window_end_is_refused() -> None:
    naive = Reading(datetime(2026, 11, 1), 5)

    with pytest.raises(ValueError, match="no time zone"):
        step(rule(), Carried(), naive)


def test_the_newest_revision_of_a_window_counts() -> None:
    rows = [reading(0, 12, revision=1), reading(0, 5, revision=2), reading(0, 12, revision=0)]

    state = replay(rule(), rows)

    assert state.standing is Standing.OK


def test_the_standing_keeps_the_window_in_which_it_began() -> None:
    state, _ = walk(rule(), [5, 8, 9, 8])

    assert state.since == (AT + DAY).timestamp()


def test_what_is_carried_survives_json() -> None:
    judged = rule(firing=Firing(2, 3), recover_windows=3, flap_changes=4)
    state, _ = walk(judged, [5, 8, 12, 12, 9, 9])

    again = Carried.from_plain(json.loads(json.dumps(state.to_plain())))

    assert again == state


def test_nothing_stored_is_a_series_of_which_nothing_is_known() -> None:
    assert Carried.from_plain({}) == Carried()


@pytest.mark.parametrize(
    ("values", "settled"), [([5], True), ([8], False), ([None], False), ([5, 12], False)]
)
def test_only_a_stored_state_that_is_ok_and_empty_is_settled(
    values: list[float | None], settled: bool
) -> None:
    state, _ = walk(rule(firing=Firing(2, 3)), values)

    assert is_settled(state.to_plain()) is settled


@pytest.mark.parametrize(
    ("value", "n", "quality", "quiet"),
    [
        (7.99, 100, "good", True),
        (8.0, 100, "good", False),
        (None, 100, "good", False),
        (math.nan, 100, "good", False),
        (-math.inf, 100, "good", False),
        (5.0, 99, "good", False),
        (5.0, None, "good", False),
        (5.0, 100, "bad", False),
    ],
)
def test_a_quiet_reading_is_good_and_strictly_within_the_bands(
    value: float | None, n: int | None, quality: str, quiet: bool
) -> None:
    judged = rule(least_n=100)
    settled = replay(judged, [reading(0, 5, n=100)])

    found = is_quiet(judged, settled, value, n, quality)

    assert found is quiet


def test_a_rule_that_judges_intervals_has_no_quiet_readings() -> None:
    assert not is_within(rule(judged_by="lower_bound"), 0.0, 500)


@pytest.mark.parametrize(
    ("cadences", "silence", "standing"),
    [
        (1.0, "none", Standing.OK),
        (1.5, "none", Standing.OK),
        (1.6, "no_data", Standing.NO_DATA),
        (2.0, "no_data", Standing.NO_DATA),
        (2.1, "watch", Standing.NO_DATA),
        (3.0, "watch", Standing.NO_DATA),
        (3.1, "incident", Standing.NO_DATA),
    ],
)
def test_eva_07_silence_grows_from_no_data_to_an_incident(
    cadences: float, silence: str, standing: Standing
) -> None:
    judged = rule(grace=43200)
    state, _ = walk(judged, [5])

    after, verdict = judge_silence(judged, state, at=AT + cadences * DAY, heard_at=AT)

    assert (verdict.silence, after.standing) == (silence, standing)
    assert verdict.changed is (standing is Standing.NO_DATA)


def test_eva_08_a_series_of_which_nothing_is_expected_keeps_its_standing() -> None:
    state, _ = walk(rule(), [8])

    after, verdict = judge_silence(rule(), state, at=AT + 30 * DAY, heard_at=AT, expected=False)

    assert after is state
    assert verdict.silence == "none"


@pytest.mark.parametrize(
    ("values", "next_value", "letters"),
    [
        ([5], 5, "O"),
        ([8], 7, "W"),
        ([12], 5, "C"),
        ([8, 5], 5, "R"),
        ([12], None, "N"),
        ([], None, "N"),
    ],
)
def test_f20_silence_holds_the_last_breach_and_begins_a_recovery_anew(
    values: list[float], next_value: float | None, letters: str
) -> None:
    judged = rule(recover_windows=2)
    state, _ = walk(judged, values)
    silent, _ = judge_silence(judged, state, at=AT + 3 * DAY, heard_at=AT)

    after, _ = step(judged, silent, reading(3, next_value))

    assert after.standing.value[0] == letters


def test_an_error_over_silence_holds_the_same_breach() -> None:
    judged = rule()
    state, _ = walk(judged, [12])
    silent, _ = judge_silence(judged, state, at=AT + 5 * DAY, heard_at=AT)

    failed = mark_error(silent, at=AT + 6 * DAY)

    assert (failed.standing, failed.underlying) == (Standing.ERROR, Standing.CRITICAL)


@pytest.mark.parametrize(
    ("values", "days", "standing"),
    [
        ([5], 0.5, Standing.OK),
        ([5], 1.5, Standing.NO_DATA),
        ([12], 0.5, Standing.CRITICAL),
        ([12, 5], 0.5, Standing.CRITICAL),
        ([8, 5], 0.5, Standing.WARNING),
        ([], 0.5, Standing.NO_DATA),
        ([None], 0.5, Standing.NO_DATA),
    ],
)
def test_eva_04_the_end_of_an_error_brings_back_what_is_fresh_and_nothing_unknown(
    values: list[float | None], days: float, standing: Standing
) -> None:
    judged = rule(recover_windows=2)
    state, _ = walk(judged, values)
    failed = mark_error(state, at=AT + 9 * DAY)

    after, _ = end_error(judged, failed, at=AT + 10 * DAY, heard_at=AT + (10 - days) * DAY)

    assert failed.standing is Standing.ERROR
    assert (after.standing, after.recovered) == (standing, 0)


def test_what_an_error_held_is_held_by_the_silence_that_follows() -> None:
    judged = rule()
    state, _ = walk(judged, [12])
    failed = mark_error(state, at=AT + DAY)

    after, _ = end_error(judged, failed, at=AT + 5 * DAY, heard_at=AT)

    assert (after.standing, after.underlying) == (Standing.NO_DATA, Standing.CRITICAL)


def test_a_breach_after_silence_in_a_breach_is_no_new_entry() -> None:
    judged = rule(flap_changes=4)
    state, _ = walk(judged, [5, 8])
    silent, _ = judge_silence(judged, state, at=AT + 5 * DAY, heard_at=AT)

    after, _ = step(judged, silent, reading(5, 8))

    assert len(after.changes) == 1
