"""The incident page: what it shows to whom, by state, and how much it asks the database."""

import pytest

from incidents.models import Incident
from tests.governance import organisation as org
from tests.governance.pages import AT, queries, readings, section, seen, signed_in
from tests.incidents import factory as cases

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture
def of():
    made = org.organised(risk_tier="high")
    readings(made.house.series, 0.97, 0.96, 0.91, 0.85)
    return made


def case(of):
    """An incident that a reading has opened."""
    (incident,) = org.read(of)
    return cases.fresh(incident)


def page(incident):
    return f"/incidents/{incident.number}/"


def submitted(of):
    """An incident whose findings wait for their reviews."""
    incident = case(of)
    cases.do(incident, "acknowledge", of.house.owner)
    cases.evidence(incident, of.house.owner)
    cases.do(incident, "submit_findings", of.house.owner)
    return cases.fresh(incident)


def test_nobody_sees_an_incident_without_signing_in(client, of):
    response = client.get(page(case(of)))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    "who",
    ["owner", "deputy", "compliance", "risk", "executive", "engineer", "auditor", "secretary"],
)
def test_everybody_with_a_part_or_a_role_sees_the_case_file(client, of, who):
    incident = case(of)

    text = seen(client, page(incident), getattr(of.house, who))

    assert incident.title in text
    assert "1 The breach" in text or "The breach" in text


def test_a_stranger_is_told_that_there_is_nothing(client, of):
    incident = case(of)

    text = seen(client, page(incident), of.house.stranger, status=404)

    assert "There is no such incident that you may see." in text
    assert incident.title not in text


def test_a_member_sees_the_case_only_once_it_waits_for_the_committee(client, of):
    incident = submitted(of)
    member = of.members[1]
    before = signed_in(client, member).get(page(incident)).status_code

    cases.validated(of.house, incident)
    after = signed_in(client, member).get(page(incident)).status_code

    assert (before, after) == (404, 200)


def test_the_breach_is_told_with_its_rule_its_chart_and_the_readings_beside(client, of):
    incident = case(of)

    response = signed_in(client, of.house.owner).get(page(incident))

    html = response.content.decode()
    assert f"v{of.threshold.number}</a>" in html
    assert '<svg class="chart"' in html
    assert "critical ≤ 0.89" in html.replace("\u202f", " ")
    assert html.count('data-state="critical"') >= 1


def test_the_owner_is_asked_the_four_questions_and_nothing_is_chosen(client, of):
    response = signed_in(client, of.house.owner).get(page(case(of)))

    html = response.content.decode()
    assert 'action="/incidents/' in html
    assert html.count('value="unknown"') == 4
    assert " checked" not in section(html, 'id="act"', "</form>")


def test_compliance_sees_who_may_act_and_that_it_is_not_their_turn(client, of):
    incident = case(of)

    text = seen(client, page(incident), of.house.compliance)

    assert "Nothing for you to do here now" in text
    assert of.house.owner.name in section(text, "Who may act now", "What you cannot do here")
    assert "takes the owner, the deputy" in section(text, "What you cannot do here", "$$")


def test_evidence_is_no_step_that_is_asked_of_whoever_does_not_investigate(client, of):
    incident = case(of)
    cases.do(incident, "acknowledge", of.house.owner)

    text = seen(client, page(incident), of.house.compliance)

    near = section(text, "Nothing for you to do here now", "Turns of the case")
    assert "Add evidence" in near
    assert "Where it stands" not in near


def test_nobody_is_said_to_close_while_a_proof_still_runs(client, of):
    incident = org.decided(of)
    rule = cases.measured(of.house.series)
    ordered = cases.order(incident, proof="measured", verification=[rule])
    cases.do(incident, "adopt", cases.EVALUATOR, actions=[ordered])
    cases.do(incident, "confirm_action", of.house.executive)

    text = seen(client, page(incident), of.house.verifier)

    may = section(text, "Who may act now", "What you cannot do here")
    assert "once its proofs have passed" in may
    assert "verify and close" not in may


def test_who_submitted_is_told_why_they_cannot_validate_and_who_can(client, of):
    incident = submitted(of)

    text = seen(client, page(incident), of.house.owner)

    assert "submitted these findings" in section(text, "Who may act", "What you cannot")
    refused = section(text, "What you cannot do here", "$$")
    assert "you submitted its findings" in refused
    assert "Vote on the decision" in refused


