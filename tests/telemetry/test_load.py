"""`make load` fills a database with as much as it says, by the services that deliveries use."""

import pytest

from bench.filling import KPIS, fill
from bench.load import VOLUMES, Volume
from incidents.models import Incident
from registry.models import System
from telemetry.models import Measurement


def test_ten_million_are_ten_million():
    assert VOLUMES["ten_million"].readings(len(KPIS)) >= 10_000_000


# Incidents are laid down set by set, and one entry tells of all.
@pytest.mark.bypass
@pytest.mark.full
def test_a_database_is_filled_with_what_was_asked_for(own_database, monkeypatch):
    monkeypatch.setattr("bench.filling.analyse", lambda: None)
    volume, said = Volume(systems=3, days=4, incidents=40, hot_readings=50, hot_series=2), []

    filled = fill(volume, say=said.append)

    assert (len(filled.systems), System.objects.count()) == (3, 3)
    assert Measurement.objects.count() == volume.readings(len(KPIS)) == 3 * 8 * 4 + 2 * 50
    assert Incident.objects.count() == 41
    assert [line.partition(":")[0] for line in said] == [
        "3 systems", "196 measurements", "40 incidents",
    ]  # fmt: skip
