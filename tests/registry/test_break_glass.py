"""GOV-4: break-glass gives reading alone, for hours, with a reason, on record and reviewed."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection

from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.selectors.lines import lines_of_verb
from outbox import clock
from outbox.models import Message
from registry import selectors
from registry.models import BreakGlass
from registry.selectors.break_glass import glasses_to_review
from registry.services.break_glass import break_glass, end_break_glass, review_break_glass
from registry.services.delegations import record_delegation
from tests.registry.factories import AT, call, person_as_actor, role, sign_in, system, unit, user

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
REASON = "The agent pays invoices twice and nobody answers."


@pytest.fixture
def place(db):
    """A unit with a system and a compliance officer, and an emergency actor of another unit."""
    made = unit()
    made.thing = system(of=made)
    made.officer, made.actor = user(of=made), user(of=unit())
    role(made.officer, "compliance", unit=made)
    role(made.actor, "emergency", unit=made.actor.unit)
    return made


def broken(place, *, by=None, at=AT, **changes):
    """Break the glass."""
    arguments = {"system_id": place.thing.pk, "hours": 2, "reason": REASON} | changes
    return call(break_glass, actor=person_as_actor(by or place.actor), at=at, **arguments)


def seen_by(person, at):
    return set(selectors.systems_visible_to(user=person, at=at))


def test_it_shows_the_system_at_once_and_until_its_end(place):
    broken(place)

    assert seen_by(place.actor, AT) == {place.thing}
    assert seen_by(place.actor, AT + 2 * HOUR) == set()


def test_it_shows_a_unit_with_what_is_below_it(place):
    below = system(of=unit(parent=place))

    broken(place, system_id=None, unit_id=place.pk)

    assert seen_by(place.actor, AT) == {place.thing, below}


def test_it_gives_no_role(place):
    broken(place)

    assert selectors.roles_for_system(user_id=place.actor.pk, system=place.thing, at=AT) == set()


def test_compliance_is_told_at_once(place):
    broken(place)

    told = Message.objects.get(person_id=place.officer.pk)
    assert REASON in told.body
    assert list(glasses_to_review(user=place.officer, at=AT)) == [BreakGlass.objects.get()]


def test_who_is_neither_administrator_nor_emergency_actor_breaks_no_glass(place):
    with pytest.raises(Forbidden) as refusal:
        broken(place, by=place.officer)

    assert refusal.value.recorded


@pytest.mark.parametrize(
    "changes",
    [{"reason": "urgent"}, {"hours": 5}, {"hours": 0}, {"unit_id": "x", "system_id": "y"}],
)
def test_what_is_not_said_properly_is_refused(place, changes):
    with pytest.raises(Invalid):
        broken(place, **changes)


@pytest.mark.bypass
def test_the_database_refuses_more_than_four_hours(place):
    glass = broken(place)

    statement = "UPDATE registry_breakglass SET until_at = from_at + interval '5 hours'"
    with (
        pytest.raises(IntegrityError, match="glass_for_four_hours"),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{statement} WHERE id = %s", [glass.pk])


def test_it_is_not_broken_twice_at_once(place):
    broken(place)

    with pytest.raises(Conflict):
        broken(place)


def test_it_is_closed_before_its_time(place):
    glass = broken(place)

    call(end_break_glass, glass_id=glass.pk, actor=person_as_actor(place.actor), at=AT + HOUR)

    assert seen_by(place.actor, AT + HOUR) == set()


def test_a_review_closes_it_and_keeps_the_verdict(place):
    glass = broken(place)

    done = call(
        review_break_glass,
        glass_id=glass.pk,
        verdict="not_justified",
        review="The owner could have been asked.",
        actor=person_as_actor(place.officer),
        at=AT + HOUR,
    )

    assert (done.verdict, done.reviewed_by, done.until_at) == (
        "not_justified",
        place.officer,
        AT + HOUR,
    )


def test_nobody_reviews_their_own(place):
    role(place.actor, "compliance", unit=place)
    glass = broken(place)

    with pytest.raises(Forbidden, match="it was yours"):
        call(
            review_break_glass,
            glass_id=glass.pk,
            verdict="justified",
            review="It was needed.",
            actor=person_as_actor(place.actor),
        )


def test_every_look_under_it_is_on_record(place, client):
    now = clock.now()
    broken(place, at=now)
    sign_in(client, place.actor)

    response = client.get(f"/api/v1/systems/{place.thing.slug}/")

    lines = lines_of_verb(verb="break_glass.read", since=now - HOUR, limit=5)
    assert response.status_code == 200
    assert [line.body["details"]["read"] for line in lines] == [
        f"GET /api/v1/systems/{place.thing.slug}/"
    ]


def test_who_broke_no_glass_leaves_no_such_entry(place, client):
    now = clock.now()
    sign_in(client, place.officer)

    client.get(f"/api/v1/systems/{place.thing.slug}/")

    assert not lines_of_verb(verb="break_glass.read", since=now - HOUR, limit=5)


def test_a_delegate_of_who_broke_it_sees_nothing_by_it(place):
    broken(place)
    delegate = user()

    call(
        record_delegation,
        principal_id=place.actor.pk,
        delegate_id=delegate.pk,
        from_at=AT,
        until_at=AT + HOUR,
        reason="away",
    )

    assert seen_by(delegate, AT) == set()


def test_the_page_takes_a_name_and_shows_no_list(place, client):
    sign_in(client, place.actor)

    listed = client.get("/people/glass/").content.decode()
    answered = client.post(
        "/people/glass/", {"what": place.thing.slug, "hours": "1", "reason": REASON}
    )

    assert place.thing.slug not in listed
    assert answered.status_code == 302
    assert BreakGlass.objects.get().person == place.actor
