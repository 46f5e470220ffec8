"""Remediation programmes (INC-13): stated, carried out in batches, reconciled by two signatures."""

import datetime as dt

import pytest

from incidents.models import RemediationProgramme
from incidents.rules.transitions import CLOSED, DECISION, VERIFICATION
from incidents.selectors.programmes import programme_of
from incidents.services.programmes import plan_programme, record_batch
from incidents.services.reconciling import reconcile
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message
from outbox.services.sweeps import sweep
from tests.incidents.factory import AT, EVALUATOR, acting, bring, ceremony, do, fresh, order

DAY = dt.timedelta(days=1)
STATED = {
    "harm": "Claims were refused although they were covered.",
    "population_rule": "all claims refused by version 2.3 from 1 to 14 November",
    "population_source": "warehouse, table remediation.claims_2026_11",
    "population_sha256": "a" * 64,
    "population": 100,
    "affected_from": "2026-11-01T00:00:00Z",
    "affected_until": "2026-11-14T00:00:00Z",
    "method": "Decide again by hand and pay the difference.",
    "formula": "covered amount less what was paid",
    "estimate": "40000",
    "approved_amount": "50000.00",
    "currency": "EUR",
    "letter_version": "2",
}
BATCH = {
    "sent": 100,
    "answered": 95,
    "settled": 92,
    "unreachable": 4,
    "refused": 3,
    "amount": "36800.00",
    "evidence": "payment run 11",
}


def ordered(of):
    incident = bring(of, DECISION)
    do(incident, "adopt", EVALUATOR, actions=[order(incident, type="compensate")])
    return incident, incident.actions.get()


def stated(of, by=None, *, version=None, **changes):
    incident, action = ordered(of)
    state(of, action, by=by, version=version, **changes)
    return incident, action


def state(of, action, *, by=None, version=None, **changes):
    actor = acting(by or of.engineer)
    with acting_as(actor):
        return plan_programme(
            action_id=action.pk,
            values=STATED | changes,
            expected_version=version,
            actor=actor,
            at=AT,
        )


def batch(of, action, *, by=None, **changes):
    actor = acting(by or of.engineer)
    with acting_as(actor):
        return record_batch(action_id=action.pk, values=BATCH | changes, actor=actor, at=AT)


def signed(action, side, by, *, rest="8 cannot be found or refused."):
    actor = acting(by)
    with acting_as(actor):
        return reconcile(
            action_id=action.pk, side=side, rest=rest, ceremony=ceremony(), actor=actor, at=AT
        )


def test_a_programme_that_both_sides_signed_confirms_its_action(house):
    incident, action = stated(house)
    batch(house, action)

    signed(action, "finance", house.executive)
    signed(action, "compliance", house.verifier)

    action.refresh_from_db()
    assert (action.state, action.confirmed_by) == ("confirmed", house.verifier)
    assert incident.windows.get().outcome == "PASSED"
    assert RemediationProgramme.objects.get().state == "reconciled"


def test_one_signature_is_not_enough(house):
    _, action = stated(house)
    batch(house, action)

    signed(action, "finance", house.executive)

    action.refresh_from_db()
    assert action.state == "ordered"
    assert programme_of(action).waits_for == ["compliance"]


def test_finance_and_compliance_are_two_persons(house):
    _, action = stated(house)
    batch(house, action)
    signed(action, "finance", house.executive)

    with pytest.raises(Forbidden) as caught:
        signed(action, "compliance", house.executive)

    assert caught.value.code == "not_your_part"


def test_whoever_carries_it_out_does_not_sign_for_it(house):
    incident = bring(house, DECISION)
    executor = house.executive.pk
    do(
        incident,
        "adopt",
        EVALUATOR,
        actions=[order(incident, type="compensate", executor_id=executor)],
    )
    action = incident.actions.get()
    state(house, action, by=house.executive)
    batch(house, action, by=house.executive)

    with pytest.raises(Forbidden) as caught:
        signed(action, "finance", house.executive)

    assert caught.value.code == "not_separate"


