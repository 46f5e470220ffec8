"""A filter as it stands in an address: what it means, and what cannot be read."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from governance.rules.ledger_filter import (
    Asked,
    Unreadable,
    asked_of,
    in_words,
    read_channel,
    read_number,
    read_since,
    read_until,
    read_verbs,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "number"),
    [("48190", 48190), ("№ 48 190", 48190), ("48\u202f190", 48190), ("#7", 7), ("", None)],
)
def test_a_number_is_read_as_people_write_it(text, number):
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["abc", "1" * 19, "-4", "²"])
def test_what_is_no_number_is_said(text):
    with pytest.raises(Unreadable):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026-11-20", (2026, 11, 19, 23), (2026, 11, 20, 23)),
        ("2026-11-20T14:00", (2026, 11, 20, 13), (2026, 11, 20, 13)),
        ("2026-11-20T14:00+00:00", (2026, 11, 20, 14), (2026, 11, 20, 14)),
        ("2026-11-20T14:00 01:00", (2026, 11, 20, 13), (2026, 11, 20, 13)),
    ],
)
def test_a_day_counts_whole_and_a_time_is_the_readers(text, since, until):
    assert read_since(text, zone=BERLIN) == dt.datetime(*since, tzinfo=dt.UTC)
    assert read_until(text, zone=BERLIN) == dt.datetime(*until, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "0001-01-01T00:00", "9999-12-31"])
def test_what_is_no_instant_is_said(text):
    with pytest.raises(Unreadable):
        read_until(text, zone=BERLIN)


def test_a_kind_of_verbs_is_all_that_begin_with_it():
    known = ["incident.opened", "incident.closed", "incidental.x", "user.created"]

    assert read_verbs("incident.*", known=known) == ("incident.closed", "incident.opened")
    assert read_verbs("user.created", known=known) == ("user.created",)
    assert read_verbs("", known=known) == ()


@pytest.mark.parametrize("text", ["incident.none", "nothing.*", "*"])
def test_a_verb_that_there_is_not_is_said(text):
    with pytest.raises(Unreadable):
        read_verbs(text, known=["incident.opened"])


def test_a_channel_is_one_of_the_list():
    assert read_channel("web") == "web"
    with pytest.raises(Unreadable):
        read_channel("pigeon")


def test_an_address_keeps_what_was_typed_and_leaves_out_what_was_not():
    asked = asked_of({"person": " Jonas ", "refused": "on", "before": "9", "x": "y"})

    assert asked.query == {"person": "Jonas", "refused": "1"}
    assert asked.before == "9"
    assert asked_of(asked.query).query == asked.query


def test_a_filter_is_said_in_words():
    asked = Asked(person="Jonas", since="2026-11-20T14:00", refused="1", channel="web")

    assert in_words(asked, zone=BERLIN) == [
        ("who", "Jonas"),
        ("from", "2026-11-20 14:00 (Europe/Berlin)"),
        ("through", "a page"),
        ("only", "what was refused"),
    ]
