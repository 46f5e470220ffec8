"""An accepted risk in Chromium: read, reviewed, proposed, expired with nothing running (F27)."""

import datetime as dt

import pytest
from django.db import connections

from incidents.models import RiskAcceptance
from incidents.services.acceptance_proposals import propose_acceptance
from ledger.context import acting_as
from tests.governance import organisation as org
from tests.governance.pages import readings
from tests.incidents import factory as cases
from tests.incidents.factory import EVALUATOR, acting, do
from tests.walks.browser import Reader, chromium, serving
from tests.walks.stage import set_clock

pytestmark = pytest.mark.browser
DAY = dt.timedelta(days=1)


@pytest.fixture
def accepted(monday, monkeypatch):
    """An incident whose risk is accepted, served; yields the way to a reader, house, incident."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    set_clock(cases.AT)
    of = org.organised()
    readings(of.house.series, 0.97, 0.96, 0.91, 0.85)
    incident = org.decided(of)
    do(incident, "accept_risk", EVALUATOR)
    with acting_as(acting(of.house.owner)):
        propose_acceptance(
            incident_id=incident.pk,
            terms={"treatment": "accept", "controls": "A clerk reads every tenth claim."},
            source="risk register",
            reference="R-9",
            actor=acting(of.house.owner),
            at=cases.AT,
        )
    with serving() as base_url, chromium() as browser:
        yield (
            lambda who, scripts: Reader(browser, base_url, who.email, scripts=scripts),
            of,
            incident,
        )
        connections.close_all()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_accepted_risk_is_reviewed_and_says_when_it_is_over(accepted, scripts):
    reader, of, incident = accepted
    number = RiskAcceptance.objects.get(incident=incident).number
    officer = reader(of.house.compliance, scripts)

    officer.open("/acceptances/")
    assert number in officer.words()
    officer.open(f"/acceptances/{number}/")
    officer.open(f"/incidents/{incident.number}/review_acceptance/")
    officer.fill("#act form", outcome="stands", reason="The controls work.")
    officer.press("Save the review")
    assert "The review is recorded." in officer.words()
    set_clock(cases.AT + 21 * DAY)
    officer.open(f"/acceptances/{number}/")

    assert "covers nothing any more" in officer.words()
    assert RiskAcceptance.objects.get(incident=incident).state == "active"
    officer.open("/acceptances/?view=over")
    assert "Expired" in officer.words()


def test_a_proposal_is_rejected_with_a_reason(accepted):
    reader, of, incident = accepted
    officer = reader(of.house.compliance, True)

    officer.open("/acceptances/")
    assert "It names no end." in officer.words()
    with officer.page.expect_navigation():
        officer.page.get_by_role("link", name="RP-").first.click()
    officer.look()
    officer.fill("form.form", reason="Repair it instead.")
    officer.press("Reject the proposal")

    assert "Repair it instead." in officer.words()
