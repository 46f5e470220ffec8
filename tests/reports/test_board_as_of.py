"""Board reports as they were at an instant: list, one report, API (REP-3, AUD-3)."""

import datetime as dt

import pytest
from django.urls import reverse

from reports.services.board import draw_report, write_narrative
from tests.governance.pages import seen, signed_in, stand_at
from tests.incidents import factory as cases
from tests.reports.board_house import DAY, LATER, by, issued, quarter_of_readings, readings, report

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
NOW = LATER + DAY


@pytest.fixture(autouse=True)
def _standing_clock():
    stand_at(NOW)
    yield
    stand_at(None)


@pytest.fixture
def of():
    made = cases.house()
    quarter_of_readings(made)
    return made


def then(instant):
    """An instant as an address carries it."""
    return instant.isoformat().replace("+00:00", "Z")


def page_of(row):
    """The address of a report."""
    return reverse("report", args=[row.number])


def write(of, row, words, *, at):
    """Write the summary."""
    return by(
        of.compliance, write_narrative, report_id=row.pk, given={"summary": words},
        expected_version=row.version, at=at,
    )  # fmt: skip


def test_an_issued_report_was_a_draft_before(client, of):
    row = write(of, report(of), "Accuracy fell.", at=LATER + HOUR)
    issued(of, row, at=LATER + 2 * HOUR)

    text = seen(client, f"{page_of(row)}?as_of={then(LATER + 1.5 * HOUR)}", of.auditor)

    assert "As it was on" in text
    assert "Draft" in text
    assert "Accuracy fell." in text
    assert "reads as it was signed" not in text
    assert 'name="sha256"' not in text


def test_what_was_written_later_is_left_out(client, of):
    row = write(of, report(of), "The first words.", at=LATER + HOUR)
    write(of, row, "Words of later.", at=LATER + 3 * HOUR)

    text = seen(client, f"{page_of(row)}?as_of={then(LATER + 2 * HOUR)}", of.executive)

    assert "The first words." in text
    assert "Words of later." not in text


def test_as_of_an_instant_after_the_issue_the_signature_still_holds(client, of):
    row = issued(of, report(of), at=LATER + HOUR)

    text = seen(client, f"{page_of(row)}?as_of={then(LATER + 2 * HOUR)}", of.auditor)

    assert "reads as it was signed" in text
    assert row.sha256 in text


def test_figures_that_were_drawn_anew_since_are_said_not_to_be_kept(client, of):
    row = write(of, report(of), "As they stood first.", at=LATER + HOUR)
    readings(of.series, [(91.5, 0.5)])
    by(
        of.compliance, draw_report, report_id=row.pk, expected_version=row.version,
        at=LATER + 3 * HOUR,
    )  # fmt: skip

    text = seen(client, f"{page_of(row)}?as_of={then(LATER + 2 * HOUR)}", of.executive)

    assert "as they stood then are not kept" in text
    assert "As they stood first." in text
    assert "No KPI of these systems is measured" not in text


def test_before_it_was_begun_there_is_no_report(client, of):
    row = report(of)
    signed_in(client, of.executive)

    answer = client.get(f"{page_of(row)}?as_of={then(LATER - HOUR)}")

    assert answer.status_code == 404


def test_the_list_shows_what_had_been_begun_as_it_stood(client, of):
    row = issued(of, report(of), at=LATER + 2 * HOUR)
    later = report(of, kind="review", at=LATER + 3 * HOUR)

    text = seen(client, f"/reports/?as_of={then(LATER + HOUR)}", of.executive)

    assert row.number in text
    assert later.number not in text
    assert "Draft" in text
    assert "Begin a report" not in text


def test_links_of_the_past_stay_in_it(client, of):
    row, instant = report(of), then(LATER + HOUR)
    signed_in(client, of.executive)

    answer = client.get(f"/reports/?as_of={instant}")

    assert f'href="{page_of(row)}?as_of=' in answer.content.decode()


def test_the_api_answers_as_of_an_instant(client, of):
    row = issued(of, report(of), at=LATER + 2 * HOUR)
    signed_in(client, of.auditor)
    query = {"as_of": then(LATER + HOUR)}

    one = client.get(f"/api/v1/reports/{row.number}", query).json()
    listed = client.get("/api/v1/reports/", query).json()
    now = client.get(f"/api/v1/reports/{row.number}").json()

    assert (one["report"]["state"], one["intact"]) == ("draft", False)
    assert one["as_of"] is not None
    assert [line["state"] for line in listed["results"]] == ["draft"]
    assert (now["report"]["state"], now["intact"], now["as_of"]) == ("issued", True, None)


def test_who_may_not_read_a_report_now_does_not_read_its_past(client, of):
    row = report(of)
    signed_in(client, of.stranger)

    answer = client.get(f"{page_of(row)}?as_of={then(LATER + HOUR)}")

    assert answer.status_code == 404
