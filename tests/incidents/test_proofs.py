"""Proving: proofs judged from readings and standstill, closing."""

import datetime as dt

import pytest
from django.db import transaction

from incidents.models import Action, ActionReceipt
from incidents.rules.transitions import (
    CLOSED,
    DECISION,
    EXECUTION,
    OPEN,
    VERIFICATION,
)
from incidents.services.actions import record_receipt
from incidents.services.verification import judge_ended, judge_windows
from ledger.context import acting_as
from ledger.rules.refusals import Conflict
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message, Timer
from outbox.services.sweeps import sweep
from telemetry.models import DecisionEvent, Heartbeat, Measurement
from tests.incidents import factory
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    bring,
    do,
    fresh,
    gateway,
    measured,
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


def reading(series, days, value, *, n=500, received=None, good=True):
    end = AT + days * DAY
    return Measurement.objects.create(
        series=series,
        window_end=end,
        value=value,
        n=n,
        good=good,
        received_at=received or end,
        batch_id="3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11",
    )


def judged(*, series_ids=None, at):
    with acting_as(EVALUATOR):
        return judge_windows(series_ids=series_ids, at=at)


def proving(of, *, at=AT, **rule):
    """An incident whose roll-back is confirmed and whose effect three good readings prove."""
    incident = adopted(of, at=at, proof="measured", verification=[measured(of.series, **rule)])
    do(incident, "confirm_action", of.executive, at=at)
    return incident


def test_three_good_readings_pass_and_the_verifiers_are_told(house):
    incident = proving(house)
    for day in (1, 2, 3):
        reading(house.series, day, 0.95)

    judged(series_ids=[house.series.pk], at=AT + 3 * DAY)

    assert incident.windows.get().outcome == "PASSED"
    assert fresh(incident).state == VERIFICATION
    told = Message.objects.filter(subject_id=incident.pk, subject__startswith="Verify and close")
    assert {row.person_id for row in told} == {
        house.compliance.pk,
        house.risk.pk,
        house.verifier.pk,
    }


def test_a_running_proof_says_how_far_it_is(house):
    incident = proving(house)
    reading(house.series, 1, 0.95)

    judged(series_ids=[house.series.pk], at=AT + DAY)

    window = incident.windows.get()
    assert window.outcome == "RUNNING"
    assert "1 of 3 readings are good" in window.forecast
    assert window.figures["rows"][0]["value"] == "0.95"


def test_t17_a_failed_proof_leads_back_to_the_decision_a_level_up(house):
    incident = proving(house)
    reading(house.series, 1, 0.85)

    judged(series_ids=[house.series.pk], at=AT + DAY)

    after = fresh(incident)
    assert (after.state, after.level) == (DECISION, 1)
    assert incident.windows.get().superseded_at == AT + DAY
    assert incident.transitions.latest("version").code == "T17"


def test_after_a_failed_proof_another_decision_is_proved_anew(house):
    incident = proving(house)
    reading(house.series, 1, 0.85)
    judged(series_ids=[house.series.pk], at=AT + DAY)

    do(
        incident,
        "adopt",
        EVALUATOR,
        at=AT + DAY,
        actions=[
            order(incident, type="restrict", at=AT + DAY, position=1),
        ],
    )
    action = incident.actions.get(type="restrict")
    do(
        incident,
        "confirm_action",
        house.executive,
        at=AT + DAY,
        action_id=action.pk,
        observed={"restricted": True},
    )

    assert do(incident, "close", house.verifier, at=AT + DAY).incident.state == CLOSED


def test_t18_too_few_readings_run_on_once_and_then_go_up_a_level(house):
    incident = proving(house, lasts_seconds=86400 * 5)
    reading(house.series, 1, 0.95)

    with acting_as(EVALUATOR):
        judge_ended(AT + 5 * DAY)
    once = incident.windows.get()
    with acting_as(EVALUATOR):
        judge_ended(AT + 10 * DAY)
    twice = incident.windows.get()

    assert (once.outcome, once.extended, once.ends_at) == ("RUNNING", True, AT + 10 * DAY)
    assert (twice.outcome, fresh(incident).level) == ("INCONCLUSIVE", 1)
    assert fresh(incident).state == VERIFICATION


def test_f33_an_inconclusive_proof_lets_nobody_close(house):
    incident = proving(house, lasts_seconds=86400)
    with acting_as(EVALUATOR):
        judge_ended(AT + DAY)
        judge_ended(AT + 2 * DAY)

    for who in (house.verifier, house.compliance, house.risk):
        with pytest.raises(Conflict) as caught:
            do(incident, "close", who, at=AT + 2 * DAY)
        assert caught.value.code == "not_proven"


def test_an_inconclusive_proof_may_be_led_back_by_a_verifier(house):
    incident = proving(house, lasts_seconds=86400)
    with acting_as(EVALUATOR):
        judge_ended(AT + DAY)
        judge_ended(AT + 2 * DAY)

    done = do(incident, "verification_failed", house.verifier, at=AT + 2 * DAY)

    assert done.incident.state == DECISION


@pytest.mark.parametrize("bad", [{"value": None, "good": False}, {"good": False}, {"n": 3}])
def test_f20_a_reading_without_substance_proves_nothing(house, bad):
    incident = proving(house, least_n=100)
    for day in (1, 2, 3):
        reading(house.series, day, **({"value": 0.95} | bad))

    judged(series_ids=[house.series.pk], at=AT + 3 * DAY)

    assert incident.windows.get().outcome == "RUNNING"


