"""A rehearsal goes the whole way of a case and changes nothing that runs (INC-10, CLK-09)."""

import pytest

from incidents.models import Incident, RegulatoryClock
from incidents.rules.states import OPEN_STATES
from incidents.selectors.serving import serving_state
from outbox.models import Message, Timer
from registry.selectors import live_deployment
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    bring,
    clock_rule,
    do,
    fresh,
    house,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    """A house of medium tier, version 2.3 live."""
    return house()


def live(of):
    """What runs."""
    return live_deployment(system_id=of.system.pk, environment="production")


@pytest.mark.parametrize("state", OPEN_STATES)
def test_a_rehearsal_ends_from_wherever_it_got_to(of, state):
    incident = bring(of, state, drill=True)

    do(incident, "end_rehearsal", EVALUATOR)

    ended = fresh(incident)
    assert (ended.state, ended.resolution) == ("CANCELLED", "rehearsed")
    assert not Timer.objects.filter(subject_id=incident.pk, state="armed").exists()


def test_a_roll_back_that_is_confirmed_in_a_rehearsal_rolls_nothing_back(of):
    before = live(of).version

    incident = bring(of, "VERIFICATION", drill=True)

    assert fresh(incident).state == "VERIFICATION"
    assert live(of).version == before


def test_the_gateway_is_told_nothing_of_a_rehearsal(of):
    bring(of, "VERIFICATION", drill=True)

    assert not Message.objects.filter(channel="webhook").exists()


def test_an_emergency_stop_in_a_rehearsal_stops_nothing(of):
    incident = bring(of, "INVESTIGATING", drill=True)

    do(incident, "emergency_contain", of.owner)

    assert not live(of).suspended
    state = serving_state(system=of.system, environment="production", version=None, at=AT)
    assert state.may_serve
    assert state.restrictions == []


def test_a_clock_that_a_rehearsal_armed_ends_with_it(of):
    clock_rule()
    incident = bring(of, "OPEN", drill=True)
    answers = {"personal_data": "yes"}
    do(incident, "acknowledge", of.owner, **answers)
    armed = RegulatoryClock.objects.filter(incident=incident, state="provisional").count()

    do(incident, "end_rehearsal", EVALUATOR)

    states = set(RegulatoryClock.objects.filter(incident=incident).values_list("state", flat=True))
    assert (armed, states) == (1, {"ended"})
    assert Incident.objects.get(pk=incident.pk).drill
