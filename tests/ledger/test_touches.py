"""What is saved waits for the next entry of its own transaction, and for no other."""

import datetime as dt

import pytest
from django.db import transaction

from ledger import touches
from ledger.models import Entry
from ledger.rules.actors import machine
from ledger.services.entries import append_entry

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.bypass


def write():
    """Write an entry and return the keys that it took along."""
    number = append_entry(
        verb="request.refused", actor=machine("x"), at=AT, subject=("request", "1", "x")
    )
    return Entry.objects.get(pk=number).touched


def test_the_next_entry_takes_what_was_saved_and_the_one_after_does_not(own_database):
    with transaction.atomic():
        touches.note_keys(["t:1", "t:2", "t:1"])

        assert (write(), write()) == (["t:1", "t:2"], [])


@pytest.mark.full
def test_what_was_rolled_back_waits_for_no_later_transaction(own_database):
    with pytest.raises(RuntimeError), transaction.atomic():
        touches.note_keys(["t:1"])
        raise RuntimeError

    with transaction.atomic():
        touches.note_keys(["t:2"])

        assert write() == ["t:2"]


@pytest.mark.full
def test_what_nobody_told_ends_with_its_transaction(own_database):
    with transaction.atomic():
        touches.note_keys(["t:1"])

    with transaction.atomic():
        assert write() == []


@pytest.mark.full
def test_a_savepoint_that_was_rolled_back_leaves_nothing(own_database):
    with transaction.atomic():
        with pytest.raises(RuntimeError), transaction.atomic():
            touches.note_keys(["t:1"])
            raise RuntimeError

        assert write() == []


@pytest.mark.full
def test_a_savepoint_that_was_kept_tells_the_outer_one(own_database):
    with transaction.atomic():
        with transaction.atomic():
            touches.note_keys(["t:1"])

        assert write() == ["t:1"]


@pytest.mark.full
def test_outside_a_transaction_nothing_waits(own_database):
    touches.note_keys(["t:1"])

    with transaction.atomic():
        assert write() == []
