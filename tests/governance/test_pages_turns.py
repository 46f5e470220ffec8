"""Turns on the incident page: who may and why not, what waits for a second person, the forms."""

import datetime as dt

import pytest

from incidents.models import ClockPause, Incident
from tests.governance import organisation as org
from tests.governance.pages import AT, command, section, seen, signed_in, stand_at, text_of
from tests.incidents import factory as cases
from tests.incidents.factory import do, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]

DAY = dt.timedelta(days=1)


@pytest.fixture
def house():
    return cases.house()


def page(incident, step=""):
    return f"/incidents/{incident.number}/{f'{step}/' if step else ''}"


def form(client, incident, step, user):
    response = signed_in(client, user).get(page(incident, step))
    assert response.status_code == 200
    return section(response.content.decode(), 'id="act"', "</form>")


def test_turns_stand_together_below_the_panel_and_not_among_its_buttons(client, house):
    incident = cases.opened(house)

    html = signed_in(client, house.owner).get(page(incident)).content.decode()

    panel = section(html, 'id="act"', "</form>")
    beside = section(html, 'id="beside"', "</section>")
    assert "/withdraw/" not in panel
    assert "Turns of the case" in beside
    assert all(f"/{name}/" in beside for name in ("withdraw", "reassign", "wait_for"))


def test_why_a_turn_is_not_possible_is_said_beside_it(client, house):
    incident = cases.opened(house, severity="severe")

    text = seen(client, page(incident), house.compliance)

    beside = section(text, "Turns of the case", "Clocks of the law")
    assert "never stands still" in beside
    assert "Lower the severity" in beside


def test_a_reader_without_a_part_is_told_whom_a_turn_takes(client, house):
    incident = cases.opened(house)

    text = seen(client, page(incident), house.engineer)

    assert "takes the owner, the deputy or a delegate of theirs or a compliance" in text


def test_the_owner_proposes_to_withdraw_and_the_page_says_who_can_agree(client, house):
    incident = cases.opened(house)
    given = {"ground": "false_positive", "evidence": "log", "reason": "A test of the scanner."}

    response = command(signed_in(client, house.owner), incident, "withdraw", **given)

    text = text_of(client.get(response["Location"]))
    assert "Asked for; who can agree is told." in text
    asked = section(text, "To be withdrawn", "Take it in hand")
    assert "False positive: nothing was wrong" in asked
    assert house.executive.name in section(asked, "Can agree:", ".")
    assert house.owner.name not in section(asked, "Can agree:", ".")


def test_who_can_agree_has_it_as_the_next_step_and_is_not_asked_for_the_ground(client, house):
    incident = cases.opened(house)
    do(incident, "withdraw", house.owner)

    act = section(
        signed_in(client, house.executive).get(page(incident)).content.decode(),
        'id="act"',
        "</form>",
    )

    assert "Agree to withdraw it?" in act
    assert "Agree and withdraw" in act
    assert 'type="radio"' not in act
    assert "log of the scanner" in act


def test_agreeing_withdraws_it_by_the_form(client, house):
    incident = cases.opened(house)
    do(incident, "withdraw", house.owner)
    given = {"evidence": "log", "reason": "I looked; it was a test."}

    response = command(signed_in(client, house.executive), fresh(incident), "withdraw", **given)

    assert response.status_code == 302
    assert fresh(incident).state == "CANCELLED"
    assert fresh(incident).resolution == "false_positive"


def test_a_wrong_duplicate_is_told_at_its_field(client, house):
    incident = cases.opened(house)
    given = {"ground": "duplicate", "duplicate_of": "INC-1", "evidence": "x", "reason": "y"}

    response = command(signed_in(client, house.owner), incident, "withdraw", **given)

    act = section(response.content.decode(), 'id="act"', "</form>")
    assert response.status_code == 400
    assert "There is no such incident that you may see." in act


def test_a_withdrawn_duplicate_and_the_one_that_is_kept_name_each_other(client, house):
    kept, incident = cases.opened(house), cases.opened(house)
    fields = {"ground": "duplicate", "duplicate_of": kept.number}
    do(incident, "withdraw", house.owner, **fields)
    do(incident, "withdraw", house.executive, **fields)

    assert f"duplicate of {kept.number}" in seen(client, page(incident), house.owner)
    assert f"has the duplicate {incident.number}" in seen(client, page(kept), house.owner)


def test_only_lower_severities_are_offered(client, house):
    act = form(client, cases.opened(house, severity="major"), "lower_severity", house.compliance)

    assert 'value="minor"' in act
    assert 'value="moderate"' in act
    assert 'value="major"' not in act


