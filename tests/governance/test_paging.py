"""Paging (workflow section 3, 'On call'): who is called, how often again, what an answer stops."""

import datetime as dt

import pytest

from governance.models import Call, CallAnswer, EscalationFiring, StepAcknowledgement
from governance.selectors.escalations import holders
from governance.services.acknowledgements import acknowledge_step
from governance.services.paging import answer_call, page
from ledger.context import acting_as
from ledger.rules.refusals import Forbidden
from ledger.selectors.lines import lines_of_incident
from outbox.contacts import contact_of
from outbox.models import Message, Timer
from outbox.services.sweeps import sweep
from tests.governance.organisation import AT, organised, read
from tests.incidents.factory import SETUP, acting, do, fresh

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.fixture
def of():
    """An organisation whose system is of medium tier."""
    return organised()


@pytest.fixture
def incident(of):
    """A moderate incident."""
    (opened,) = read(of)
    return opened


def called(incident, who):
    """How often somebody was called."""
    return Call.objects.filter(incident=incident, person=who).count()


def call_for(of, incident, *people, at=AT, key="limit"):
    """Call people as an engine does."""
    with acting_as(SETUP):
        return page(incident=incident, people=people, why="Stop the agent", key=key, at=at)


def answer(call, who, at):
    """Say 'I have it'."""
    with acting_as(acting(who)):
        return answer_call(call_id=call.pk, actor=acting(who), at=at)


def test_a_person_is_called_once_for_a_key(of, incident):
    first = call_for(of, incident, of.house.owner, of.house.deputy)
    again = call_for(of, incident, of.house.owner)

    assert (first, again) == (2, 0)
    assert called(incident, of.house.owner) == 1


def test_who_has_no_pager_is_mailed_at_once_with_the_verb_and_the_link(of, incident):
    call_for(of, incident, of.house.owner)

    call = Call.objects.get()
    told = Message.objects.get(key=f"call:{call.pk}")
    assert not contact_of(of.house.owner.pk).page
    assert told.subject == f"Stop the agent {incident.number}: {incident.title}"
    assert f"/calls/{call.pk}/" in told.body
    assert not told.held


def test_a_call_is_on_record_with_who_was_called(of, incident):
    call_for(of, incident, of.house.owner)

    verbs = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert "incident.paged" in verbs


def test_who_does_not_answer_is_called_again_and_never_forgotten(of, incident):
    call_for(of, incident, of.house.owner)

    at = AT
    for _ in range(14):
        at = Timer.objects.get(kind="paging.again", state="armed").due_at
        sweep(at=at)
    following = Timer.objects.get(kind="paging.again", state="armed").due_at

    assert called(incident, of.house.owner) == 15
    assert following - at == 8 * DAY


def test_an_answer_stops_the_calls_to_that_person_alone(of, incident):
    call_for(of, incident, of.house.owner, of.house.deputy)

    answer(Call.objects.get(person=of.house.owner), of.house.owner, AT + MINUTE)
    sweep(at=AT + 5 * MINUTE)

    assert called(incident, of.house.owner) == 1
    assert called(incident, of.house.deputy) == 2


def test_answering_twice_is_answering_once(of, incident):
    call_for(of, incident, of.house.owner)
    call = Call.objects.get()

    answer(call, of.house.owner, AT + MINUTE)
    answer(call, of.house.owner, AT + 2 * MINUTE)

    assert CallAnswer.objects.count() == 1


def test_nobody_answers_for_somebody_else(of, incident):
    call_for(of, incident, of.house.owner)

    with pytest.raises(Forbidden) as refusal:
        answer(Call.objects.get(), of.house.deputy, AT + MINUTE)

    assert refusal.value.who_can == (of.house.owner.name,)


def test_an_answer_stops_no_deadline_and_no_higher_level(of, incident):
    call_for(of, incident, of.house.owner)
    before = fresh(incident).stage_due_at

    answer(Call.objects.get(), of.house.owner, AT + MINUTE)

    steps = Timer.objects.filter(subject_id=incident.pk, kind="escalation.step", state="armed")
    assert fresh(incident).stage_due_at == before
    assert steps.filter(payload__stage="acknowledge").count() == 4


def test_moderate_wakes_nobody(of, incident):
    sweep(at=AT)

    assert EscalationFiring.objects.filter(incident=incident).exists()
    assert not Call.objects.exists()


# ---------------------------------------------------------------- 'I have it' lapses
def have_it(of, incident, at):
    """The owner takes the first step."""
    firing = EscalationFiring.objects.filter(incident=incident, level=0).earliest("pk")
    with acting_as(acting(of.house.owner)):
        acknowledge_step(
            incident_id=incident.pk,
            rule=firing.rule,
            step=firing.step,
            actor=acting(of.house.owner),
            at=at,
        )


def reminders(of, incident):
    """How many messages the owner got of the first step."""
    rows = Message.objects.filter(subject_id=incident.pk, person_id=of.house.owner.pk)
    return rows.filter(key__startswith="step:", key__contains="acknowledge@").count()


def next_reminder(incident):
    """When the first step reminds next."""
    rows = Timer.objects.filter(
        subject_id=incident.pk, state="armed", payload__step=0, payload__stage="acknowledge"
    )
    return rows.get(kind="escalation.step").due_at


def test_i_have_it_lapses_without_an_act_and_can_be_said_again(of, incident):
    sweep(at=AT)
    have_it(of, incident, AT + MINUTE)
    at = AT
    while at < AT + 2 * DAY + HOUR:
        at = next_reminder(incident)
        sweep(at=at)

    before = reminders(of, incident)
    have_it(of, incident, at + MINUTE)
    sweep(at=next_reminder(incident))

    assert before == 2
    assert reminders(of, incident) == 2
    assert StepAcknowledgement.objects.filter(person=of.house.owner).count() == 2


def test_an_act_on_the_case_keeps_it(of, incident):
    sweep(at=AT)
    have_it(of, incident, AT + MINUTE)
    firing = EscalationFiring.objects.get(incident=incident)
    asked = {"incident": incident, "rule": firing.rule, "step": 0, "lasts": 2 * DAY}

    without = holders(**asked, at=AT + 2 * DAY + HOUR)
    do(incident, "acknowledge", of.house.owner, at=AT + DAY)
    after = holders(**asked, at=AT + 2 * DAY + HOUR)

    assert without == (set(), {of.house.owner.pk})
    assert after == ({of.house.owner.pk}, set())
