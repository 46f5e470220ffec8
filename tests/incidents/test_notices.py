"""Notices: the next party, once, with the one verb and the deadline in the subject."""

import datetime as dt

import pytest

from incidents.rules.notices import VERBS, notice
from incidents.rules.plan import STAGES, LadderStep
from incidents.rules.transitions import CLOSED, DECISION, EXECUTION, INVESTIGATING, VALIDATION
from ledger.selectors.lines import lines_of_incident
from outbox.models import Message
from outbox.services.sweeps import sweep
from tests.incidents import factory
from tests.incidents.factory import AT, bring, do, evidence, opened, plan

DAY = dt.timedelta(days=1)


def told(incident, subject=""):
    rows = Message.objects.filter(subject_id=incident.pk, channel="mail")
    return {row.person_id for row in rows if row.subject.startswith(subject)}


def test_a_subject_holds_the_verb_the_number_and_the_deadline_in_the_reader_s_zone():
    found = notice(
        task="validation",
        number="INC-2026-0041",
        title="Gap of 15 points",
        severity="major",
        due_at=dt.datetime(2026, 11, 23, 12, 20, tzinfo=dt.UTC),
        zone="Europe/Berlin",
        url="https://example.org/incidents/INC-2026-0041/",
    )

    assert found.subject == "Validate INC-2026-0041 by Mon 23 Nov 13:20 CET: Gap of 15 points"
    assert "2026-11-23 12:20 UTC" in found.body
    assert "https://example.org/incidents/INC-2026-0041/" in found.body


def test_instants_in_the_words_are_told_in_the_readers_zone_with_utc_beside():
    found = notice(
        task="ended_clock",
        number="INC-2026-0041",
        title="Gap of 15 points",
        severity="major",
        due_at=None,
        zone="America/New_York",
        url="https://example.org/",
        words="The clock counts from 2026-11-23 02:20 UTC; not from 2026-13-40 99:99 UTC.",
    )

    assert "from Sun 22 Nov 21:20 EST (2026-11-23 02:20 UTC); not" in found.body
    assert "not from 2026-13-40 99:99 UTC." in found.body


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_its_verb(stage):
    assert VERBS[stage]


def test_submitted_findings_call_the_validators_who_may(house):
    factory.grant(house.owner, "compliance", unit=house.unit)

    incident = bring(house, VALIDATION)

    assert told(incident, "Validate") == {house.compliance.pk, house.risk.pk, house.verifier.pk}


@pytest.mark.django_db
def test_after_the_first_of_two_reviews_the_other_line_is_called():
    of = factory.house(risk_tier="high")
    incident = bring(of, VALIDATION)
    Message.objects.all().delete()

    do(incident, "validate", of.compliance)

    assert told(incident, "Validate") == {of.risk.pk}


def test_returned_findings_call_the_owner_with_what_is_missing(house):
    incident = bring(house, VALIDATION)

    do(incident, "return_to_owner", house.compliance)

    message = Message.objects.get(subject_id=incident.pk, subject__startswith="Complete")
    assert message.person_id == house.owner.pk
    assert "Incomplete." in message.body


def test_whoever_acknowledged_is_not_told_of_it(house):
    assert told(bring(house, INVESTIGATING)) == set()


def test_a_validated_case_calls_the_secretary(house):
    assert told(bring(house, DECISION), "Decide") == {house.secretary.pk}


def test_an_adopted_decision_calls_each_executor_for_each_action(house):
    assert told(bring(house, EXECUTION), "Carry out") == {house.engineer.pk}


def test_a_closed_case_is_told_to_its_owner_and_deputy(house):
    incident = bring(house, CLOSED)

    assert told(incident, "For your information") == {house.owner.pk, house.deputy.pk}


def test_a_stage_whose_ladder_begins_with_it_is_told_by_the_ladder(house):
    begins = plan(ladder=(LadderStep(0, "0%", ("responsible",)),))

    incident = bring(house, VALIDATION, plan=begins)

    assert told(incident, "Validate") == set()


def test_a_suppressed_incident_tells_nobody(house):
    incident = opened(house, suppressed=True)

    do(incident, "acknowledge", house.owner)
    evidence(incident, house.owner)
    do(incident, "submit_findings", house.owner)

    assert told(incident) == set()


def test_a_deactivated_person_is_not_told(house):
    house.risk.is_active = False
    with factory.acting_as(factory.SETUP):
        house.risk.save()

    assert house.risk.pk not in told(bring(house, VALIDATION), "Validate")


def test_a_passed_deadline_is_on_record_once_and_calls_who_is_responsible(house):
    incident = opened(house, severity="major")

    sweep(at=AT + DAY)
    sweep(at=AT + DAY)

    overdue = [
        line.body["details"]["stage"]
        for line in lines_of_incident(incident_id=incident.pk)
        if line.verb == "incident.stage_overdue"
    ]
    assert sorted(overdue) == ["acknowledge", "first_assessment"]
    assert told(incident, "Acknowledge") == {house.owner.pk, house.deputy.pk}


def test_a_stage_that_was_left_in_time_is_never_overdue(house):
    incident = bring(house, INVESTIGATING, severity="major")
    do(incident, "first_assessment", house.owner)
    evidence(incident, house.owner)
    do(incident, "submit_findings", house.owner)

    sweep(at=AT + dt.timedelta(hours=20))

    verbs = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert "incident.stage_overdue" not in verbs


def test_a_validation_that_is_late_calls_the_validators(house):
    incident = bring(house, VALIDATION, severity="major")
    Message.objects.all().delete()

    sweep(at=AT + 5 * DAY)

    assert told(incident, "Validate") >= {house.compliance.pk, house.risk.pk}
