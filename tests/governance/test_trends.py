"""Slow slides, judged by the sweep over stored readings (KPI-5)."""

import datetime as dt
import random

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.models import MeasuredLook, MeasuredStanding, Standing, TrendRule, Watch
from governance.rules.objectives import TrendStated
from governance.selectors.cases import state_of_cause
from governance.services.objectives import approve_objective, draft_trend_rule
from governance.services.trends import judge_trends
from governance.services.turns import TRY
from governance.services.voids import decide_void
from governance.services.watches import fire_due
from incidents.models import Incident
from ledger.selectors.at_once import at_once
from ledger.selectors.lines import lines_of_object
from outbox.models import Timer
from registry.models import System
from reports.selectors.cases import open_incidents, opened_cases, papers_asked
from reports.selectors.tasks import worst_standing
from telemetry.models import Series
from telemetry.services.voids import ask_void
from tests.governance.pages import seen
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor
from tests.telemetry.factory import AT, BANDS, START, measured, row, take, threshold

WEEK = dt.timedelta(weeks=1)
FIRST = START - 60 * WEEK
NEXT = AT + dt.timedelta(hours=2)
LATER = AT + dt.timedelta(days=1)


def weekly(system, values, *, first=0, **changes):
    """One reading a week, from the given week on."""
    return [
        row(
            system,
            value,
            window="7d",
            window_end=(FIRST + (first + week) * WEEK).isoformat(),
            **changes,
        )
        for week, value in enumerate(values)
    ]


def slide(weeks, *, start=0.96, a_week=0.003, noise=0.0005, seed=1):
    """A share that loses 0.3 % of itself each week."""
    chance = random.Random(seed)
    return [start * (1 - a_week * week) + chance.gauss(0, noise) for week in range(weeks)]


def steady(weeks, *, level=0.96, noise=0.004, seed=1):
    """A share that does not move."""
    return slide(weeks, start=level, a_week=0, noise=noise, seed=seed)


def standing():
    """The only standing over many readings."""
    return MeasuredStanding.objects.select_related("look").get(kind="trend")


def rule(system, *, at=AT, **stated):
    """A trend rule in force."""
    drafted = call(
        draft_trend_rule,
        threshold_id=system.thresholds.get().pk,
        stated=TrendStated(**stated),
        author_id=system.owner_id,
        at=at,
    )
    return call(
        approve_objective,
        kind=TrendRule,
        version_id=drafted.pk,
        approver_id=system.deputy_id,
        at=at,
    )


def made(**changes):
    """A live system with a threshold on its accuracy that judges all of the past."""
    system = measured(stated=None, **({"risk_tier": "high"} | changes))
    threshold(system, valid_from=FIRST - WEEK)
    return system


@pytest.fixture
def system(db):
    """A live system at high tier."""
    return made()


def test_a_slide_of_three_per_mille_a_week_fires_before_any_band(system):
    take(weekly(system, slide(18)))

    judge_trends(AT)

    assert Standing.objects.get().state == "OK"
    assert standing().state == "WARNING"
    incident = Incident.objects.get()
    assert (incident.kind, incident.severity) == ("trend", "minor")
    assert incident.title == "Accuracy slides towards its limit"
    assert "points a week" in incident.summary
    assert "reaches the first limit, 90 %" in incident.summary


def test_noise_without_a_slide_fires_nothing(system):
    take(weekly(system, steady(40)))

    judge_trends(AT)

    assert standing().state == "OK"
    assert not Incident.objects.exists()


def test_at_low_tier_a_slide_is_a_watch_and_becomes_an_incident_with_its_own_words(db):
    take(weekly(made(risk_tier="low"), slide(18)))

    judge_trends(AT)

    watch = Watch.objects.get()
    assert not Incident.objects.exists()
    fire_due(timer=Timer.objects.get(subject_id=watch.pk), at=watch.due_at)
    incident = Incident.objects.get()
    assert (incident.kind, incident.title) == ("trend", "Accuracy slides towards its limit")
    assert incident.summary == watch.summary


def test_too_few_windows_are_unknown_and_not_ok(system):
    take(weekly(system, slide(7)))

    judge_trends(AT)

    assert standing().state == "NO_DATA"
    assert standing().why == "7 of the 8 valid windows that it takes"


def test_bad_readings_count_nowhere_and_end_no_slide(system):
    take(weekly(system, slide(18)))
    judge_trends(AT)

    take(weekly(system, [None, None, None], first=18), at=NEXT)
    judge_trends(NEXT)

    assert (standing().state, standing().why) == ("NO_DATA", "the last readings are bad")
    assert Incident.objects.get().causes.get().recovered_at is None


def test_readings_of_too_few_cases_count_nowhere(db):
    system = measured(stated=None)
    threshold(system, stated=_with_least_n(), valid_from=FIRST - WEEK)
    take(weekly(system, slide(18), n=100))

    judge_trends(AT)

    assert standing().state == "NO_DATA"


def test_a_slide_that_ends_is_told_to_the_incident_and_closes_nothing(system):
    take(weekly(system, slide(18)))
    judge_trends(AT)
    incident = Incident.objects.get()

    take(weekly(system, steady(30, level=0.97), first=18), at=NEXT)
    judge_trends(NEXT)

    incident.refresh_from_db()
    assert standing().state == "OK"
    assert incident.closed_at is None
    assert incident.causes.get().recovered_at == NEXT


def test_the_recovery_of_the_band_does_not_end_the_slide(system):
    take(weekly(system, slide(18)))
    judge_trends(AT)

    take(weekly(system, [0.85, 0.85, 0.95, 0.95, 0.95], first=18), at=NEXT)

    trend = Incident.objects.get(kind="trend")
    assert Incident.objects.get(kind="breach").causes.get().recovered_at == NEXT
    assert trend.causes.get().recovered_at is None


