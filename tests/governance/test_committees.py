"""Committees: founded with the charter of the policy, seats filled, bodies by level."""

import pytest

from governance.models import Committee, Seat
from governance.selectors.committees import committee_in_force, leaders_of, next_body
from governance.selectors.policies import document_of
from governance.services.committees import SeatPlan, fill_seat, found_committee
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from registry.models import Unit
from tests.governance.organisation import AT, as_setup, committee, organised
from tests.incidents.factory import SETUP, acting, person, unique

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    """An organisation with a committee and an executive body."""
    return organised()


def test_a_committee_has_the_charter_of_the_policy(of):
    charter = of.committee.charter

    assert (charter["minimum"], charter["majority"], charter["seats"]) == (2, "simple", 3)


def test_an_executive_body_sits_by_role(of):
    body = committee_in_force(unit_id=of.house.unit.pk, level="executive")

    assert body.charter["electorate"] == "role:executive"
    assert leaders_of(committee=body, at=AT) == [of.house.executive]


def test_a_new_holder_ends_the_seat_of_the_former(of):
    new = person(unit=of.house.unit)

    as_setup(
        fill_seat,
        committee_id=of.committee.pk,
        number=2,
        seat=SeatPlan("data science", new.pk),
        at=AT,
    )

    former = Seat.objects.get(committee=of.committee, person=of.members[1])
    assert former.until_at == AT
    assert Seat.objects.get(committee=of.committee, number=2, until_at=None).person == new


def test_one_person_has_one_seat(of):
    with pytest.raises(Conflict) as refusal:
        as_setup(
            fill_seat,
            committee_id=of.committee.pk,
            number=2,
            seat=SeatPlan("data science", of.chair.pk),
            at=AT,
        )

    assert refusal.value.code == "one_person_one_seat"


def test_nobody_is_their_own_substitute(of):
    new = person(unit=of.house.unit)

    with pytest.raises(Invalid):
        as_setup(
            fill_seat,
            committee_id=of.committee.pk,
            number=2,
            seat=SeatPlan("data science", new.pk, new.pk),
            at=AT,
        )


def test_a_deactivated_person_gets_no_seat(of):
    gone = person(unit=of.house.unit, active=False)

    with pytest.raises(Missing):
        as_setup(
            fill_seat,
            committee_id=of.committee.pk,
            number=2,
            seat=SeatPlan("data science", gone.pk),
            at=AT,
        )


def test_an_owner_founds_no_committee_and_is_told_who_can(of):
    with pytest.raises(Forbidden) as refusal, acting_as(acting(of.house.owner)):
        found_committee(
            unit_id=of.house.unit.pk,
            name="Mine",
            level="committee",
            seats=[],
            actor=acting(of.house.owner),
            at=AT,
        )

    assert of.house.compliance.name in refusal.value.who_can


def test_a_unit_below_is_decided_by_the_committee_above(of):
    with acting_as(SETUP):
        below = Unit(name=unique("unit"), parent=of.house.unit, calendar=of.house.unit.calendar)
        below.save(force_insert=True)

    assert committee_in_force(unit_id=below.pk, level="committee") == of.committee


def test_the_next_body_is_the_next_level_that_exists(of):
    board = committee(of.house, level="board")
    unit = of.house.unit.pk

    assert next_body(unit_id=unit, level="committee").level == "executive"
    assert next_body(unit_id=unit, level="executive") == board
    assert next_body(unit_id=unit, level="board") is None


def test_a_committee_is_never_deleted(of):
    with pytest.raises(Exception, match="cannot be deleted"):
        Committee.objects.get(pk=of.committee.pk).delete()


def test_kom_20_a_committee_that_could_decide_nothing_is_not_founded(of):
    seats = [SeatPlan("chair", of.house.risk.pk, chair=True)]
    seats += [SeatPlan(f"member {n}", person(unit=of.house.unit).pk) for n in (1, 2)]

    with pytest.raises(Conflict) as refusal:
        committee(of.house, seats=seats)

    assert refusal.value.code == "cannot_decide"
    assert "as in every ordinary case" in refusal.value.reason


def test_kom_20_a_named_substitute_lets_it_decide(of):
    second = person(unit=of.house.unit)
    seats = [SeatPlan("chair", of.house.risk.pk, second.pk, chair=True)]
    seats += [SeatPlan(f"member {n}", person(unit=of.house.unit).pk) for n in (1, 2)]

    assert committee(of.house, seats=seats).seats.count() == 3


def test_kom_22_a_body_of_a_level_is_founded_with_the_charter_of_its_level(of):
    levels = document_of(of.policy).levels

    board = committee(of.house, level="board")

    assert board.charter["majority"] == levels.board.majority
    assert board.charter["minimum"] == levels.board.minimum
