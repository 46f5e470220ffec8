"""Privileged notes: the record knows that they exist, and nobody else what they say."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from incidents.models import PrivilegedNote
from incidents.selectors.notes import count_notes, notes_for
from incidents.services.notes import write_note
from ledger.context import acting_as
from ledger.models import Disclosure, Entry
from ledger.rules.refusals import Forbidden, Invalid
from ledger.selectors.lines import lines_of_incident
from tests.incidents.factory import AT, acting, opened

pytestmark = pytest.mark.django_db
SECRET = "Counsel thinks that the clerk Brunhilde Quast will sue us."


def written(incident, by, text=SECRET):
    """Write a note as somebody."""
    actor = acting(by)
    with acting_as(actor):
        return write_note(incident_id=incident.pk, text=text, actor=actor, at=AT)


def test_the_ledger_knows_that_a_note_exists_and_not_what_it_says(house):
    incident = opened(house)

    note = written(incident, house.compliance)

    entry = Entry.objects.get(pk=note.entry_number)
    assert SECRET.encode() not in bytes(entry.body)
    (line,) = [one for one in lines_of_incident(incident_id=incident.pk) if one.number == entry.pk]
    assert line.words == "wrote a privileged note on"
    assert line.body["details"]["text"].startswith("withheld (")
    assert Disclosure.objects.get(value=SECRET).private


def test_compliance_and_the_author_read_it_and_nobody_else(house):
    incident = opened(house)
    written(incident, house.executive)

    read = {
        name: len(notes_for(incident=incident, user_id=getattr(house, name).pk, at=AT))
        for name in ("executive", "compliance", "owner", "risk", "auditor", "engineer")
    }

    assert read == {
        "executive": 1, "compliance": 1, "owner": 0, "risk": 0, "auditor": 0, "engineer": 0,
    }  # fmt: skip
    assert count_notes(incident=incident) == 1


def test_an_executive_does_not_read_what_another_wrote(house):
    incident = opened(house)
    written(incident, house.compliance)

    assert notes_for(incident=incident, user_id=house.executive.pk, at=AT) == []


@pytest.mark.parametrize("who", ["owner", "auditor", "engineer", "risk"])
def test_others_write_none(house, who):
    incident = opened(house)

    with pytest.raises(Forbidden, match="a compliance officer or an executive"):
        written(incident, getattr(house, who))


def test_a_note_says_something(house):
    with pytest.raises(Invalid):
        written(opened(house), house.compliance, text="  ")


def test_a_note_is_neither_changed_nor_removed(house):
    note = written(opened(house), house.compliance)

    for statement in ("UPDATE incidents_privilegednote SET text = 'x'", "DELETE FROM %s"):
        sql = statement.replace("%s", "incidents_privilegednote")
        refused = pytest.raises((IntegrityError, ProgrammingError))
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    assert PrivilegedNote.objects.get(pk=note.pk).text == SECRET
