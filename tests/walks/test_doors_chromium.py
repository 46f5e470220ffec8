"""Doors in Chromium: what was taken, what was refused and why, a series in error, each by axe."""

import datetime as dt
import json

import pytest
from django.db import connections
from django.test import Client

from governance.services.polling import poll_due
from outbox import clock
from telemetry.models import Connector, DoorState, Series
from telemetry.services.connectors import Wanted, define_connector
from telemetry.services.doors import forget_noted
from tests.governance.otlp import sender
from tests.registry.factories import PASSWORD, call, person_as_actor, user
from tests.telemetry.answering import Answering, matrix
from tests.telemetry.factory import measured
from tests.walks.browser import Reader, chromium, serving

pytestmark = pytest.mark.browser
FIVE, HOUR = dt.timedelta(minutes=5), dt.timedelta(hours=1)


def delivered(system, at):
    """Send good rows and bad ones by bulk HTTP, and what is no JSON."""
    post = sender(Client(), "/api/v1/measurements", [system])
    end = (at - dt.timedelta(hours=1)).isoformat()
    good = {"system": system.slug, "kpi": "f1", "window": "5m", "window_end": end, "value": 0.9}
    rows = [good, good | {"value": "high"}, good | {"kpi": "acuracy"}, good | {"n": -4}]
    for body in (json.dumps({"measurements": rows}).encode(), b'{"measurements": ['):
        post(body, content_type="application/json")


def failing(system, other, at):
    """Connect a source that answers once and then no more; and one whose reports are sent.

    It is asked every hour, so what it said is not late yet: the coverage says that it fails.
    """
    line = {"kpi": "accuracy", "query": "avg(model_accuracy)", "window": "5m"}
    wanted = Wanted(name="Cluster metrics", url=other.url, every_seconds=3600, lines=[line])
    nightly = {"kpi": "psi", "query": "DriftedColumnsCount.share", "window": "1d"}
    sent = Wanted(name="Nightly drift", url="", every_seconds=86400, lines=[nightly])
    for kind, one in (("prometheus", wanted), ("evidently", sent)):
        call(
            define_connector,
            system_id=system.pk,
            kind=kind,
            wanted=one,
            actor=person_as_actor(system.owner),
            at=at - HOUR,
        )
    other.says(matrix(({}, [(at - HOUR - FIVE, "0.95")])))
    poll_due(at - HOUR)
    other.says({"error": "out of memory"}, 500)
    poll_due(at)


@pytest.fixture
def doors(monday, monkeypatch):
    """A system with rows taken and refused and a failing connector; yields a reader, and it."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    forget_noted()
    at, other = clock.now(), Answering()
    system = measured(owner=user(password=PASSWORD))
    delivered(system, at)
    failing(system, other, at)
    with serving() as base_url, chromium() as browser:
        yield lambda who, scripts: Reader(browser, base_url, who.email, scripts=scripts), system
        connections.close_all()
    other.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_engineer_finds_what_was_refused_and_what_is_in_error(doors, scripts):
    reader, system = doors
    owner = reader(system.owner, scripts)
    series = Series.objects.get(system=system, kpi_id="accuracy")
    pages = {
        "/connectors/": "Cluster metrics",
        "/connectors/doors/": "Bulk HTTP, readings",
        f"/connectors/doors/{DoorState.objects.get().pk}/": "acuracy",
        f"/systems/{system.slug}/telemetry/": "Bulk HTTP, readings",
        f"/connectors/{Connector.objects.get(kind='evidently').pk}/": "Send a report here",
        f"/connectors/{Connector.objects.get(kind='prometheus').pk}/": "out of memory",
        f"/systems/{system.slug}/kpis/{series.pk}/": "out of memory",
        "/coverage/": "its connector fails",
    }

    for path, words in pages.items():
        owner.open(path)
        assert words in owner.words(), path

    assert owner.errors == []
