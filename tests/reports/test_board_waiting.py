"""My desk says which board reports wait: to be written, drawn anew, issued (REP-3, GOV-4)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reports.selectors.desk import desk_of
from reports.services.board import draw_report, write_narrative
from tests.incidents import factory as cases
from tests.reports.board_house import DAY, LATER, by, factor, issued, quarter_of_readings, report

pytestmark = pytest.mark.django_db
RUNS = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def of():
    made = cases.house()
    quarter_of_readings(made)
    return made


def steps(user, *, at=LATER):
    """What waits for somebody, each with the address."""
    return {row.step: row.url for row in desk_of(user=user, at=at).also}


def written(of, row, *, at=LATER, who=None):
    """The report with a summary beside its figures."""
    given = {"summary": "Accuracy fell in the last month."}
    return by(
        who or of.compliance, write_narrative, report_id=row.pk, given=given,
        expected_version=row.version, at=at,
    )  # fmt: skip


def test_who_began_a_report_is_asked_to_write(of):
    row = report(of)

    found = steps(of.compliance)

    assert found["Write beside the figures"] == f"/reports/{row.number}/#write"


def test_a_report_without_a_word_waits_for_nobody_else(of):
    report(of)

    found = steps(of.executive)

    assert not [step for step in found if "issue" in step or "figures" in step]


def test_a_written_report_waits_for_those_who_may_issue_it_never_for_its_author(of):
    row = written(of, report(of))

    asked = {
        name for name in ("compliance", "risk", "executive", "auditor", "owner")
        if "Read it, issue and sign it" in steps(getattr(of, name))
    }  # fmt: skip

    assert asked == {"risk", "executive"}
    assert steps(of.risk)["Read it, issue and sign it"] == f"/reports/{row.number}/#issue"


def test_while_the_quarter_runs_a_written_report_waits_for_nobody(of):
    written(of, report(of, at=RUNS), at=RUNS)

    found = [steps(who, at=RUNS) for who in (of.compliance, of.executive)]

    assert not [step for one in found for step in one if "figures" in step or "issue" in step]


def test_figures_from_before_the_end_of_the_quarter_are_to_be_drawn_anew(of):
    row = written(of, report(of, at=RUNS), at=RUNS)

    before = steps(of.compliance), steps(of.executive)
    by(of.compliance, draw_report, report_id=row.pk, expected_version=row.version)
    after = steps(of.compliance), steps(of.executive)

    assert ["Draw the figures anew" in one for one in (*before, *after)] == [
        True, False, False, False,
    ]  # fmt: skip
    assert ["Read it, issue and sign it" in one for one in (*before, *after)] == [
        False, False, False, True,
    ]  # fmt: skip


def test_figures_older_than_a_week_are_to_be_drawn_anew(of):
    written(of, report(of))

    found = steps(of.compliance, at=LATER + 8 * DAY)

    assert "Draw the figures anew" in found
    assert "Read it, issue and sign it" not in steps(of.executive, at=LATER + 8 * DAY)


def test_an_issued_report_waits_for_nobody(of):
    issued(of, written(of, report(of)))

    found = [steps(who) for who in (of.compliance, of.risk, of.executive)]

    assert not [step for one in found for step in one if "figures" in step or "issue" in step]


def test_a_factor_waits_for_a_second_person_who_may_approve_it(of):
    row = factor(of, approved=False)

    asked = {
        name: steps(getattr(of, name)).get("Read the source, then approve")
        for name in ("compliance", "risk", "owner", "auditor")
    }

    link = f"/consequence-factors/{row.pk}/"
    assert asked == {"compliance": None, "risk": link, "owner": None, "auditor": None}


def test_the_lines_of_reports_cost_no_query(of):
    with CaptureQueriesContext(
        connection,
    ) as without:
        desk_of(user=of.executive, at=LATER)
    written(of, report(of))
    factor(of, approved=False)

    with CaptureQueriesContext(connection) as with_lines:
        found = steps(of.executive)

    assert len(with_lines) <= len(without)
    assert "Read it, issue and sign it" in found
