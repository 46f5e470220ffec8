"""The forms of an incident: each command by its page, what is mended there, what is refused."""

import pytest
from django.test import Client

from incidents.models import (
    Action,
    ActionReceipt,
    Findings,
    FirstAssessment,
    Incident,
    Transition,
    Validation,
)
from ledger.selectors.lines import lines_of_incident
from tests.governance import organisation as org
from tests.governance.pages import command, section, signed_in, text_of
from tests.incidents import factory as cases
from tests.incidents.factory import NO, PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]

LOCAL = "2026-11-17T10:00"


@pytest.fixture
def house():
    return cases.house()


def state(incident):
    return Incident.objects.get(pk=incident.pk).state


def refusals(incident):
    return [line for line in lines_of_incident(incident_id=incident.pk) if line.refused]


def findings(**changes):
    return {
        "cause": "data_drift",
        "narrative": "A new scanner blurs the digits.",
        "affected": "120",
        "affected_note": "claims of week 46",
        "affected_from": "2026-11-09T00:00",
        "harm": "Late payment.",
        "proposed_severity": "moderate",
        "proposed_action": "Roll back to 2.2.",
        "containment": "A clerk reads them.",
    } | changes


def review(**changes):
    return {
        "severity": "moderate",
        "implication": "none",
        "implication_reason": "No regime applies.",
        "harm": "Late payment of 120 claims.",
    } | changes


def test_the_owner_acknowledges_and_is_taken_back_to_the_case(client, house):
    incident = cases.opened(house)

    response = command(signed_in(client, house.owner), incident, "acknowledge", **NO)

    assert response.status_code == 302
    assert response["Location"] == f"/incidents/{incident.number}/"
    assert state(incident) == "INVESTIGATING"
    assert "Acknowledged. It stands at Investigating now. Recorded as №" in text_of(
        client.get(response["Location"])
    )


def test_an_unanswered_question_is_told_at_its_field_and_what_was_said_is_kept(client, house):
    incident = cases.opened(house)
    given = {**NO, "personal_data": ""}

    response = command(signed_in(client, house.owner), incident, "acknowledge", **given)

    act = section(response.content.decode(), 'id="act"', "</form>")
    assert response.status_code == 400
    assert 'href="#acknowledge_personal_data' in act
    assert act.count("checked") == 3
    assert state(incident) == "OPEN"


def test_the_first_assessment_is_written_in_the_readers_zone(client, house):
    incident = cases.bring(house, "INVESTIGATING")
    given = {
        "seen": "Scans got worse.", "since": "2026-11-16T01:30", "contained": "no",
        "next_step": "Compare the scanners.", "next_step_at": LOCAL,
    }  # fmt: skip

    response = command(signed_in(client, house.owner), incident, "first_assessment", **given)

    written = FirstAssessment.objects.get(incident=incident)
    assert response.status_code == 302
    assert written.since.isoformat() == "2026-11-16T00:30:00+00:00"
    assert written.contained is False


def test_evidence_then_findings_are_submitted_and_signed_with_the_password(client, house):
    incident = cases.bring(house, "INVESTIGATING")
    owner = signed_in(client, house.owner, entered=None)
    command(owner, incident, "add_evidence", title="Run of week 46", reference="runs/46")

    response = command(
        owner, cases.fresh(incident), "submit_findings", **findings(password=PASSWORD)
    )

    written = Findings.objects.get(incident=incident)
    assert response.status_code == 302
    assert state(incident) == "VALIDATION"
    assert written.signature.method == "password"
    assert written.signature.payload_sha256 == written.record_sha256


def test_a_wrong_password_signs_nothing_keeps_the_text_and_is_on_record(client, house):
    incident = cases.bring(house, "INVESTIGATING")
    cases.evidence(incident, house.owner)
    owner = signed_in(client, house.owner, entered=None)

    response = command(
        owner, cases.fresh(incident), "submit_findings", **findings(password="not mine")
    )

    act = section(response.content.decode(), 'id="act"', "</form>")
    assert response.status_code == 403
    assert "This is not your password; nothing was signed." in act
    assert "A new scanner blurs the digits." in act
    assert "not mine" not in act
    assert state(incident) == "INVESTIGATING"


