"""Lists of people, units and erasures beside 100,000 accounts: few queries, pages that end."""

import pytest

from registry.models import User
from tests.volumes.house import ROWS, assert_as_lean, assert_lean

pytestmark = pytest.mark.full
NAMED = {
    "email": "'person-' || n || '@example.org'",
    "name": "'Person ' || lpad(n::text, 6, '0')",
    "title": "''",
}


def people(house):
    """Accounts of the house's unit."""
    house.fill(User, house.gallery.people["engineer"].pk, **NAMED)


def former(house):
    """Accounts of the house's unit that are deactivated."""
    house.fill(
        User, house.gallery.people["engineer"].pk, **NAMED,
        is_active="FALSE", deactivated_at="now()",
    )  # fmt: skip


LISTS = [
    (people, "compliance", "/people/"),
    (people, "administrator", "/people/"),
    (people, "auditor", "/people/?view=services"),
    (people, "compliance", "/people/?view=former"),
    (people, "administrator", "/units/"),
    (people, "compliance", "/erasures/"),
    (former, "compliance", "/erasures/"),
    (former, "auditor", "/erasures/"),
]


@pytest.mark.parametrize(("fill", "role", "address"), LISTS)
def test_a_list_beside_a_hundred_thousand_people_is_lean(house, fill, role, address):
    fill(house)

    seen = house.seen(role, address)

    assert_lean(seen)
    assert len(seen.text) < 200_000


def test_the_last_people_cost_what_the_first_do(house):
    people(house)
    first = house.seen("administrator", "/people/")
    deep = User.objects.get(name=f"Person {ROWS - 60:06}")

    last = house.seen("administrator", f"/people/?after={deep.pk}")

    assert "&gt; 10,000" in first.text
    assert_lean(first)
    assert_as_lean(house.next(first), first)
    assert_as_lean(last, first)


def test_of_many_former_people_a_hundred_can_be_chosen_and_the_others_found(house):
    former(house)

    first, found = (house.seen("compliance", f"/erasures/{more}") for more in ("", "?q=099999"))

    assert first.shown("<option value=") <= 110
    assert "The first 100 by name" in first.text
    assert "Person 099999" not in first.text
    assert "Person 099999" in found.text
