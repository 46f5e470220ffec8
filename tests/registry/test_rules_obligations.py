"""CLK-03, LAW-05: what a system owes, its dates and what stays open."""

import datetime as dt

import pytest

from registry.rules.legal import LegalFacts
from registry.rules.obligations import Law, MilestoneFact, ProvisionFact, owed
from registry.selectors.law import begins_at, seat_day

ON = dt.date(2026, 11, 20)
DEPLOYER = LegalFacts(tiers=frozenset({"high_risk_annex_iii"}), roles=frozenset({"deployer"}))


def milestone(key, day=None, status="adopted_future", **changes):
    return MilestoneFact(id=key, date=day, status=status, what=key, **changes)


MILESTONES = {
    one.id: one
    for one in (
        milestone("PAST", dt.date(2026, 8, 2), "adopted_applicable"),
        milestone("NEXT", dt.date(2027, 12, 2)),
        milestone("FIRST", dt.date(2026, 8, 2), "superseded", superseded_by="NEXT"),
        milestone("OPEN", dt.date(2026, 8, 2), "interpretation_open"),
        milestone("PROPOSED", dt.date(2026, 1, 1), "proposed_not_adopted"),
        milestone("DRAFT", dt.date(2026, 1, 1), "draft_guidance"),
        milestone("UNDATED"),
    )
}


def date(*names, when=None, reading="own"):
    return {"milestones": list(names), "when": when or {}, "reading": reading}


def provision(*dates, **changes):
    arguments = {
        "id": "P",
        "framework": "ai-act",
        "reference": "Art. 1",
        "title": "A duty",
        "kind": "obligation",
        "who": ("deployer",),
        "supporting": (),
        "condition": {},
        "dates": dates,
        "document": {},
        "sources": ("S01",),
        "checked": "yes",
    }
    return ProvisionFact(**(arguments | changes))


def what(*dates, facts=DEPLOYER, **changes):
    return owed(Law((provision(*dates, **changes),), MILESTONES), facts, ON)


def test_a_past_date_binds_now():
    (one,) = what(date("PAST"))

    assert (one.due, one.due_now, one.status) == (dt.date(2026, 8, 2), True, "adopted_applicable")


def test_a_date_ahead_binds_later_and_shows_the_one_it_replaced():
    (one,) = what(date("NEXT"))

    assert (one.due, one.due_now) == (dt.date(2027, 12, 2), False)
    assert [old.id for old in one.dates[0].replaced] == ["FIRST"]


@pytest.mark.parametrize("key", ["OPEN", "PROPOSED", "DRAFT", "UNDATED"])
def test_what_is_not_plainly_law_is_never_a_due_date(key):
    (one,) = what(date(key))

    assert (one.due, one.due_now) == (None, None)
    assert not one.dates[0].plain


def test_milestones_together_come_with_the_latest_and_the_least_sure():
    (one,) = what(date("PAST", "NEXT"))
    (other,) = what(date("PAST", "OPEN"))

    assert one.due == dt.date(2027, 12, 2)
    assert (other.due, other.status) == (None, "interpretation_open")


def test_of_several_dates_the_first_counts():
    (one,) = what(date("NEXT"), date("PAST"))

    assert (one.due, one.status) == (dt.date(2026, 8, 2), "adopted_applicable")


def test_a_latest_date_is_shown_beside_an_open_reading_and_is_not_due():
    (one,) = what(date("OPEN"), date("NEXT", reading="at_latest"))

    assert (one.due, one.status) == (None, "interpretation_open")
    assert [line.reading for line in one.dates] == ["own", "at_latest"]


def test_a_date_of_another_case_is_left_out():
    (one,) = what(date("PAST", when={"flag": "legacy"}), date("NEXT"))

    assert one.due == dt.date(2027, 12, 2)


def test_a_duty_whose_dates_are_all_of_other_cases_is_not_owed():
    assert what(date("PAST", when={"flag": "legacy"}), date("NEXT", reading="see")) == []


def test_a_date_that_hangs_on_an_open_fact_is_not_due():
    facts = LegalFacts(roles=frozenset({"deployer"}), open=frozenset({"legacy"}))

    (one,) = what(date("PAST", when={"not": {"flag": "legacy"}}), facts=facts)

    assert (one.applies, one.due, one.dates[0].applies) == ("yes", None, "open")


def test_an_open_role_leaves_a_duty_to_be_decided():
    (one,) = what(date("PAST"), facts=LegalFacts(open=frozenset({"roles"})))

    assert (one.applies, one.due) == ("open", None)


def test_the_duty_of_another_role_is_not_owed():
    assert what(date("PAST"), who=("provider",)) == []


def test_a_supporting_role_sees_the_duty_of_another():
    (one,) = what(date("PAST"), who=("provider",), supporting=("deployer",))

    assert one.supporting
    assert one.roles == ("deployer",)


def test_a_provision_that_is_no_obligation_is_not_owed():
    assert what(date("PAST"), kind="definition") == []


def test_clk_03_a_day_of_the_law_begins_at_the_seat(settings):
    settings.SEAT_ZONE = "Europe/Berlin"

    begins = begins_at(dt.date(2027, 12, 2))

    assert begins == dt.datetime(2027, 12, 1, 23, 0, tzinfo=dt.UTC)
    assert seat_day(begins) == dt.date(2027, 12, 2)
    assert seat_day(begins - dt.timedelta(microseconds=1)) == dt.date(2027, 12, 1)
