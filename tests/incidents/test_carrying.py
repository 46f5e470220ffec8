"""Carrying out (INC-8, workflow section 7): what cannot be done, what is taken back, what was sent.

T15 with INC-D, F36; superseding decisions; refusals and failed deliveries.
"""

import datetime as dt
import uuid

import pytest

from incidents.models import Action
from incidents.rules.transitions import CLOSED, DECISION, EXECUTION, VERIFICATION
from incidents.services.actions import record_receipt
from incidents.services.carrying import look_at_orders
from incidents.services.verification import judge_windows
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden
from ledger.selectors.lines import lines_of_incident
from outbox.models import DeliveryAttempt, Message
from outbox.services.messages import save_endpoint
from registry.selectors import live_deployment
from telemetry.models import Measurement
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    SETUP,
    bring,
    do,
    fresh,
    gateway,
    measured,
    opened,
    order,
)

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


def adopted(of, *orders):
    incident = bring(of, DECISION)
    do(incident, "adopt", EVALUATOR, actions=[order(incident, **one) for one in orders or [{}]])
    return incident


def endpoint(of):
    with acting_as(SETUP):
        save_endpoint(
            name=f"gateway:{of.system.slug}",
            url="https://gateway.example/hook",
            secret="whsec_" + "a" * 32,
            actor=SETUP,
            at=AT,
        )


def callback(action, observed, *, by=None, at=AT):
    by = by or gateway()
    with acting_as(by):
        return record_receipt(
            action_id=action.pk, nonce=action.nonce, how="callback", observed=observed,
            actor=by, at=at,
        )  # fmt: skip


def cannot(incident, who, action):
    return do(
        incident, "cannot_execute", who, action_id=action.pk, reason="The image is gone.", fields={}
    )


def reading(series, days, value):
    end = AT + days * DAY
    return Measurement.objects.create(
        series=series,
        window_end=end,
        value=value,
        n=500,
        good=True,
        received_at=end,
        batch_id="3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11",
    )


def take_back(incident, action, **more):
    fields = {"action_id": action.pk, "decision_id": uuid.uuid4(), "reason": "Decided otherwise."}
    return do(incident, "cancel_action", EVALUATOR, fields=fields | more)


def test_t15_a_stop_that_cannot_be_carried_out_goes_back_to_the_decision(house):
    incident = adopted(house)

    done = cannot(incident, house.engineer, incident.actions.get())

    action = incident.actions.get()
    assert done.incident.state == DECISION
    assert done.transition.code == "T15"
    assert (action.state, action.ended_reason) == ("failed", "The image is gone.")


def test_inc_d_the_other_actions_run_on_while_it_is_decided_anew(house):
    incident = adopted(house, {"position": 1}, {"type": "restrict", "position": 2})
    first, second = incident.actions.order_by("position")
    cannot(incident, house.engineer, first)

    done = do(
        incident,
        "confirm_action",
        house.executive,
        action_id=second.pk,
        observed={"restricted": True},
    )

    assert done.incident.state == DECISION
    assert incident.actions.get(pk=second.pk).state == "confirmed"


def test_after_a_new_decision_the_failed_stop_keeps_nothing_open(house):
    incident = adopted(house)
    cannot(incident, house.engineer, incident.actions.get())
    do(incident, "adopt", EVALUATOR, actions=[order(incident, type="restrict")])
    action = incident.actions.get(type="restrict")
    do(
        incident,
        "confirm_action",
        house.executive,
        action_id=action.pk,
        observed={"restricted": True},
    )

    done = do(incident, "close", house.verifier)

    assert done.incident.state == CLOSED


def test_t17_a_failed_obligation_leads_back_to_the_decision_by_the_engine(house):
    incident = adopted(house, {"type": "inform"})
    level = fresh(incident).level

    done = cannot(incident, house.engineer, incident.actions.get())

    newest = incident.transitions.order_by("-version").first()
    now = fresh(incident)
    assert (now.state, now.level) == (DECISION, level + 1)
    assert (newest.code, newest.command, newest.person) == ("T17", "verification_failed", None)
    assert "The image is gone." in newest.reason
    assert done.incident.version == now.version


