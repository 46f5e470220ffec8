"""The way from the desk to an emergency stop: for who may stop a system, and for nobody else."""

import datetime as dt

import pytest
from django.conf import settings as configured

from governance.selectors.emergencies import why_not_stop
from governance.selectors.stoppable import MOST, stoppable_by
from ledger.context import acting_as
from outbox import clock
from registry.models import Delegation, RoleAssignment, System, Unit
from tests.reports import story

pytestmark = pytest.mark.django_db
NOW = story.after(hours=1)


def names(user, *, at=NOW):
    """Return the names of the systems that somebody is offered to stop."""
    return [one.name for one in stoppable_by(user=user, at=at)]


def another(system, name, **changes):
    """Another system like one, in the same unit unless told otherwise."""
    row = System.objects.get(pk=system.pk)
    row.pk, row.name, row.slug = None, name, name.lower().replace(" ", "-")
    row._state.adding = True
    # What a state machine guards is set here as the row began.
    row.__dict__.pop("lifecycle" if "lifecycle" in changes else "", None)
    for field, value in changes.items():
        setattr(row, field, value)
    with acting_as(story.ENGINE):
        row.save()
    return row


def lend(told, principal, delegate, **scope):
    """Let somebody act for another over the days of the story."""
    with acting_as(story.ENGINE):
        Delegation.objects.create(
            principal=principal, delegate=delegate, reason="leave", approved_by=told.people.maren,
            from_at=NOW - dt.timedelta(days=1), until_at=NOW + dt.timedelta(days=1), **scope,
        )  # fmt: skip


@pytest.fixture
def told():
    return story.base()


def page_of(client, user):
    """The desk as somebody sees it."""
    client.force_login(user, backend=configured.AUTHENTICATION_BACKENDS[-1])
    clock.shift(NOW - dt.datetime.now(dt.UTC))
    try:
        return client.get("/").content.decode()
    finally:
        clock.shift(dt.timedelta(0))


def test_everybody_is_offered_what_the_page_of_a_stop_would_let_them_stop(told):
    offered = {user.name: names(user) for user in vars(told.people).values()}

    may = {
        user.name: [told.system.name]
        if why_not_stop(system=told.system, user=user, at=NOW) is None
        else []
        for user in vars(told.people).values()
    }

    assert offered == may
    assert [] in may.values()
    assert [told.system.name] in may.values()


def test_an_emergency_actor_is_offered_what_lies_below_the_unit_of_the_role(told):
    with acting_as(story.ENGINE):
        below = Unit.objects.create(
            name="Below", parent=told.system.unit, calendar=told.system.unit.calendar
        )
        RoleAssignment.objects.create(
            user=told.people.nils, role="emergency", unit=told.system.unit, from_at=NOW,
            granted_by=told.people.claire,
        )  # fmt: skip
    another(told.system, "Deep down", unit=below)

    assert names(told.people.nils) == [told.system.name, "Deep down"]


def test_a_delegate_is_offered_what_is_lent_no_more(told):
    other = another(told.system, "Pricing")
    lend(told, told.people.jonas, told.people.nils, system=other)

    assert names(told.people.nils) == ["Pricing"]
    assert names(told.people.nils, at=NOW + dt.timedelta(days=2)) == []


def test_samples_and_what_is_retired_are_left_out_and_what_runs_comes_first(told):
    another(told.system, "A sample", sample="shown")
    another(told.system, "Retired", lifecycle="retired")
    another(told.system, "A proposal", lifecycle="proposed")
    another(told.system, "Zebra", lifecycle="production")

    found = names(told.people.jonas)

    assert found == ["Zebra", "A proposal", told.system.name]


def test_it_takes_one_query_for_one_system_and_for_many(told, django_assert_num_queries):
    for number in range(MOST + 3):
        another(told.system, f"System {number}")

    with django_assert_num_queries(1):
        found = stoppable_by(user=told.people.jonas, at=NOW)

    assert len(found) == MOST + 1


def test_one_system_is_a_link_that_leads_straight_to_its_stop(told, client):
    page = page_of(client, told.people.jonas)

    assert f'href="/systems/{told.system.slug}/stop/"' in page
    assert f"Stop {told.system.name}</a>" in page


def test_several_open_below_one_line_and_the_rest_is_in_the_list(told, client):
    for number in range(MOST):
        another(told.system, f"System {number}")

    page = page_of(client, told.people.jonas)

    assert "Stop a system</summary>" in page
    assert page.count("/stop/") == MOST
    assert ">All systems</a>" in page


def test_who_may_stop_nothing_finds_nothing_of_it(told, client):
    page = page_of(client, told.people.maren)

    assert "desk-stop" not in page
    assert "/stop/" not in page
