"""Every refusal says why, and who can instead; the order of the checks is that of the law."""

import datetime as dt
import uuid

import pytest

from incidents.models import Transition
from incidents.rules.transitions import (
    CLOSED,
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    VALIDATION,
    VERIFICATION,
)
from incidents.selectors.gates import possible_commands, refusal_for, who_may_act
from incidents.services.commands import execute
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing, Refused
from registry.models import Delegation
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    LONG_AGO,
    SETUP,
    acting,
    bring,
    ceremony,
    do,
    evidence,
    fresh,
    gateway,
    grant,
    opened,
    person,
    usual_fields,
)


def delegate(principal, to, *, from_at=LONG_AGO, until_at=AT + dt.timedelta(days=30)):
    row = Delegation(
        principal=principal, delegate=to, from_at=from_at, until_at=until_at, reason="leave"
    )
    with acting_as(SETUP):
        row.save(force_insert=True)
    return row


def refused(kind, *arguments, **changes):
    with pytest.raises(kind) as caught:
        do(*arguments, **changes)
    return caught.value


def test_the_owner_cannot_validate_their_own_findings(house):
    grant(house.owner, "compliance", unit=house.unit)
    incident = bring(house, VALIDATION)

    refusal = refused(Forbidden, incident, "validate", house.owner)

    assert refusal.reason == "You cannot validate this: you submitted its findings."
    assert refusal.code == "not_separate"
    assert house.compliance.name in refusal.who_can
    assert house.owner.name not in refusal.who_can
    assert refusal.recorded
    assert refusal.subject == ("incident", str(incident.pk), incident.number)


def test_an_owner_is_told_first_that_they_submitted_what_they_would_validate(house):
    incident = bring(house, VALIDATION)

    refusal = refused(Forbidden, incident, "validate", house.owner)

    assert refusal.code == "not_separate"
    assert "you submitted its findings" in refusal.reason


def test_a_stranger_to_the_case_is_told_whose_part_it_is(house):
    incident = bring(house, VALIDATION)

    refusal = refused(Forbidden, incident, "validate", house.secretary)

    assert refusal.code == "not_your_part"
    assert "that takes a compliance or risk officer" in refusal.reason


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (OPEN, "acknowledge"),
        (INVESTIGATING, "add_evidence"),
        (INVESTIGATING, "submit_findings"),
        (VALIDATION, "validate"),
        (VALIDATION, "return_to_owner"),
        (EXECUTION, "confirm_action"),
        (VERIFICATION, "close"),
    ],
)
def test_an_auditor_reads_everything_and_changes_nothing(house, state, command):
    incident = bring(house, state)

    refusal = refused(Forbidden, incident, command, house.auditor)

    assert refusal.code == "auditor_reads_only"
    assert "changes nothing" in refusal.reason
    assert refusal.who_can
    assert refusal.recorded


def test_an_auditor_with_another_role_still_changes_nothing(house):
    grant(house.auditor, "compliance", unit=house.unit)
    incident = bring(house, VALIDATION)

    assert refused(Forbidden, incident, "validate", house.auditor).code == "auditor_reads_only"


def test_somebody_without_any_part_sees_nothing(house):
    incident = opened(house)

    refusal = refused(Missing, incident, "acknowledge", house.stranger)

    assert refusal.status == 404
    assert not refusal.recorded


def test_a_deactivated_person_sees_nothing(house):
    incident = opened(house)
    house.owner.is_active = False
    with acting_as(SETUP):
        house.owner.save()

    refused(Missing, incident, "acknowledge", house.owner)


def test_there_is_no_incident_of_an_unknown_id(house):
    incident = opened(house)
    incident.pk = uuid.uuid4()

    refused(Missing, incident, "acknowledge", house.owner)


def test_there_is_no_unknown_command(house):
    refused(Missing, opened(house), "explode", house.owner, fields={})


@pytest.mark.parametrize("command", ["adopt", "keep_running", "lapse", "join_breach"])
def test_nobody_gives_by_hand_what_follows_from_a_decision_or_readings(house, command):
    incident = bring(house, DECISION)

    refusal = refused(Forbidden, incident, command, house.compliance)

    assert "nobody does it by hand" in refusal.reason


