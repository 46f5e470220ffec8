"""INC-9: the course of a case that ended says what its transitions say, while it stands there."""

import datetime as dt

import pytest

from incidents.models import Course, Incident
from incidents.rules.transitions import ENDED
from incidents.selectors.figures import figures_of
from incidents.services.courses import draw_courses
from tests.incidents.factory import AT, INVESTIGATING, VERIFICATION, bring, do, fresh, house, opened

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def told(by="system"):
    """The figures of all incidents."""
    return figures_of(visible=Incident.objects.all(), by=by, since=None, until=AT + 30 * DAY)


def ended(of):
    """A case that was closed, and one that was closed, reopened and stands open again."""
    closed = bring(of, VERIFICATION)
    do(closed, "close", of.verifier, at=AT + DAY)
    again = bring(of, VERIFICATION)
    do(again, "close", of.verifier, at=AT + 2 * DAY)
    do(again, "reopen", of.compliance, at=AT + 3 * DAY)
    do(again, "reopen", of.risk, at=AT + 3 * DAY)
    return closed


@pytest.mark.bypass
@pytest.mark.parametrize("by", ["system", "unit", "severity", "month"])
def test_the_figures_are_the_same_without_any_course(by):
    of = house()
    ended(of)
    withdrawn = bring(of, INVESTIGATING)
    do(withdrawn, "withdraw", of.owner, at=AT + HOUR)
    do(withdrawn, "withdraw", of.compliance, at=AT + 2 * HOUR)
    do(opened(of), "acknowledge", of.owner, at=AT + DAY)

    drawn, found = Course.objects.count(), told(by)
    Course.objects.all().delete()

    assert drawn == 3
    assert told(by) == found


@pytest.mark.bypass
def test_a_course_drawn_where_its_case_stands_no_more_is_not_read():
    ended(house())
    found = told()

    Course.objects.update(stage_entered_at=AT, returns=1000, was_false=True)

    assert told() == found


@pytest.mark.bypass
def test_a_course_of_a_case_that_is_open_is_not_read():
    incident = ended(house())
    found = told()
    again = Incident.objects.exclude(pk=incident.pk).get()

    changed = Course.objects.filter(incident=again).update(
        stage_entered_at=again.stage_entered_at, returns=1000, was_false=True
    )

    assert (changed, again.state in ENDED) == (1, False)
    assert told() == found


@pytest.mark.bypass
def test_a_course_is_drawn_again_where_its_case_stands():
    incident = ended(house())
    own = Course.objects.filter(incident=incident)
    before = own.values().get()
    own.update(stage_entered_at=AT, submissions=7)

    draw_courses(incident_ids=[incident.pk])

    assert own.values().get() == before
    assert before["stage_entered_at"] == fresh(incident).stage_entered_at
