"""REG-12: the risk tier is changed by two persons and never lies below its floor."""

import pytest
from django.db import IntegrityError, transaction

from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import TierChange
from registry.services.tiers import decide_tier, propose_tier
from tests.registry.answers import CREDIT
from tests.registry.factories import AT, SETUP, call, person_as_actor, role, system
from tests.registry.two_persons import again, assessed, classified, officer

pytestmark = pytest.mark.django_db


def propose(thing, to_tier, by=None, reason="as the uses stand"):
    thing = again(thing)
    return call(
        propose_tier, system_id=thing.pk, to_tier=to_tier, reason=reason,
        expected_version=thing.version, actor=person_as_actor(by or thing.owner),
    )  # fmt: skip


def decide(row, agreed=True, by=None, reason="seen"):
    return call(
        decide_tier, change_id=row.pk, agreed=agreed, reason=reason,
        actor=person_as_actor(by or officer(row.system)),
    )  # fmt: skip


def test_raising_takes_effect_with_the_proposal():
    thing = system(risk_tier="medium")

    row = propose(thing, "high")

    assert (again(thing).risk_tier, row.state) == ("high", "proposed")


def test_lowering_waits_for_a_second_person():
    thing = system(risk_tier="medium")

    row = propose(thing, "low")
    before = again(thing).risk_tier
    decide(row)

    assert (before, again(thing).risk_tier) == ("medium", "low")


def test_a_raise_that_is_declined_goes_back():
    thing = system(risk_tier="medium")

    row = decide(propose(thing, "high"), agreed=False)

    assert (again(thing).risk_tier, row.state) == ("medium", "declined")


def test_a_declined_lowering_changes_nothing():
    thing = system(risk_tier="medium")

    decide(propose(thing, "low"), agreed=False)

    assert again(thing).risk_tier == "medium"


def test_a_declined_raise_does_not_fall_below_a_floor_that_has_risen():
    thing = system(risk_tier="low")
    row = propose(thing, "high")
    assessed(thing, risk_floor="medium")

    decide(row, agreed=False)

    assert again(thing).risk_tier == "medium"


def test_a_lowering_is_not_agreed_below_a_floor_that_has_risen():
    thing = system(risk_tier="high")
    row = propose(thing, "low")
    assessed(thing, risk_floor="medium")

    with pytest.raises(Conflict, match="The floor is medium"):
        decide(row)


def test_nothing_is_proposed_below_the_floor_of_the_legal_class():
    thing = system(legal_class="undecided")
    classified(thing, **CREDIT)

    with pytest.raises(Invalid, match="The floor is high"):
        propose(thing, "medium")


@pytest.mark.parametrize(
    ("to_tier", "reason", "field"),
    [("medium", "x", "to_tier"), ("enormous", "x", "to_tier"), ("low", " ", "reason")],
)
def test_a_proposal_that_is_none_names_its_field(to_tier, reason, field):
    with pytest.raises(Invalid) as refusal:
        propose(system(risk_tier="medium"), to_tier, reason=reason)

    assert set(refusal.value.fields) == {field}


def test_who_proposed_does_not_decide():
    thing = system()
    risk = officer(thing, "risk")

    with pytest.raises(Forbidden, match="you wrote it"):
        decide(propose(thing, "low", by=risk), by=risk)


def test_the_owners_side_does_not_decide():
    thing = system()
    role(thing.deputy, "risk", unit=thing.unit)

    with pytest.raises(Forbidden, match="you are its deputy"):
        decide(propose(thing, "low", by=officer(thing)), by=thing.deputy)


@pytest.mark.parametrize("agreed", [True, False])
@pytest.mark.parametrize("again_agreed", [True, False])
def test_what_is_decided_is_not_decided_again(agreed, again_agreed):
    row = propose(system(), "low")
    decide(row, agreed=agreed)

    with pytest.raises(Conflict, match="not open there"):
        decide(row, agreed=again_agreed)


def test_one_change_waits_at_a_time():
    thing = system()
    propose(thing, "low")

    with pytest.raises(Conflict, match="waits already"):
        propose(thing, "high")


def test_a_stale_page_proposes_nothing():
    thing = system(risk_tier="medium")

    with pytest.raises(Conflict, match="Load it again"):
        call(
            propose_tier, system_id=thing.pk, to_tier="high", reason="x",
            expected_version=thing.version + 1, actor=person_as_actor(thing.owner),
        )  # fmt: skip


def test_an_engineer_proposes_nothing():
    thing = system()

    with pytest.raises(Forbidden, match="You cannot propose another risk tier"):
        propose(thing, "low", by=officer(thing, "engineer"))


def test_the_database_keeps_both_persons_apart():
    row = propose(system(), "low")
    row.decided_by, row.decided_at, row.state = row.proposed_by, AT, TierChange.State.AGREED

    with (
        acting_as(SETUP),
        pytest.raises(IntegrityError, match="tier_by_two_persons"),
        transaction.atomic(),
    ):
        row.save()
