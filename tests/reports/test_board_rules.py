"""Quarters, consequences by sourced factors, before-and-after in a sentence (REP-3, REP-6)."""

import datetime as dt
from decimal import Decimal

import pytest

from governance.rules.figures import measure_of
from reports.rules.board import (
    LONGEST,
    length_words,
    narrative_faults,
    printable,
    report_hash,
    report_text,
    statement,
)
from reports.rules.consequence import (
    Factor,
    consequence_of,
    consequences_of,
    factor_faults,
    points_of,
    rounded,
)
from reports.rules.quarters import Quarter, parse_quarter, quarter_of

DAY = dt.date(2026, 12, 31)


def factor(**changes):
    """A factor: a point that is lost costs 120 hours."""
    values = {
        "id": "1",
        "version": 1,
        "measures": "hours",
        "amount": Decimal(120),
        "currency": "",
        "direction": "fall",
        "words": "Handlers check again.",
        "source": "Study 7",
        "source_words": "Counted.",
        "valid_from": dt.date(2026, 1, 1),
        "valid_until": None,
    }
    return Factor(**(values | changes))


def given(**changes):
    """What somebody drafts."""
    one = factor(**changes)
    names = [name for name in Factor.__slots__ if name not in ("id", "version")]
    return {name: getattr(one, name) for name in names}


def test_a_quarter_is_three_months_at_the_seat():
    one = Quarter(2026, 4)

    assert (one.first_day, one.last_day) == (dt.date(2026, 10, 1), DAY)
    assert one.since("Europe/Berlin") == dt.datetime(2026, 9, 30, 22, tzinfo=dt.UTC)
    assert one.until("Europe/Berlin") == dt.datetime(2026, 12, 31, 23, tzinfo=dt.UTC)
    assert (one.before, one.next) == (Quarter(2026, 3), Quarter(2027, 1))


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_lies_in_one_quarter(month):
    day = dt.date(2026, month, 15)

    found = quarter_of(day)

    assert found.first_day <= day <= found.last_day


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-Q5", "2026-Q0", "26-Q1", "1999-Q1", "２０２６-Q1"]
)
def test_what_is_no_quarter_is_none(text):
    assert parse_quarter(text) is None


def test_a_fall_by_five_points_costs_five_times_the_amount():
    points = points_of(Decimal("0.85") - Decimal("0.90"), "ratio")

    found = consequence_of(points, factor())

    assert found.lost == Decimal(600)
    assert found.told == "about 600 hours a quarter lost"


def test_a_rise_of_what_costs_when_it_falls_is_a_gain():
    found = consequence_of(Decimal(2), factor())

    assert found.told == "about 240 hours a quarter gained"


@pytest.mark.parametrize(
    ("measures", "currency", "said"),
    [
        ("people", "", "about 240 people a quarter more affected"),
        ("money", "EUR", "about 240 EUR a quarter lost"),
    ],
)
def test_people_and_money_are_said_in_their_own_words(measures, currency, said):
    one = factor(measures=measures, currency=currency, direction="rise")

    found = consequence_of(Decimal(2), one)

    assert found.told == said


def test_without_a_factor_in_force_on_the_day_nothing_is_translated():
    over = factor(valid_until=dt.date(2026, 12, 30))
    ahead = factor(valid_from=dt.date(2027, 1, 1))

    assert consequences_of(Decimal(2), [over, ahead], DAY) == []
    assert consequences_of(Decimal(2), [], DAY) == []
    assert consequences_of(None, [factor()], DAY) == []


@pytest.mark.parametrize(
    ("value", "said"), [("12345", "12000"), ("0.123", "0.12"), ("0.004", "0"), ("99.6", "100")]
)
def test_a_consequence_is_never_more_exact_than_two_digits(value, said):
    assert f"{rounded(Decimal(value)):f}" == said


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source": " "}, "source"),
        ({"source_words": ""}, "source_words"),
        ({"words": "x\x00"}, "words"),
        ({"words": "x" * 2001}, "words"),
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal("0.00001")}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal("1e20")}, "amount"),
        ({"measures": "money"}, "currency"),
        ({"currency": "EUR"}, "currency"),
        ({"measures": "luck"}, "measures"),
        ({"direction": "aside"}, "direction"),
        ({"valid_until": dt.date(2025, 1, 1)}, "valid_until"),
    ],
)
def test_a_factor_that_says_too_little_or_nonsense_is_refused_at_its_field(changes, field):
    assert set(factor_faults(given(**changes))) == {field}


def test_a_factor_that_is_whole_has_no_fault():
    assert factor_faults(given()) == {}


@pytest.mark.parametrize(
    ("days", "said"), [(91, "3 months"), (30, "4 weeks"), (5, "5 days"), (0, "1 day")]
)
def test_a_time_is_said_in_its_usual_unit(days, said):
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    assert length_words(begin, begin + dt.timedelta(days=days)) == said


def test_a_before_and_after_says_both_values_the_time_and_the_interval():
    found = statement(
        name="Answer accuracy",
        measure=measure_of(unit="ratio", neutral=None),
        before=0.75,
        after=0.9,
        over="3 months",
        bounds=(0.123, 0.177),
        word="improved",
    )

    plain = found.replace("\u00a0", " ")
    assert plain == (
        "Answer accuracy: 75.0 % to 90.0 % in 3 months, improved "
        "(95 % interval of the change 12.3 to 17.7 points)."
    )


def test_a_narrative_is_held_to_its_sections_and_lengths():
    found = narrative_faults({"summary": "x" * (LONGEST + 1), "kpis": "\x00", "else": ""})

    assert set(found) == {"summary", "kpis", "else"}


def test_the_hash_of_a_report_does_not_depend_on_the_order_of_its_parts():
    one, other = report_text({"b": "1", "a": ["2"]}), report_text({"a": ["2"], "b": "1"})

    assert report_hash(one) == report_hash(other)
    assert report_hash(one) != report_hash(report_text({"a": ["3"], "b": "1"}))


def test_persons_are_printed_by_the_name_that_they_have_now():
    found = printable(
        {"rows": [{"person": "7", "due_at": "2026-01-01T00:00:00+00:00"}]}, {"7": "Ada"}
    )

    assert found["rows"][0]["by"] == "Ada"
    assert found["rows"][0]["due_at"].year == 2026
