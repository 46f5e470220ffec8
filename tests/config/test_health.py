"""What a watchman outside is told: the database answers, timers fire, the ledger is sealed."""

import datetime as dt

import pytest
from django.conf import settings

from outbox import clock
from tests.ledger.sealed import sealed, write

pytestmark = pytest.mark.django_db
LATE = dt.timedelta(seconds=11 * settings.LEDGER_SEAL_SECONDS)


def health(client):
    answer = client.get("/health/")
    return answer.status_code, answer.json()


def test_all_is_well_where_nothing_waits(client):
    sealed()

    status, told = health(client)

    assert status == 200
    assert (told["ok"], told["sealing"], told["unsealed_since"]) == (True, True, None)


def test_an_entry_that_waits_ten_times_too_long_is_told(client):
    sealed()
    written_at = clock.now() - LATE
    write(at=written_at)

    status, told = health(client)

    assert status == 503
    assert (told["ok"], told["sealing"]) == (False, False)
    assert told["unsealed_since"] == written_at.isoformat()


def test_an_entry_that_was_written_just_now_is_no_alarm(client):
    sealed()
    write(at=clock.now())

    status, told = health(client)

    assert (status, told["sealing"]) == (200, True)


def test_a_log_that_was_never_opened_is_no_alarm(client):
    write(at=clock.now() - LATE)

    status, told = health(client)

    assert (status, told["sealing"]) == (200, True)
