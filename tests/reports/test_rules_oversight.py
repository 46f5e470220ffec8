"""What of human oversight stands out (ACT-14, ACT-26), and draws that favour nobody (AUD-1)."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.rules.oversight import Able, Act, Counts, Day, Means, Power, Record, added
from reports.rules.sampling import draw

AT = dt.datetime(2026, 3, 3, 10, tzinfo=dt.UTC)
PETRA, JONAS = Able(name="Petra", by="owner"), Able(name="Jonas", by="deputy")
AWAY = Able(name="Petra", by="owner", present=False)
TRIED = (Means(key="stop", label="Emergency stop", tried_at=AT),)


def record(*, people=(PETRA, JONAS), counts=(), **changes):
    """A running system in good order."""
    arguments = {
        "system": "Claims",
        "slug": "claims",
        "state": "production",
        "powers": (Power(key="stop", label="Stop it at once", people=tuple(people)),),
        "days": tuple(Day(day=AT.date(), counts=one) for one in counts),
        "acts": (),
        "means": TRIED,
    }
    return Record(**(arguments | changes))


def keys(found):
    """Return what stands out, by its keys."""
    return [one.key for one in found.findings]


def test_nothing_stands_out_where_people_can_and_do():
    looked = Counts(events=500, reviewed=200, overridden=9, approvals=40, granted=37)

    assert keys(record(counts=[looked])) == []


@pytest.mark.parametrize(
    ("people", "key"), [([], "nobody"), ([AWAY], "nobody"), ([PETRA, AWAY], "one")]
)
def test_nobody_or_one_who_could_stop_it_stands_out(people, key):
    assert keys(record(people=people)) == [key]


def test_who_was_away_is_named():
    (found,) = record(people=[AWAY]).findings

    assert found.state == "critical"
    assert found.words == "Nobody could stop it at this instant: Petra was away."


@pytest.mark.parametrize(
    ("working", "on_call", "found"),
    [(True, False, []), (False, True, []), (False, False, ["hours"])],
)
def test_outside_the_hours_somebody_is_on_call(working, on_call, found):
    assert keys(record(working=working, on_call=on_call)) == found


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        (Counts(events=100), ["unreviewed"]),
        (Counts(events=99), []),
        (Counts(events=50, reviewed=50), ["no_overrides"]),
        (Counts(events=50, reviewed=49), []),
        (Counts(events=50, reviewed=50, overridden=1), []),
        (Counts(events=5, approvals=30, granted=30), ["rubber_stamp"]),
        (Counts(events=5, approvals=29, granted=29), []),
        (Counts(events=5, approvals=30, granted=29), []),
    ],
)
def test_a_share_of_all_or_nothing_stands_out_from_enough_on(counts, found):
    assert keys(record(counts=[counts])) == found


def test_a_late_ratification_is_critical_and_comes_first():
    act = Act(at=AT, kind="emergency stop", who="Petra", what="Stop", late=True)

    found = record(acts=(act,), controls=False)

    assert keys(found) == ["unratified", "controls"]


def test_means_that_were_never_used_nor_tried_stand_out():
    assert keys(record(means=(Means(key="stop", label="Emergency stop"),))) == ["untried"]


def test_of_a_system_that_does_not_run_only_what_is_owed_stands_out():
    found = record(state="suspended", people=[], counts=[Counts(events=500)], controls=False)

    assert keys(found) == ["controls"]


@given(st.lists(st.tuples(*[st.integers(0, 1000)] * 8), max_size=20))
@settings(max_examples=30, deadline=None)
def test_sums_are_those_of_a_plain_computation(rows):
    names = Counts.__struct_fields__

    found = added(Counts(**dict(zip(names, row, strict=True))) for row in rows)

    assert [getattr(found, name) for name in names] == [
        sum(row[place] for row in rows) for place in range(len(names))
    ]


@given(st.sets(st.text(min_size=1, max_size=12), max_size=60), st.integers(1, 20), st.text())
@settings(max_examples=40, deadline=None)
def test_a_draw_depends_on_seed_list_and_keys_alone(ids, n, seed):
    rows = sorted(ids)

    first = draw(seed, "incidents", rows, n)

    assert first == draw(seed, "incidents", reversed(rows), n)
    assert first == draw(seed, "incidents", rows, n + 5)[:n]
    assert len({one.key for one in first}) == min(n, len(rows))


def test_over_many_seeds_each_row_is_drawn_about_equally_often():
    ids = [f"INC-{number}" for number in range(20)]
    times = Counter(one.key for seed in range(2000) for one in draw(str(seed), "incidents", ids, 5))

    # 2,000 draws of 5 in 20: 500 each, standard deviation below 20.
    assert set(times) == set(ids)
    assert all(400 < number < 600 for number in times.values())