def test_t15_a_decision_says_what_takes_the_place_of_a_failed_obligation(house):
    incident = adopted(house, {"type": "inform"})
    cannot(incident, house.engineer, incident.actions.get())
    do(incident, "adopt", EVALUATOR, actions=[order(incident, type="restrict")])
    action = incident.actions.get(type="restrict")
    seen = {"observed": {"restricted": True}}
    do(incident, "confirm_action", house.executive, action_id=action.pk, **seen)

    done = do(incident, "close", house.verifier)

    assert done.incident.state == CLOSED


def test_only_its_executor_says_that_an_action_cannot_be_carried_out(house):
    incident = adopted(house, {"position": 1}, {"position": 2, "executor_id": house.author.pk})
    second = incident.actions.get(position=2)

    with pytest.raises(Forbidden) as caught:
        cannot(incident, house.engineer, second)

    assert caught.value.code == "not_your_action"
    assert list(caught.value.who_can) == [house.author.name]


def test_f36_a_target_revoked_between_decision_and_dispatch_goes_back_by_itself(house):
    endpoint(house)
    incident = adopted(house)
    house.good.state = "revoked"
    with acting_as(SETUP):
        house.good.save()

    found = look_at_orders(AT + HOUR)

    assert found == 1
    assert fresh(incident).state == DECISION
    assert incident.actions.get().state == "failed"
    assert Message.objects.get(channel="webhook").state == "cancelled"


def test_f36_a_target_that_another_incident_is_about_by_now_is_not_dispatched(house):
    incident = adopted(house)
    opened(house, live_version=house.good)

    look_at_orders(AT + HOUR)

    assert fresh(incident).state == DECISION
    reason = incident.transitions.latest("version").reason
    assert "is itself what an open incident is about" in reason


def test_a_sound_order_is_left_alone(house):
    incident = adopted(house)

    assert look_at_orders(AT + HOUR) == 0
    assert fresh(incident).state == EXECUTION


def test_a_gateway_that_was_not_reached_leaves_the_action_to_its_executor(house):
    endpoint(house)
    incident = adopted(house)
    message = Message.objects.get(channel="webhook")
    DeliveryAttempt.objects.create(message=message, number=1, at=AT, ok=False, status=410)
    Message.objects.filter(pk=message.pk).update(state="failed")

    first, again = look_at_orders(AT + HOUR), look_at_orders(AT + 2 * HOUR)

    assert (first, again) == (1, 0)
    assert incident.actions.get().state == "ordered"
    assert fresh(incident).state == EXECUTION
    assert Message.objects.filter(key__contains="by_hand", person_id=house.engineer.pk).exists()


def test_a_gateway_that_refuses_is_asked_no_more(house):
    endpoint(house)
    incident = adopted(house)

    received = callback(incident.actions.get(), {"refused": "the disk is full"})

    assert not received.receipt.matches
    assert Message.objects.get(channel="webhook").state == "cancelled"
    line = lines_of_incident(incident_id=incident.pk)[0]
    assert "the gateway refuses it: the disk is full" in line.reason


def test_before_it_went_out_an_action_that_is_superseded_is_cancelled(house):
    endpoint(house)
    incident = adopted(house)

    done = take_back(incident, incident.actions.get())

    assert incident.actions.get().state == "cancelled"
    assert Message.objects.get(channel="webhook").state == "cancelled"
    assert done.incident.state == DECISION


def test_after_it_went_out_an_action_that_is_superseded_is_undone(house):
    endpoint(house)
    incident = adopted(house)
    Message.objects.filter(channel="webhook").update(state="sent", attempts=1)
    first = incident.actions.get()

    done = take_back(incident, first)

    undo = incident.actions.get(compensates=first)
    assert incident.actions.get(pk=first.pk).state == "cancelled"
    assert (undo.words, undo.executor, undo.stopping) == ("Undo: rollback it", house.engineer, True)
    assert Message.objects.filter(key=f"action:{first.pk}:cancelled").exists()
    assert done.incident.state == EXECUTION


def test_a_confirmed_action_stays_on_record_when_it_is_superseded(house):
    incident = adopted(house)
    do(incident, "confirm_action", house.executive)
    first = incident.actions.get()

    take_back(incident, first)

    assert incident.actions.get(pk=first.pk).state == "confirmed"
    assert incident.actions.get(compensates=first).state == "ordered"


