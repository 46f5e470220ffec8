"""The list of systems: what is in it, filters, pages, cost."""

import pytest

from tests.registry.factories import (
    role,
    sign_in,
    system,
    system_in,
    unit,
    user,
)

pytestmark = pytest.mark.django_db

LIST = "/api/v1/systems/"


def slugs(answer):
    return [row["slug"] for row in answer.json()["results"]]


def test_the_list_holds_what_the_caller_may_see(client):
    somewhere = unit()
    mine = {system(of=somewhere).slug, system(of=somewhere).slug}
    system(of=unit())
    auditor = user()
    role(auditor, "auditor", unit=somewhere)

    answer = sign_in(client, auditor).get(LIST)

    assert set(slugs(answer)) == mine


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=agent", ["paying-agent"]),
        ("kind=agent&kind=assistant", ["paying-agent", "support-assistant"]),
        ("risk_tier=high", ["paying-agent"]),
        ("legal_class=undecided", ["support-assistant"]),
        ("lifecycle=production", []),
        ("q=PAYING", ["paying-agent"]),
        ("q=paying assistant", []),
        ("ordering=-name", ["paying-agent", "support-assistant"]),
    ],
)
def test_the_list_is_filtered_searched_and_sorted(client, query, found):
    somewhere = unit()
    system(of=somewhere, slug="paying-agent", name="Zahlagent", kind="agent", risk_tier="high")
    system(
        of=somewhere,
        slug="support-assistant",
        name="Helper",
        kind="assistant",
        legal_class="undecided",
    )
    auditor = user()
    role(auditor, "auditor", unit=somewhere)

    answer = sign_in(client, auditor).get(f"{LIST}?{query}")

    assert slugs(answer) == found


def test_a_filter_with_nonsense_is_refused_by_name(client):
    answer = sign_in(client, user()).get(f"{LIST}?kind=toaster")

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["kind"])


def test_the_pages_of_the_list_hold_every_system_once(client):
    somewhere = unit()
    made = sorted(system(of=somewhere).slug for _ in range(5))
    auditor = user()
    role(auditor, "auditor", unit=somewhere)
    sign_in(client, auditor)

    seen, address = [], f"{LIST}?limit=2"
    while address:
        answer = client.get(address)
        seen += slugs(answer)
        address = answer.json()["next"]

    assert seen == made


def test_the_list_costs_the_same_queries_for_few_and_many(client, django_assert_num_queries):
    somewhere = unit()
    for _ in range(3):
        system_in("production", of=unit(parent=somewhere))
    auditor = user()
    role(auditor, "auditor", unit=somewhere)
    sign_in(client, auditor)

    with django_assert_num_queries(7):  # session, user, clock, delegations, units, systems, live
        assert len(slugs(client.get(LIST))) == 3
    for _ in range(4):
        system_in("production", of=unit(parent=somewhere))
    with django_assert_num_queries(7):
        assert len(slugs(client.get(LIST))) == 7
