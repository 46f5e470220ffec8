"""Carrying out: receipts, what they change in the registry, dispatch to a gateway."""

import datetime as dt

import pytest

from incidents.models import ActionReceipt
from incidents.rules.transitions import (
    CLOSED,
    DECISION,
    EXECUTION,
    VERIFICATION,
)
from incidents.services.actions import record_receipt
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message
from outbox.services.messages import save_endpoint
from outbox.services.sweeps import sweep
from registry.models import Deployment, System
from registry.selectors import live_deployment
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    SETUP,
    bring,
    do,
    fresh,
    gateway,
    order,
)

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def adopted(of, *, at=AT, **changes):
    incident = bring(of, DECISION)
    do(incident, "adopt", EVALUATOR, at=at, actions=[order(incident, at=at, **changes)])
    return incident


def callback(action, by, observed, *, nonce=None, at=AT):
    with acting_as(by):
        return record_receipt(
            action_id=action.pk,
            nonce=action.nonce if nonce is None else nonce,
            how="callback",
            observed=observed,
            actor=by,
            at=at,
        )


def test_t13_a_callback_that_shows_the_target_confirms_and_moves_on(house):
    incident = adopted(house)

    received = callback(incident.actions.get(), gateway(), {"version": "2.2"})

    assert received.receipt.matches
    assert received.action.state == "confirmed"
    assert fresh(incident).state == VERIFICATION
    assert fresh(incident).contained


def test_a_confirmed_roll_back_makes_the_target_live_in_the_registry(house):
    incident = adopted(house)

    callback(incident.actions.get(), gateway(), {"version": "2.2"})

    live = live_deployment(system_id=house.system.pk)
    assert live.version == house.good
    assert Deployment.objects.get(version=house.bad).ended_reason.startswith(incident.number)


def test_a_confirmed_suspension_stops_the_system_in_the_registry(house):
    incident = adopted(house, type="suspend", parameters={"scope": "payments over 500"})

    callback(incident.actions.get(), gateway(), {"serving": False})

    live = live_deployment(system_id=house.system.pk)
    assert (live.suspended, live.stop_scope) == (True, "payments over 500")
    assert System.objects.get(pk=house.system.pk).lifecycle == "suspended"


def test_f34_an_observation_that_differs_moves_nothing(house):
    incident = adopted(house)

    received = callback(incident.actions.get(), gateway(), {"version": "2.3"})

    assert not received.receipt.matches
    assert fresh(incident).state == EXECUTION
    assert live_deployment(system_id=house.system.pk).version == house.bad
    line = lines_of_incident(incident_id=incident.pk)[0]
    assert line.verb == "incident.attempt_failed"
    assert "version 2.3 runs, not 2.2" in line.reason


def test_after_a_wrong_observation_the_right_one_still_confirms(house):
    incident = adopted(house)
    action, by = incident.actions.get(), gateway()
    callback(action, by, {"version": "2.3"})

    callback(action, by, {"version": "2.2"})

    assert fresh(incident).state == VERIFICATION


def test_f35_a_repeated_callback_is_accepted_once(house):
    incident = adopted(house)
    action, by = incident.actions.get(), gateway()
    first = callback(action, by, {"version": "2.2"})

    again = callback(action, by, {"version": "2.2"}, at=AT + HOUR)

    assert again.replayed
    assert again.receipt == first.receipt
    assert ActionReceipt.objects.count() == 1


@pytest.mark.parametrize("nonce", ["", "guess", "ü"])
def test_a_callback_without_the_nonce_is_refused_and_on_record(house, nonce):
    incident = adopted(house)

    with pytest.raises(Forbidden) as caught:
        callback(incident.actions.get(), gateway(), {"version": "2.2"}, nonce=nonce)

    assert caught.value.code == "wrong_nonce"
    assert caught.value.recorded


def test_a_receipt_for_no_action_is_missing(house):
    by = gateway()

    with acting_as(by), pytest.raises(Missing):
        record_receipt(
            action_id="3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11",
            nonce="x",
            how="callback",
            observed={},
            actor=by,
            at=AT,
        )


