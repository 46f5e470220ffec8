"""Governed records: saved only while somebody acts, with a readable history, never set-wise."""

import datetime as dt

import pytest

from ledger.context import acting_as
from ledger.governed import BypassRefused, Unattributed
from ledger.rules.actors import Actor, machine
from ledger.services.bulk import audited_bulk
from registry.models import WorkCalendar

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
PERSON = Actor(
    kind="person",
    id="0d2a3f3e-1111-4222-8333-444455556666",
    name="Maren Vogt",
    channel="web",
    request_id="r1",
)


def calendar(name="Hamburg"):
    return WorkCalendar(name=name, zone="Europe/Berlin", hours={"1": [["09:00", "17:00"]]})


@pytest.mark.django_db
def test_a_save_that_nobody_answers_for_is_refused():
    with pytest.raises(Unattributed):
        calendar().save()


@pytest.mark.django_db
def test_the_history_knows_who_and_through_which_request():
    with acting_as(PERSON):
        record = calendar()
        record.save()

    row = record.history.get()
    assert str(row.history_user_id) == PERSON.id
    assert (row.history_actor, row.history_channel, row.history_request_id) == (
        "Maren Vogt",
        "web",
        "r1",
    )


@pytest.mark.django_db
def test_a_machine_stands_in_the_history_by_name():
    with acting_as(machine("sweep")):
        record = calendar()
        record.save()

    row = record.history.get()
    assert (row.history_user_id, row.history_actor) == (None, "sweep")


@pytest.mark.django_db
def test_what_changed_since_it_was_remembered_is_named_also_within_a_value():
    record = calendar()
    record.remember()

    record.zone = "UTC"
    record.hours["2"] = []

    assert record.changed() == ["zone", "hours"]


@pytest.mark.django_db
def test_without_a_memory_everything_is_written():
    assert calendar().changed() is None


@pytest.mark.django_db
def test_a_save_is_remembered():
    with acting_as(PERSON):
        record = calendar()
        record.remember()
        record.zone = "UTC"
        record.save()

    assert record.changed() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bypass",
    [
        lambda: WorkCalendar.objects.update(name="x"),
        lambda: WorkCalendar.objects.all().delete(),
        lambda: WorkCalendar.objects.bulk_create([calendar()]),
        lambda: WorkCalendar.objects.bulk_update([], ["name"]),
        lambda: calendar().delete(),
    ],
)
def test_set_wise_writes_and_deletes_are_refused(bypass):
    with acting_as(PERSON), pytest.raises(BypassRefused):
        bypass()


@pytest.mark.django_db
def test_the_audited_helper_allows_set_wise_writes_with_a_reason():
    with acting_as(PERSON):
        calendar().save()
        with audited_bulk(reason="import of 2026-11", actor=PERSON, at=AT):
            changed = WorkCalendar.objects.update(name="Bremen")

    assert changed == 1


@pytest.mark.django_db
def test_the_audited_helper_wants_a_reason():
    with (
        acting_as(PERSON),
        pytest.raises(ValueError, match="reason"),
        audited_bulk(reason=" ", actor=PERSON, at=AT),
    ):
        pass
