"""Flapping: a square wave at the threshold is one incident, held until stable (EVA-16, F22)."""

import pytest

from governance.models import Standing
from incidents.models import Incident
from outbox.models import Message
from tests.telemetry.factory import measured, row, series_of, take

pytestmark = pytest.mark.django_db

HIGH, LOW = 0.97, 0.85


def wave(system, days, *, first=0, apart=True):
    """Readings of `days` days that are good for two days, then bad for two, and so on."""
    values = [HIGH if (day // 2) % 2 == 0 else LOW for day in range(first, first + days)]
    rows = [row(system, value, day=first + number) for number, value in enumerate(values)]
    for each in [[one] for one in rows] if apart else [rows]:
        take(each)


def standing(system):
    """Where the accuracy of a system stands."""
    return Standing.objects.get(series=series_of(system))


def test_eva_16_a_square_wave_opens_one_incident_and_is_marked_as_flapping():
    system = measured(risk_tier="high")

    wave(system, 40)

    assert Incident.objects.filter(system=system).count() == 1
    assert standing(system).flapping is True


def test_eva_16_the_fourth_change_and_no_earlier_one_raises_the_flag():
    system = measured(risk_tier="high")
    wave(system, 9)
    before = standing(system).flapping

    wave(system, 1, first=9)

    assert (before, standing(system).flapping) == (False, True)


def test_f22_the_number_of_notices_does_not_grow_with_the_wave():
    system = measured(risk_tier="high")
    wave(system, 24)
    before = Message.objects.count()

    wave(system, 40, first=24)

    assert Message.objects.count() == before


def test_f22_nothing_is_written_to_the_incident_while_it_flaps():
    system = measured(risk_tier="high")
    wave(system, 24)
    incident = Incident.objects.get(system=system)

    wave(system, 20, first=24)

    assert Incident.objects.get(system=system).version == incident.version
    assert Incident.objects.get(system=system).recovered_at is None


def test_instability_is_told_to_the_incident_once():
    system = measured(risk_tier="high")

    wave(system, 40)

    said = Incident.objects.get(system=system).transitions.filter(command="join_breach")
    assert [one.payload["facts"] for one in said].count({"flapping": "yes"}) == 1


def test_the_recovery_is_noted_once_it_is_stable():
    system = measured(risk_tier="high")
    wave(system, 26)

    take([row(system, HIGH, day=day) for day in range(26, 34)])

    assert standing(system).flapping is False
    assert standing(system).state == "OK"
    assert Incident.objects.get(system=system).recovered_at is not None


def test_a_wave_in_one_delivery_ends_as_one_that_came_day_by_day():
    one, other = measured(risk_tier="high"), measured(risk_tier="high")

    wave(one, 30)
    wave(other, 30, apart=False)

    assert _flags(one) == _flags(other)


def _flags(system):
    found = standing(system)
    return found.state, found.flapping, found.since, Incident.objects.filter(system=system).count()