def test_what_was_stopped_does_not_start_because_an_order_is_taken_back(house):
    incident = adopted(house, {"type": "suspend"})
    do(incident, "confirm_action", house.executive, observed={"serving": False})

    with pytest.raises(Conflict) as caught:
        take_back(incident, incident.actions.get())

    assert caught.value.code == "resume_is_its_own_decision"


def test_a_superseding_decision_may_say_itself_what_makes_up_for_it(house):
    incident = adopted(house, {"type": "suspend"})
    do(incident, "confirm_action", house.executive, observed={"serving": False})
    first = incident.actions.get()

    take_back(
        incident,
        first,
        compensation={
            "type": "resume",
            "words": "Let it run again",
            "executor_id": str(house.engineer.pk),
            "due_at": (AT + HOUR).isoformat(),
            "proof": "document",
            "position": 1,
        },
    )

    assert incident.actions.get(compensates=first).type == "resume"


def test_of_two_orders_one_is_taken_back_and_the_proof_of_the_other_begins(house):
    incident = adopted(house, {"position": 1}, {"type": "restrict", "position": 2})
    first, second = incident.actions.order_by("position")
    do(incident, "confirm_action", house.executive, action_id=first.pk)

    done = take_back(incident, second)

    assert done.incident.state == VERIFICATION


def test_an_action_is_taken_back_by_a_decision_only(house):
    incident = adopted(house)

    with pytest.raises(Forbidden):
        do(
            incident,
            "cancel_action",
            house.executive,
            fields={
                "action_id": incident.actions.get().pk,
                "decision_id": uuid.uuid4(),
                "reason": "I say so.",
            },
        )


@pytest.mark.parametrize(
    ("type_", "observed"),
    [
        ("pin", {"version": "2.2"}),
        ("adjust", {"settings": {"cut_off": 70}}),
        ("retire", {"serving": False}),
        ("restrict", {"restricted": True}),
    ],
)
def test_every_technical_action_is_confirmed_before_the_proof_begins(house, type_, observed):
    more = {"target_version_id": house.good.pk} if type_ == "pin" else {}
    incident = adopted(house, {"type": type_, "parameters": {"settings": {"cut_off": 70}}, **more})
    wrong = {"version": "2.3", "serving": True, "restricted": False, "settings": {"cut_off": 60}}

    before = callback(incident.actions.get(), wrong)
    after = callback(incident.actions.get(), observed)

    assert (before.receipt.matches, after.receipt.matches) == (False, True)
    assert fresh(incident).state == VERIFICATION


def test_a_confirmed_switch_makes_the_version_live(house):
    incident = adopted(house, {"type": "pin", "target_version_id": house.good.pk})

    callback(incident.actions.get(), {"version": "2.2"})

    assert live_deployment(system_id=house.system.pk).version == house.good


def test_a_retired_system_has_reached_its_end(house):
    incident = adopted(house, {"type": "retire"})

    callback(incident.actions.get(), {"serving": False})

    house.system.refresh_from_db()
    assert house.system.lifecycle == "retired"


def test_suspended_it_resumes_by_a_decision_of_its_own(house):
    incident = adopted(house, {"type": "suspend"})
    callback(incident.actions.get(), {"serving": False})
    do(incident, "verification_failed", house.verifier)
    do(incident, "adopt", EVALUATOR, actions=[order(incident, type="resume")])

    callback(incident.actions.get(type="resume"), {"serving": True})

    assert not live_deployment(system_id=house.system.pk).suspended


def test_a_switch_names_its_version(house):
    incident = bring(house, DECISION)

    with pytest.raises(Exception, match="names the version"):
        do(incident, "adopt", EVALUATOR, actions=[order(incident, type="pin")])


def test_a_version_of_another_system_is_no_target(house):
    incident = bring(house, DECISION)
    other = opened().live_version

    with pytest.raises(Conflict) as caught:
        do(incident, "adopt", EVALUATOR, actions=[order(incident, target_version_id=other.pk)])

    assert caught.value.code == "target_not_approved"


