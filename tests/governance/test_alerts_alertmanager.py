"""TEL-3 against the real thing: Debian's Alertmanager tells our webhook of alerts and their end."""

import datetime as dt
import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.core.cache import cache
from django.db import connections

from governance.models import AlertNotice
from incidents.models import Incident
from tests.governance.otlp import token
from tests.telemetry.factory import measured
from tests.walks.browser import serving

pytestmark = pytest.mark.full
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 30


@contextmanager
def alertmanager(folder, webhook, plaintext):
    """An Alertmanager of our own that tells `webhook`; yields its address."""
    secret = folder / "token"
    secret.write_text(plaintext)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [ROOT / "bin/alertmanager", str(port), str(folder), webhook, str(secret)]
    process = subprocess.Popen(command, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(address))
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def answers(address):
    """Whether it is ready."""
    try:
        return httpx.get(f"{address}/-/ready", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def until(seen):
    """Wait for something that another process does."""
    ends = time.monotonic() + SECONDS
    while not seen():
        assert time.monotonic() < ends, "it did not come within 30 seconds"
        time.sleep(0.05)


def say(address, system, *, over=False):
    """Tell Alertmanager of an alert, or of its end, as Prometheus does."""
    now = dt.datetime.now(dt.UTC)
    told = {
        "labels": {"alertname": "SlowAnswers", "system": system.slug, "severity": "critical"},
        "annotations": {"summary": "Answers take too long."},
        "startsAt": (now - dt.timedelta(minutes=5)).isoformat(),
    }
    if over:
        told["endsAt"] = now.isoformat()
    httpx.post(f"{address}/api/v2/alerts", json=[told]).raise_for_status()


def test_an_alert_and_its_end_reach_the_incident(own_database, tmp_path):
    cache.clear()
    system = measured(stated=None)
    with serving() as site:
        plaintext = token([system], scopes=["measurements:write"])
        with alertmanager(tmp_path, f"{site}/api/v1/alerts", plaintext) as address:
            say(address, system)
            until(Incident.objects.exists)
            say(address, system, over=True)
            until(lambda: AlertNotice.objects.filter(status="resolved").exists())
    connections.close_all()

    incident = Incident.objects.get()
    assert (incident.system, incident.state) == (system, "OPEN")
    assert incident.recovered_at is not None
    assert AlertNotice.objects.filter(incident=incident).count() == 2
