"""Who sees which systems; a stranger from another unit sees none."""

import datetime as dt

import pytest

from registry import selectors, services
from registry.models import RoleAssignment
from tests.registry.factories import AT, call, role, system, token, unit, user

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def seen_by(person, at=AT):
    person.refresh_from_db()
    return set(selectors.systems_visible_to(user=person, at=at))


def test_owner_and_deputy_see_their_system():
    thing = system()

    assert seen_by(thing.owner) == {thing}
    assert seen_by(thing.deputy) == {thing}


@pytest.mark.parametrize("name", RoleAssignment.Role.values)
def test_every_role_of_the_unit_sees_its_systems(name):
    somewhere = unit()
    thing = system(of=somewhere)
    person = user(of=somewhere)

    role(person, name, unit=somewhere)

    assert seen_by(person) == {thing}


def test_a_role_above_sees_below_and_not_beside():
    top = unit()
    left, right = unit(parent=top), unit(parent=top)
    mine, _ = system(of=left), system(of=right)
    person = user()

    role(person, "auditor", unit=left)

    assert seen_by(person) == {mine}


def test_a_role_at_the_top_sees_all_below():
    top = unit()
    things = {system(of=unit(parent=top)), system(of=unit(parent=unit(parent=top)))}
    person = user()

    role(person, "executive", unit=top)

    assert seen_by(person) == things


def test_a_role_for_one_system_sees_that_one():
    somewhere = unit()
    mine, _ = system(of=somewhere), system(of=somewhere)
    engineer = user(of=somewhere)

    role(engineer, "engineer", system=mine)

    assert seen_by(engineer) == {mine}


def test_working_in_a_unit_alone_shows_nothing():
    somewhere = unit()
    system(of=somewhere)

    assert seen_by(user(of=somewhere)) == set()


def test_a_stranger_from_another_unit_sees_nothing():
    system(of=unit())
    stranger = user()

    role(stranger, "compliance", unit=unit())

    assert seen_by(stranger) == set()


def test_a_delegate_sees_what_the_principal_sees_for_the_time_given():
    somewhere = unit()
    thing = system(of=somewhere)
    officer, delegate = user(), user()
    role(officer, "compliance", unit=somewhere)

    call(
        services.record_delegation,
        principal_id=officer.pk,
        delegate_id=delegate.pk,
        from_at=AT,
        until_at=AT + DAY,
        reason="holiday",
    )

    assert seen_by(delegate) == {thing}
    assert seen_by(delegate, at=AT + DAY) == set()


def test_delegation_is_one_hop():
    thing = system()
    middle, last = user(), user()
    for principal, delegate in ((thing.owner, middle), (middle, last)):
        call(
            services.record_delegation,
            principal_id=principal.pk,
            delegate_id=delegate.pk,
            from_at=AT,
            until_at=AT + DAY,
            reason="holiday",
        )

    assert seen_by(middle) == {thing}
    assert seen_by(last) == set()


def test_an_auditor_sees_until_the_end_date():
    somewhere = unit()
    thing = system(of=somewhere)
    auditor = user()

    role(auditor, "auditor", unit=somewhere, until_at=AT + DAY)

    assert seen_by(auditor) == {thing}
    assert seen_by(auditor, at=AT + DAY) == set()


def test_who_is_deactivated_sees_nothing():
    somewhere = unit()
    system(of=somewhere)
    officer = user()
    role(officer, "compliance", unit=somewhere)

    call(services.deactivate_user, user_id=officer.pk, reason="left")

    assert seen_by(officer) == set()


def test_what_is_visible_costs_the_same_for_few_and_many(django_assert_num_queries):
    top = unit()
    person = user()
    role(person, "auditor", unit=top)
    for _ in range(5):
        system(of=unit(parent=top))

    with django_assert_num_queries(3):
        found = list(selectors.systems_visible_to(user=person, at=AT))

    assert len(found) == 5


def test_a_token_is_allowed_its_scopes_on_its_systems():
    mine, other = system(), system()

    made, _ = token(scopes=["measurements:write"], systems=[mine])

    assert selectors.token_allows(made, "measurements:write", mine.slug)
    assert not selectors.token_allows(made, "measurements:write", other.slug)
    assert not selectors.token_allows(made, "decisions:write", mine.slug)


def test_a_token_that_names_no_system_reaches_none():
    thing = system()

    made, _ = token(scopes=["read"], systems=[])

    assert not selectors.token_allows(made, "read", thing.slug)
