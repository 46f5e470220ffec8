"""Monitoring coverage and when nothing is expected (TEL-6, EVA-07, EVA-08)."""

import pytest

from governance.models import Standing
from governance.rules.coverage import Freshness, Heard, freshness, share_of
from governance.selectors.coverage import coverage_of, fleet_share
from governance.services.coverage import measure_coverage
from governance.services.silences import judge_silences
from ledger.rules.refusals import Forbidden, Invalid
from telemetry.models import Measurement, Pause
from telemetry.services.pauses import set_pause
from telemetry.services.series import expect_readings
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor, sign_in
from tests.telemetry.factory import AT, DAY, measured, row, series_of, take


@pytest.fixture
def system(db):
    """A live system with a threshold, heard last at AT."""
    found = measured()
    take([row(found, 0.95, day=day) for day in range(95, 101)])
    return found


@pytest.mark.parametrize(
    ("heard", "expected", "state"),
    [
        ([Heard(AT - DAY, 86400)], True, Freshness.FRESH),
        ([Heard(AT - 3 * DAY, 86400)], True, Freshness.LATE),
        ([Heard(AT - 3 * DAY, 86400), Heard(AT, 3600)], True, Freshness.FRESH),
        ([Heard(None, 86400)], True, Freshness.NEVER),
        ([], True, Freshness.NEVER),
        ([Heard(AT, 86400)], False, Freshness.NOT_EXPECTED),
    ],
)
def test_only_what_was_heard_in_time_is_fresh(heard, expected, state):
    assert freshness(heard, expected=expected, at=AT) is state


def test_nothing_required_is_no_coverage():
    share = share_of([Freshness.NOT_EXPECTED])

    assert (share.value, share.is_whole) == (None, False)


def test_a_live_system_is_covered_while_its_kpis_are_heard(system):
    (now,) = coverage_of(systems=[system], at=AT + DAY)
    (later,) = coverage_of(systems=[system], at=AT + 5 * DAY)

    assert (now.share.value, now.by_scorecard) == (1.0, False)
    assert (later.share.value, later.kpis[0].state) == (0.0, Freshness.LATE)
    assert fleet_share([later]).fresh == 0


def test_coverage_of_many_systems_takes_as_many_queries_as_of_one(
    system, django_assert_max_num_queries
):
    other = measured()

    with django_assert_max_num_queries(5):
        coverage_of(systems=[system, other], at=AT)


def test_it_is_measured_once_a_day_as_a_kpi(system):
    first = measure_coverage(AT + DAY)
    again = measure_coverage(AT + DAY)

    reading = Measurement.objects.get(series__kpi_id="monitoring_coverage")
    assert (first, again) == (1, 0)
    assert (reading.value, reading.n) == (1.0, 1)
    assert (reading.window_end.hour, reading.window_end.date()) == (0, (AT + DAY).date())


def pause(system, **changes):
    """A pause of ten days, announced by the owner."""
    given = {
        "system_id": system.pk, "from_at": AT, "until_at": AT + 10 * DAY, "reason": "Holidays.",
        "actor": person_as_actor(system.owner),
    }  # fmt: skip
    return call(set_pause, **(given | changes))


def test_eva_08_in_a_pause_silence_is_no_breach_and_the_standing_is_held(system):
    call(expect_readings, series_id=series_of(system).pk, cadence_seconds=86400)
    pause(system)

    judged = judge_silences(AT + 9 * DAY)

    assert judged == 0
    assert Standing.objects.get().state == "OK"
    assert coverage_of(systems=[system], at=AT + 9 * DAY)[0].not_expected == "paused: Holidays."


def test_eva_07_after_a_pause_silence_counts_from_its_end(system):
    call(expect_readings, series_id=series_of(system).pk, cadence_seconds=86400)
    pause(system)

    soon = judge_silences(AT + 10.5 * DAY)
    late = judge_silences(AT + 12 * DAY)

    assert (soon, late) == (0, 1)
    assert Standing.objects.get().state == "NO_DATA"


def test_eva_08_of_a_suspended_system_nothing_is_expected(system):
    registry.step(system, "suspend")
    system.refresh_from_db()

    assert measure_coverage(AT + DAY) == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"until_at": AT}, "ends after"),
        ({"until_at": AT - DAY}, "ends after"),
        ({"reason": " "}, "Say why"),
        ({"reason": "\x00"}, "NUL"),
    ],
)
def test_a_pause_that_makes_no_sense_is_refused(system, changes, words):
    with pytest.raises(Invalid, match=words):
        pause(system, **changes)


def test_a_stranger_announces_no_pause(system):
    with pytest.raises(Forbidden):
        pause(system, actor=person_as_actor(registry.user(of=system.unit)))


def test_a_pause_never_begins_in_the_past(system):
    pause(system, from_at=AT - DAY)

    assert Pause.objects.get().from_at == AT


def test_the_api_tells_the_coverage_and_announces_a_pause(client, system):
    sign_in(client, system.owner)
    given = {"from_at": "2026-12-24T00:00:00Z", "until_at": "2099-01-02T00:00:00Z", "reason": "x"}

    told = client.get("/api/v1/coverage")
    set_ = client.post(f"/api/v1/systems/{system.slug}/pauses", given,
                       content_type="application/json")  # fmt: skip

    assert told.json()["results"][0]["kpis_required"] == 1
    assert set_.status_code == 201
