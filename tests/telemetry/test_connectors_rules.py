"""TEL-4: what a connector may ask, how often it is asked, and which windows are meant."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.rules.addresses import address_fault
from telemetry.rules.mappings import kept, read_lines, stored_lines
from telemetry.rules.schedules import (
    MOST_WINDOWS,
    cadence_of,
    next_poll_at,
    settled_until,
    windows_due,
)

AT = dt.datetime(2026, 11, 20, 9, 2, tzinfo=dt.UTC)
LINE = {"kpi": "accuracy", "query": "accuracy", "window": "5m"}


def seconds(**said):
    """The wait until the next poll."""
    return (next_poll_at(AT, **({"every": 60} | said)) - AT).total_seconds()


def test_lines_are_stored_and_read_again():
    lines, wrong = read_lines([LINE], "prometheus")

    assert (stored_lines(kept(lines)), wrong) == (lines, {})


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("prometheus", {"window": "5"}, "window"),
        ("prometheus", {"window": "1s"}, "window"),
        ("prometheus", {"query": ""}, "query"),
        ("prometheus", {"query": "a\x00b"}, "query"),
        ("prometheus", {"query": 7}, "query"),
        ("prometheus", {"source": "x"}, "source"),
        ("prometheus", {"segment": "north"}, "segment"),
        ("prometheus", {"segment_label": "a b"}, "segment_label"),
        ("prometheus", {"segment_label": "a", "segment": "a=b"}, "segment_label"),
        ("prometheus", {"factor": 0}, "factor"),
        ("prometheus", {"factor": float("nan")}, "factor"),
        ("prometheus", {"surprise": 1}, "surprise"),
        ("mlflow", {}, "source"),
        ("mlflow", {"source": "model:"}, "source"),
        ("mlflow", {"source": "model:x", "segment_label": "a"}, "segment_label"),
        ("evidently", {"count_query": "n"}, "count_query"),
    ],
)
def test_a_line_that_asks_nothing_is_refused_at_its_field(kind, changes, field):
    _, wrong = read_lines([LINE | changes], kind)

    assert list(wrong) == [f"lines.1.{field}"]


@pytest.mark.parametrize("lines", [None, [], "x", {}, [LINE] * 51])
def test_no_lines_or_too_many_are_refused(lines):
    assert "lines" in read_lines(lines, "prometheus")[1]


def test_two_lines_do_not_measure_the_same():
    _, wrong = read_lines([LINE, LINE | {"query": "other"}], "prometheus")

    assert wrong == {"lines.2.kpi": "Line 1 measures the same."}


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ({}, 60),
        ({"failures": 1}, 60),
        ({"failures": 2}, 120),
        ({"failures": 4}, 480),
        ({"failures": 90}, 3600),
        ({"failures": 3, "every": 86400}, 86400),
        ({"failures": 1, "retry_after": 600}, 600),
        ({"failures": 1, "retry_after": 10}, 60),
        ({"failures": 1, "retry_after": 10**9}, 86400),
    ],
)
def test_a_failing_connector_is_asked_less_often_but_never_given_up(said, wait):
    assert seconds(**said) == wait


def test_a_series_is_expected_by_window_but_not_more_often_than_it_is_asked():
    assert cadence_of(window_seconds=300, every=60) == 300
    assert cadence_of(window_seconds=300, every=3600) == 3600


@given(
    length=st.sampled_from([15, 60, 300, 3600, 86400, 7 * 86400]),
    back=st.one_of(st.none(), st.integers(0, 10**7)),
)
def test_windows_end_at_whole_multiples_and_follow_the_last_one(length, back):
    last = None if back is None else AT - dt.timedelta(seconds=back)

    due = windows_due(at=AT, seconds=length, last=last, lag=15)

    if due is not None:
        first, newest = due
        assert all(int(end.timestamp()) % length == 0 for end in due)
        assert first <= newest <= AT - dt.timedelta(seconds=15)
        assert (newest - first).total_seconds() / length < MOST_WINDOWS
        assert last is None or last < first <= last + dt.timedelta(seconds=2 * length)


@given(length=st.sampled_from([15, 300, 3600, 86400]), days=st.integers(0, 60))
def test_polls_that_find_nothing_still_come_to_the_newest_window(length, days):
    last = AT - dt.timedelta(days=days)
    for _ in range(60 * 86400 // (length * MOST_WINDOWS) + 3):
        due = windows_due(at=AT, seconds=length, last=last, lag=15)
        if due is None:
            break
        last = max(last, settled_until(at=AT, seconds=length, asked_until=due[1]))

    newest = int((AT - dt.timedelta(seconds=15)).timestamp()) // length * length
    assert due is None or int(due[1].timestamp()) == newest


@given(back=st.integers(0, 10**7))
def test_the_newest_window_is_due_exactly_once(back):
    last = AT - dt.timedelta(seconds=back)
    due = windows_due(at=AT, seconds=300, last=last, lag=15)

    if due is not None and (due[1] - due[0]).total_seconds() < 300 * (MOST_WINDOWS - 1):
        assert windows_due(at=AT, seconds=300, last=due[1], lag=15) is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x",
        "http://",
        "http://ada:pw@x",
        "http://x?token=1",
        "http://x#y",
        "http://x:99999",
        "http://[::1",
        "http://x/a b",
        "x" * 600,
        "http://x/\x00",
    ],
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused(url):
    assert address_fault(url)


def test_a_plain_address_is_taken():
    assert address_fault("https://prometheus.example.org:9090/prom") is None
