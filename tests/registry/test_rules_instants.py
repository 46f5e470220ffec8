"""A past instant as it is asked for: zones, days, the night when the clocks change."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from ledger.rules.refusals import Invalid, Missing
from registry.rules.instants import canonical_text, in_words, read_instant, require_begun

BERLIN = ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2026, 11, 20, 13, 0, tzinfo=dt.UTC)


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-03T13:00:00Z", utc(2026, 3, 3, 13)),
        ("2026-03-03T14:00:00+01:00", utc(2026, 3, 3, 13)),
        ("2026-03-03T14:00:00 01:00", utc(2026, 3, 3, 13)),
        ("2026-03-03T14:00", utc(2026, 3, 3, 13)),
        (" 2026-07-03 14:00:05.25 ", utc(2026, 7, 3, 12, 0, 5, 250000)),
        ("2026-03-03", utc(2026, 3, 3, 22, 59, 59, 999999)),
        ("2026-03-29", utc(2026, 3, 29, 21, 59, 59, 999999)),
        ("2026-11-20", NOW),
        ("2026-10-25T02:30", utc(2026, 10, 25, 0, 30)),
        ("2026-11-20T14:00", NOW),
    ],
)
def test_an_instant_is_read_in_the_zone_of_who_asks(text, meant):
    read = read_instant(text, zone=BERLIN, now=NOW)

    assert read == meant


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01", "2026-03-03T25:00", "0000-00-00", "9" * 90]
)
def test_what_is_no_instant_is_refused_with_an_example(text):
    with pytest.raises(Invalid) as refused:
        read_instant(text, zone=BERLIN, now=NOW)

    assert refused.value.code == "as_of_unreadable"
    assert "Write it like 2026-03-03T14:00" in refused.value.reason


def test_a_time_that_the_clocks_left_out_is_refused():
    with pytest.raises(Invalid) as refused:
        read_instant("2026-03-29T02:30", zone=BERLIN, now=NOW)

    assert "There was no 02:30 on 29 March 2026 in Europe/Berlin" in refused.value.reason


@pytest.mark.parametrize("text", ["2026-11-20T14:00:01", "2026-11-21", "2027-01-01T00:00Z"])
def test_what_has_not_come_yet_is_refused(text):
    with pytest.raises(Invalid) as refused:
        read_instant(text, zone=BERLIN, now=NOW)

    assert refused.value.code == "as_of_to_come"


def test_an_instant_before_the_beginning_says_when_it_began():
    with pytest.raises(Missing) as refused:
        require_begun(
            utc(2026, 3, 3, 13),
            began=utc(2026, 3, 5, 8, 12, 7),
            what="INC-2026-0001 was opened",
            zone=BERLIN,
        )

    assert refused.value.reason == (
        "There was nothing to show on 3 March 2026, 14:00: INC-2026-0001 was opened on "
        "5 March 2026, 09:12:07."
    )


def test_the_beginning_itself_is_there():
    require_begun(NOW, began=NOW, what="It was opened", zone=BERLIN)

    assert in_words(NOW, BERLIN) == "20 November 2026, 14:00"


def test_an_address_carries_an_instant_exactly():
    exact = utc(2026, 3, 3, 22, 59, 59, 999999)

    text = canonical_text(exact)

    assert text == "2026-03-03T22:59:59.999999Z"
    assert read_instant(text, zone=BERLIN, now=NOW) == exact
