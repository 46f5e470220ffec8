"""A privileged note is released by name: by its author and another officer, on record."""

import pytest

from incidents.models import NoteRelease
from incidents.selectors.releases import states_of_notes
from incidents.services.releases import agree_release, ask_release
from ledger.context import acting_as
from ledger.models import Disclosure, Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from tests.incidents.factory import AT, acting, opened
from tests.incidents.test_notes import SECRET, written

pytestmark = pytest.mark.django_db


def ask(note, by, *, recipient="The supervisor", reason="It explains the delay."):
    actor = acting(by)
    with acting_as(actor):
        return ask_release(note_id=note.pk, recipient=recipient, reason=reason, actor=actor, at=AT)


def agree(note, by):
    actor = acting(by)
    with acting_as(actor):
        return agree_release(note_id=note.pk, actor=actor, at=AT)


def test_a_note_is_released_by_its_author_and_a_validator(house):
    note = written(opened(house), house.executive)

    ask(note, house.executive)
    row = agree(note, house.risk)

    assert (row.recipient, row.by) == ("The supervisor", house.risk)
    assert not Disclosure.objects.get(value=SECRET).private
    assert Entry.objects.get(pk=row.entry_number).verb == "incident.note_released"


def test_what_is_asked_for_only_stays_shut(house):
    note = written(opened(house), house.executive)

    ask(note, house.executive)

    assert Disclosure.objects.get(value=SECRET).private


def test_releasing_one_note_opens_no_other(house):
    incident = opened(house)
    note = written(incident, house.compliance)
    written(incident, house.compliance, text="Another matter.")

    ask(note, house.compliance)
    agree(note, house.risk)

    assert Disclosure.objects.get(value="Another matter.").private


def test_only_the_author_asks(house):
    note = written(opened(house), house.executive)

    with pytest.raises(Forbidden) as caught:
        ask(note, house.compliance)

    assert caught.value.who_can == (house.executive.name,)


def test_the_author_does_not_agree_even_as_an_officer(house):
    note = written(opened(house), house.compliance)
    ask(note, house.compliance)

    with pytest.raises(Forbidden) as caught:
        agree(note, house.compliance)

    assert house.compliance.name not in caught.value.who_can
    assert house.risk.name in caught.value.who_can


@pytest.mark.parametrize("who", ["owner", "executive", "auditor", "engineer"])
def test_whoever_is_no_officer_does_not_agree(house, who):
    note = written(opened(house), house.compliance)
    ask(note, house.compliance)

    with pytest.raises(Forbidden):
        agree(note, getattr(house, who))

    assert NoteRelease.objects.count() == 1


def test_nothing_is_agreed_to_that_nobody_asked_for(house):
    note = written(opened(house), house.executive)

    with pytest.raises(Conflict) as caught:
        agree(note, house.compliance)

    assert caught.value.code == "not_asked"


def test_a_release_is_agreed_to_once(house):
    note = written(opened(house), house.executive)
    ask(note, house.executive)
    agree(note, house.compliance)

    with pytest.raises(Conflict) as caught:
        agree(note, house.risk)

    assert caught.value.code == "released_already"


@pytest.mark.parametrize("given", [{"recipient": " "}, {"reason": "x" * 2001}, {"reason": "a\x00"}])
def test_for_whom_and_why_are_said(house, given):
    note = written(opened(house), house.executive)

    with pytest.raises(Invalid) as caught:
        ask(note, house.executive, **given)

    assert set(caught.value.fields) == set(given)


def test_a_released_note_is_read_by_whoever_sees_the_incident(house):
    incident = opened(house)
    note = written(incident, house.executive)
    before = states_of_notes(incident=incident, person=house.owner, at=AT)
    ask(note, house.executive)
    agree(note, house.compliance)

    after = states_of_notes(incident=incident, person=house.owner, at=AT)

    assert list(before) == []
    assert [one.note for one in after] == [note]
