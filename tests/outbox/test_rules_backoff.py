"""Webhook retries and escalation repeats."""

from datetime import UTC, datetime, timedelta

import pytest

from outbox.rules.backoff import (
    DOUBLING,
    KILL_SWITCH,
    WEBHOOK,
    calls_person,
    next_attempt_at,
    repeat_after,
)
from outbox.rules.durations import Duration

AT = datetime(2026, 11, 15, 9, tzinfo=UTC)
LATER = AT + timedelta(days=30)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (1, 10), (2, 30), (3, 120), (4, 600), (5, 1800), (6, 3600), (7, 3600), (500, 3600)],
)
def test_a_webhook_is_tried_again_on_the_schedule(failures: int, seconds: int) -> None:
    at = next_attempt_at(WEBHOOK, failures=failures, failed_at=AT, jitter=0, until=LATER)

    assert at == AT + timedelta(seconds=seconds)


def test_jitter_lengthens_a_wait_by_at_most_a_tenth() -> None:
    at = next_attempt_at(WEBHOOK, failures=6, failed_at=AT, jitter=0.999, until=LATER)

    assert at is not None
    assert timedelta(hours=1) < at - AT < timedelta(hours=1, minutes=6)


def test_no_attempt_is_made_at_the_deadline_or_after_it() -> None:
    until = AT + timedelta(seconds=10)

    at = next_attempt_at(WEBHOOK, failures=1, failed_at=AT, jitter=0, until=until)

    assert at is None


def test_a_stop_has_had_six_attempts_within_thirty_seconds() -> None:
    waits = [KILL_SWITCH.wait_before(attempt) for attempt in range(1, 7)]

    assert sum(waits) <= 30


@pytest.mark.parametrize(("failures", "calls"), [(0, False), (1, False), (2, True), (9, True)])
def test_a_stop_calls_a_person_after_the_second_failure(failures: int, calls: bool) -> None:
    assert calls_person(KILL_SWITCH, failures) is calls


def test_an_ordinary_webhook_calls_nobody() -> None:
    assert not calls_person(WEBHOOK, 50)


def test_reminders_follow_the_list_and_then_double() -> None:
    listed = [Duration.parse("4bh")] * 3 + [Duration.parse("1d")] * 5

    waits = [str(repeat_after(number, listed, DOUBLING[1:])) for number in range(1, 13)]

    assert waits == ["4bh"] * 3 + ["1d"] * 5 + ["2d", "4d", "8d", "8d"]


def test_f19_a_year_overdue_reminders_still_come_on_powers_of_two() -> None:
    waits = [int(repeat_after(number, []).seconds() / 86400) for number in range(1, 60)]

    assert sum(waits) > 365
    assert all(wait & (wait - 1) == 0 and wait <= 8 for wait in waits)


@pytest.mark.parametrize("tail", [(), (Duration.parse("0h"),)])
def test_a_tail_that_would_fall_silent_or_never_rest_is_refused(
    tail: tuple[Duration, ...],
) -> None:
    with pytest.raises(ValueError, match="last wait"):
        repeat_after(1, [], tail)
