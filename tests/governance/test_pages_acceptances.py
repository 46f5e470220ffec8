"""Pages of accepted risks: the register, one file, proposals; what they say without any worker."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from incidents.models import AcceptanceProposal, RiskAcceptance
from incidents.rules.transitions import DECISION
from incidents.services.acceptance_proposals import propose_acceptance
from ledger.context import acting_as
from tests.governance import organisation as org
from tests.governance.pages import (
    AT,
    command,
    posted,
    queries,
    readings,
    seen,
    signed_in,
    stand_at,
    text_of,
)
from tests.incidents import factory as cases
from tests.incidents.factory import EVALUATOR, acting, do, evidence, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
DAY = dt.timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
UNTIL = AT + 20 * DAY


@pytest.fixture
def of():
    made = org.organised()
    readings(made.house.series, 0.97, 0.96, 0.91, 0.85)
    return made


@pytest.fixture
def accepted(of):
    incident = org.decided(of)
    do(incident, "accept_risk", EVALUATOR)
    return fresh(incident)


def the(incident):
    return RiskAcceptance.objects.filter(incident=incident).latest("from_at")


def page(incident):
    return f"/acceptances/{the(incident).number}/"


def test_the_register_says_what_is_accepted_until_when_and_beyond_which_limit(client, of, accepted):
    text = seen(client, "/acceptances/", of.house.compliance)

    row = the(accepted)
    assert row.number in text
    assert "accuracy 0.8" in text
    assert "Valid" in text


def test_an_empty_register_says_how_a_risk_is_accepted(client, of):
    text = seen(client, "/acceptances/", of.house.compliance)

    assert "No accepted risk here" in text
    assert "a motion on an incident" in text


def test_every_page_says_expired_although_nothing_ran(client, of, accepted):
    """F27: no sweep, no worker; only the instant has passed."""
    stand_at(UNTIL + DAY)

    register = seen(client, "/acceptances/?view=over", of.house.compliance)
    file = seen(client, page(accepted), of.house.compliance)
    case = seen(client, f"/incidents/{accepted.number}/", of.house.compliance)

    assert the(accepted).state == "active"
    assert "Expired" in register
    assert "covers nothing any more: its time is over" in file
    assert "The record has not noted it yet; that changes nothing." in file
    assert "Expired" in case


def test_the_gate_of_the_system_names_the_acceptance_that_is_over(client, of, accepted):
    stand_at(UNTIL + DAY)

    text = seen(client, f"/systems/{of.house.system.slug}/life/", of.house.compliance)

    assert f"The acceptance {the(accepted).number}" in text or "resume" not in text


def test_the_file_shows_terms_what_is_to_come_and_what_the_reader_may_do(client, of, accepted):
    text = seen(client, page(accepted), of.house.compliance)

    assert "A few claims a week are paid late." in text
    assert "Review at half term" in text
    assert "Review the acceptance" in text


def test_the_owner_is_told_why_they_may_not_review(client, of, accepted):
    text = seen(client, page(accepted), of.house.owner)

    assert "You cannot review the acceptance of this" in text


def test_a_review_is_given_on_the_incident_page(client, of, accepted):
    signed_in(client, of.house.compliance)

    answer = command(
        client, accepted, "review_acceptance", outcome="renew", reason="The scanner is late."
    )

    assert answer.status_code == 302, text_of(answer)
    assert fresh(accepted).state == DECISION
    assert the(accepted).reviewed_by == of.house.compliance


def test_a_removed_risk_is_said_on_the_incident_page(client, of, accepted):
    signed_in(client, of.house.compliance)

    answer = command(client, accepted, "risk_removed", reason="A new scanner.", evidence="order 17")

    assert answer.status_code == 302, text_of(answer)
    assert the(accepted).state == "fulfilled"


def test_the_tracker_shows_the_accepted_risk_with_its_end(client, of, accepted):
    text = seen(client, f"/incidents/{accepted.number}/", of.house.owner)

    assert "Risk accepted" in text
    assert "until then, within its limit" in text


def test_renewals_are_shown_as_a_chain_with_the_first_dates(client, of, accepted):
    evidence(accepted, of.house.owner, at=AT + 15 * DAY)
    do(accepted, "review_acceptance", of.house.compliance, at=AT + 16 * DAY, outcome="renew")
    do(accepted, "accept_risk", EVALUATOR, at=AT + 17 * DAY)
    stand_at(AT + 18 * DAY)

    text = seen(client, page(accepted), of.house.compliance)

    assert "Renewals" in text
    assert the(accepted).renewal_of.number in text
    assert "Superseded" in text


def test_a_stranger_finds_no_acceptance(client, of, accepted):
    stranger = cases.person()

    assert the(accepted).number not in seen(client, "/acceptances/?view=all", stranger)
    seen(client, page(accepted), stranger, status=404)


def test_nobody_reads_it_without_signing_in(client, accepted):
    assert client.get(page(accepted)).status_code == 302


@pytest.mark.parametrize("path", ["acceptances", "acceptances/proposals"])
def test_a_number_that_is_none_is_not_found(client, of, path):
    assert signed_in(client, of.house.compliance).get(f"/{path}/%00/").status_code == 404


@pytest.mark.parametrize("query", ["view=x", "system=%00", "after=x", "after=%00", "as_of=x"])
def test_a_bad_address_is_no_error_of_ours(client, of, query):
    answer = signed_in(client, of.house.compliance).get(f"/acceptances/?{query}")

    assert answer.status_code in (200, 400)


def test_the_register_as_of_an_instant_shows_what_was_valid_then(client, of, accepted):
    stand_at(UNTIL + DAY)
    then = (AT + DAY).strftime("%Y-%m-%dT%H:%MZ")

    text = seen(client, f"/acceptances/?view=all&as_of={then}", of.house.auditor)

    assert "Expired" not in text


def test_the_sheet_holds_what_the_page_shows(client, of, accepted):
    answer = signed_in(client, of.house.compliance).get("/acceptances/list.csv")

    lines = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert the(accepted).number in lines.decode()
    assert "Acceptance" in lines.decode().splitlines()[0]
    row = the(accepted)
    assert f"{row.until_at.astimezone(BERLIN):%Y-%m-%d %H:%M} CET" in lines.decode()
    assert f"{row.until_at:%Y-%m-%d %H:%M}" in lines.decode()


def test_the_register_asks_no_more_for_more_rows(client, of, accepted):
    signed_in(client, of.house.compliance)
    few = queries(client, "/acceptances/?view=all")
    for day in (1, 2):
        with acting_as(acting(of.house.compliance)):
            evidence(accepted, of.house.owner, at=AT + day * DAY)
            do(
                accepted,
                "review_acceptance",
                of.house.compliance,
                at=AT + day * DAY,
                outcome="renew",
            )
            do(accepted, "accept_risk", EVALUATOR, at=AT + day * DAY)

    assert queries(client, "/acceptances/?view=all") == few


def test_a_proposal_says_what_is_missing_and_is_rejected_with_a_reason(client, of):
    incident = org.decided(of)
    with acting_as(acting(of.house.owner)):
        row = propose_acceptance(
            incident_id=incident.pk,
            terms={"treatment": "accept", "controls": "A clerk."},
            source="risk register",
            reference="R-9",
            actor=acting(of.house.owner),
            at=AT,
        )
    path = f"/acceptances/proposals/{row.number}/"

    text = seen(client, path, of.house.compliance)
    register = seen(client, "/acceptances/", of.house.compliance)
    wrong = posted(client, path, reason="")
    done = posted(client, path, reason="Repair it instead.")

    assert "Until when: This is required." in text
    assert "It names no end." in register
    assert (wrong.status_code, done.status_code) == (400, 302)
    assert AcceptanceProposal.objects.get().state == "rejected"
    assert "Repair it instead." in seen(client, path, of.house.compliance)
