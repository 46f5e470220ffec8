"""'Ask them': one notice to those who can, at most one a person and hour (workflow section 3)."""

import datetime as dt

import pytest

from incidents.models import Ask
from incidents.rules.transitions import INVESTIGATING, VALIDATION
from incidents.services.asks import ask_who_can
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Missing
from outbox.models import Message
from tests.incidents.factory import AT, EVALUATOR, acting, bring, do, opened

pytestmark = pytest.mark.django_db


def asked(incident, command, by, *, at=AT):
    """Ask those who can, as a person."""
    actor = acting(by)
    with acting_as(actor):
        return ask_who_can(incident_id=incident.pk, command=command, actor=actor, at=at)


def test_those_who_can_get_one_notice_that_names_the_step_and_the_asker(house):
    incident = bring(house, INVESTIGATING)
    do(incident, "add_evidence", house.owner)

    people = asked(incident, "submit_findings", house.compliance)

    mails = Message.objects.filter(key__contains=":asked:submit_findings:")
    assert {one.pk for one in people} == {house.owner.pk, house.deputy.pk}
    assert {one.person_id for one in mails} == {one.pk for one in people}
    assert all(one.subject.startswith("Submit the findings of") for one in mails)
    assert all(house.compliance.name in one.body for one in mails)


def test_nobody_is_asked_twice_within_an_hour(house):
    incident = opened(house)
    asked(incident, "acknowledge", house.compliance)

    with pytest.raises(Conflict) as caught:
        asked(incident, "acknowledge", house.risk, at=AT + dt.timedelta(minutes=59))
    again = asked(incident, "acknowledge", house.risk, at=AT + dt.timedelta(minutes=61))

    assert caught.value.code == "asked_already"
    assert len(again) == 2


def test_an_ask_is_on_record_with_whom(house):
    incident = opened(house)

    asked(incident, "acknowledge", house.compliance)

    rows = Ask.objects.filter(incident=incident)
    entry = Entry.objects.get(pk=rows[0].entry_number)
    assert entry.verb == "incident.asked"
    assert {row.asked for row in rows} == {house.owner, house.deputy}


def test_whoever_can_do_it_asks_nobody(house):
    incident = opened(house)

    with pytest.raises(Conflict) as caught:
        asked(incident, "acknowledge", house.owner)

    assert caught.value.code == "you_can"


def test_what_the_state_does_not_allow_is_not_asked_for(house):
    incident = opened(house)

    with pytest.raises(Conflict) as caught:
        asked(incident, "validate", house.owner)

    assert caught.value.code == "state_does_not_allow"


def test_where_nobody_can_the_parts_are_named(house):
    incident = bring(house, VALIDATION)
    for person in (house.compliance, house.risk, house.verifier):
        person.is_active = False
        with acting_as(EVALUATOR):
            person.save(update_fields=["is_active"], at=AT)

    with pytest.raises(Conflict) as caught:
        asked(incident, "return_to_owner", house.owner)

    assert caught.value.code == "nobody_can"
    assert caught.value.who_can == ("a compliance or risk officer",)


def test_a_stranger_and_a_machine_ask_nobody(house):
    incident = opened(house)

    with pytest.raises(Missing):
        asked(incident, "acknowledge", house.stranger)
    with acting_as(EVALUATOR), pytest.raises(Forbidden):
        ask_who_can(incident_id=incident.pk, command="acknowledge", actor=EVALUATOR, at=AT)


@pytest.mark.parametrize("command", ["adopt", "follow_parent", "nonsense"])
def test_what_nobody_gives_by_hand_is_not_asked_for(house, command):
    incident = opened(house)

    with pytest.raises(Missing) as caught:
        asked(incident, command, house.owner)

    assert caught.value.code == "unknown_command"


def test_an_auditor_asks_for_nothing(house):
    incident = opened(house)

    with pytest.raises(Forbidden, match="auditor"):
        asked(incident, "acknowledge", house.auditor)

    assert not Ask.objects.exists()
