"""INC-9: figures by hand: how long the chain takes, how often it goes back, what counts apart."""

import datetime as dt

import pytest

from incidents.models import Incident
from incidents.rules.figures import (
    ACKNOWLEDGE,
    CONTAIN,
    DECIDE,
    DETECT,
    FAILED,
    FALSE_ALARMS,
    OVERDUE,
    REOPENED,
    RESOLVE,
    RETURNED,
    ROLL_BACK,
    STOP,
    WITHDRAWN,
    Rate,
)
from incidents.selectors.figures import figures_of
from tests.incidents.factory import (
    AT,
    CANCELLED,
    DECISION,
    EVALUATOR,
    INVESTIGATING,
    VALIDATION,
    VERIFICATION,
    bring,
    do,
    fresh,
    house,
    opened,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def told(*, by="severity", since=None, until=AT + 30 * DAY, of=None, **alarms):
    """The figures of all incidents, or of those of a house."""
    rows = Incident.objects.filter(system=of.system) if of else Incident.objects.all()
    return figures_of(visible=rows, by=by, since=since, until=until, **alarms)


def acknowledged_after(of, *hours):
    """Incidents that were each acknowledged after so many hours."""
    for number in hours:
        do(opened(of), "acknowledge", of.owner, at=AT + number * HOUR)


def test_nothing_is_counted_where_nobody_sees_anything():
    found = figures_of(visible=Incident.objects.none(), by="system", since=None, until=AT)

    assert (found.whole.cases, found.groups, found.months) == (0, (), ())
    assert found.whole.duration(RESOLVE).median_told is None


def test_the_time_to_acknowledge_is_that_from_the_detection():
    of = house()
    acknowledged_after(of, 1, 2, 3, 10, 30)

    found = told().whole.duration(ACKNOWLEDGE)

    assert (found.of, found.counted, found.running) == (5, 5, 0)
    assert (found.median, found.ninth) == (3 * 3600, 30 * 3600)
    assert not found.median_is_least


def test_under_five_cases_no_percentile_is_told():
    of = house()
    acknowledged_after(of, 1, 2, 3, 10)

    found = told().whole.duration(ACKNOWLEDGE)

    assert (found.counted, found.median_told, found.ninth_told) == (4, None, None)
    assert found.median == 2 * 3600


def test_what_still_runs_counts_with_its_time_so_far_and_is_told():
    of = house()
    acknowledged_after(of, 1, 2, 3, 4)
    opened(of)

    late = told(until=AT + DAY).whole.duration(ACKNOWLEDGE)

    assert (late.counted, late.running, late.longest_running) == (5, 1, 24 * 3600)
    assert (late.median, late.median_is_least) == (3 * 3600, False)
    assert (late.ninth, late.ninth_is_least) == (24 * 3600, True)


def test_a_median_that_may_still_grow_is_told_as_at_least():
    of = house()
    acknowledged_after(of, 10, 10)
    for _ in range(3):
        opened(of)

    early = told(until=AT + 12 * HOUR).whole.duration(ACKNOWLEDGE)

    assert (early.running, early.median, early.median_is_least) == (3, 12 * 3600, True)


def test_the_time_to_detect_leaves_out_what_nobody_knows_the_onset_of():
    of = house()
    for hours in (1, 2, 3, 4, 5):
        opened(of, onset_at=AT - hours * HOUR)
    for _ in range(2):
        opened(of, onset_at=None)

    found = told().whole.duration(DETECT)

    assert (found.counted, found.of) == (5, 7)
    assert (found.median, found.ninth) == (3 * 3600, 5 * 3600)


def test_a_case_is_resolved_by_its_last_closing_and_a_reopened_one_runs():
    of = house()
    closed = bring(of, VERIFICATION)
    do(closed, "close", of.verifier, at=AT + 4 * DAY)
    again = bring(of, VERIFICATION)
    do(again, "close", of.verifier, at=AT + 2 * DAY)
    do(again, "reopen", of.compliance, at=AT + 3 * DAY)
    do(again, "reopen", of.risk, at=AT + 3 * DAY)

    whole = told(until=AT + 10 * DAY).whole
    found = whole.duration(RESOLVE)

    assert (found.counted, found.running) == (2, 1)
    assert (found.median, found.ninth) == (4 * 86400, 10 * 86400)
    assert whole.rate(REOPENED) == Rate(1, 2)
    assert (whole.cases, whole.open) == (2, 1)


def test_withdrawn_cases_and_rehearsals_are_counted_apart():
    of = house()
    opened(of)
    opened(of, drill=True)
    withdrawn = bring(of, INVESTIGATING)
    do(withdrawn, "withdraw", of.owner, at=AT + HOUR)
    do(withdrawn, "withdraw", of.compliance, at=AT + 2 * HOUR)

    whole = told().whole

    assert fresh(withdrawn).state == CANCELLED
    assert (whole.cases, whole.withdrawn, whole.drills) == (1, 1, 1)
    assert (whole.rate(WITHDRAWN), whole.rate(FALSE_ALARMS)) == (Rate(1, 2), Rate(1, 2))
    assert whole.duration(ACKNOWLEDGE).of == 1


def test_voided_cases_are_false_alarms_and_count_in_no_time_to_resolve():
    of = house()
    bring(of, VERIFICATION)
    voided = bring(of, VERIFICATION)
    do(voided, "close", of.verifier, at=AT + DAY)

    whole = told(false_alarms=f"SELECT '{voided.pk}'::uuid").whole

    assert (whole.duration(RESOLVE).of, whole.duration(CONTAIN).of) == (1, 1)
    assert whole.duration(ACKNOWLEDGE).of == 2
    assert whole.rate(FALSE_ALARMS) == Rate(1, 2)


def test_the_time_to_decide_is_that_from_the_validation_to_the_decision():
    of = house()
    decided = bring(of, DECISION)
    do(decided, "adopt", EVALUATOR, at=AT + 2 * DAY)
    bring(of, DECISION)
    bring(of, INVESTIGATING)

    found = told(until=AT + 5 * DAY).whole.duration(DECIDE)

    assert (found.of, found.counted, found.running) == (2, 2, 1)
    assert (found.median, found.longest_running) == (2 * 86400, 5 * 86400)


def test_a_roll_back_takes_from_the_order_to_its_confirmation_and_contains():
    of = house()
    case = bring(of, DECISION)
    do(case, "adopt", EVALUATOR, at=AT + HOUR)
    do(case, "confirm_action", of.executive, at=AT + 4 * HOUR)

    whole = told().whole

    assert (whole.duration(ROLL_BACK).counted, whole.duration(ROLL_BACK).median) == (1, 3 * 3600)
    assert whole.duration(CONTAIN).median == 4 * 3600
    assert whole.duration(STOP).of == 0


def test_a_stop_that_nobody_confirmed_still_runs_and_contains_at_once():
    of = house()
    case = bring(of, INVESTIGATING)
    do(case, "emergency_contain", of.owner, at=AT + HOUR)

    whole = told(until=AT + 3 * HOUR).whole

    stop, contain = whole.duration(STOP), whole.duration(CONTAIN)
    assert (stop.counted, stop.running, stop.median) == (1, 1, 2 * 3600)
    assert (contain.of, contain.counted, contain.median) == (1, 1, 3600)


def test_returns_are_told_of_the_findings_that_were_submitted():
    of = house()
    case = bring(of, VALIDATION)
    do(case, "return_to_owner", of.compliance, at=AT + HOUR)
    do(case, "submit_findings", of.owner, at=AT + 2 * HOUR)
    bring(of, VALIDATION)

    found = told().whole

    assert found.rate(RETURNED) == Rate(1, 3)


def test_a_verification_that_failed_is_told_of_those_that_ended():
    of = house()
    failed = bring(of, VERIFICATION)
    do(failed, "verification_failed", EVALUATOR)
    do(bring(of, VERIFICATION), "close", of.verifier)
    bring(of, VERIFICATION)

    found = told().whole

    assert found.rate(FAILED) == Rate(1, 2)


def test_a_stage_is_overdue_that_ended_late_or_runs_past_its_deadline():
    of = house()
    do(opened(of), "acknowledge", of.owner, at=AT + 1 * HOUR)
    do(opened(of), "acknowledge", of.owner, at=AT + 3 * DAY)
    opened(of)

    soon = told(until=AT + HOUR).whole.rate(OVERDUE)
    later = told(until=AT + 4 * DAY).whole.rate(OVERDUE)

    assert soon == Rate(1, 2)
    assert later == Rate(2, 3)


def test_groups_are_told_apart_and_a_period_begins_with_the_detection():
    of, other = house(), house()
    opened(of, detected_at=AT - 40 * DAY, severity="minor")
    opened(of, severity="severe")
    opened(other, severity="severe")

    by_system = told(by="system", since=AT - 30 * DAY)
    by_unit = told(by="unit")
    by_month = told(by="month")
    by_severity = told(by="severity")

    assert {one.key: one.cases for one in by_system.groups} == {
        str(of.system.pk): 1,
        str(other.system.pk): 1,
    }
    assert {one.key: one.cases for one in by_unit.groups} == {
        str(of.unit.pk): 2,
        str(other.unit.pk): 1,
    }
    assert [(one.key, one.cases) for one in by_month.groups] == [("2026-10", 1), ("2026-11", 2)]
    assert by_month.groups == by_month.months
    assert {one.key: one.cases for one in by_severity.groups} == {"minor": 1, "severe": 2}


def test_an_unknown_group_is_refused():
    with pytest.raises(KeyError):
        told(by="owner; DROP TABLE")


def test_it_takes_one_question_however_many_cases(django_assert_num_queries):
    of = house()
    for _ in range(6):
        opened(of)

    with django_assert_num_queries(2):
        found = told(by="system")

    assert found.whole.cases == 6
