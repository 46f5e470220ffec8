"""With Redis, with RabbitMQ, and with the broker stopped: the same comes of a breach (I1)."""

import datetime as dt
import time

import pytest

from governance.models import EscalationFiring
from outbox.models import Message, Timer
from outbox.services import hints
from tests.faults import brokers
from tests.faults.processes import swept, wait_until
from tests.governance.organisation import AT, organised, read

pytestmark = pytest.mark.full
LATER = AT + dt.timedelta(minutes=5)
# The clocks of the processes run on from there.
SOON = LATER + dt.timedelta(minutes=1)
# A notice that wakes nobody waits two minutes for others to the same person.
BUNDLED = SOON + dt.timedelta(minutes=3)


def due_timers():
    return Timer.objects.filter(state="armed", due_at__lte=LATER, next_try_at__lte=SOON)


def due_messages():
    return Message.objects.filter(state="queued", next_attempt_at__lte=SOON)


def is_done():
    return Message.objects.exists() and not due_timers().exists() and not due_messages().exists()


def breach(broker, settings, monkeypatch):
    """A breach whose hints go to the broker."""
    of = organised()
    settings.NUDGE_ENABLED = True
    monkeypatch.setattr(hints, "current_app", brokers.hinting(broker))
    read(of)
    settings.NUDGE_ENABLED = False
    return due_timers().count()


def outcome():
    """What came of it: which steps fired how often, and what became of every message due."""
    steps = EscalationFiring.objects.filter(repeat=0).values_list("rule", "step")
    sent = Message.objects.filter(created_at__lte=SOON).values_list("channel", "state")
    return sorted(steps), sorted(sent)


@pytest.mark.parametrize("broker", [brokers.redis, brokers.rabbitmq], ids=["redis", "rabbitmq"])
def test_a_hint_through_a_broker_does_what_a_sweep_would(
    own_database, broker, settings, monkeypatch, tmp_path
):
    with broker(tmp_path) as address, brokers.worker(own_database, address, at=LATER):
        waiting = breach(address, settings, monkeypatch)
        wait_until(is_done)
    swept(own_database, at=BUNDLED)

    steps, sent = outcome()
    assert waiting
    assert steps
    assert len(steps) == len(set(steps))
    assert {state for _, state in sent} == {"sent"}


def test_without_a_broker_the_next_sweep_does_it(own_database, settings, monkeypatch, tmp_path):
    with brokers.stopped(tmp_path) as address:
        waiting = breach(address, settings, monkeypatch)
        before = outcome()
        swept(own_database, at=LATER)
        swept(own_database, at=BUNDLED)

    steps, sent = outcome()
    assert waiting
    assert before[0] == []
    assert steps
    assert len(steps) == len(set(steps))
    assert {state for _, state in sent} == {"sent"}


def test_a_broker_that_has_stopped_keeps_no_request_waiting(settings, monkeypatch):
    settings.NUDGE_ENABLED = True
    began = time.monotonic()

    for broker in ("redis://127.0.0.1:1/0", "amqp://127.0.0.1:1//"):
        monkeypatch.setattr(hints, "_pause", hints.Pause())
        monkeypatch.setattr(hints, "current_app", brokers.hinting(broker))
        hints._send("sweep", 0)

    assert hints._pause.runs()
    assert time.monotonic() - began < 3
