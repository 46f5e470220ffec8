"""A limit passed on Sunday at three: stopped within 30 s by one sweep that is left (INC-12, INC-8).

The web is down, so is the broker, and one of two sweeps is killed. What is left is the database, a
sweep and the gateway, each a process of its own, over real HTTP. On Monday the stop is to be
ratified.
"""

import datetime as dt
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.conf import settings

from governance.models import Call, Decision
from incidents.models import Containment
from incidents.selectors.serving import serving_state
from ledger.context import acting_as
from outbox import clock
from outbox.models import Message
from outbox.services.messages import save_endpoint
from tests.faults import brokers, gateway
from tests.faults.processes import kill, wait_until
from tests.governance.pages import seen, stand_at
from tests.governance.test_standing_orders import SPEND, adopted, live, seated, spend
from tests.registry import factories as registry
from tests.telemetry.factory import AT, measured
from tests.walks.stage import SECRET

pytestmark = pytest.mark.full
THREE = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
MONDAY = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
WITHIN = dt.timedelta(seconds=30)
SOON = dt.timedelta(seconds=5)


@pytest.fixture
def ahead():
    """How far the clocks of all processes are moved, so that it is Sunday at three now."""
    stand_at(THREE)
    yield THREE - dt.datetime.now(dt.UTC)
    stand_at(None)


@pytest.fixture
def agent(own_database):
    """An agent whose spending is measured, and an order of its committee to stop it."""
    system = measured(stated=SPEND, kpi="budget_consumption", kind="agent", risk_tier="high")
    seated(system)
    system.order = adopted(system)
    return system


@contextmanager
def sweeping(url, *, ahead, broker):
    """A sweep that goes on, as operators start it; nobody answers at its broker."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "sweep", "--loop", "--every", "10", "--json"],
        env=os.environ
        | {
            "COUNTERSIGN_TESTING": "1",
            "DATABASE_URL": url,
            "CELERY_BROKER_URL": broker,
            "NUDGE_ENABLED": "1",
            "CLOCK_OFFSET_SECONDS": str(ahead.total_seconds()),
            "EMAIL_URL": "dummymail://",
        },
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        process.stdout.readline()
        yield process
    finally:
        if process.poll() is None:
            kill(process)


@contextmanager
def standing_before(system, *, ahead):
    """Its gateway, in a process of its own, which cannot reach the product's web."""
    nobody = f"http://127.0.0.1:{brokers.free_port()}/api/v1"
    options = {"api": nobody, "token": "none", "system": system.slug, "secret": SECRET}
    options |= {"version": live(system).version.label, "ahead": ahead.total_seconds()}
    with gateway.running(**options) as handle:
        with acting_as(registry.SETUP):
            save_endpoint(
                name=f"gateway:{system.slug}",
                url=f"{handle.url}/orders",
                secret=SECRET,
                actor=registry.SETUP,
                at=AT,
            )
        yield handle


def test_a_limit_passed_on_sunday_is_stopped_with_web_broker_and_one_sweep_down(
    own_database, agent, ahead, client, tmp_path
):
    with (
        brokers.stopped(tmp_path) as broker,
        standing_before(agent, ahead=ahead) as before,
        sweeping(own_database, ahead=ahead, broker=broker) as first,
        sweeping(own_database, ahead=ahead, broker=broker),
    ):
        passed = clock.now() + SOON
        spend(agent, 1.15, end=passed, at=passed - dt.timedelta(hours=3))
        kill(first)
        wait_until(lambda: before.log("carried out"))
        wait_until(Call.objects.exists)
        stopped = dt.datetime.fromisoformat(before.log("carried out")[0]["at"]) + ahead

    row = Containment.objects.get(standing_order=agent.order.pk)
    assert passed <= row.at <= passed + WITHIN
    assert stopped <= passed + WITHIN
    assert not may_serve(agent, row.at)
    assert set(Call.objects.values_list("person", flat=True)) == {agent.owner_id, agent.deputy_id}
    assert Message.objects.filter(person_id=agent.owner_id, state="sent").exists()
    motion = Decision.objects.get(incident=row.incident)
    assert (motion.matter, motion.state, motion.about) == ("ratification", "draft", str(row.pk))
    stand_at(MONDAY)
    assert motion.number in seen(client, "/committee/", agent.members[0])


def may_serve(system, at):
    """Whether the state API would let it serve."""
    return serving_state(system=system, environment="production", version=None, at=at).may_serve
