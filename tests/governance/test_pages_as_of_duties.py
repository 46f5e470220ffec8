"""AUD-3 on duties: clocks and standing orders as they were, on pages and over the API."""

import datetime as dt

import pytest

from governance.services.standing_orders import withdraw_order
from tests.governance.pages import AT, signed_in, stand_at, text_of
from tests.governance.test_standing_orders import as_person, put, seated, vote
from tests.incidents import factory as cases
from tests.incidents.factory import clock_rule, do, opened
from tests.registry.factories import AT as ORDERED
from tests.telemetry.factory import measured

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
NOW = ORDERED + 9 * HOUR


@pytest.fixture(autouse=True)
def _standing_clock():
    stand_at(NOW)
    yield
    stand_at(None)


def given(client, user, path, at, *, status=200):
    """What an address answers of an instant."""
    text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    response = signed_in(client, user).get(path, {"as_of": text})
    assert response.status_code == status, response.content[:500]
    return response


def with_clock():
    """A case whose clock was armed an hour after its opening."""
    house = cases.house()
    clock_rule("personal_data", hours=72)
    incident = opened(house, detected_at=AT, at=AT)
    do(incident, "acknowledge", house.owner, at=AT + HOUR, personal_data="yes")
    return house, incident


def with_order():
    """An order of a system that was put, adopted an hour later and withdrawn after another."""
    system = seated(measured(risk_tier="high"))
    order = put(system, rule="instant", kpi_id="", limit_value=None)
    for member in system.members[:2]:
        vote(order, member, at=ORDERED + HOUR)
    chair, later = system.members[0], ORDERED + 2 * HOUR
    as_person(withdraw_order, chair, order_id=order.pk, reason="Replaced.", at=later)
    return system, order


def test_the_page_of_clocks_is_shown_as_it_was_with_nothing_to_be_done(client):
    house, incident = with_clock()

    before = text_of(given(client, house.compliance, "/clocks/", AT + HOUR / 2))
    after = text_of(given(client, house.compliance, "/clocks/", AT + 2 * HOUR))

    assert "As it was on" in before
    assert "No clock runs" in before
    assert incident.number in after
    assert "Record counsel" not in after


def test_a_case_s_clocks_are_shown_as_they_were(client):
    house, incident = with_clock()
    path = f"/incidents/{incident.number}/reports/"

    before = text_of(given(client, house.owner, path, AT + HOUR / 2))
    after = text_of(given(client, house.owner, path, AT + 2 * HOUR))
    early = text_of(given(client, house.owner, path, AT - HOUR, status=404))

    assert "No clock was armed" in before
    assert "Provisional" in after
    assert "State an instant" not in after
    assert "was opened" in early


def test_the_api_of_clocks_says_the_instant_and_counts_until_then(client):
    house, incident = with_clock()

    none = given(client, house.owner, "/api/v1/clocks", AT + HOUR / 2).json()
    listed = given(client, house.owner, "/api/v1/clocks", AT + 13 * HOUR / 2).json()
    case = given(
        client, house.owner, f"/api/v1/incidents/{incident.number}/clocks", AT + HOUR / 2
    ).json()

    assert (none["results"], none["as_of"][:13]) == ([], "2026-11-16T09")
    assert listed["results"][0]["percent_used"] == 8
    assert case["clocks"] == []
    assert case["as_of"] == none["as_of"]


def test_standing_orders_are_shown_as_they_stood(client):
    system, order = with_order()
    reader = system.owner

    path, one = f"/systems/{system.slug}/standing-orders/", f"/standing-orders/{order.pk}/"
    put_then = text_of(given(client, reader, one, ORDERED + HOUR / 2))
    held_then = text_of(given(client, reader, path, ORDERED + 3 * HOUR / 2))
    now = text_of(client.get(one))

    assert "put to the vote" in put_then
    assert "0 for, 0 against" in put_then
    assert "in force" in held_then
    assert "Put it to the vote" not in held_then
    assert "Replaced." in now


def test_the_api_of_standing_orders_answers_of_an_instant(client):
    system, order = with_order()
    path = f"/api/v1/systems/{system.slug}/standing-orders"

    (listed,) = given(client, system.owner, path, ORDERED + 3 * HOUR / 2).json()
    read = given(
        client, system.owner, f"/api/v1/standing-orders/{order.pk}/", ORDERED + HOUR / 2
    ).json()
    early = given(
        client, system.owner, f"/api/v1/standing-orders/{order.pk}/", ORDERED - HOUR, status=404
    )

    assert (listed["state"], len(listed["votes"])) == ("in force", 2)
    assert (read["state"], read["votes"]) == ("put to the vote", [])
    assert "was put" in early.content.decode()
