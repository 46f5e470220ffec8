"""Silence: what did not come is never good, and nobody waits for what is stopped."""

import datetime as dt
from dataclasses import replace

import pytest

from governance.models import Standing, Watch
from governance.services.silences import judge_silences
from incidents.models import Incident
from ledger.context import acting_as
from ledger.rules.actors import machine
from registry import services
from registry.models import System
from telemetry.services.series import expect_readings
from tests.registry.factories import call
from tests.telemetry.factory import AT, BANDS, DAY, START, measured, row, series_of, take

pytestmark = pytest.mark.django_db

LAST = AT + 10 * DAY


@pytest.fixture
def system():
    """A system whose last daily reading was good and ended at LAST."""
    return heard_until_last()


def heard_until_last(**changes):
    """A system whose last daily reading was good and ended at LAST."""
    made = measured(**changes)
    last = (LAST - START) // DAY
    take([row(made, 0.95, day=day) for day in (last - 1, last)], at=LAST)
    call(expect_readings, series_id=series_of(made).pk, cadence_seconds=86400)
    return made


def silent(after):
    """Run the sweep's job so long after the last reading; return what it told."""
    with acting_as(machine("sweep")):
        return judge_silences(LAST + after)


def test_within_the_cadence_nothing_is_said(system):
    assert silent(dt.timedelta(hours=23)) == 0
    assert Standing.objects.get().state == "OK"


def test_past_the_cadence_nothing_is_known(system):
    silent(dt.timedelta(hours=25))

    assert Standing.objects.get().state == "NO_DATA"
    assert not Incident.objects.exists()


def test_past_twice_the_cadence_it_is_a_watch_and_past_three_times_an_incident(system):
    silent(2.5 * DAY)
    watches = list(Watch.objects.values_list("kind", flat=True))
    silent(3.5 * DAY)

    assert watches == ["silence"]
    assert [incident.kind for incident in Incident.objects.all()] == ["silence"]


@pytest.mark.parametrize(
    ("profile", "cadences", "watches"),
    [("small", 1.8, 0), ("small", 2.1, 1), ("bank", 1.4, 0), ("bank", 1.6, 1)],
)
def test_eva_07_the_policy_says_from_which_multiple_on_a_silence_is_a_watch(
    profile, cadences, watches
):
    heard_until_last(profile=profile)

    silent(cadences * DAY)

    assert Watch.objects.filter(kind="silence").count() == watches
    assert (Standing.objects.get().state, Incident.objects.count()) == ("NO_DATA", 0)


def test_eva_07_another_first_multiple_moves_no_incident():
    heard_until_last(profile="bank")

    silent(2.9 * DAY)
    before = Incident.objects.count()
    silent(3.1 * DAY)

    assert (before, Incident.objects.count()) == (0, 1)


def test_those_that_are_within_their_grace_keep_no_other_from_being_looked_at(system, monkeypatch):
    monkeypatch.setattr("governance.services.silences.AT_ONCE", 1)
    patient = measured(stated=replace(BANDS, grace_seconds=5 * 86400))
    last = (LAST - START) // DAY
    take([row(patient, 0.95, day=last - 1)], at=LAST)
    call(expect_readings, series_id=series_of(patient).pk, cadence_seconds=86400)

    silent(dt.timedelta(hours=25))

    states = dict(Standing.objects.values_list("series__system_id", "state"))
    assert states == {system.pk: "NO_DATA", patient.pk: "OK"}


def test_the_same_silence_is_told_once(system):
    first = silent(3.5 * DAY)
    again = silent(3.6 * DAY)

    assert (first, again) == (1, 0)
    assert Incident.objects.count() == 1


def test_a_silence_holds_the_breach_that_stood(system):
    last = (LAST - START) // DAY
    take([row(system, 0.7, day=last + day) for day in (1, 2)], at=LAST + 2 * DAY)
    silent(4 * DAY)
    held = Standing.objects.get().state

    take([row(system, 0.91, day=last + 5)], at=LAST + 5 * DAY)

    assert (held, Standing.objects.get().state) == ("NO_DATA", "CRITICAL")


def test_a_valid_reading_ends_the_silence_and_a_bad_one_does_not(system):
    silent(1.5 * DAY)
    last = (LAST - START) // DAY

    take([row(system, None, day=last + 2)], at=LAST + 2 * DAY)
    after_bad = Standing.objects.get().state
    take([row(system, 0.95, day=last + 3)], at=LAST + 3 * DAY)

    assert (after_bad, Standing.objects.get().state) == ("NO_DATA", "OK")


def test_a_late_reading_does_not_end_a_silence(system):
    silent(1.5 * DAY)
    last = (LAST - START) // DAY

    take([row(system, 0.95, day=last - 5)], at=LAST + 2 * DAY)

    assert Standing.objects.get().state == "NO_DATA"


def test_of_a_suspended_system_nothing_is_expected(system):
    call(
        services.suspend_deployment, system_id=system.pk, scope="everything", reason="stop",
        at=LAST,
    )  # fmt: skip

    silent(10 * DAY)

    assert System.objects.get(pk=system.pk).lifecycle == "suspended"
    assert Standing.objects.get().state == "OK"
    assert not Incident.objects.exists()


def test_without_a_cadence_nobody_waits(system):
    call(expect_readings, series_id=series_of(system).pk, cadence_seconds=None)

    assert silent(10 * DAY) == 0
