"""TEL-1, TEL-4: sweeps at once ask a connector once; a killed worker doubles and loses nothing."""

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from governance.services.polling import poll_due
from governance.services.upload_imports import import_upload
from governance.services.uploads import read_upload, request_import
from telemetry.models import ConnectorRun, Measurement, Upload
from telemetry.services.connectors import Wanted, define_connector
from tests.governance.test_cases_at_once import at_once
from tests.registry.factories import call, person_as_actor
from tests.telemetry.answering import Answering, matrix
from tests.telemetry.factory import AT, measured

ROOT = Path(__file__).resolve().parents[2]
NINE = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
NOW = AT + dt.timedelta(minutes=1)
# Takes in three chunks and is killed in the middle of the fourth.
DIES = """
import os, signal, django
django.setup()
from datetime import datetime
from uuid import UUID
from governance.services import upload_imports as uploads
kept = uploads._count
def count(*given):
    kept(*given)
    if given[0].done >= 2000:
        os.kill(os.getpid(), signal.SIGKILL)
uploads._count = count
uploads.import_upload(upload_id=UUID("{}"), at=datetime.fromisoformat("{}"))
"""


@pytest.mark.full
def test_sweeps_at_once_ask_a_connector_once(own_database):
    other = Answering()
    other.says(matrix(({}, [(NINE, "0.95")])))
    system = measured()
    wanted = Wanted(
        name="Prom",
        url=other.url,
        every_seconds=300,
        lines=[{"kpi": "accuracy", "query": "accuracy", "window": "5m"}],
    )
    call(define_connector, system_id=system.pk, kind="prometheus", wanted=wanted)

    wrong = at_once([lambda: poll_due(NOW)] * 6)

    other.close()
    assert wrong == []
    assert (len(other.seen), ConnectorRun.objects.count(), Measurement.objects.count()) == (1, 1, 1)


@pytest.mark.full
def test_a_worker_that_is_killed_within_a_chunk_loses_and_doubles_nothing(own_database):
    system = measured()
    owner = person_as_actor(system.owner)
    end = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    lines = [
        f"accuracy,{(end + n * dt.timedelta(minutes=5)).isoformat()},0.95,500" for n in range(3000)
    ]
    found = call(
        read_upload,
        name="long.csv",
        content=("kpi,date,value,n\n" + "\n".join(lines)).encode(),
        kind="measurements",
        every={"system": system.slug, "window": "5m"},
        actor=owner,
    )
    call(request_import, upload_id=found.pk, expected_version=1, without_bad=False, actor=owner)

    died = subprocess.run(
        [sys.executable, "-c", DIES.format(found.pk, AT.isoformat())],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": own_database},
        capture_output=True,
        text=True,
    )
    left = Upload.objects.get()
    early = import_upload(upload_id=found.pk, at=AT)
    done = import_upload(upload_id=found.pk, at=AT + dt.timedelta(minutes=11))

    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    assert (left.done, left.accepted, early.done) == (1500, 1500, 1500)
    assert (done.accepted, done.repeated, done.state) == (3000, 0, "imported")
    assert Measurement.objects.count() == 3000