def test_a_later_batch_needs_both_signatures_anew(house):
    _, action = stated(house)
    batch(house, action)
    signed(action, "finance", house.executive)

    batch(house, action, sent=0, answered=0, settled=1, unreachable=0, refused=0, amount="400")

    assert programme_of(action).waits_for == ["finance", "compliance"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sent": 90}, "86 of 100 are contacted; 95 % are needed"),
        ({"settled": 80}, "80 of 100 are settled; 90 % are needed"),
    ],
)
def test_nobody_signs_before_enough_are_contacted_and_settled(house, changes, words):
    _, action = stated(house)
    batch(house, action, **({"answered": 80, "settled": 80, "refused": 0} | changes))

    with pytest.raises(Conflict) as caught:
        signed(action, "finance", house.executive)

    assert words in caught.value.reason


def test_the_rest_is_given_with_reasons(house):
    _, action = stated(house)
    batch(house, action)

    with pytest.raises(Conflict, match="no reason is given"):
        signed(action, "finance", house.executive, rest="")


def test_a_confirmation_past_the_programme_is_kept_and_moves_nothing(house):
    incident, action = stated(house)
    counts = {"population": 100, "contacted": 100, "settled": 100}

    do(incident, "confirm_action", house.executive, observed=counts)

    action.refresh_from_db()
    assert action.state == "ordered"
    assert fresh(incident).state == VERIFICATION


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sent": 101}, "sent"),
        ({"unreachable": 101}, "unreachable"),
        ({"settled": 95, "refused": 3}, "settled"),
        ({"amount": "50000.01"}, "amount"),
        ({"amount": "a lot"}, "amount"),
        ({"amount": "1e400"}, "amount"),
        ({"sent": -1}, "sent"),
        ({"evidence": ""}, "evidence"),
        ({"evidence": "nul \x00"}, "evidence"),
        ({"evidence_sha256": "short"}, "evidence_sha256"),
    ],
)
def test_a_batch_that_cannot_be_is_refused_at_its_field(house, changes, field):
    _, action = stated(house)

    with pytest.raises(Invalid) as caught:
        batch(house, action, **changes)

    assert field in caught.value.fields


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"population": 0}, "population"),
        ({"population_sha256": "z" * 64}, "population_sha256"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "E1R"}, "currency"),
        ({"affected_until": "2026-10-01T00:00:00Z"}, "affected_until"),
        ({"approved_amount": "NaN"}, "approved_amount"),
        ({"names": "A. Person"}, "names"),
    ],
)
def test_a_statement_that_cannot_be_is_refused_at_its_field(house, changes, field):
    _, action = ordered(house)

    with pytest.raises(Invalid) as caught:
        state(house, action, **changes)

    assert field in caught.value.fields


def test_a_statement_is_changed_on_the_version_that_was_seen(house):
    _, action = stated(house)

    changed = state(house, action, version=1, approved_amount="60000")
    with pytest.raises(Conflict) as caught:
        state(house, action, version=1)

    assert changed.version == 2
    assert caught.value.code == "stale_version"


def test_a_stranger_to_the_programme_records_nothing(house):
    _, action = stated(house)

    with pytest.raises(Forbidden) as caught:
        batch(house, action, by=house.risk)

    assert house.engineer.name in caught.value.who_can


def test_every_step_is_told_by_an_entry_without_a_name_of_anybody_harmed(house):
    incident, action = stated(house)
    batch(house, action)
    signed(action, "finance", house.executive)

    verbs = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert {"programme.planned", "programme.batch_recorded", "programme.reconciled"} <= set(verbs)


def test_a_programme_that_is_not_planned_in_time_is_asked_for(house):
    incident, _ = ordered(house)

    sweep(at=AT + 40 * DAY)

    verbs = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert "programme.overdue" in verbs
    assert Message.objects.filter(key__contains=":plan:").exists()


def test_with_a_reconciled_programme_the_incident_closes(house):
    incident, action = stated(house)
    batch(house, action)
    signed(action, "finance", house.executive)
    signed(action, "compliance", house.compliance)

    assert do(incident, "close", house.verifier).incident.state == CLOSED
