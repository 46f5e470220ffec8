"""Times to stop and to roll back are KPI readings, written once it is confirmed (INC-8).

An emergency stop counts like one that was decided; roll backs are counted as they end.
"""

import datetime as dt

import pytest

from governance.services.action_times import ROLLED_BACK, TO_ROLL_BACK, TO_STOP
from incidents.rules.transitions import DECISION
from outbox.services.sweeps import sweep
from telemetry.models import DecisionEvent, Kpi, Measurement
from tests.incidents import factory
from tests.incidents.factory import AT, EVALUATOR, bring, do, gateway, order
from tests.incidents.test_receipts import callback
from tests.net import told

MINUTE = dt.timedelta(minutes=1)
BATCH = "3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11"


@told
def kpi(key, unit):
    """A KPI of the catalogue."""
    Kpi.objects.get_or_create(
        id=key,
        defaults={
            "name": key, "category": "agentic", "unit": unit, "better": "lower", "formula": "x",
            "window": "per event", "timing": "leading", "catalogue_version": "test",
        },
    )  # fmt: skip


@told
def told_window(window):
    """A proof that failed."""
    window.outcome = "FAILED"
    window.save(update_fields=["outcome"], at=AT + 2 * MINUTE)


@pytest.fixture
def house(db):
    """An organisation; the catalogue knows both times."""
    kpi(TO_STOP, "seconds")
    kpi(TO_ROLL_BACK, "minutes")
    kpi(ROLLED_BACK, "ratio")
    return factory.house()


def confirmed(of, observed, *, after=MINUTE, **changes):
    incident = bring(of, DECISION, **({"drill": True} if changes.pop("drill", False) else {}))
    do(incident, "adopt", EVALUATOR, actions=[order(incident, **changes)])
    callback(incident.actions.get(), gateway(), observed, at=AT + after)
    sweep(at=AT + after)
    return incident


def values(key):
    rows = Measurement.objects.filter(series__kpi_id=key).order_by("window_end")
    return [row.value for row in rows]


def test_a_stop_is_timed_from_the_order_to_its_confirmation(house):
    confirmed(house, {"serving": False}, type="suspend")

    assert values(TO_STOP) == [60.0]


def test_a_stop_is_timed_to_what_the_gateway_says_that_it_stood_at(house):
    stood = (AT + dt.timedelta(seconds=8)).isoformat()

    confirmed(house, {"serving": False, "stopped_at": stood}, type="suspend")

    assert values(TO_STOP) == [8.0]


def test_a_decision_after_the_stop_is_believed_more_than_the_gateway(house):
    DecisionEvent.objects.create(
        system=house.system, at=AT + dt.timedelta(seconds=40), event_id="late",
        environment="production", version_label="2.3", received_at=AT, batch_id=BATCH,
    )  # fmt: skip
    stood = (AT + dt.timedelta(seconds=8)).isoformat()

    confirmed(house, {"serving": False, "stopped_at": stood}, type="suspend")

    assert values(TO_STOP) == [40.0]


@pytest.mark.parametrize("said", ["soon", 7, None, "2026-11-16T08:00:00", "1999-01-01T00:00:00Z"])
def test_an_instant_that_cannot_be_is_not_believed(house, said):
    confirmed(house, {"serving": False, "stopped_at": said}, type="suspend")

    assert values(TO_STOP) == [60.0]


def test_a_roll_back_is_timed_in_minutes(house):
    confirmed(house, {"version": "2.2"}, after=15 * MINUTE)

    assert values(TO_ROLL_BACK) == [15.0]


def test_other_actions_are_not_timed(house):
    confirmed(house, {"restricted": True}, type="restrict")

    assert values(TO_STOP) == values(TO_ROLL_BACK) == []


def test_an_action_is_timed_once(house):
    confirmed(house, {"serving": False}, type="suspend")

    sweep(at=AT + 5 * MINUTE)

    assert len(values(TO_STOP)) == 1


def stopped(of, *, kind="stop", after=MINUTE):
    incident = bring(of, DECISION)
    do(incident, "emergency_contain", of.owner, kind=kind)
    row = incident.containments.get()
    do(
        incident, "confirm_containment", gateway(), at=AT + after,
        fields={"containment_id": row.pk, "nonce": row.nonce},
    )  # fmt: skip
    sweep(at=AT + after)
    return incident


def test_t23_an_emergency_stop_is_timed_too(house):
    stopped(house)

    assert values(TO_STOP) == [60.0]


def test_t23_an_emergency_stop_is_timed_to_its_last_decision(house):
    DecisionEvent.objects.create(
        system=house.system, at=AT + dt.timedelta(seconds=40), event_id="late",
        environment="production", version_label="2.3", received_at=AT, batch_id=BATCH,
    )  # fmt: skip

    stopped(house)

    assert values(TO_STOP) == [40.0]


def test_t23_a_restriction_is_no_stop(house):
    stopped(house, kind="restrict")

    assert values(TO_STOP) == []


def test_a_confirmed_roll_back_counts_as_one_that_held(house):
    confirmed(house, {"version": "2.2"})

    assert values(ROLLED_BACK) == [1.0]


def test_t15_a_roll_back_that_cannot_be_carried_out_counts_against_it(house):
    incident = confirmed(house, {"version": "2.1"})
    do(incident, "cannot_execute", house.engineer, at=AT + 2 * MINUTE)

    sweep(at=AT + 2 * MINUTE)

    assert values(ROLLED_BACK) == [0.0]


def test_t17_a_roll_back_whose_proof_fails_did_not_hold(house):
    incident = confirmed(house, {"version": "2.2"})
    window = incident.windows.get()
    told_window(window)
    do(incident, "verification_failed", house.verifier, at=AT + 2 * MINUTE)

    sweep(at=AT + 2 * MINUTE)

    assert values(ROLLED_BACK) == [1.0, 0.0]


def test_a_stop_leaves_the_rate_of_roll_backs_alone(house):
    confirmed(house, {"serving": False}, type="suspend")

    assert values(ROLLED_BACK) == []
