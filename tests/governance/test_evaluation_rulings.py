"""Rulings on evaluation that nothing else here names: EVA-09, EVA-10, EVA-13, EVA-17, EVA-22."""

import datetime as dt

import pytest
from django.db import connection

from governance.models import Standing
from governance.services.intake import release_quarantined
from incidents.models import Incident
from telemetry.models import Measurement, QuarantinedReading
from tests.governance.organisation import organised, read
from tests.net import by_hand
from tests.telemetry.factory import AT, DAY, START, measured, row, take

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def state(system):
    """Where the accuracy of a system stands."""
    return Standing.objects.get(series__system=system).state


def test_eva_09_too_late_readings_open_what_they_would_have_opened_and_move_no_standing(
    monkeypatch,
):
    monkeypatch.setattr("governance.services.rejudging.MOST_FROM_BEGINNING", 6)
    monkeypatch.setattr("governance.services.checkpoints.EVERY", 4)
    monkeypatch.setattr("governance.services.checkpoints.KEPT", 1)
    system = measured()
    take([row(system, 0.95, day=day) for day in range(10, 22)])
    take([row(system, 0.95, day=day) for day in range(22, 34)])

    (incident,) = take([row(system, 0.7, day=day) for day in (3, 4)]).incidents

    assert state(system) == "OK"
    assert "found late" in incident.onset_method


def test_eva_09_within_lateness_a_corrected_breach_erases_no_incident():
    system = measured()
    take([row(system, 0.95), row(system, 0.7, day=1), row(system, 0.7, day=2)])

    take([row(system, 0.95, day=day, revision=1) for day in (1, 2)])

    assert state(system) == "OK"
    assert Incident.objects.get(system=system).state == "OPEN"


def test_eva_10_the_same_key_with_another_value_is_refused_with_its_reason():
    system = measured()
    take([row(system, 0.95)])

    receipt = take([row(system, 0.7), row(system, 0.95, day=1)])

    assert [(one.row, one.field) for one in receipt.rejected] == [(1, "value")]
    assert "higher revision" in receipt.rejected[0].reason
    assert Measurement.objects.get(window_end=START).value == 0.95


def test_eva_10_a_reading_from_the_future_is_judged_once_its_window_has_ended():
    system = measured()
    future = [row(system, 0.7, window_end=(AT + number * HOUR).isoformat()) for number in (1, 2)]
    take([row(system, 0.95), *future])
    before = state(system)

    release_quarantined(AT + 2 * HOUR)

    assert (before, state(system)) == ("OK", "CRITICAL")


def test_eva_10_a_reading_too_far_ahead_expires_after_a_week():
    system = measured()
    take([row(system, 0.95), row(system, 0.7, window_end=(AT + 30 * DAY).isoformat())])

    release_quarantined(AT + 7 * DAY + HOUR)

    assert QuarantinedReading.objects.get().expired_at is not None
    assert state(system) == "OK"


def test_eva_22_a_join_is_weighed_at_the_tier_of_the_opening_not_of_now():
    of = organised(risk_tier="high")
    (incident,) = read(of, to_state="WARNING")
    with by_hand():
        _tier(of, "low")

    read(of, to_state="CRITICAL")

    assert incident.severity == "minor"
    assert Incident.objects.get(pk=incident.pk).severity == "major"


def test_eva_13_an_instant_limit_is_worse_than_what_is_held():
    of = organised()
    read(of, to_state="WARNING", watch_only=True)

    opened = read(of, instant=True)

    assert [one.kind for one in opened] == ["breach"]


def _tier(of, tier):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_system SET risk_tier = %s WHERE id = %s", [tier, of.house.system.pk]
        )