def test_a_second_person_confirms_with_evidence_only(house):
    incident = adopted(house)

    with pytest.raises(Invalid) as caught:
        do(incident, "confirm_action", house.executive, evidence="")
    done = do(incident, "confirm_action", house.executive)

    assert caught.value.code == "evidence_missing"
    assert done.incident.state == VERIFICATION
    assert incident.actions.get().confirmed_by == house.executive


def test_a_person_does_not_pose_as_a_callback(house):
    incident = adopted(house)

    with pytest.raises(Invalid) as caught:
        do(incident, "confirm_action", house.executive, how="callback")

    assert caught.value.code == "wrong_way"


def test_inc_d_all_stopping_actions_are_confirmed_before_the_verification(house):
    incident = bring(house, DECISION)
    do(
        incident,
        "adopt",
        EVALUATOR,
        actions=[
            order(incident, position=1),
            order(incident, type="restrict", position=2),
            order(incident, type="compensate", position=3),
        ],
    )
    first, second, _ = incident.actions.order_by("position")

    half = do(incident, "confirm_action", house.executive, action_id=first.pk)
    whole = do(
        incident,
        "confirm_action",
        house.executive,
        action_id=second.pk,
        observed={"restricted": True},
    )

    assert (half.incident.state, whole.incident.state) == (EXECUTION, VERIFICATION)


def test_an_obligation_is_confirmed_during_the_verification(house):
    incident = adopted(house, type="inform")

    done = do(incident, "confirm_action", house.executive, observed={"done": True})

    assert done.incident.state == VERIFICATION
    assert incident.windows.get().outcome == "PASSED"
    assert do(incident, "close", house.verifier).incident.state == CLOSED


def test_an_unfinished_obligation_stands_against_closing(house):
    incident = adopted(house, type="compensate")

    with pytest.raises(Conflict) as caught:
        do(incident, "close", house.verifier)

    assert caught.value.code == "action_unfinished"


def test_an_action_is_confirmed_once(house):
    incident = adopted(house)
    do(incident, "confirm_action", house.executive)

    with pytest.raises(Conflict) as caught:
        do(incident, "confirm_action", house.executive)

    assert caught.value.code == "action_settled"


def test_f36_a_target_that_was_revoked_since_is_not_confirmed(house):
    incident = adopted(house)
    house.good.state = "revoked"
    with acting_as(SETUP):
        house.good.save()

    with pytest.raises(Conflict) as caught:
        callback(incident.actions.get(), gateway(), {"version": "2.2"})

    assert caught.value.code == "target_not_approved"
    assert fresh(incident).state == EXECUTION


def test_a_gateway_is_told_under_an_id_that_stays_the_same(house):
    with acting_as(SETUP):
        save_endpoint(
            name=f"gateway:{house.system.slug}",
            url="https://gateway.example/hook",
            secret="whsec_" + "a" * 32,
            actor=SETUP,
            at=AT,
        )

    incident = adopted(house)

    action, message = incident.actions.get(), Message.objects.get(channel="webhook")
    assert (action.state, message.key) == ("dispatched", f"action:{action.pk}")
    assert message.payload["target"] == {"version": "2.2", "digest": "sha256:2.2"}
    assert message.payload["nonce"] == action.nonce
    assert message.expires_at == action.due_at


def test_a_stop_takes_the_short_schedule(house):
    with acting_as(SETUP):
        save_endpoint(
            name=f"gateway:{house.system.slug}",
            url="https://gateway.example/hook",
            secret="whsec_" + "a" * 32,
            actor=SETUP,
            at=AT,
        )

    adopted(house, type="suspend")

    assert Message.objects.get(channel="webhook").short_schedule


def test_without_a_gateway_the_executor_is_told(house):
    incident = adopted(house)

    assert incident.actions.get().state == "ordered"
    told = Message.objects.get(subject_id=incident.pk, person_id=house.engineer.pk)
    assert told.subject.startswith(f"Carry out {incident.number} by ")


def test_an_action_that_is_late_is_on_record_and_called_for(house):
    incident = adopted(house)

    sweep(at=AT + 2 * DAY)

    verbs = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert "action.overdue" in verbs
    assert Message.objects.filter(key__contains="overdue:action").count() == 2
