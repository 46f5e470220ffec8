"""GOV-4: roles with an end, the last administrator, units that move, leave and delegation."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry import selectors, services
from registry.models import RoleAssignment, Unit
from registry.selectors.access import effect_of_move, people_seen_by, units_seen_by
from registry.selectors.units import units_below
from registry.services.units import move_unit, rename_unit
from tests.registry.factories import AT, call, person_as_actor, role, system, unit, user

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def top(db):
    """A unit at the top with two administrators."""
    made = unit()
    made.first, made.second = user(of=made), user(of=made)
    made.first_role = role(made.first, "administrator", unit=made)
    made.second_role = role(made.second, "administrator", unit=made)
    return made


def as_(person):
    return person_as_actor(person)


def test_an_auditors_role_ends_after_ninety_days_unless_told_otherwise(top):
    held = role(user(), "auditor", unit=top)

    assert held.until_at == AT + 90 * DAY


def test_an_auditors_role_of_more_than_366_days_is_refused(top):
    with pytest.raises(Invalid) as refusal:
        role(user(), "auditor", unit=top, until_at=AT + 367 * DAY)

    assert refusal.value.code == "auditor_has_an_end"


@pytest.mark.bypass
def test_the_database_refuses_an_auditor_without_an_end(top):
    held = role(user(), "auditor", unit=top)

    with pytest.raises(IntegrityError, match="auditor_has_an_end"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_roleassignment SET until_at = NULL WHERE id = %s", [held.pk]
        )


def test_a_role_may_begin_later(top):
    officer = user(of=top)

    call(
        services.grant_role,
        user_id=officer.pk,
        role="risk",
        unit_id=top.pk,
        from_at=AT + DAY,
    )

    assert selectors.roles_of(user_id=officer.pk, at=AT) == set()
    assert selectors.roles_of(user_id=officer.pk, at=AT + DAY) == {("risk", top.pk, None)}


def test_nobody_ends_their_own_role(top):
    with pytest.raises(Forbidden, match="your own roles"):
        call(
            services.end_role,
            assignment_id=top.first_role.pk,
            reason="tired",
            actor=as_(top.first),
        )


def test_the_role_of_the_last_administrator_cannot_end(top):
    call(services.end_role, assignment_id=top.second_role.pk, reason="moved")

    with pytest.raises(Conflict) as refusal:
        call(services.end_role, assignment_id=top.first_role.pk, reason="moved")

    assert refusal.value.code == "last_administrator"
    assert refusal.value.recorded


def test_the_last_administrator_is_not_deactivated(top):
    call(services.deactivate_user, user_id=top.second.pk, reason="left")

    with pytest.raises(Conflict) as refusal:
        call(services.deactivate_user, user_id=top.first.pk, reason="left")

    assert refusal.value.code == "last_administrator"


def test_an_administrator_with_an_end_is_no_substitute_for_one_without(top):
    call(services.end_role, assignment_id=top.second_role.pk, reason="moved")
    role(user(), "administrator", unit=top, until_at=AT + DAY)

    with pytest.raises(Conflict):
        call(services.end_role, assignment_id=top.first_role.pk, reason="moved")


def test_an_administrator_above_is_enough_for_a_unit_below(top):
    below = unit(parent=top)
    held = role(user(), "administrator", unit=below)

    ended = call(services.end_role, assignment_id=held.pk, reason="moved")

    assert ended.until_at == AT


@pytest.mark.bypass
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry_roleassignment SET until_at = from_at WHERE role = 'administrator'",
        "UPDATE registry_user SET is_active = false, deactivated_at = now()",
        "UPDATE registry_roleassignment SET role = 'engineer' WHERE role = 'administrator'",
    ],
)
def test_the_database_keeps_an_administrator_whoever_writes(top, statement):
    with pytest.raises(IntegrityError, match="last administrator"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.check_constraints()


def test_two_administrators_who_end_each_other_at_once_leave_one(own_database):
    place = unit()
    people = [user(of=place), user(of=place)]
    held = [role(person, "administrator", unit=place) for person in people]
    barrier, outcomes = threading.Barrier(2), []

    def end(which):
        try:
            barrier.wait(timeout=20)
            call(
                services.end_role,
                assignment_id=held[1 - which].pk,
                reason="the other one first",
                actor=as_(people[which]),
            )
            outcomes.append("ended")
        except (Conflict, Forbidden, IntegrityError):
            # Forbidden where the other one's act was there first: no administrator any more.
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=end, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["ended", "refused"]
    assert RoleAssignment.objects.filter(role="administrator", until_at=None).count() == 1


def test_a_unit_keeps_its_key_under_another_name(top):
    changed = call(rename_unit, unit_id=top.pk, name="Claims and law", reason="merged")

    assert (changed.pk, changed.name) == (top.pk, "Claims and law")


def test_a_move_says_first_who_gains_and_who_loses(top):
    left, right = unit(parent=top), unit(parent=top)
    moved = unit(parent=left)
    loser, winner, kept = user(name="Loser"), user(name="Winner"), user(name="Kept")
    role(loser, "compliance", unit=left)
    role(winner, "compliance", unit=right)
    role(kept, "risk", unit=top)

    effect = effect_of_move(unit=moved, parent=right, at=AT)

    assert [row.user for row in effect.gains] == [winner]
    assert [row.user for row in effect.loses] == [loser]


def test_a_move_changes_what_is_seen(top):
    left, right = unit(parent=top), unit(parent=top)
    thing = system(of=left)
    watcher = user()
    role(watcher, "risk", unit=right)

    call(move_unit, unit_id=left.pk, parent_id=right.pk, reason="new structure")

    assert list(selectors.systems_visible_to(user=watcher, at=AT)) == [thing]


def test_a_unit_does_not_go_below_itself(top):
    below = unit(parent=unit(parent=top))

    with pytest.raises(Invalid) as refusal:
        call(move_unit, unit_id=top.pk, parent_id=below.pk, reason="by mistake")

    assert refusal.value.code == "unit_below_itself"


@pytest.mark.bypass
def test_the_database_refuses_a_unit_below_itself(top):
    below = unit(parent=top)

    with pytest.raises(IntegrityError, match="below itself"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE registry_unit SET parent_id = %s WHERE id = %s", [below.pk, top.pk]
            )
        connection.check_constraints()


def test_a_unit_moves_only_where_one_administers_both(top):
    other = unit()
    role(user(), "administrator", unit=other)
    mine = unit(parent=top)

    with pytest.raises(Forbidden):
        call(
            move_unit,
            unit_id=mine.pk,
            parent_id=other.pk,
            reason="annexed",
            actor=as_(top.first),
        )


def test_two_hats_count_each_in_its_scope(top):
    left, right = unit(parent=top), unit(parent=top)
    both = user(of=left)
    mine = system(of=left, owner=both)
    role(both, "compliance", unit=right)

    at_mine = selectors.roles_for_system(user_id=both.pk, system=mine, at=AT)
    at_other = selectors.roles_for_system(user_id=both.pk, system=system(of=right), at=AT)

    assert (at_mine, at_other) == ({"owner"}, {"compliance"})


def test_who_looks_into_a_unit_sees_its_people_and_no_others(top):
    other, officer = unit(), user(of=top)
    here, there = user(of=unit(parent=top)), user(of=other)
    role(officer, "compliance", unit=top)

    seen = set(people_seen_by(user=officer, at=AT))

    assert here in seen
    assert there not in seen


def test_a_plain_employee_looks_up_nobody_but_themselves(top):
    plain = user(of=top)

    assert list(people_seen_by(user=plain, at=AT)) == [plain]
    assert units_seen_by(user=plain, at=AT) == []


def test_a_confirmed_role_says_who_confirmed_it(top):
    held = role(user(of=top), "risk", unit=top)

    kept = call(services.confirm_role, assignment_id=held.pk, actor=as_(top.first), at=AT + DAY)

    assert (kept.confirmed_at, kept.confirmed_by) == (AT + DAY, top.first)


def delegated(principal, delegate, **changes):
    """Let one act for another for a day."""
    arguments = {"from_at": AT, "until_at": AT + DAY, "reason": "holiday"} | changes
    return call(
        services.record_delegation,
        principal_id=principal.pk,
        delegate_id=delegate.pk,
        **arguments,
    )


def test_a_delegation_for_one_system_shows_that_one(top):
    officer, delegate = user(), user()
    mine, _other = system(of=top), system(of=top)
    role(officer, "risk", unit=top)

    delegated(officer, delegate, system_id=mine.pk)

    assert list(selectors.systems_visible_to(user=delegate, at=AT)) == [mine]
    assert selectors.principals_of(user_id=delegate.pk, at=AT) == []
    assert selectors.principals_of(user_id=delegate.pk, system=mine, at=AT) == [officer]


def test_a_delegation_for_a_unit_shows_what_is_below_it(top):
    officer, delegate = user(), user()
    below = unit(parent=top)
    mine, other = system(of=below), system(of=top)
    role(officer, "risk", unit=top)

    delegated(officer, delegate, unit_id=below.pk)

    assert list(selectors.systems_visible_to(user=delegate, at=AT)) == [mine]
    assert selectors.delegates_of(user_id=officer.pk, system=mine, at=AT) == [delegate]
    assert selectors.delegates_of(user_id=officer.pk, system=other, at=AT) == []


def test_a_delegation_is_ended_early(top):
    officer, delegate = user(), user()
    lent = delegated(officer, delegate)

    call(services.end_delegation, delegation_id=lent.pk, reason="back", at=AT + HOUR)

    assert selectors.delegates_of(user_id=officer.pk, at=AT + HOUR) == []
    assert selectors.delegates_of(user_id=officer.pk, at=AT) == [delegate]


def test_a_delegation_that_is_ended_before_it_began_never_held(top):
    officer, delegate = user(), user()
    lent = delegated(officer, delegate, from_at=AT + DAY, until_at=AT + 2 * DAY)

    call(services.end_delegation, delegation_id=lent.pk, reason="stays", at=AT)

    assert selectors.delegates_of(user_id=officer.pk, at=AT + DAY) == []


def test_an_owner_does_not_lend_to_who_validates_the_system(top):
    officer = user()
    thing = system(of=top)
    role(officer, "compliance", unit=top)

    with pytest.raises(Conflict, match="they validate Claims approval"):
        delegated(thing.owner, officer)


def test_an_auditor_neither_lends_nor_borrows(top):
    auditor, other = user(), user()
    role(auditor, "auditor", unit=top)

    with pytest.raises(Conflict, match="auditor"):
        delegated(auditor, other)
    with pytest.raises(Conflict, match="auditor"):
        delegated(other, auditor)


def test_a_leave_is_ended_early(top):
    person = user()
    away = call(services.record_leave, user_id=person.pk, from_at=AT, until_at=AT + DAY)

    call(services.end_leave, leave_id=away.pk, actor=as_(person), at=AT + HOUR)

    assert selectors.available(user_id=person.pk, at=AT + HOUR)


@st.composite
def trees(draw):
    """Return the parents of some units, by place: each below an earlier one, or at the top."""
    size = draw(st.integers(min_value=1, max_value=7))
    return [draw(st.integers(min_value=-1, max_value=place - 1)) for place in range(size)]


def above(parents, place):
    """Return a place and every place above it."""
    found = []
    while place >= 0:
        found.append(place)
        place = parents[place]
    return found


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(parents=trees(), data=st.data())
def test_a_role_holds_exactly_for_its_unit_and_what_is_below(db, parents, data):
    with transaction.atomic():
        made: list[Unit] = []
        for parent in parents:
            made.append(unit(parent=made[parent] if parent >= 0 else None))
        at_unit = data.draw(st.integers(min_value=0, max_value=len(made) - 1))
        person = user(of=made[0])

        role(person, "risk", unit=made[at_unit])

        expected = {
            made[place].pk for place in range(len(made)) if at_unit in above(parents, place)
        }
        assert set(selectors.units_in_scope(user_ids=[person.pk], at=AT)) == expected
        assert set(units_seen_by(user=person, at=AT)) == expected
        assert set(units_below(unit_ids=[made[at_unit].pk])) == expected
        for place in range(len(made)):
            held = selectors.roles_for_unit(user_id=person.pk, unit_id=made[place].pk, at=AT)
            assert held == ({"risk"} if made[place].pk in expected else set())
        transaction.set_rollback(True)