def test_without_a_fresh_password_the_form_asks_for_it_and_keeps_the_text(client, house):
    incident = cases.bring(house, "INVESTIGATING")
    cases.evidence(incident, house.owner)
    owner = signed_in(client, house.owner, entered=None)

    response = command(owner, cases.fresh(incident), "submit_findings", **findings())

    act = section(response.content.decode(), 'id="act"', "</form>")
    assert response.status_code == 403
    assert "Enter your password to sign." in act
    assert 'name="password"' in act
    assert not Findings.objects.filter(incident=incident).exists()


def test_a_change_of_severity_needs_its_reason_which_is_told_at_the_field(client, house):
    incident = cases.bring(house, "VALIDATION")
    given = review(severity="major")

    response = command(signed_in(client, house.compliance), incident, "validate", **given)

    act = section(response.content.decode(), 'id="act"', "</form>")
    assert response.status_code == 400
    assert "A change of the severity needs a reason." in act
    assert not Validation.objects.filter(incident=incident).exists()


def test_compliance_validates_and_the_case_moves_to_the_decision(client, house):
    incident = cases.bring(house, "VALIDATION")

    response = command(signed_in(client, house.compliance), incident, "validate", **review())

    signed = Validation.objects.get(incident=incident)
    assert response.status_code == 302
    assert state(incident) == "DECISION"
    assert signed.signature.method == "password entered in this session"


def test_a_clock_moves_earlier_by_the_reviewers_word(client, house):
    cases.clock_rule()
    incident = cases.opened(house)
    cases.do(incident, "acknowledge", house.owner, personal_data="yes")
    cases.evidence(incident, house.owner)
    cases.do(incident, "submit_findings", house.owner)
    given = review(implication="regime", implication_reason="", aware_at="2026-11-15T10:00")

    response = command(
        signed_in(client, house.compliance), cases.fresh(incident), "validate", **given
    )

    clock = incident.clocks.get()
    assert response.status_code == 302
    assert clock.state == "confirmed"
    assert clock.aware_at.isoformat() == "2026-11-15T09:00:00+00:00"


def test_returning_says_what_is_missing(client, house):
    incident = cases.bring(house, "VALIDATION")
    given = {"deficiencies": "The period is missing.", "reason": "Incomplete."}

    response = command(signed_in(client, house.compliance), incident, "return_to_owner", **given)

    assert response.status_code == 302
    assert state(incident) == "INVESTIGATING"


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("owner", "you submitted its findings"),
        ("auditor", "an auditor reads everything and changes nothing"),
    ],
)
def test_who_may_not_validate_is_refused_on_a_page_with_who_can_and_on_record(
    client, house, who, why
):
    incident = cases.bring(house, "VALIDATION")

    response = command(signed_in(client, getattr(house, who)), incident, "validate", **review())

    text = text_of(response)
    assert response.status_code == 403
    assert why in text.lower()
    assert house.compliance.name in text
    assert "Nothing was changed." in text
    assert len(refusals(incident)) == 1
    assert state(incident) == "VALIDATION"


def test_an_empty_form_of_somebody_who_may_not_is_refused_not_corrected(client, house):
    incident = cases.bring(house, "VALIDATION")

    response = command(signed_in(client, house.owner), incident, "validate")

    assert response.status_code == 403
    assert len(refusals(incident)) == 1


def test_a_stranger_meets_nothing(client, house):
    incident = cases.opened(house)

    response = command(signed_in(client, house.stranger), incident, "acknowledge", **NO)

    assert response.status_code == 404
    assert state(incident) == "OPEN"


def test_who_writes_while_somebody_changes_the_case_keeps_the_text_and_sees_the_present(
    client, house
):
    incident = cases.bring(house, "VALIDATION")
    cases.evidence(incident, house.owner)

    response = command(
        signed_in(client, house.compliance), incident, "validate", **review(harm="Written long.")
    )

    act = section(response.content.decode(), 'id="act"', "</form>")
    assert response.status_code == 409
    assert "Somebody changed this while you wrote." in response.content.decode()
    assert "Written long." in act
    assert f'name="version" value="{cases.fresh(incident).version}"' in act
    assert state(incident) == "VALIDATION"