def test_a_reading_of_the_time_before_the_repair_proves_nothing(house):
    incident = proving(house, windows=1)
    reading(house.series, 0.5, 0.95)

    judged(series_ids=[house.series.pk], at=AT + DAY)

    assert incident.windows.get().outcome == "RUNNING"


def test_in_a_demonstration_readings_count_by_their_arrival(house):
    incident = proving(house, counts_from="received")
    for day in (-40, -39, -38):
        reading(house.series, day, 0.95, received=AT + HOUR)
    reading(house.series, -41, 0.5, received=AT - HOUR)

    judged(series_ids=[house.series.pk], at=AT + HOUR)

    assert incident.windows.get().outcome == "PASSED"


def test_the_sweep_judges_what_is_over(house):
    incident = proving(house, lasts_seconds=86400)

    sweep(at=AT + DAY)

    assert incident.windows.get().extended


def stopped(of, **rule):
    incident = adopted(
        of,
        type="suspend",
        verification=[
            {
                "stopped_seconds": 3600,
                "heartbeat_gap_seconds": 1800,
                **rule,
            }
        ],
    )
    do(incident, "confirm_action", of.executive, observed={"serving": False})
    return incident


def beat(of, *minutes):
    for minute in minutes:
        Heartbeat.objects.create(system=of.system, at=AT + dt.timedelta(minutes=minute))


def test_a_stop_is_proved_by_silence_while_the_gateway_lives(house):
    incident = stopped(house)
    beat(house, 10, 30, 50)

    judged(at=AT + HOUR)

    assert incident.windows.get().outcome == "PASSED"
    assert do(incident, "close", house.verifier, at=AT + HOUR).incident.state == CLOSED


def test_silence_without_a_heartbeat_proves_nothing(house):
    incident = stopped(house)

    judged(at=AT + HOUR)

    assert incident.windows.get().extended
    assert fresh(incident).state == VERIFICATION


def test_a_decision_after_the_stop_fails_the_proof(house):
    incident = stopped(house)
    beat(house, 10, 30, 50)
    DecisionEvent.objects.create(
        system=house.system,
        at=AT + dt.timedelta(minutes=20),
        event_id="e",
        version_label="2.3",
        environment="production",
        received_at=AT,
        batch_id="3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11",
    )

    judged(at=AT + HOUR)

    assert fresh(incident).state == DECISION


def test_t24_no_action_is_observed_and_closed_too(house):
    incident = bring(house, DECISION)
    do(incident, "keep_running", EVALUATOR)
    for day in (1, 2, 3):
        reading(house.series, day, 0.95)
    judged(series_ids=[house.series.pk], at=AT + 3 * DAY)

    done = do(incident, "close", house.verifier, at=AT + 3 * DAY, resolution="no_change")

    assert done.incident.state == CLOSED


def test_t24_with_a_document_waits_for_a_second_person(house):
    incident = bring(house, DECISION)
    do(
        incident,
        "keep_running",
        EVALUATOR,
        kind="continue",
        verification=[
            {"words": "Monthly minutes", "document_seconds": 86400},
        ],
    )

    before = incident.windows.get().outcome
    do(incident, "confirm_proof", house.executive)

    assert (before, incident.windows.get().outcome) == ("RUNNING", "PASSED")


@pytest.mark.parametrize(
    "type_",
    [
        "rollback",
        "suspend",
        "restrict",
        "pin",
        "adjust",
        "retire",
        "inform",
        "supplier_fix",
        "retrain",
    ],
)
def test_every_type_of_action_reaches_closed(house, type_):
    observed = {
        "rollback": {"version": "2.2"},
        "retrain": {"version": "2.2"},
        "suspend": {"serving": False},
        "restrict": {"restricted": True},
        "pin": {"version": "2.2"},
        "retire": {"serving": False},
    }.get(type_, {"done": True})
    more = {"target_version_id": house.good.pk} if type_ == "pin" else {}
    incident = adopted(house, type=type_, **more)

    do(incident, "confirm_action", house.executive, observed=observed)
    judged(at=AT)
    done = do(incident, "close", house.verifier)

    assert done.incident.state == CLOSED
    assert not Timer.objects.filter(
        subject_id=incident.pk,
        state="armed",
        kind__in=["incident.stage_deadline", "escalation.step"],
    ).exists()


def test_closing_signs_every_proof_and_keeps_the_lesson(house):
    incident = bring(house, CLOSED)

    assert incident.closed_at == AT
    assert incident.detection_gap == "The limit was too low."
    assert incident.lessons == "Watch scanners."
    verbs = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert {"record.signed", "incident.closed"} <= set(verbs)


def test_a_closed_cause_may_open_again_under_its_key(house):
    incident = bring(house, CLOSED, dedup_key="again")

    assert factory.opened(house, dedup_key="again").state == OPEN
    assert incident.state == CLOSED


def test_an_unfinished_transaction_of_a_receipt_leaves_nothing(house, monkeypatch):
    incident = adopted(house)

    def explode(**_):
        raise RuntimeError("the registry fell over")

    monkeypatch.setattr("incidents.services.commands.proofs.carry_over", explode)
    with pytest.raises(RuntimeError), transaction.atomic():
        callback(incident.actions.get(), gateway(), {"version": "2.2"})

    assert Action.objects.get().state == "ordered"
    assert ActionReceipt.objects.count() == 0
    assert fresh(incident).state == EXECUTION
