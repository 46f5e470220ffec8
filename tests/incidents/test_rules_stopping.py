"""Proven stopped: silence counts only while the gateway lives."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.rules.stopping import judge_stopped, longest_silence
from incidents.rules.verification import Judgement, Result

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 1, tzinfo=UTC)
UNTIL = START + 6 * HOUR


def judged(*, events: int = 0, beats: str = "#######", hours: float = 6) -> Judgement:
    """One sign an hour from the start on; # is a heartbeat."""
    return judge_stopped(
        events=events,
        heartbeats=[START + n * HOUR for n, sign in enumerate(beats) if sign == "#"],
        starts_at=START,
        until=UNTIL,
        at=START + hours * HOUR,
        longest_gap=2 * HOUR,
    )


@pytest.mark.parametrize(
    ("events", "beats", "hours", "result"),
    [
        (0, "#######", 6, Result.PASSED),
        (0, "#.#.#.#", 6, Result.PASSED),
        (0, "..#.#..", 6, Result.PASSED),
        (0, "#..####", 6, Result.INCONCLUSIVE),
        (0, "...####", 6, Result.INCONCLUSIVE),
        (0, "####...", 6, Result.INCONCLUSIVE),
        (0, ".......", 6, Result.INCONCLUSIVE),
        (0, "####", 3, Result.RUNNING),
        (0, "#...", 3, Result.RUNNING),
        (0, "####...", 100, Result.INCONCLUSIVE),
        (1, "#######", 6, Result.FAILED),
        (5, ".......", 1, Result.FAILED),
    ],
)
def test_a_stop_is_proven_by_no_event_and_a_living_gateway(
    events: int, beats: str, hours: float, result: Result
) -> None:
    found = judged(events=events, beats=beats, hours=hours)

    assert found.result is result


@pytest.mark.parametrize(
    ("events", "beats", "hours", "words"),
    [
        (0, "####", 3, "It can pass on 2026-11-01 06:00 UTC."),
        (0, "#...", 3, "silent for 3:00:00"),
        (0, "#...", 3, "cannot pass any more"),
        (1, "#######", 6, "1 decision event after the stop"),
        (2, "#######", 6, "2 decision events after the stop"),
    ],
)
def test_the_forecast_says_why(events: int, beats: str, hours: float, words: str) -> None:
    found = judged(events=events, beats=beats, hours=hours)

    assert words in found.forecast


def test_heartbeats_outside_of_the_time_prove_nothing_about_it() -> None:
    beats = [START - HOUR, START + 3 * HOUR, UNTIL + HOUR]

    found = longest_silence(beats, START, UNTIL)

    assert found == 3 * HOUR