def test_f35_a_late_callback_of_the_first_attempt_is_accepted_once(house):
    incident = adopted(house)
    action, by = incident.actions.get(), gateway()
    callback(action, {"version": "2.2"}, by=by)

    late = callback(action, {"version": "2.2", "attempt": 1}, by=by, at=AT + HOUR)

    assert late.replayed
    assert action.receipts.count() == 1
    assert Action.objects.get(pk=action.pk).confirmed_at == AT


def test_inc_j_under_a_hold_a_roll_back_without_a_snapshot_is_refused(house):
    incident = bring(house, DECISION)
    do(incident, "set_hold", house.compliance)

    with pytest.raises(Conflict) as caught:
        do(incident, "adopt", EVALUATOR)

    assert caught.value.code == "evidence_held"
    assert "snapshot_ref" in caught.value.reason


def test_a_hold_set_after_the_decision_stops_what_has_not_left(house):
    endpoint(house)
    incident = adopted(house)
    do(incident, "set_hold", house.compliance)

    look_at_orders(AT + HOUR)

    assert fresh(incident).state == DECISION
    assert Message.objects.get(channel="webhook").state == "cancelled"


def test_a_hold_never_stops_the_stop(house):
    endpoint(house)
    incident = adopted(house, {"type": "suspend"})
    do(incident, "set_hold", house.compliance)

    assert look_at_orders(AT + HOUR) == 0
    assert fresh(incident).state == EXECUTION


def proving_with_a_duty(of):
    """A confirmed rollback that readings prove, and an obligation that runs on beside it."""
    incident = bring(of, DECISION)
    rollback = order(incident, position=1, proof="measured", verification=[measured(of.series)])
    duty = order(incident, type="inform", position=2)
    do(incident, "adopt", EVALUATOR, actions=[rollback, duty])
    do(incident, "confirm_action", of.executive)
    return incident


def test_t17_a_failed_obligation_loses_no_proof_that_runs(house):
    incident = proving_with_a_duty(house)
    proof = incident.windows.get()

    cannot(incident, house.engineer, incident.actions.get(type="inform"))

    now = incident.windows.get()
    assert fresh(incident).state == DECISION
    assert (now.pk, now.superseded_at, now.outcome) == (proof.pk, None, "RUNNING")
    assert "runs on meanwhile" in incident.transitions.latest("version").reason


def test_t17_a_kept_proof_is_judged_with_what_came_while_it_was_decided(house):
    incident = proving_with_a_duty(house)
    cannot(incident, house.engineer, incident.actions.get(type="inform"))
    for day in (1, 2, 3):
        reading(house.series, day, 0.95)
    do(incident, "keep_running", EVALUATOR, at=AT + 3 * DAY)

    with acting_as(EVALUATOR):
        judge_windows(series_ids=None, at=AT + 3 * DAY)

    kept = incident.windows.get(action__type="rollback")
    assert (kept.outcome, kept.superseded_at) == ("PASSED", None)


def test_t17_a_case_is_not_closed_while_the_kept_proof_runs(house):
    incident = proving_with_a_duty(house)
    cannot(incident, house.engineer, incident.actions.get(type="inform"))
    do(incident, "adopt", EVALUATOR, actions=[order(incident, type="supplier_fix")])
    action = incident.actions.get(type="supplier_fix")
    do(incident, "confirm_action", house.executive, action_id=action.pk, observed={"done": True})

    with pytest.raises(Conflict) as caught:
        do(incident, "close", house.verifier)

    assert caught.value.code == "not_proven"


def test_t17_a_later_stop_begins_the_kept_proof_anew(house):
    incident = proving_with_a_duty(house)
    cannot(incident, house.engineer, incident.actions.get(type="inform"))
    do(incident, "adopt", EVALUATOR, at=AT + DAY, actions=[order(incident, type="restrict")])
    action = incident.actions.get(type="restrict")
    seen = {"observed": {"restricted": True}}

    do(
        incident, "confirm_action", house.executive, at=AT + DAY, action_id=action.pk, **seen
    )  # fmt: skip

    ended, begun = incident.windows.filter(proof="measured").order_by("starts_at")
    assert (ended.superseded_at, begun.superseded_at) == (AT + DAY, None)
    assert begun.starts_at == ended.starts_at + DAY
    assert (begun.rule, begun.action_id) == (ended.rule, ended.action_id)
    assert fresh(incident).stage_due_at >= begun.ends_at
