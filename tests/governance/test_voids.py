"""Voided readings: two persons, count nowhere, stay on record (EVA-17, workflow section 4)."""

import pytest

from governance.models import Standing, Watch
from governance.selectors.pages.figures import Asked, told_of
from governance.selectors.voids import voided_incidents
from governance.services.voids import decide_void
from incidents.models import Incident
from incidents.rules.figures import ACKNOWLEDGE, FALSE_ALARMS, RESOLVE, Rate
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.selectors.lines import lines_of_object
from registry.models import User
from telemetry.models import Measurement, SeriesState, VoidedReading
from telemetry.selectors.voids import voided_between
from telemetry.services.voids import ask_void
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor
from tests.telemetry.factory import AT, DAY, START, measured, row, series_of, take

pytestmark = pytest.mark.django_db


def validator(system):
    """A risk officer of a system."""
    found = registry.user(of=system.unit)
    registry.role(found, "risk", system=system)
    return found


def ask(system, first, last=None, *, by=None, reason="the job ran twice"):
    """Ask to void the readings of some days."""
    asker = by or User.objects.get(pk=system.owner_id)
    return call(
        ask_void,
        series_id=series_of(system).pk,
        since=START + first * DAY,
        until=START + (first if last is None else last) * DAY,
        reason=reason,
        actor=person_as_actor(asker),
        at=AT,
    )


def decide(request, by, *, confirmed=True, reason="looked at the job"):
    """Decide on it."""
    return call(
        decide_void,
        request_id=request.pk,
        confirmed=confirmed,
        reason=reason,
        actor=person_as_actor(by),
        at=AT,
    )


def voided(system, first, last=None):
    """Void the readings of some days, by two persons."""
    return decide(ask(system, first, last), validator(system))


def standing(system):
    """Where the accuracy of a system stands."""
    return Standing.objects.get(series=series_of(system)).state


def test_eva_17_what_was_asked_voids_nothing_before_it_is_confirmed():
    system = measured()
    take([row(system, 0.7, day=day) for day in range(2)])

    request = ask(system, 0, 1)

    assert request.state == "asked"
    assert standing(system) == "CRITICAL"
    assert not VoidedReading.objects.exists()


def test_eva_17_who_asked_cannot_confirm():
    system = measured()
    officer = validator(system)
    take([row(system, 0.7)])
    request = ask(system, 0, by=officer)

    with pytest.raises(Forbidden, match="you asked for it"):
        decide(request, officer)

    assert not VoidedReading.objects.exists()


def test_eva_17_the_owner_cannot_confirm():
    system = measured()
    take([row(system, 0.7)])
    request = ask(system, 0, by=validator(system))

    with pytest.raises(Forbidden):
        decide(request, User.objects.get(pk=system.owner_id))

    assert not VoidedReading.objects.exists()


def test_eva_17_a_confirmed_void_turns_the_standing_as_if_the_readings_were_not_there():
    system = measured()
    take([row(system, 0.95), row(system, 0.7, day=1), row(system, 0.7, day=2)])
    take([row(system, 0.95, day=3)])

    voided(system, 1, 2)

    assert standing(system) == "OK"


def test_a_void_closes_no_incident_but_tells_it():
    system = measured()
    take([row(system, 0.95), row(system, 0.7, day=1), row(system, 0.7, day=2)])
    incident = Incident.objects.get(system=system)

    voided(system, 1, 2)

    told = lines_of_object(object_type="incident", object_id=str(incident.pk))
    assert Incident.objects.get(pk=incident.pk).state == "OPEN"
    assert Incident.objects.get(pk=incident.pk).recovered_at == AT
    assert "incident.cause_voided" in [line.verb for line in told]


def test_an_incident_of_voided_readings_alone_is_a_false_alarm():
    system, other = measured(), measured()
    for each in (system, other):
        take([row(each, 0.7, day=day) for day in range(2)])

    voided(system, 0, 1)

    incidents = {one.system_id: one.pk for one in Incident.objects.all()}
    assert voided_incidents(incident_ids=list(incidents.values())) == {incidents[system.pk]}


def test_figures_leave_cases_of_voided_readings_out_of_the_time_to_resolve():
    system, other = measured(), measured()
    for each in (system, other):
        take([row(each, 0.7, day=day) for day in range(2)])

    voided(system, 0, 1)

    told = told_of(asked=Asked(period="all"), visible=Incident.objects.all(), at=AT + DAY)
    assert told.whole.rate(FALSE_ALARMS) == Rate(1, 2)
    assert (told.whole.duration(RESOLVE).of, told.whole.duration(ACKNOWLEDGE).of) == (1, 2)


def test_a_void_can_make_a_standing_worse_and_opens_what_is_due():
    system = measured()
    values = [0.95, 0.85, 0.95, 0.95, 0.85]
    take([row(system, value, day=day) for day, value in enumerate(values)])
    assert standing(system) == "PENDING"

    voided(system, 2, 3)

    assert standing(system) == "WARNING"
    assert Watch.objects.filter(system=system).count() == 1


def test_the_readings_stay_where_they_are():
    system = measured()
    take([row(system, 0.7, day=day) for day in range(2)])

    voided(system, 0, 1)

    shown = voided_between(series_ids=[series_of(system).pk])
    assert Measurement.objects.filter(series=series_of(system)).count() == 2
    assert [one.reason for one in shown] == ["the job ran twice"] * 2


def test_a_later_correction_of_a_voided_window_counts_again():
    system = measured()
    take([row(system, 0.95), row(system, 0.7, day=1), row(system, 0.7, day=2)])
    voided(system, 1, 2)

    take([row(system, 0.6, day=day, revision=1) for day in (1, 2)])

    assert standing(system) == "CRITICAL"


def test_a_late_reading_does_not_bring_back_what_was_voided():
    system = measured()
    take([row(system, 0.95), row(system, 0.7, day=2), row(system, 0.7, day=3)])
    voided(system, 2, 3)

    take([row(system, 0.95, day=1)])

    assert standing(system) == "OK"


def test_voiding_the_newest_reading_lets_silence_count_from_the_one_before():
    system = measured()
    take([row(system, 0.95, day=day) for day in range(3)])

    voided(system, 2)

    state = SeriesState.objects.get(series=series_of(system))
    assert (state.last_valid_at, state.good) == (START + DAY, False)


def test_a_series_whose_readings_are_all_void_has_no_data():
    system = measured()
    take([row(system, 0.95, day=day) for day in range(3)])

    voided(system, 0, 2)

    assert standing(system) == "NO_DATA"


def test_a_refusal_takes_a_reason_and_voids_nothing():
    system = measured()
    take([row(system, 0.7)])
    request, officer = ask(system, 0), validator(system)

    with pytest.raises(Invalid):
        decide(request, officer, confirmed=False, reason=" ")
    refused = decide(request, officer, confirmed=False)

    assert refused.state == "refused"
    assert not VoidedReading.objects.exists()


def test_a_request_is_decided_once():
    system = measured()
    take([row(system, 0.7)])
    request, officer = ask(system, 0), validator(system)
    decide(request, officer)

    with pytest.raises(Conflict):
        decide(request, officer)

    assert VoidedReading.objects.count() == 1


@pytest.mark.parametrize(("first", "last", "reason"), [(5, 9, "x"), (1, 0, "x"), (0, 0, "  ")])
def test_nothing_an_empty_time_or_no_reason_is_refused(first, last, reason):
    system = measured()
    take([row(system, 0.7)])

    with pytest.raises(Invalid):
        ask(system, first, last, reason=reason)

    assert not VoidedReading.objects.exists()
