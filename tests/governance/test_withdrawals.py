"""A breach that is corrected or voided away: the engine proposes T08, a person agrees (INC-2).

Workflow section 4, 'Late / out of order'; SEG-09 and CLK-17 hold for what the engine proposes too.
"""

import pytest

from governance.models import BreachCause
from incidents.models import Incident
from incidents.selectors.turns import requests_of
from ledger.models import Entry
from ledger.rules.refusals import Forbidden, Invalid
from tests.governance.test_voids import voided
from tests.incidents import factory as cases
from tests.incidents.factory import clock_rule
from tests.registry import factories as registry
from tests.registry.factories import AT
from tests.telemetry.factory import DAY, measured, row, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def breached():
    """A system of which two readings in breach have opened an incident."""
    system = measured()
    take([row(system, 0.95), row(system, 0.7, day=1), row(system, 0.7, day=2)])
    return system


def case(system):
    """The incident of a system."""
    return Incident.objects.get(system=system)


def corrected(system, *days, value=0.95, revision=1, at=AT):
    """A correction of some days."""
    take([row(system, value, day=day, revision=revision) for day in days], at=at)


def do(incident, command, by, **changes):
    """Give a command at the instant of the readings."""
    return cases.do(incident, command, by, at=AT, **changes)


def proposal(system):
    """What is proposed on the incident of a system, None for nothing."""
    return requests_of(case(system)).get("withdraw")


def role(system, name):
    """Somebody with a role for a system."""
    found = registry.user(of=system.unit)
    registry.role(found, name, system=system)
    return found


def test_t08_a_late_correction_that_leaves_nothing_proposes_the_withdrawal(breached):
    corrected(breached, 1, 2)

    asked = proposal(breached)
    assert (asked.person, asked.payload["ground"]) == (None, "data_fault")
    assert "nothing is left of the breach" in asked.reason
    assert case(breached).state == "OPEN"
    assert BreachCause.objects.get().corrected_at == AT


def test_t08_a_void_that_leaves_nothing_proposes_it_too(breached):
    voided(breached, 1, 2)

    assert proposal(breached).person is None


def test_a_correction_that_leaves_a_breach_proposes_nothing(breached):
    take([row(breached, 0.7, day=3)])

    corrected(breached, 1)

    assert proposal(breached) is None
    assert BreachCause.objects.get().corrected_at is None


def test_a_recovery_is_no_correction(breached):
    take([row(breached, 0.95, day=day) for day in range(3, 7)])

    assert case(breached).recovered_at == AT
    assert proposal(breached) is None


def test_seg_09_a_person_who_is_not_of_the_owners_side_agrees(breached):
    executive = role(breached, "executive")
    corrected(breached, 1, 2)

    with pytest.raises(Forbidden):
        do(case(breached), "withdraw", breached.owner, ground="data_fault")
    done = do(case(breached), "withdraw", executive, ground="data_fault")

    assert (done.incident.state, done.incident.resolution) == ("CANCELLED", "data_fault")


def test_the_engine_never_agrees_to_what_a_person_proposed(breached):
    do(case(breached), "withdraw", breached.owner, ground="data_fault")

    corrected(breached, 1, 2)

    assert case(breached).state == "OPEN"
    assert proposal(breached).person_id == breached.owner_id


def test_it_stands_while_the_case_goes_its_way_until_somebody_answers_it(breached):
    corrected(breached, 1, 2)

    do(case(breached), "acknowledge", breached.owner)

    assert proposal(breached) is not None


def test_it_lapses_once_a_breach_joins_again(breached):
    corrected(breached, 1, 2)

    take([row(breached, 0.7, day=day) for day in (3, 4)])

    assert proposal(breached) is None
    assert BreachCause.objects.get().corrected_at is None


def test_clk_17_a_running_clock_stands_against_it_and_the_record_says_so(breached):
    clock_rule()
    do(case(breached), "acknowledge", breached.owner, personal_data="yes")

    corrected(breached, 1, 2)

    assert proposal(breached) is None
    told = Entry.objects.filter(verb="incident.withdrawal_not_proposed")
    assert told.count() == 1


def test_what_is_proposed_twice_stands_once(breached):
    corrected(breached, 1, 2)

    corrected(breached, 1, 2, value=0.96, revision=2, at=AT + DAY)

    withdrawals = case(breached).transitions.filter(command="withdraw")
    assert withdrawals.count() == 1


def test_who_agrees_gives_the_ground_that_was_proposed(breached):
    executive = role(breached, "executive")
    corrected(breached, 1, 2)

    with pytest.raises(Invalid, match="not what was proposed"):
        do(case(breached), "withdraw", executive, ground="false_positive")

    assert case(breached).state == "OPEN"