def test_people_are_chosen_by_name_and_who_validated_is_not_offered(client, house):
    incident = cases.bring(house, "DECISION")

    act = form(client, incident, "reassign", house.owner)

    assert house.stranger.name in act
    assert house.compliance.name not in act
    assert act.count("selected") == 2


def test_another_deputy_by_the_form(client, house):
    incident = cases.opened(house)
    given = {
        "owner_id": str(house.owner.pk), "deputy_id": str(house.stranger.pk), "reason": "Leave.",
    }  # fmt: skip

    response = command(signed_in(client, house.owner), incident, "reassign", **given)

    assert response.status_code == 302
    assert fresh(incident).deputy == house.stranger


def test_a_pause_is_asked_for_agreed_to_and_shown_with_its_reason(client, house):
    incident = cases.bring(house, "INVESTIGATING")
    given = {"until": "2026-11-18T10:00", "reason": "The supplier answers on Wednesday."}
    command(signed_in(client, house.owner), incident, "pause_clock", **given)
    command(signed_in(client, house.compliance), fresh(incident), "pause_clock", **given)

    text = seen(client, page(incident), house.owner)

    assert ClockPause.objects.filter(incident=incident, ended_at=None).exists()
    stands = section(text, "The deadline stands still", "Regulatory clocks run on.")
    assert "The supplier answers on Wednesday." in stands
    assert house.compliance.name in stands
    assert "Let the deadline run again" in text


def test_whom_it_waits_for_stands_on_the_page_and_in_the_list(client, house):
    incident = cases.opened(house)
    do(incident, "wait_for", house.owner)

    on_page = seen(client, page(incident), house.owner)
    in_list = seen(client, "/incidents/", house.owner)

    assert "waits for the supplier since" in on_page
    assert "waits for the supplier, expected" in in_list


def dismissed(house):
    incident = cases.bring(house, "VALIDATION", severity="minor")
    do(incident, "dismiss", house.compliance)
    return do(incident, "dismiss", house.executive).incident


def test_a_closed_case_offers_reopening_to_whoever_may_ask(client, house):
    incident = dismissed(house)

    for who in (house.compliance, house.auditor):
        html = signed_in(client, who).get(page(incident)).content.decode()
        assert "/reopen/" in section(html, 'id="beside"', "</section>")


def test_reopening_asks_for_a_reason_and_nothing_that_only_a_recurrence_brings(client, house):
    act = form(client, dismissed(house), "reopen", house.compliance)

    assert 'name="reason"' in act
    assert 'name="severity"' not in act
    assert 'name="suppressed"' not in act


def test_a_reopened_case_shows_its_cycle_and_how_the_one_before_ended(client, house):
    incident = dismissed(house)
    do(incident, "reopen", house.compliance)
    do(incident, "reopen", house.risk)

    text = seen(client, page(incident), house.owner)

    assert "cycle 2" in text
    earlier = section(text, "Earlier cycles", "The record")
    assert "dismissed" in earlier
    assert "cycle 2 of at most 3" in earlier


def test_a_recurrence_and_what_it_recurs_from_name_each_other(client):
    of = org.organised(risk_tier="low")
    (first,) = org.read(of)
    do(first, "acknowledge", of.house.owner)
    do(first, "add_evidence", of.house.owner)
    do(first, "submit_findings", of.house.owner)
    do(first, "dismiss", of.house.compliance)
    if fresh(first).state != "CLOSED":
        do(first, "dismiss", of.house.executive)
    (again,) = org.read(of, at=AT + 40 * DAY)
    stand_at(AT + 40 * DAY)

    assert f"recurs from {first.number}" in seen(client, page(again), of.house.owner)
    assert f"came back as {again.number}" in seen(client, page(first), of.house.owner)


def test_the_chair_is_asked_to_agree_at_the_decision(client):
    of = org.organised()
    incident = org.decided(of)
    do(incident, "withdraw", of.house.owner)

    html = signed_in(client, of.chair).get(page(incident)).content.decode()

    assert "Agree and withdraw" in section(html, 'id="act"', "</section>")
    assert Incident.objects.get(pk=incident.pk).state == "DECISION"


def test_the_api_gives_pauses_cycles_and_what_it_recurs_from(client, house):
    incident = dismissed(house)
    do(incident, "reopen", house.compliance)
    do(incident, "reopen", house.risk)

    told = signed_in(client, house.compliance).get(f"/api/v1/incidents/{incident.number}/").json()

    assert told["past_cycles"][0]["resolution"] == "dismissed"
    assert (told["recurs_from"], told["duplicate_of"], told["pauses"]) == (None, None, [])
