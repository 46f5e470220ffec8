"""Interim measures (INC-F) and the evidence hold (T27, INC-J, INC-14)."""

import datetime as dt

import pytest

from incidents.models import EvidenceHold, InterimMeasure
from incidents.rules.containment import hold_fault_of
from incidents.rules.transitions import DECISION, EXECUTION, OPEN_STATES
from incidents.selectors.evidence_hold import hold_fault
from incidents.selectors.serving import serving_state
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Refused
from outbox.models import Message
from outbox.services.sweeps import sweep
from registry.models import LegalHold, OperatingControls
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    LONG_AGO,
    SETUP,
    bring,
    do,
    fresh,
    opened,
    order,
    plan,
)
from tests.net import told

HOUR = dt.timedelta(hours=1)
HELD = {"snapshot_ref": "backups/46", "immediate_protection_because": "It pays out still."}


@told
def controls(house, *measures):
    """Name interim measures in the operating controls of the house's system."""
    row = OperatingControls(
        system=house.system,
        version=1,
        state="in_force",
        author=house.deputy,
        approved_by=house.risk,
        approved_at=LONG_AGO,
        drafted_at=LONG_AGO,
        reason="as agreed",
        interim_measures=list(measures or ("route to human", "disable the refund tool")),
    )
    with acting_as(SETUP):
        row.save(force_insert=True, at=LONG_AGO)


@pytest.fixture
def measured_house(house):
    controls(house)
    return house


def subjects(who):
    return list(Message.objects.filter(person_id=who.pk).values_list("subject", flat=True))


def test_inc_f_the_owner_takes_a_measure_that_the_controls_name_and_compliance_is_told(
    measured_house,
):
    incident = opened(measured_house)

    do(incident, "take_interim", measured_house.owner)

    row = InterimMeasure.objects.get(incident=incident)
    assert (row.state, row.until_at) == ("standing", AT + 24 * HOUR)
    assert any(one.startswith("Look at the interim") for one in subjects(measured_house.compliance))
    state = serving_state(
        system=measured_house.system, environment="production", version=None, at=AT
    )
    assert (state.may_serve, state.restrictions) == (True, ["route to human"])


@pytest.mark.parametrize(("limit", "hours"), [("72h", 72), ("24h", 24)])
def test_a_measure_ends_by_itself_after_the_time_of_its_tier(measured_house, limit, hours):
    incident = opened(measured_house, plan=plan(limits={"interim_longest": limit}))
    do(incident, "take_interim", measured_house.owner)

    sweep(at=AT + (hours - 1) * HOUR)
    between = InterimMeasure.objects.get(incident=incident).state
    sweep(at=AT + hours * HOUR)

    assert (between, InterimMeasure.objects.get(incident=incident).state) == ("standing", "expired")
    assert any(one.startswith("Look at the ended") for one in subjects(measured_house.owner))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"measure": "raise the cut-off"}, "measure"),
        ({"hours": 25}, "hours"),
        ({"hours": 0}, "hours"),
    ],
)
def test_what_the_controls_do_not_name_or_lasts_too_long_is_refused(measured_house, changes, field):
    incident = opened(measured_house)

    with pytest.raises(Invalid) as caught:
        do(incident, "take_interim", measured_house.owner, **changes)

    assert set(caught.value.fields) == {field}


def test_inc_f_a_measure_never_holds_the_whole_system(house):
    controls(house, "switch off the whole system")
    incident = opened(house)

    with pytest.raises(Invalid, match="that is a stop"):
        do(incident, "take_interim", house.owner, measure="switch off the whole system")


def test_to_keep_a_measure_longer_takes_a_decision(measured_house):
    incident = opened(measured_house)
    do(incident, "take_interim", measured_house.owner)
    sweep(at=AT + 24 * HOUR)

    with pytest.raises(Conflict, match="takes a decision"):
        do(incident, "take_interim", measured_house.owner, at=AT + 25 * HOUR)


def test_without_operating_controls_there_is_no_measure_to_take(house):
    with pytest.raises(Conflict) as caught:
        do(opened(house), "take_interim", house.owner)

    assert caught.value.code == "no_measure_named"


def test_a_validator_takes_no_measure_and_may_end_one(measured_house):
    incident = opened(measured_house)
    with pytest.raises(Forbidden):
        do(incident, "take_interim", measured_house.compliance)
    do(incident, "take_interim", measured_house.owner)

    do(incident, "end_interim", measured_house.compliance)

    assert InterimMeasure.objects.get(incident=incident).state == "ended"