def test_a_stale_version_is_a_conflict_with_the_present_state(house):
    incident = opened(house)
    seen = incident.version
    do(incident, "raise_severity", house.owner, version=seen)

    refusal = refused(Conflict, incident, "acknowledge", house.owner, version=seen)

    assert refusal.status == 409
    assert refusal.code == "stale_version"
    assert refusal.extra["present"] == {
        "number": incident.number,
        "state": OPEN,
        "state_words": "Open",
        "version": seen + 1,
    }


def test_a_stale_page_is_told_before_the_state_is_looked_at(house):
    incident = opened(house)
    do(incident, "acknowledge", house.owner)

    refusal = refused(Conflict, incident, "acknowledge", house.owner, version=1)

    assert refusal.code == "stale_version"


def test_a_signing_command_without_a_ceremony_is_refused(house):
    incident = bring(house, VALIDATION)

    refusal = refused(Forbidden, incident, "validate", house.compliance, signed=False)

    assert refusal.code == "signature_required"
    assert fresh(incident).state == VALIDATION


def test_a_stale_ceremony_signs_nothing(house):
    incident = bring(house, VALIDATION)
    actor = acting(house.compliance)

    with acting_as(actor), pytest.raises(Forbidden) as caught:
        execute(
            command="validate",
            incident_id=incident.pk,
            actor=actor,
            at=AT + dt.timedelta(minutes=6),
            expected_version=None,
            idempotency_key=None,
            payload=usual_fields("validate", incident),
            signature=ceremony(AT),
        )

    assert caught.value.code == "reauthentication_needed"


@pytest.mark.parametrize("command", ["acknowledge", "raise_severity", "add_evidence"])
def test_a_service_token_does_no_person_s_part(house, command):
    refusal = refused(Forbidden, opened(house), command, gateway())

    assert "a service token cannot act as a person" in refusal.reason


def test_missing_fields_are_all_named_at_once(house):
    refusal = refused(Invalid, opened(house), "acknowledge", house.owner, fields={"x": 1})

    assert set(refusal.fields) == {
        "person_harmed",
        "rights_affected",
        "personal_data",
        "critical_service",
        "x",
    }


def test_fields_are_looked_at_last(house):
    incident = bring(house, VALIDATION)

    refused(Forbidden, incident, "validate", house.owner, fields={})


def test_findings_need_evidence_in_the_full_form(house):
    incident = bring(house, INVESTIGATING, severity="major")

    refusal = refused(Conflict, incident, "submit_findings", house.owner)
    evidence(incident, house.owner)
    done = do(incident, "submit_findings", house.owner)

    assert refusal.code == "evidence_missing"
    assert done.incident.state == VALIDATION


def test_seg_01_a_delegate_of_the_owner_is_the_owner_s_side(house):
    delegate(house.owner, house.compliance)
    incident = bring(house, VALIDATION)

    refusal = refused(Forbidden, incident, "validate", house.compliance)

    assert refusal.reason == (
        f"You cannot validate this: you act for {house.owner.name}, who submitted its findings."
    )


def test_a_delegation_that_ended_before_the_onset_binds_nobody(house):
    delegate(house.owner, house.compliance, until_at=AT - dt.timedelta(days=10))
    incident = bring(house, VALIDATION)

    done = do(incident, "validate", house.compliance)

    assert done.incident.state == DECISION


def test_a_delegate_of_the_owner_acknowledges_and_the_record_says_for_whom(house):
    helper = person(unit=house.unit)
    delegate(house.owner, helper)
    incident = opened(house)

    transition = do(incident, "acknowledge", helper).transition

    assert transition.on_behalf_of == house.owner
    assert transition.role == f"owner, for {house.owner.name}"
    assert incident.participations.get(act="acknowledged").as_delegate_of == house.owner


def test_nobody_acts_for_a_person_who_gave_no_delegation(house):
    incident = opened(house)

    refusal = refused(
        Forbidden, incident, "acknowledge", house.executive, on_behalf_of=house.owner.pk
    )

    assert refusal.code == "no_delegation"


