"""Roles are inherited downwards, hold for their time, and end with the person's account."""

import datetime as dt

import pytest

from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry import selectors, services
from registry.models import Unit
from tests.registry.factories import (
    AT,
    OFFICE,
    calendar,
    call,
    person_as_actor,
    role,
    system,
    unit,
    user,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def names(people):
    return [person.name for person in people]


def test_a_role_for_a_unit_holds_for_the_units_below():
    top = unit()
    below = unit(parent=unit(parent=top))
    officer = user(of=top)

    role(officer, "compliance", unit=top)

    found = selectors.people_with_role(role="compliance", unit_id=below.pk, at=AT)
    assert found == [officer]


def test_a_role_for_a_unit_does_not_hold_above_or_beside_it():
    top = unit()
    left, right = unit(parent=top), unit(parent=top)
    role(user(), "compliance", unit=left)

    above = selectors.people_with_role(role="compliance", unit_id=top.pk, at=AT)
    beside = selectors.people_with_role(role="compliance", unit_id=right.pk, at=AT)

    assert (above, beside) == ([], [])


def test_the_nearest_holder_of_a_role_comes_first():
    top = unit()
    below = unit(parent=top)
    thing = system(of=below)
    for name, scope in (("Far", {"unit": top}), ("Near", {"unit": below})):
        role(user(name=name), "engineer", **scope)

    role(user(name="Nearest"), "engineer", system=thing)

    found = selectors.people_with_role(role="engineer", unit_id=below.pk, system_id=thing.pk, at=AT)
    assert names(found) == ["Nearest", "Near", "Far"]


def test_who_holds_a_role_twice_is_named_once():
    top = unit()
    below = unit(parent=top)
    officer = user()
    role(officer, "compliance", unit=top)
    role(officer, "compliance", unit=below)

    found = selectors.people_with_role(role="compliance", unit_id=below.pk, at=AT)

    assert found == [officer]


@pytest.mark.parametrize(
    ("offset", "holds"),
    [
        (-DAY, False),
        (dt.timedelta(0), True),
        (DAY, True),
        (2 * DAY, False),
    ],
)
def test_a_role_holds_from_its_beginning_until_before_its_end(offset, holds):
    somewhere = unit()
    auditor = user()
    role(auditor, "auditor", unit=somewhere, until_at=AT + 2 * DAY)

    found = selectors.people_with_role(role="auditor", unit_id=somewhere.pk, at=AT + offset)

    assert (found == [auditor]) is holds


def test_a_role_that_was_ended_no_longer_holds():
    somewhere = unit()
    officer = user()
    held = role(officer, "risk", unit=somewhere)

    call(services.end_role, assignment_id=held.pk, reason="moved", at=AT + DAY)

    assert selectors.roles_of(user_id=officer.pk, at=AT) == {("risk", somewhere.pk, None)}
    assert selectors.roles_of(user_id=officer.pk, at=AT + DAY) == set()


def test_a_deactivated_person_holds_no_role():
    somewhere = unit()
    officer = user()
    role(officer, "compliance", unit=somewhere)
    thing = system(of=somewhere)

    call(services.deactivate_user, user_id=officer.pk, reason="left")

    assert selectors.people_with_role(role="compliance", unit_id=somewhere.pk, at=AT) == []
    assert selectors.roles_of(user_id=officer.pk, at=AT) == set()
    assert not selectors.has_role(user_id=officer.pk, role="compliance", system=thing, at=AT)


def test_who_still_answers_for_a_system_is_not_deactivated():
    thing = system(name="Form reader")

    with pytest.raises(Conflict, match="still answers for Form reader"):
        call(services.deactivate_user, user_id=thing.owner_id, reason="left")


def test_a_role_for_one_system_says_nothing_of_another():
    engineer = user()
    mine, other = system(), system()

    role(engineer, "engineer", system=mine)

    assert selectors.has_role(user_id=engineer.pk, role="engineer", system=mine, at=AT)
    assert not selectors.has_role(user_id=engineer.pk, role="engineer", system=other, at=AT)


def test_two_hats_are_both_seen():
    somewhere = unit()
    both = user()
    role(both, "compliance", unit=somewhere)
    role(both, "secretary", unit=somewhere)

    held = selectors.roles_for_unit(user_id=both.pk, unit_id=somewhere.pk, at=AT)

    assert held == {"compliance", "secretary"}


def test_who_is_on_leave_is_not_available_until_back():
    person = user()

    call(services.record_leave, user_id=person.pk, from_at=AT, until_at=AT + DAY)

    assert not selectors.available(user_id=person.pk, at=AT)
    assert selectors.available(user_id=person.pk, at=AT + DAY)


def test_a_delegate_is_found_from_both_sides_for_the_time_given():
    principal, delegate = user(), user()

    call(
        services.record_delegation,
        principal_id=principal.pk,
        delegate_id=delegate.pk,
        from_at=AT,
        until_at=AT + DAY,
        reason="holiday",
    )

    assert selectors.delegates_of(user_id=principal.pk, at=AT) == [delegate]
    assert selectors.principals_of(user_id=delegate.pk, at=AT) == [principal]
    assert selectors.delegates_of(user_id=principal.pk, at=AT + DAY) == []


def test_a_leave_that_ends_before_it_begins_is_refused():
    with pytest.raises(Invalid, match="before the beginning"):
        call(services.record_leave, user_id=user().pk, from_at=AT, until_at=AT)


def test_nobody_changes_their_own_roles():
    somewhere = unit()
    administrator = user()
    role(administrator, "administrator", unit=somewhere)

    with pytest.raises(Forbidden, match="your own roles") as refusal:
        call(
            services.grant_role,
            user_id=administrator.pk,
            role="compliance",
            unit_id=somewhere.pk,
            actor=person_as_actor(administrator),
        )

    assert refusal.value.recorded


def test_an_administrator_of_another_unit_gives_no_role_here():
    here, there = unit(), unit()
    stranger = user()
    role(stranger, "administrator", unit=there)

    with pytest.raises(Forbidden, match="that takes an administrator"):
        call(
            services.grant_role,
            user_id=user().pk,
            role="auditor",
            unit_id=here.pk,
            actor=person_as_actor(stranger),
        )


def test_an_administrator_above_gives_a_role_below():
    top = unit()
    below = unit(parent=top)
    administrator, auditor = user(), user()
    role(administrator, "administrator", unit=top)

    call(
        services.grant_role,
        user_id=auditor.pk,
        role="auditor",
        unit_id=below.pk,
        actor=person_as_actor(administrator),
    )

    assert selectors.people_with_role(role="auditor", unit_id=below.pk, at=AT) == [auditor]


def test_one_address_has_one_account():
    user(email="lena@example.org")

    with pytest.raises(Conflict, match="has an account already"):
        user(email="Lena@Example.org")


def test_a_guessable_password_is_refused():
    with pytest.raises(Invalid) as refusal:
        user(password="password")

    assert refusal.value.code == "weak_password"


def test_the_calendar_of_a_unit_is_the_one_that_was_written_down():
    holiday = {"2026-12-25": []}
    office = calendar(exceptions=holiday)
    somewhere = Unit.objects.get(pk=unit(hours=office).pk)

    found = selectors.calendar_of(unit=somewhere)

    assert found.zone == "Europe/Berlin"
    assert found.hours_on(dt.date(2026, 11, 20)) == ((540, 1020),)
    assert found.hours_on(dt.date(2026, 12, 25)) == ()
    assert found.hours_on(dt.date(2026, 11, 21)) == ()


def test_a_calendar_that_is_changed_is_a_new_version():
    first = calendar(name="Office")

    second = calendar(name="Office", hours=OFFICE | {"5": [["09:00", "15:00"]]})

    assert (first.version, second.version) == (1, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"hours": {"monday": [["09:00", "17:00"]]}},
        {"hours": {"1": [["17:00", "09:00"]]}},
        {"zone": "Mars/Olympus"},
    ],
)
def test_a_calendar_that_cannot_be_worked_by_is_refused(changes):
    with pytest.raises(Invalid) as refusal:
        calendar(**changes)

    assert refusal.value.code == "bad_calendar"