def test_nobody_ends_a_measure_as_if_it_ended_by_itself(measured_house):
    incident = opened(measured_house)
    do(incident, "take_interim", measured_house.owner)

    with pytest.raises(Invalid):
        do(incident, "end_interim", measured_house.owner, ground="expired")


@pytest.mark.parametrize("kind", ["rollback", "retrain", "reindex", "prompt_change",
                                  "log_deletion", "interim", "pin", "adjust"])  # fmt: skip
@pytest.mark.parametrize(
    ("parameters", "lacks"),
    [
        ({}, "snapshot"),
        ({"snapshot_ref": "backups/46"}, "authorities"),
        ({"authorities_informed_at": "2026-11-16T09:00:00Z"}, "snapshot"),
        ({"snapshot_ref": " ", "immediate_protection_because": "It harms."}, "snapshot"),
    ],
)
def test_inc_j_what_alters_the_system_needs_a_snapshot_and_a_reason(kind, parameters, lacks):
    assert lacks in hold_fault_of(kind, parameters)
    assert hold_fault_of(kind, HELD) == ""


@pytest.mark.parametrize("kind", ["suspend", "restrict", "stop", "inform", "compensate"])
def test_a_stop_is_never_held_up(kind):
    assert hold_fault_of(kind, {}) == ""


def test_a_hold_refuses_a_roll_back_without_a_snapshot_and_lets_one_with_it_pass(house):
    incident = bring(house, DECISION)
    do(incident, "set_hold", house.compliance)

    with pytest.raises(Refused, match="snapshot"):
        do(incident, "adopt", EVALUATOR)
    kept = [order(incident, parameters=HELD)]
    do(incident, "adopt", EVALUATOR, actions=kept)

    assert fresh(incident).state == EXECUTION


@pytest.mark.parametrize("state", OPEN_STATES)
def test_a_hold_never_refuses_the_emergency_stop(house, state):
    incident = bring(house, state)
    do(incident, "set_hold", house.compliance)

    result = do(incident, "emergency_contain", house.owner)

    assert result.incident.contained


def test_a_hold_never_refuses_a_suspension_that_a_committee_decided(house):
    incident = bring(house, DECISION)
    do(incident, "set_hold", house.compliance)

    do(incident, "adopt", EVALUATOR, actions=[order(incident, type="suspend")])

    assert fresh(incident).state == EXECUTION


def test_inc_j_under_a_hold_an_interim_measure_needs_a_snapshot_too(measured_house):
    incident = opened(measured_house)
    do(incident, "set_hold", measured_house.compliance)

    with pytest.raises(Conflict, match="snapshot"):
        do(incident, "take_interim", measured_house.owner)
    do(incident, "take_interim", measured_house.owner, **HELD)

    assert InterimMeasure.objects.get(incident=incident).parameters == HELD


def test_a_hold_of_another_open_case_of_the_system_counts_as_well(house):
    held = opened(house)
    do(held, "set_hold", house.risk)
    other = opened(house, title="Something else")

    assert held.number in hold_fault(other, "rollback", {})


def test_released_nothing_is_held_up_any_more_and_records_run_out_again(house):
    incident = opened(house)
    do(incident, "set_hold", house.compliance)
    legal = LegalHold.objects.get(incident_id=incident.pk)
    assert legal.ended_at is None

    do(incident, "release_hold", house.risk)

    legal.refresh_from_db()
    assert (hold_fault(incident, "rollback", {}), legal.ended_at) == ("", AT)
    assert EvidenceHold.objects.get(incident=incident).released_by == house.risk


def test_a_hold_is_a_validator_s_and_says_why(house):
    incident = opened(house)

    with pytest.raises(Forbidden):
        do(incident, "set_hold", house.owner)
    with pytest.raises(Invalid):
        do(incident, "set_hold", house.compliance, reason="")


def test_a_decided_restriction_takes_the_place_of_the_interim_measure(measured_house):
    incident = bring(measured_house, DECISION)
    do(incident, "take_interim", measured_house.owner)

    do(incident, "adopt", EVALUATOR, actions=[order(incident, type="restrict")])
    sweep(at=AT + 25 * HOUR)

    assert InterimMeasure.objects.get(incident=incident).state == "adopted"
