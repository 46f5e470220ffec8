"""A sender that is killed: its message goes out again when the lease ends, under the same id."""

import datetime as dt
import uuid

import pytest

from ledger.rules.actors import machine
from outbox.channels.webhook import LEASE
from outbox.models import DeliveryAttempt, Message
from outbox.services.messages import queue_mail, queue_webhook, save_endpoint
from outbox.services.sweeps import sweep
from tests.faults.processes import (
    holding,
    kill,
    owner_of,
    sessions_that_wait,
    sweeping,
    wait_until,
)
from tests.walks.gateway import listening
from tests.walks.stage import SECRET

AT = dt.datetime(2026, 11, 16, 9, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
LOCK_PREFERENCES = "LOCK TABLE registry_noticepreference IN ACCESS EXCLUSIVE MODE"
LOCK_ENDPOINTS = "LOCK TABLE outbox_webhookendpoint IN ACCESS EXCLUSIVE MODE"


@pytest.fixture
def gateway():
    """A receiver that can be told to keep the sender waiting."""
    with listening() as receiver:
        yield receiver


def order(gateway):
    """An order to the gateway, committed."""
    actor = machine("test")
    endpoint = save_endpoint(name="gateway", url=gateway.url, secret=SECRET, actor=actor, at=AT)
    return queue_webhook(
        key="order", endpoint_id=endpoint.pk, payload={"type": "action.suspend"}, at=AT
    )


@pytest.mark.full
def test_killed_between_the_claim_and_the_sending_it_leaves_once_after_the_lease(
    own_database, gateway
):
    message = order(gateway)
    with holding(owner_of(own_database), LOCK_ENDPOINTS):
        process = sweeping(own_database, at=AT)
        wait_until(sessions_that_wait, process=process)
        kill(process)
    claimed = Message.objects.get()

    early = sweep(at=claimed.leased_until - SECOND).delivered
    late = sweep(at=claimed.leased_until + SECOND).delivered
    again = sweep(at=claimed.leased_until + 2 * LEASE).delivered

    assert (claimed.state, claimed.attempts) == ("queued", 1)
    assert (early, late, again) == (0, 1, 0)
    assert gateway.ids == [str(message.pk)]
    assert Message.objects.get().state == "sent"


@pytest.mark.full
def test_killed_before_it_wrote_the_answer_down_it_repeats_under_the_same_id(own_database, gateway):
    message = order(gateway)
    gateway.pause()
    process = sweeping(own_database, at=AT)
    wait_until(lambda: gateway.ids, process=process)
    kill(process)
    gateway.go_on()
    claimed = Message.objects.get()

    sweep(at=claimed.leased_until + SECOND)

    assert gateway.ids == [str(message.pk)] * 2
    assert list(DeliveryAttempt.objects.values_list("number", "ok")) == [(2, True)]
    assert Message.objects.get().state == "sent"


@pytest.mark.full
def test_killed_before_the_claim_nothing_is_lost(own_database, gateway):
    message = order(gateway)
    table = "LOCK TABLE outbox_message IN ACCESS EXCLUSIVE MODE"
    with holding(owner_of(own_database), table):
        process = sweeping(own_database, at=AT)
        wait_until(sessions_that_wait, process=process)
        kill(process)

    delivered = sweep(at=AT).delivered

    assert (delivered, gateway.ids) == (1, [str(message.pk)])


@pytest.mark.full
def test_killed_while_it_sorts_no_notice_is_lost_or_told_twice(own_database):
    reader = uuid.uuid4()
    for number in (1, 2):
        queue_mail(
            key=f"n{number}",
            person_id=reader,
            address="reader@example.org",
            subject=f"Validate INC-{number}",
            body="Validate it.",
            kind="task",
            at=AT,
        )
    # The sorter stops where it asks how people are reached, holding what it sorts.
    with holding(owner_of(own_database), LOCK_PREFERENCES):
        process = sweeping(own_database, at=AT + 2 * MINUTE)
        wait_until(sessions_that_wait, process=process)
        kill(process)
    between = Message.objects.filter(held=True).count()

    sweep(at=AT + 3 * MINUTE)
    sweep(at=AT + 4 * MINUTE)

    told = Message.objects.filter(carried_by=None)
    assert between == 2
    assert [(row.form, row.state, row.carries.count()) for row in told] == [("bundle", "sent", 2)]