def test_seg_02_a_former_owner_since_the_onset_cannot_verify(house):
    former, house.system.owner = house.system.owner, person(unit=house.unit)
    with acting_as(SETUP):
        house.system.save()
    grant(former, "compliance", unit=house.unit)
    house.owner = house.system.owner
    incident = bring(house, VERIFICATION)

    refusal = refused(Forbidden, incident, "close", former)

    assert refusal.reason == "You cannot verify and close this: you own the system."


@pytest.mark.parametrize(
    ("who", "word"),
    [
        ("engineer", "you carry out its action"),
        ("owner", "you submitted its findings"),
    ],
)
def test_the_verifier_is_neither_executor_nor_submitter(house, who, word):
    grant(getattr(house, who), "risk", unit=house.unit)
    incident = bring(house, VERIFICATION)

    assert word in refused(Forbidden, incident, "close", getattr(house, who)).reason


def test_seg_09_the_second_person_of_a_confirmation_is_not_the_executor(house):
    incident = bring(house, EXECUTION)

    refusal = refused(Forbidden, incident, "confirm_action", house.engineer)

    assert refusal.reason == "You cannot confirm an action of this: you carry out its action."


def test_the_gate_lists_who_may_first_and_says_why_others_may_not(house):
    grant(house.owner, "compliance", unit=house.unit)
    incident = bring(house, VALIDATION)

    rows = {row.person: row for row in who_may_act(incident=incident, at=AT)}

    assert rows[house.compliance].may
    assert rows[house.compliance].reason == "validate, return"
    assert not rows[house.owner].may
    assert rows[house.owner].reason == "submitted its findings"
    assert house.stranger not in rows


@pytest.mark.parametrize(
    "state", [OPEN, INVESTIGATING, VALIDATION, EXECUTION, VERIFICATION, CLOSED]
)
def test_a_page_says_beforehand_what_the_command_would_say(house, state):
    incident = bring(house, state)
    people = (house.owner, house.compliance, house.engineer, house.auditor, house.stranger)

    for who in people:
        for possible in possible_commands(incident=incident, user=who, at=AT):
            try:
                do(incident, possible.command.name, who, fields={"unknown": 1})
                found = None
            except Invalid:
                found = None
            except Refused as refusal:
                found = refusal.reason
            told = possible.refusal.reason if possible.refusal else None
            assert told == found, (who.name, possible.command.name)


def test_a_refused_command_leaves_nothing_behind(house):
    incident = bring(house, VALIDATION)
    before = Transition.objects.filter(incident=incident).count()

    refused(Forbidden, incident, "validate", house.owner)
    refused(Invalid, incident, "validate", house.compliance, severity="enormous")

    assert Transition.objects.filter(incident=incident).count() == before
    assert fresh(incident).version == incident.version


def test_refusal_for_agrees_with_who_may(house):
    incident = bring(house, VALIDATION)

    may = refusal_for(command="validate", incident=incident, user=house.risk, at=AT)
    may_not = refusal_for(command="validate", incident=incident, user=house.engineer, at=AT)

    assert may is None
    assert may_not.code == "not_your_part"


def test_a_replay_returns_the_first_result_and_changes_nothing(house):
    incident = opened(house)
    first = do(incident, "acknowledge", house.owner, version=1, key="k-1")

    again = do(incident, "acknowledge", house.owner, version=1, key="k-1")

    assert again.replayed
    assert again.transition.pk == first.transition.pk
    assert fresh(incident).version == 2
    assert incident.questions.count() == 1


@pytest.mark.parametrize("changes", [{"person_harmed": "yes"}, {"by": "deputy"}])
def test_a_key_belongs_to_one_request_of_one_person(house, changes):
    incident = opened(house)
    do(incident, "acknowledge", house.owner, key="k-1")
    by = getattr(house, changes.pop("by", "owner"))

    refusal = refused(Conflict, incident, "acknowledge", by, key="k-1", **changes)

    assert refusal.code == "idempotency_key_reused"


def test_an_engine_s_command_is_idempotent_too(house):
    incident = opened(house)
    do(incident, "join_breach", EVALUATOR, key="b-1")

    assert do(incident, "join_breach", EVALUATOR, key="b-1").replayed