def test_the_page_of_the_incident_says_what_slides_and_not_that_the_series_is_well(system, client):
    take(weekly(system, slide(18)))
    judge_trends(AT)
    incident = Incident.objects.get()

    cause = incident.causes.select_related("standing").get()
    rows = open_incidents(visible=Incident.objects.all(), user=system.owner, at=AT)
    (opened,) = opened_cases(rows, at_once(papers_asked(rows)), AT)
    text = seen(client, f"/incidents/{incident.number}/", system.owner)

    assert (cause.standing.state, state_of_cause(cause, incident.kind)) == ("OK", "WARNING")
    assert worst_standing(opened) == "warning"
    assert "reaches the first limit, 90 %" in text


def test_one_slide_is_one_incident_however_often_it_is_judged(system):
    take(weekly(system, slide(18)))
    judge_trends(AT)

    take(weekly(system, slide(20)[18:], first=18), at=NEXT)
    judge_trends(NEXT)

    assert Incident.objects.count() == 1


def test_nothing_new_is_not_looked_at_again(system):
    take(weekly(system, slide(18)))
    judge_trends(AT)

    assert judge_trends(LATER) == 0


def test_a_change_of_the_standing_is_on_record_with_its_figures(system):
    take(weekly(system, slide(18)))

    judge_trends(AT)

    lines = lines_of_object(object_type="measured_standing", object_id=str(standing().pk))
    assert [line.verb for line in lines] == ["measured.changed"]


def test_a_late_reading_that_reveals_a_slide_opens_it(system):
    values = slide(18)
    early = values[:10] + [0.99] * 7 + values[17:]
    take(weekly(system, early))
    judge_trends(AT)
    assert not Incident.objects.exists()

    corrected = weekly(system, values[10:17], first=10, revision=1)
    take(corrected, at=NEXT)
    judge_trends(NEXT)

    assert standing().state == "WARNING"
    assert Incident.objects.count() == 1


def test_voided_readings_count_nowhere_and_call_for_another_look(system):
    take(weekly(system, slide(18)))
    judge_trends(AT)
    series = Series.objects.get(system=system)
    validator = registry.user(of=system.unit)
    registry.role(validator, "compliance", unit=system.unit)

    asked = call(
        ask_void,
        series_id=series.pk,
        since=FIRST + 16 * WEEK,
        until=FIRST + 17 * WEEK,
        reason="the labels were swapped",
        actor=person_as_actor(system.owner),
        at=NEXT,
    )
    call(
        decide_void,
        request_id=asked.pk,
        confirmed=True,
        reason="seen",
        actor=person_as_actor(validator),
        at=NEXT,
    )

    assert judge_trends(NEXT) == 1
    assert (standing().state, standing().why) == ("NO_DATA", "the last readings are bad")


def test_while_another_sweep_judges_nothing_is_done_twice(system):
    take(weekly(system, slide(18)))
    elsewhere = connections.create_connection("default")
    with elsewhere.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(TRY, ["judge trend"])

    looked = judge_trends(AT)
    elsewhere.rollback()
    elsewhere.close()

    assert (looked, judge_trends(AT)) == (0, 1)


def test_short_windows_are_looked_at_by_day(system):
    chance = random.Random(3)
    readings = [
        row(
            system,
            0.955 - 0.0012 * hour / 24 + chance.gauss(0, 0.002),
            window="12h",
            window_end=(START + dt.timedelta(hours=hour)).isoformat(),
        )
        for hour in range(0, 24 * 32, 12)
    ]
    take(readings)

    judge_trends(AT)

    assert standing().state == "WARNING"
    assert standing().look.figures["per_week"] == pytest.approx(-0.0084, rel=0.1)


@pytest.mark.parametrize("method", ["ewma", "cusum"])
def test_a_chart_signals_a_slide_where_a_rule_says_so(system, method):
    rule(system, method=method)
    take(weekly(system, steady(20, noise=0.001) + slide(10, noise=0.001)))

    judge_trends(AT)

    assert standing().state == "WARNING"
    assert standing().look.figures["method"] == method


def test_a_rule_that_was_ended_judges_nothing_and_says_so(system):
    rule(system, enabled=False)
    take(weekly(system, slide(18)))

    judge_trends(AT)

    assert (standing().state, standing().why) == ("NO_DATA", "slides of it are not judged")
    assert not Incident.objects.exists()


@pytest.mark.full
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(order=st.permutations(range(20)), cuts=st.lists(st.integers(1, 19), max_size=3))
def test_late_and_permuted_readings_end_in_the_same_state(db, order, cuts):
    """Deliveries in any order and size, with a sweep after each, end where one delivery does."""
    states = []
    for given_order, given_cuts in ((range(20), []), (order, sorted(set(cuts)))):
        with transaction.atomic():
            states.append(_end_of(given_order, given_cuts))
            transaction.set_rollback(True)

    assert states[0] == states[1]


def _end_of(order, cuts):
    system, values = made(), slide(20)
    readings = weekly(system, values)
    at = AT
    for start, end in zip([0, *cuts], [*cuts, 20], strict=True):
        take([readings[place] for place in order[start:end]], at=at)
        at += dt.timedelta(hours=2)
        judge_trends(at)
    look = MeasuredLook.objects.select_related("standing").get()
    assert System.objects.filter(pk=system.pk).exists()
    return look.standing.state, look.window_end, look.figures, look.fired


def _with_least_n():
    return type(BANDS)(direction="below", warning=0.90, critical=0.80, least_n=400)
