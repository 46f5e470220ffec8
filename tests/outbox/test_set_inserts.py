"""Rows inserted at once: by COPY where they are many, and none twice under a key (F3)."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from outbox.models import Message, Timer
from outbox.set_inserts import MANY, insert_rows

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def rows(count, *, since=0):
    """Timers under the keys k0, k1, …"""
    return [
        {
            "id": uuid.uuid4(), "kind": "x", "key": f"k{number}", "subject_id": uuid.uuid4(),
            "due_at": AT, "next_try_at": AT, "payload": {"text": "a\\b\t\n\"c\""}, "armed_at": AT,
        }
        for number in range(since, since + count)
    ]  # fmt: skip


@pytest.mark.parametrize("count", [MANY - 1, MANY])
def test_many_and_few_are_the_same_rows(count):
    insert_rows(Timer, rows(count), skip_known=False)

    timers = list(Timer.objects.all())
    assert len(timers) == count
    assert {(one.state, one.attempts, one.last_error, one.fired_at) for one in timers} == {
        ("armed", 0, "", None)
    }
    assert timers[0].payload == {"text": 'a\\b\t\n"c"'}


def test_a_known_key_stays_as_it_was_and_the_others_are_inserted():
    first = rows(MANY)
    insert_rows(Timer, first, skip_known=True)

    insert_rows(Timer, rows(MANY, since=MANY - 1), skip_known=True)

    assert Timer.objects.count() == 2 * MANY - 1
    assert Timer.objects.get(key=f"k{MANY - 1}").pk == first[-1]["id"]


def test_a_known_key_is_an_error_where_it_may_not_be():
    insert_rows(Timer, rows(MANY), skip_known=False)

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Timer, rows(MANY), skip_known=False)


def test_no_message_is_told_twice_under_a_key():
    message = {"key": "m", "channel": "mail", "address": "a@example.org", "next_attempt_at": AT,
               "created_at": AT}  # fmt: skip

    many = [{"id": uuid.uuid4(), **message} for _ in range(MANY)]
    insert_rows(Message, many, skip_known=True)

    assert Message.objects.get().payload is None
