"""SEG-06, I7: while setting up, a first version by one person where nobody else could."""

import pytest

from ledger.context import acting_as
from ledger.rules.refusals import Forbidden
from registry.models import SetupException
from registry.selectors.banners import banners_of
from registry.selectors.setup import in_set_up, may_approve_own
from registry.services.setup import confirm_setup_exception, except_setup
from tests.registry.factories import (
    AT,
    SETUP,
    call,
    person_as_actor,
    role,
    sign_in,
    system,
    unit,
    user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def thing(db):
    """A system before anything is live, whose unit has no second line yet."""
    return system(of=unit())


def may(thing, person, *, version=1):
    """Whether a person may approve their own version of a statement about the system."""
    return may_approve_own(
        act="version.approve",
        version=version,
        person_id=person.pk,
        unit_id=thing.unit_id,
        system=thing,
        at=AT,
    )


def excepted(thing, person):
    """Put an exception on record."""
    return call(
        except_setup,
        kind="version",
        object_id=thing.pk,
        label="Version 1",
        url=f"/systems/{thing.slug}/",
        unit_id=thing.unit_id,
        system_id=thing.pk,
        actor=person_as_actor(person),
    )


def test_the_first_version_may_be_approved_by_its_author_where_nobody_else_can(thing):
    assert may(thing, thing.owner)


def test_the_second_version_needs_a_second_person(thing):
    assert not may(thing, thing.owner, version=2)


def test_where_somebody_else_can_nobody_approves_their_own(thing):
    role(user(), "risk", unit=thing.unit)

    assert not may(thing, thing.owner)


def test_the_deputy_is_no_second_person_for_the_owner(thing):
    assert may(thing, thing.deputy)


def test_owner_and_deputy_are_second_persons_for_an_officer(thing):
    officer = user()
    role(officer, "risk", unit=thing.unit)

    assert not may(thing, officer)


def test_set_up_ends_with_the_first_live_system(thing):
    assert in_set_up()

    other = system(of=thing.unit)
    _let_run(other)

    assert not in_set_up()
    assert not may(thing, thing.owner)


def test_the_banner_stands_until_a_second_person_confirms(thing, client):
    row = excepted(thing, thing.owner)
    officer = user()
    role(officer, "compliance", unit=thing.unit)
    sign_in(client, officer)
    before = client.get("/people/setup/").content.decode()

    client.post(f"/people/setup/{row.pk}/confirm")

    assert "Set up by one person." in before
    assert "Set up by one person." not in client.get("/people/setup/").content.decode()
    assert not banners_of(user_id=officer.pk, at=AT).setup
    assert SetupException.objects.get().confirmed_by == officer


@pytest.mark.parametrize("who", ["owner", "deputy"])
def test_the_same_side_does_not_confirm(thing, who):
    row = excepted(thing, thing.owner)

    with pytest.raises(Forbidden, match="same side"):
        call(
            confirm_setup_exception,
            exception_id=row.pk,
            actor=person_as_actor(getattr(thing, who)),
        )


def _let_run(thing):
    """Let a system be live, whatever its gates ask for."""
    with acting_as(SETUP):
        thing.__dict__["lifecycle"] = "production"
        thing.save(at=AT)
