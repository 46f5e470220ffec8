"""Whatever waits, each notice goes now or later, never neither, never both (W 9)."""

import datetime as dt
import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.rules.addresses import chat_fault, named, page_fault
from outbox.rules.carriers import Item, compose
from outbox.rules.notices import (
    KINDS,
    NoticePolicy,
    Reader,
    Waiting,
    digest_at,
    is_storm,
    sort_for_reader,
)

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
before = st.integers(0, 7200).map(lambda seconds: AT - dt.timedelta(seconds=seconds))
waiting = st.builds(
    Waiting,
    id=st.uuids(),
    kind=st.sampled_from(list(KINDS)),
    created_at=before,
    due_at=st.none() | st.integers(-100, 10**6).map(lambda s: AT + dt.timedelta(seconds=s)),
    group=st.sampled_from(["", "a", "b"]),
    in_digest=st.booleans(),
)
readers = st.builds(
    Reader,
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    digest_hour=st.integers(0, 23),
    digest_kinds=st.sets(st.sampled_from(["task", "information"])).map(frozenset),
    recent=st.lists(before, max_size=4).map(lambda found: tuple(sorted(found))),
    last_at=st.none() | before,
    groups=st.dictionaries(st.sampled_from(["a", "b"]), before),
)


@given(
    st.lists(waiting, max_size=12, unique_by=lambda one: one.id),
    readers,
    st.integers(1, 3),
    st.booleans(),
)
def test_each_notice_goes_now_or_at_a_later_instant(rows, reader, ceiling, storm):
    policy = NoticePolicy(ceiling=ceiling)

    found = sort_for_reader(rows, reader, policy, storm=storm, at=AT)

    places = Counter([*found.now, *found.later])
    assert places == Counter(one.id for one in rows)
    assert all(AT < later.at <= AT + dt.timedelta(days=1) for later in found.later.values())


@given(
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.integers(0, 23),
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31), timezones=st.just(dt.UTC)),
)
def test_the_digest_comes_within_a_day_and_an_hour_of_clock_change(zone, hour, after):
    found = digest_at(Reader(zone=zone, digest_hour=hour), after=after)

    assert after < found <= after + dt.timedelta(hours=25)


@pytest.mark.parametrize(
    ("counted", "stands", "storm"),
    [(199, False, False), (200, False, True), (100, True, True), (99, True, False)],
)
def test_a_storm_begins_at_its_number_and_ends_below_half(counted, stands, storm):
    assert is_storm(counted=counted, stands=stands, policy=NoticePolicy()) is storm


@pytest.mark.parametrize("form", ["bundle", "digest", "summary"])
def test_every_notice_stands_in_what_carries_it(form):
    items = [
        Item(f"Validate INC-{n}", f"Body {n}", f"https://x/{n}", str(n % 3), None, AT)
        for n in range(7)
    ]

    found = compose(form, items)

    assert all(item.subject in found.body for item in items)


def test_a_long_subject_is_cut_and_says_how_many_there_are():
    items = [Item("Validate " + "x" * 400, "", "", str(uuid.uuid4()), None, AT)] * 2

    assert compose("bundle", items).subject.endswith("… (and 1 more)")


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("pagerduty:R015GE1ABCDEFGHIJKLMNOPQ", "PagerDuty, key ending in NOPQ"),
        ("https://:tk_secret@ntfy.example.org/topic", "ntfy at ntfy.example.org"),
        ("mmosts://chat.example.org/token", "mmosts at chat.example.org"),
        ("slack://TokenA/TokenB/TokenC", "slack"),
        ("http://[", "an address"),
    ],
)
def test_an_address_is_named_without_what_it_opens(target, told):
    assert named(target) == told


@given(st.text(max_size=60))
def test_whatever_is_typed_as_an_address_is_judged_in_words(text):
    assert isinstance(page_fault(text), str)
    assert isinstance(chat_fault(text), str)
    assert isinstance(named(text), str)
