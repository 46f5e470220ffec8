"""The rules of accepting a risk, without a database: INC-2, workflow section 6, KOM-24, F27."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.rules.acceptances import (
    GROUNDS,
    NEVER,
    OUTER,
    Event,
    acceptance_faults,
    is_beyond,
    level_needed,
    longest_time,
    notice_instants,
    number_in,
    review_at,
    validity,
)

AT = dt.datetime(2026, 11, 16, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TINY = dt.timedelta(microseconds=1)
instants = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2028, 1, 1), timezones=st.just(dt.UTC))
spans = st.timedeltas(TINY, OUTER)
events = st.lists(
    st.builds(Event, st.sampled_from([ground for ground, _ in GROUNDS]), instants), max_size=4
)
SMALL = {
    "low": {"acceptance_longest": "180d"},
    "medium": {"acceptance_longest": "90d"},
    "high": {"acceptance_longest": "45d"},
}
BANK = {**SMALL, "high": {"acceptance_longest": "60d"}}


def said(**changes):
    return {
        "treatment": "accept",
        "residual_risk": "Some are late.",
        "controls": "A clerk reads them.",
        "versions": ["2.3"],
        "kpi": "accuracy",
        "limit_value": "0.8",
        "owner_id": "3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11",
        "until_at": (AT + 20 * DAY).isoformat(),
    } | changes


@given(instants, spans, events, instants)
def test_it_is_valid_exactly_within_its_term_and_before_the_first_event(begin, span, ends, at):
    until = begin + span

    found = validity(from_at=begin, until_at=until, events=ends, at=at)

    ended = any(one.since <= at for one in ends)
    assert found.valid == (begin <= at < until and not ended)
    assert found.valid == (found.ground == "")


@given(instants, spans, events, instants, st.timedeltas(dt.timedelta(0), OUTER))
def test_what_is_void_stays_void(begin, span, ends, at, later):
    """F27: no later instant makes it valid again, and the instant of its end never moves."""
    first = validity(from_at=begin, until_at=begin + span, events=ends, at=at)
    if first.valid or first.ground == "not_begun":
        return

    second = validity(from_at=begin, until_at=begin + span, events=ends, at=at + later)

    assert not second.valid
    assert (second.since, second.ground) == (first.since, first.ground)


@given(instants, spans, events, instants)
def test_the_end_lies_within_the_term_and_not_after_the_instant_asked(begin, span, ends, at):
    found = validity(from_at=begin, until_at=begin + span, events=ends, at=at)

    if found.since is not None:
        assert begin <= found.since <= min(at, begin + span)


@given(instants, spans)
def test_the_review_lies_at_half_of_the_term(begin, span):
    middle = review_at(begin, begin + span)

    assert begin <= middle < begin + span
    assert abs((middle - begin) - (begin + span - middle)) <= TINY


@given(instants, spans)
def test_notices_lie_within_the_term_the_nearest_to_the_end_last(begin, span):
    found = [instant for _, instant in notice_instants(begin, begin + span, {})]

    assert found == sorted(found)
    assert all(begin < instant < begin + span for instant in found)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("begin", ["2026-03-20T12:00", "2026-10-20T12:00"])
def test_terms_run_on_elapsed_time_over_a_change_of_the_clock(zone, begin):
    start = dt.datetime.fromisoformat(begin).replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    until = start + 45 * DAY
    at_limit = said(until_at=until.astimezone(ZoneInfo(zone)).isoformat())
    beyond = said(until_at=(until + TINY).astimezone(ZoneInfo(zone)).isoformat())

    assert "until_at" not in acceptance_faults(at_limit, {}, "high", "breach", start)
    assert "until_at" in acceptance_faults(beyond, {}, "high", "breach", start)
    assert review_at(start, until) - start == 22 * DAY + dt.timedelta(hours=12)


@pytest.mark.parametrize(("profile", "high"), [(SMALL, 45), (BANK, 60)])
def test_each_tier_has_its_longest_time_and_rights_a_shorter_one(profile, high):
    days = {
        tier: longest_time(limits, tier=tier, kind="breach").days
        for tier, limits in profile.items()
    }

    assert days == {"low": 180, "medium": 90, "high": high}
    assert longest_time(profile["low"], tier="low", kind="fairness") == 30 * DAY


@pytest.mark.parametrize("kind", NEVER)
def test_what_is_never_accepted_has_no_time_at_all_and_says_what_is_left(kind):
    """KOM-24: prohibited practices and executed boundary violations, maximum 0."""
    faults = acceptance_faults(said(), {}, "low", kind, AT)

    assert longest_time({}, tier="low", kind=kind) == dt.timedelta(0)
    assert set(faults) == {"treatment"}
    assert "suspend" in faults["treatment"]


def test_a_tier_that_nobody_knows_gets_the_shortest_time():
    assert longest_time({}, tier="", kind="breach") == 45 * DAY


def test_no_policy_reaches_beyond_what_the_database_takes():
    limits = {"acceptance_longest": "3000d"}

    assert longest_time(limits, tier="low", kind="breach") == OUTER


@pytest.mark.parametrize(
    ("renewals", "allowed", "up"),
    [(0, "1", 0), (1, "1", 0), (2, "1", 1), (3, "1", 2), (1, "0", 1), (1, "", 0), (2, "", 1)],
)
def test_after_the_allowed_renewals_a_higher_level_decides(renewals, allowed, up):
    assert level_needed(renewals=renewals, limits={"acceptance_renewals": allowed}) == up


@pytest.mark.parametrize(
    ("value", "direction", "beyond"),
    [
        (0.8, "below", False),
        (0.79, "below", True),
        (0.81, "below", False),
        (0.8, "above", False),
        (0.81, "above", True),
        (-0.81, "outside", True),
        (-0.8, "outside", False),
    ],
)
def test_the_limit_itself_is_within(value, direction, beyond):
    assert is_beyond(value, 0.8, direction=direction) is beyond


@pytest.mark.parametrize("text", ["", None, "nan", "inf", "-inf", "1e400", "0,8", "x"])
def test_what_is_no_finite_number_is_no_limit(text):
    assert number_in(text) is None


def test_what_is_complete_has_no_faults():
    assert acceptance_faults(said(), {}, "medium", "breach", AT) == {}


@given(
    st.dictionaries(
        st.sampled_from(
            ["treatment", "versions", "until_at", "limit_value", "kpi", "owner_id", "proposal"]
        ),
        st.one_of(
            st.none(),
            st.text(max_size=8),
            st.integers(),
            st.floats(),
            st.lists(st.one_of(st.text(max_size=3), st.integers(), st.none()), max_size=3),
            st.dictionaries(st.text(max_size=2), st.text(max_size=2), max_size=1),
        ),
    )
)
def test_whatever_is_sent_is_answered_by_fields_never_by_an_error(changes):
    faults = acceptance_faults(said(**changes), {}, "medium", "breach", AT)

    assert all(isinstance(words, str) and words for words in faults.values())