def test_a_form_that_is_sent_twice_is_carried_out_once(client, house):
    incident = cases.opened(house)
    owner = signed_in(client, house.owner)

    first = command(owner, incident, "acknowledge", key="the-same", **NO)
    second = command(owner, incident, "acknowledge", key="the-same", **NO)

    assert (first.status_code, second.status_code) == (302, 302)
    assert Transition.objects.filter(incident=incident, command="acknowledge").count() == 1


def test_an_unknown_step_is_not_found(client, house):
    incident = cases.opened(house)

    response = command(signed_in(client, house.owner), incident, "adopt")

    assert response.status_code == 404


def test_a_step_that_is_not_open_is_explained_when_its_form_is_asked_for(client, house):
    incident = cases.opened(house)

    response = signed_in(client, house.owner).get(f"/incidents/{incident.number}/validate/")

    assert response.status_code == 409
    assert "stands at Open" in text_of(response)
    assert refusals(incident) == []


def test_a_refusal_tells_its_instant_in_the_readers_zone_and_its_utc_beside(client, house):
    incident = cases.bring(house, "OPEN")
    incident = cases.do(incident, "set_hold", house.compliance).incident

    signed_in(client, house.compliance)
    response = command(client, incident, "set_hold", reason="Once more.")

    told = response.content.decode().partition("<h1>The evidence is held since ")[2]
    assert told.startswith('<time datetime="2026-11-16T09:00:00Z" title="2026-11-16 09:00:00 UTC">')
    assert "10:00" in told.partition("</time>")[0]


def test_a_second_person_confirms_a_roll_back_with_what_they_saw(client, house):
    incident = cases.bring(house, "EXECUTION")
    action = Action.objects.get(incident=incident)
    given = {"action_id": action.pk, "seen_version": "2.2", "evidence": "release log, line 12"}

    response = command(signed_in(client, house.executive), incident, "confirm_action", **given)

    action.refresh_from_db()
    assert response.status_code == 302
    assert (action.state, action.confirmed_by) == ("confirmed", house.executive)
    assert state(incident) == "VERIFICATION"


def test_what_was_seen_otherwise_is_kept_and_moves_nothing(client, house):
    incident = cases.bring(house, "EXECUTION")
    action = Action.objects.get(incident=incident)
    given = {"action_id": action.pk, "seen_version": "2.3", "evidence": "release log, line 12"}

    response = command(signed_in(client, house.executive), incident, "confirm_action", **given)

    receipt = ActionReceipt.objects.get(action=action)
    assert response.status_code == 302
    assert receipt.matches is False
    assert state(incident) == "EXECUTION"
    assert "seen otherwise" in client.get(response["Location"]).content.decode()


def test_the_executor_does_not_confirm_their_own_action(client, house):
    incident = cases.bring(house, "EXECUTION")
    action = Action.objects.get(incident=incident)
    given = {"action_id": action.pk, "seen_version": "2.2", "evidence": "me"}

    response = command(signed_in(client, house.engineer), incident, "confirm_action", **given)

    assert response.status_code == 403
    assert "carry out its action" in text_of(response)


def test_the_verifier_signs_and_closes_once_every_proof_has_passed(client, house):
    incident = cases.bring(house, "VERIFICATION")
    given = {
        "resolution": "rolled_back", "lessons": "Watch scanners.",
        "detection_gap": "The limit was too low.",
    }  # fmt: skip

    response = command(signed_in(client, house.verifier), incident, "close", **given)

    assert response.status_code == 302
    assert state(incident) == "CLOSED"
    assert "How it ended" in client.get(response["Location"]).content.decode()


def test_an_unproven_case_is_not_closed_and_the_page_says_why(client):
    of = org.organised()
    incident = cases.bring(of.house, "DECISION")
    cases.do(incident, "keep_running", cases.EVALUATOR)
    incident = cases.fresh(incident)

    response = signed_in(client, of.house.verifier).get(f"/incidents/{incident.number}/")

    text = text_of(response)
    assert "Verify and close" in section(text, "What you cannot do here", "$$")
    assert "only a proof that passed lets a person close" in text


def test_csrf_is_asked_for(house):
    incident = cases.opened(house)
    client = signed_in(Client(enforce_csrf_checks=True), house.owner)

    response = command(client, incident, "acknowledge", **NO)

    assert response.status_code == 403
    assert state(incident) == "OPEN"
