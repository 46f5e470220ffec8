"""One broken sender opens one incident, not one per KPI (EVA-04, EVA-05, F20)."""

import datetime as dt

import pytest

from governance.models import DataFault, Standing, Watch
from governance.rules.faults import Heard, owned_by_fault
from governance.services.silences import judge_silences
from incidents.models import Incident
from registry.models import User
from telemetry.models import Series
from telemetry.services.series import expect_readings
from telemetry.services.voids import retire_series
from tests.registry.factories import call, person_as_actor
from tests.telemetry.factory import AT, DAY, measured, row, take, threshold

KPIS = ("accuracy", "recall", "precision")
LAST = AT + DAY


def feeding(*, kpis=KPIS, source="test", **changes):
    """A system whose KPIs one sender has sent until `LAST`."""
    system = measured(**changes)
    for kpi in kpis[1:]:
        threshold(system, kpi=kpi)
    deliver(system, kpis=kpis)
    return system


def deliver(system, *, kpis=KPIS, at=LAST, value=0.95, **changes):
    """A reading of each KPI for the day that ends at an instant."""
    take([row(system, value, kpi=kpi, window_end=at.isoformat(), **changes) for kpi in kpis], at=at)
    for series in Series.objects.filter(system=system, cadence_seconds=None):
        call(expect_readings, series_id=series.pk, cadence_seconds=series.window_seconds)


def sweep(at):
    """Judge what is silent."""
    return judge_silences(at)


def incidents(*systems):
    """The incidents of some systems."""
    return list(Incident.objects.filter(system__in=systems).order_by("opened_at", "number"))


@pytest.mark.django_db
def test_one_broken_sender_opens_one_incident_that_owns_every_series():
    system = feeding()

    sweep(LAST + 4 * DAY)

    (incident,) = incidents(system)
    assert incident.kind == "fault"
    assert incident.causes.count() == 3
    assert DataFault.objects.get(incident=incident).source == "test"


@pytest.mark.django_db
def test_the_series_keep_their_own_standing():
    system = feeding()

    sweep(LAST + 4 * DAY)

    states = Standing.objects.filter(series__system=system).values_list("state", flat=True)
    assert set(states) == {"NO_DATA"}


@pytest.mark.django_db
def test_short_silences_of_one_sender_are_one_watch_which_goes_into_the_fault():
    system = feeding()
    sweep(LAST + dt.timedelta(hours=60))
    watches = Watch.objects.filter(system=system).count()

    sweep(LAST + 4 * DAY)

    assert watches == 1
    assert Watch.objects.get(system=system).state == "promoted"
    assert [one.kind for one in incidents(system)] == ["fault"]


@pytest.mark.django_db
def test_sweeping_on_leaves_one_incident_and_no_trace():
    system = feeding()
    sweep(LAST + 4 * DAY)
    (incident,) = incidents(system)

    for day in (5, 6, 7):
        sweep(LAST + day * DAY)

    assert incidents(system) == [incident]
    assert incidents(system)[0].version == incident.version


@pytest.mark.django_db
def test_one_series_that_falls_silent_while_the_others_are_heard_is_its_own_case():
    system = feeding()
    for day in range(1, 5):
        deliver(system, kpis=KPIS[1:], at=LAST + day * DAY)

    sweep(LAST + 4 * DAY)

    assert [one.kind for one in incidents(system)] == ["silence"]


@pytest.mark.django_db
def test_bad_readings_of_a_whole_sender_are_one_fault_too():
    system = feeding()
    for day in range(1, 5):
        deliver(system, at=LAST + day * DAY, quality="bad")

    sweep(LAST + 4 * DAY)

    (incident,) = incidents(system)
    assert incident.kind == "fault"
    assert "nothing valid" in incident.title


@pytest.mark.django_db
def test_several_systems_of_one_sender_are_one_incident_at_the_highest_tier():
    low = feeding(risk_tier="low", kpis=KPIS[:1])
    high = feeding(risk_tier="high", kpis=KPIS[:1])

    sweep(LAST + 4 * DAY)

    (incident,) = incidents(low, high)
    assert incident.system == high
    assert incident.causes.count() == 2


@pytest.mark.django_db
def test_a_series_of_a_longer_cadence_joins_later():
    system = feeding(kpis=KPIS[:2])
    threshold(system, kpi="precision")
    weekly = {"kpis": KPIS[2:], "window": "7d"}
    deliver(system, at=LAST, **weekly)
    deliver(system, at=LAST - dt.timedelta(hours=1), kpis=KPIS[:2])

    sweep(LAST + 4 * DAY)
    sweep(LAST + 22 * DAY)

    (incident,) = incidents(system)
    assert incident.causes.count() == 3


@pytest.mark.django_db
def test_the_recovery_of_the_last_series_is_told_to_the_fault():
    system = feeding()
    sweep(LAST + 4 * DAY)
    deliver(system, kpis=KPIS[:2], at=LAST + 4 * DAY)
    before = incidents(system)[0].recovered_at

    deliver(system, kpis=KPIS[2:], at=LAST + 4 * DAY)

    assert before is None
    assert incidents(system)[0].recovered_at == LAST + 4 * DAY
    assert incidents(system)[0].state == "OPEN"


@pytest.mark.django_db
def test_once_the_sender_is_heard_again_its_series_are_judged_for_themselves():
    system = feeding()
    sweep(LAST + 4 * DAY)

    for day in (4, 5):
        deliver(system, kpis=KPIS[:1], at=LAST + day * DAY, value=0.7)

    assert [one.kind for one in incidents(system)] == ["fault", "breach"]
    assert Standing.objects.get(series__kpi_id="accuracy").state == "CRITICAL"


@pytest.mark.django_db
def test_a_segment_that_is_gone_is_told_from_a_silent_source_and_can_be_retired():
    system = feeding(kpis=KPIS[:1])
    threshold(system, segment="region=north")
    deliver(system, kpis=KPIS[:1], segment="region=north")
    for day in range(1, 5):
        deliver(system, kpis=KPIS[:1], at=LAST + day * DAY)
    gone = Series.objects.get(system=system, segment="region=north")

    sweep(LAST + 4 * DAY)
    call(
        retire_series,
        series_id=gone.pk,
        reason="the region was sold",
        actor=person_as_actor(User.objects.get(pk=system.owner_id)),
    )
    heard = sweep(LAST + 9 * DAY)

    assert "the segment may be gone" in incidents(system)[0].summary
    assert heard == 1


DAILY = 86400


@pytest.mark.parametrize(
    ("heard_days_ago", "owned"),
    [
        ((4, 4), {0, 1}),
        ((4, 0), set()),
        ((4, 4, 0), {0, 1}),
        ((4, 4, 0, 0), set()),
        ((4, 4, 4, 0, 0), {0, 1, 2}),
        ((9, 4, 4), {1, 2}),
        ((4,), set()),
    ],
)
def test_which_silences_a_sender_explains(heard_days_ago, owned):
    fed = [Heard(n, AT - days * DAY, DAILY) for n, days in enumerate(heard_days_ago)]
    silent = [n for n, days in enumerate(heard_days_ago) if days > 3]

    found = owned_by_fault(silent, fed, AT)

    assert found == owned