def test_a_validator_gets_one_panel_with_the_severity_in_force_and_no_legal_answer(client, of):
    incident = submitted(of)

    response = signed_in(client, of.house.compliance).get(page(incident))

    html = response.content.decode()
    act = section(html, 'id="act"', "</form>")
    assert html.count("panel--act") == 1
    assert "Validate and sign" in act
    assert act.count(" checked") == 1
    assert "as it stands" in act
    assert act.count("btn--primary") == 1


def test_the_page_asks_for_the_password_only_when_the_last_entry_is_too_old(client, of):
    incident = submitted(of)

    fresh = signed_in(client, of.house.compliance, entered=AT).get(page(incident))
    stale = signed_in(client, of.house.compliance, entered=None).get(page(incident))

    assert 'name="password"' not in fresh.content.decode()
    assert 'name="password"' in stale.content.decode()


def test_at_high_tier_the_tracker_says_which_line_has_signed_and_whom_it_waits_for(client, of):
    incident = submitted(of)
    cases.do(incident, "validate", of.house.risk)

    text = seen(client, page(incident), of.house.compliance)

    stages = section(text, "Owner", "The breach")
    assert f"Risk: {of.house.risk.name}, signed" in stages
    assert "Compliance: you" in stages
    assert "waits for a review by compliance" in text


def test_the_auditor_reads_everything_and_gets_no_form(client, of):
    incident = submitted(of)

    response = signed_in(client, of.house.auditor).get(page(incident))

    assert 'method="post"' not in section(response.content.decode(), "<main", "</main")
    assert "auditor reads everything and changes nothing" in response.content.decode()


def test_the_record_names_each_act_with_its_ledger_number_and_refusals_too(client, of):
    incident = submitted(of)
    refused = signed_in(client, of.house.owner)
    refused.post(f"{page(incident)}validate/", {"version": incident.version, "key": "k"})

    text = seen(client, page(incident), of.house.auditor)

    record = section(text, "The record", "$$")
    assert f"{of.house.owner.name} submitted and signed the findings." in record
    assert f"{of.house.owner.name} was refused: validate." in record
    assert "Investigating to Validation." in record


def test_a_decision_that_is_open_hides_the_votes_from_who_has_not_voted(client, of):
    incident = org.decided(of)
    decision = org.convened(of, incident)
    org.vote(decision, of.members[0], "against", reason="Too early for a roll-back.")

    hidden = seen(client, page(incident), of.members[1])
    shown = seen(client, page(incident), of.members[0])

    assert "Too early for a roll-back." not in hidden
    assert "Votes are shown once you have voted" in hidden
    assert "Too early for a roll-back." in shown


def test_a_closed_case_says_how_it_ended_and_asks_nothing_more(client, of):
    incident = cases.bring(of.house, "CLOSED")

    text = seen(client, page(incident), of.house.owner)

    assert "How it ended" in text
    assert "Watch scanners." in text
    assert "Nothing for you to do" not in text
    assert Incident.objects.get(pk=incident.pk).state == "CLOSED"


@pytest.mark.parametrize("state", ["OPEN", "INVESTIGATING", "VALIDATION", "EXECUTION",
                                   "VERIFICATION", "CLOSED"])  # fmt: skip
def test_the_page_opens_in_every_state_for_every_role(client, state):
    house = cases.house()
    incident = cases.bring(house, state)

    for who in (house.owner, house.compliance, house.engineer, house.auditor):
        text = seen(client, page(incident), who)

        assert incident.number in text


def test_the_number_of_queries_does_not_grow_with_the_file(client, of):
    incident = submitted(of)
    signed_in(client, of.house.compliance).get(page(incident))
    few = queries(client, page(incident))

    for _ in range(8):
        cases.evidence(incident, of.house.owner)
        cases.person(unit=of.house.unit, role="compliance")

    assert queries(client, page(incident)) == few
    assert few <= 45


def test_the_whole_record_is_a_csv_that_no_spreadsheet_runs(client, of):
    incident = case(of)
    cases.do(incident, "acknowledge", of.house.owner)
    cases.do(incident, "add_evidence", of.house.owner, title="=1+1", reference="@sum")

    response = signed_in(client, of.house.auditor).get(f"{page(incident)}record.csv")

    lines = response.content.decode().splitlines()
    assert response["Content-Type"].startswith("text/csv")
    assert lines[0] == "Entry,Instant (UTC),Who,Verb,What,Reason"
    assert any("incident.acknowledged" in line for line in lines)
    assert not any(cell.startswith(("=", "@")) for line in lines for cell in line.split(","))
