"""Many entries at once are each what one entry is: whole, numbered, waiting for sealing."""

import datetime as dt
import uuid

import orjson
import pytest

from ledger.context import acting_as
from ledger.models import Disclosure, Entry, Queue
from ledger.rules.actors import machine
from ledger.rules.commitments import Personal
from ledger.services.entries import ActorMismatch, OutsideTransaction, append_entry
from ledger.services.entry_sets import Draft, append_entries

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
SWEEP = machine("sweep")


def draft(number, **changes):
    """An entry about the incident of a number."""
    arguments = {
        "verb": "request.refused",
        "subject": ("request", str(number), f"POST /{number}"),
        "incident_id": uuid.UUID(int=number),
        "details": {"number": number},
    }
    return Draft(**(arguments | changes))


@pytest.mark.django_db
def test_each_draft_knows_its_own_number():
    numbers = append_entries(drafts=[draft(n) for n in range(50)], actor=SWEEP, at=AT)

    bodies = {entry.pk: orjson.loads(bytes(entry.body)) for entry in Entry.objects.all()}
    assert [bodies[number]["details"]["number"] for number in numbers] == list(range(50))
    assert numbers == sorted(numbers)


@pytest.mark.django_db
def test_the_bytes_are_those_of_an_entry_written_alone():
    person = Personal("Ada", subject=str(uuid.UUID(int=7)))
    one = draft(1, details={"who": person, "at": AT}, reason="because")

    (number,) = append_entries(drafts=[one], actor=SWEEP, at=AT)
    alone = append_entry(
        verb=one.verb,
        actor=SWEEP,
        at=AT,
        subject=one.subject,
        incident_id=one.incident_id,
        details=one.details,
        reason=one.reason,
    )

    first, second = Entry.objects.get(pk=number), Entry.objects.get(pk=alone)
    assert bytes(first.body) == bytes(second.body)
    assert (first.incident_id, first.object_label) == (second.incident_id, second.object_label)
    assert Disclosure.objects.filter(value="Ada").count() == 1


@pytest.mark.django_db
def test_every_one_waits_for_sealing():
    numbers = append_entries(drafts=[draft(n) for n in range(5)], actor=SWEEP, at=AT)

    assert set(Queue.objects.values_list("entry_id", flat=True)) >= set(numbers)


@pytest.mark.django_db
def test_a_verb_that_nobody_registered_stops_them_all():
    with pytest.raises(KeyError, match="not registered"):
        append_entries(drafts=[draft(1), draft(2, verb="cat.fed")], actor=SWEEP, at=AT)

    assert Entry.objects.count() == 0


def test_entries_outside_a_transaction_are_refused(own_database):
    with pytest.raises(OutsideTransaction):
        append_entries(drafts=[draft(1)], actor=SWEEP, at=AT)

    assert Entry.objects.count() == 0


@pytest.mark.django_db
def test_somebody_else_than_who_acts_is_refused():
    with acting_as(machine("evaluator")), pytest.raises(ActorMismatch):
        append_entries(drafts=[draft(1)], actor=SWEEP, at=AT)
