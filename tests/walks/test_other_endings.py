"""Other decisions lead to the end as well: the system runs on (T24), or stands still for good."""

import datetime as dt

import pytest

from incidents.models import Incident
from outbox import clock
from tests.walks import steps
from tests.walks.stage import SLUG, let_pass, set_up
from tests.walks.visitor import House, Machine, answered, refused

BEAT = dt.timedelta(minutes=4)


@pytest.fixture
def stage(monday, gateway):
    """A system at medium tier, whose cases compliance alone reviews; a stop is proven in 3 h."""
    return set_up(
        risk_tier="medium", author_of_bad="author", gateway_url=gateway.url, stopped_for="3h"
    )


def until_the_decision(house, machine):
    """Walk to the decision; returns the incident's number."""
    number = steps.breach(machine)
    steps.acknowledge(house, number)
    steps.submit_findings(house, number)
    steps.validate(house, number)
    return number


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(steps.KEEP, id="no_action", marks=pytest.mark.full),
        pytest.param(steps.CONTINUE, id="continue"),
    ],
)
def test_a_system_that_is_left_running_is_observed_and_closed(stage, kept):
    house, machine = House(stage), Machine(stage.token)
    number = until_the_decision(house, machine)

    motion = steps.decide(house, number, kept)
    observing = house.owner.incident(number)
    early = house.verifier.try_command(number, "close", **steps.CLOSING)
    steps.prove(machine)
    steps.settle_conditions(house, motion)
    steps.close(house, number, resolution="kept")

    assert (observing["state"], observing["actions"]) == ("VERIFICATION", [])
    refused(early, 409, "not_proven")
    closed = house.auditor.incident(number)
    assert (closed["state"], closed["transitions"][-1]["code"]) == ("CLOSED", "T16")
    assert "T24" in [one["code"] for one in closed["transitions"]]


def beats(machine, *, hours):
    """Let the gateway say that it lives, every four minutes for so many hours."""
    for _ in range(hours * 15):
        let_pass(seconds=BEAT.total_seconds())
        answered(machine.send("/heartbeats", {"system": SLUG, "refused_calls": 1}))


@pytest.mark.full
def test_a_suspended_system_is_proven_stopped_and_closed(stage, gateway):
    house, machine = House(stage), Machine(stage.token)
    number = until_the_decision(house, machine)
    steps.decide(house, number, steps.SUSPEND)

    steps.obey(gateway, stage.token)
    state = house.engineer.get(f"/systems/{SLUG}/state?version=2.3")
    early = house.verifier.try_command(number, "close", **steps.CLOSING)
    beats(machine, hours=4)
    steps.tick()
    steps.close(house, number, resolution="stopped")

    assert (state["may_serve"], state["stopped_scope"]) == (False, "all claims")
    refused(early, 409, "not_proven")
    assert Incident.objects.get(number=number).state == "CLOSED"


@pytest.mark.full
def test_silence_without_heartbeats_proves_nothing(stage, gateway):
    house, machine = House(stage), Machine(stage.token)
    number = until_the_decision(house, machine)
    steps.decide(house, number, steps.SUSPEND)
    steps.obey(gateway, stage.token)

    let_pass(days=4)
    steps.tick()
    first = house.verifier.incident(number)
    let_pass(days=4)
    steps.tick()
    second = house.verifier.incident(number)

    assert (first["level"], outcomes(first)) == (0, ["RUNNING"])
    assert (second["level"], outcomes(second)) == (1, ["INCONCLUSIVE"])
    refused(house.verifier.try_command(number, "close", **steps.CLOSING), 409, "not_proven")


def outcomes(seen):
    """How the proofs of an incident stand."""
    return [proof["outcome"] for proof in seen["proofs"]]


@pytest.mark.full
def test_a_single_event_after_the_stop_disproves_it(stage, gateway):
    house, machine = House(stage), Machine(stage.token)
    number = until_the_decision(house, machine)
    steps.decide(house, number, steps.SUSPEND)
    steps.obey(gateway, stage.token)

    let_pass(hours=2)
    event = {
        "system": SLUG,
        "event_id": "late",
        "at": steps.stamp(clock.now()),
        "version": "2.3",
        "answer": "pay",
    }
    answered(machine.send("/decisions", {"events": [event]}))
    let_pass(days=4)
    steps.tick()

    assert house.verifier.incident(number)["state"] == "DECISION"
