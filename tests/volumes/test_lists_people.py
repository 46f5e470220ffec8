"""Lists of people and of what the house keeps, beside 100,000 accounts, requests and versions."""

import datetime as dt

import pytest

from registry.models import ErasureRequest, User
from registry.selectors.access import people_seen_by
from registry.selectors.holders import MOST_AT_ONCE
from tests.registry import factories as registry
from tests.volumes import fill_people
from tests.volumes.house import ROWS, assert_as_lean, assert_lean, assert_narrow
from tests.volumes.test_lists_reports import gaps

pytestmark = pytest.mark.full
LISTS = [
    ("people", "compliance", "/people/"),
    ("people", "administrator", "/people/"),
    ("people", "auditor", "/people/?view=services"),
    ("people", "compliance", "/people/?view=former"),
    ("people", "administrator", "/units/"),
    ("people", "compliance", "/erasures/"),
    ("people_with_roles", "compliance", "/people/"),
    ("people_with_a_role_each", "compliance", "/people/"),
    ("people_with_a_role_each", "administrator", "/people/"),
    ("former", "compliance", "/people/?view=former"),
    ("former", "compliance", "/erasures/"),
    ("former", "auditor", "/erasures/"),
    ("requests", "auditor", "/erasures/"),
    ("calendar_versions", "compliance", "/calendars/"),
]


@pytest.mark.parametrize(("fill", "role", "address"), LISTS)
def test_a_list_beside_a_hundred_thousand_people_is_lean(house, fill, role, address):
    getattr(fill_people, fill)(house)

    seen = house.seen(role, address)

    assert_lean(seen)
    assert len(seen.text) < 200_000


def test_the_last_people_cost_what_the_first_do(house):
    fill_people.people(house)
    first = house.seen("administrator", "/people/")
    deep = User.objects.get(name=f"Person {ROWS - 60:06}")

    last = house.seen("administrator", f"/people/?after={deep.pk}")

    assert "&gt; 10,000" in first.text
    assert_lean(first)
    assert_as_lean(house.next(first), first)
    assert_as_lean(last, first)


def test_the_next_people_of_many_who_hold_a_role_each_cost_what_the_first_do(house):
    fill_people.people_with_a_role_each(house)

    first = house.seen("compliance", "/people/")

    assert_lean(first)
    assert_as_lean(house.next(first), first)


@pytest.mark.parametrize("elsewhere", [0, 1_000])
@pytest.mark.parametrize("most", [0, MOST_AT_ONCE])
def test_people_are_seen_whether_roles_are_read_at_once_or_one_by_one(
    house, monkeypatch, most, elsewhere
):
    monkeypatch.setattr("registry.selectors.holders.MOST_AT_ONCE", most)
    monkeypatch.setattr("registry.selectors.holders.MOST_ELSEWHERE", elsewhere)
    unit, other = registry.unit(), registry.unit()
    system = registry.system(of=unit)
    chief, helper, guest, left = (registry.user(of=other) for _ in range(4))
    registry.role(chief, "compliance", unit=unit)
    registry.role(helper, "engineer", unit=unit)
    registry.role(guest, "engineer", system=system)
    registry.role(left, "engineer", unit=unit, until_at=registry.AT + dt.timedelta(hours=1))
    registry.role(left, "engineer", unit=other)

    seen = people_seen_by(user=chief, at=registry.AT + dt.timedelta(days=1))

    assert {*seen} == {chief, helper, guest, system.owner, system.deputy}
    assert seen.count() == 5


def test_of_many_former_people_a_hundred_can_be_chosen_and_the_others_found(house):
    fill_people.former(house)

    first, found = (house.seen("compliance", f"/erasures/{more}") for more in ("", "?q=099999"))

    assert first.shown("<option value=") <= 110
    assert "The first 100 by name" in first.text
    assert "Person 099999" not in first.text
    assert "Person 099999" in found.text


def test_the_oldest_requests_to_erase_cost_what_the_newest_do(house):
    fill_people.requests(house)
    first = house.seen("compliance", "/erasures/")
    waiting = ErasureRequest.objects.filter(state="asked").order_by("asked_at", "pk")[10]
    decided = ErasureRequest.objects.filter(state="declined").order_by("asked_at", "pk")[30]

    turning = house.seen("compliance", f"/erasures/?after=waits:{waiting.pk}")
    last = house.seen("compliance", f"/erasures/?after={decided.pk}")

    assert_lean(first)
    assert_as_lean(house.next(first), first)
    for seen in (turning, last):
        assert_as_lean(seen, first)
    assert first.shown('<th scope="row">') == 50
    assert turning.shown("Waits for a second person") == 10
    assert last.shown('<th scope="row">') == 30


@pytest.mark.parametrize("address", ["/controls/", "/controls/ai-act/"])
def test_controls_beside_a_hundred_thousand_people_and_closed_gaps_read_few_of_them(house, address):
    fill_people.people(house)
    gaps(house)

    # They ask each source of evidence by itself, about fifty questions whatever there is.
    assert_narrow(house.seen("compliance", address))
