"""Docket, motion and ballot: what members, chair and others see and do."""

import pytest

from governance.models import Ballot, Decision
from tests.governance import organisation as org
from tests.governance.pages import queries, section, seen, signed_in, text_of
from tests.incidents import factory as cases
from tests.incidents.factory import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture
def of():
    return org.organised()


@pytest.fixture
def decision(of):
    return org.convened(of, org.decided(of))


def page(decision):
    return f"/committee/{decision.number}/"


def act(client, decision, name, **fields):
    """Send one of the forms of a motion's page."""
    return client.post(f"{page(decision)}{name}/", fields)


def ballot(decision, **changes):
    """What the form of a ballot sends."""
    return {"vote": "for", "reason": "", "motion": decision.motion_sha256, "key": "k1"} | changes


def motion(of, **changes):
    """What the form of a motion sends."""
    return {
        "count": "1",
        "title": "Roll back to 2.2",
        "reason": "Version 2.2 read the same forms well.",
        "condition": "",
        "condition_owner": "",
        "procedure": "written",
        "actions.0-type": "rollback",
        "actions.0-words": "Claims approval is rolled back to version 2.2.",
        "actions.0-target_version": str(of.house.good.pk),
        "actions.0-executor_id": str(of.house.engineer.pk),
        "actions.0-due": "8h",
        "actions.0-proof": "",
    } | changes


def state(decision):
    return Decision.objects.get(pk=decision.pk).state


def test_the_docket_says_what_waits_for_whose_vote(client, of, decision):
    waiting = seen(client, "/committee/", of.members[0])
    org.vote(decision, of.members[0])
    voted = seen(client, "/committee/", of.members[0])
    outside = seen(client, "/committee/", of.house.stranger)

    assert "One motion waits for your vote." in waiting
    assert decision.title in waiting
    assert "none waits for your vote" in voted
    assert "Nothing is before a committee" in outside


def test_the_docket_names_validated_cases_without_a_motion(client, of):
    incident = org.decided(of)

    text = seen(client, "/committee/", of.house.secretary)

    assert incident.number in section(text, "Validated, without a motion", "$$")


def test_the_docket_asks_a_constant_number_of_queries(client, of, decision):
    few = queries(signed_in(client, of.house.compliance), "/committee/")
    another = org.organised()
    for role in ("compliance", "risk"):
        cases.grant(of.house.compliance, role, unit=another.house.unit)
    org.convened(another, org.decided(another))

    assert queries(client, "/committee/") == few


def test_a_member_reads_the_motion_its_papers_and_the_seats(client, of, decision):
    text = seen(client, page(decision), of.members[1])

    assert "Claims approval is rolled back to version 2.2." in text
    assert "accuracy above" in text
    assert of.house.engineer.name in text
    assert f"signed by {of.house.owner.name}" in text
    assert "The votes of others are shown once you have voted" in text
    assert "0 of 3 votes are in, 2 are needed." in text


def test_a_motion_is_not_there_for_a_stranger(client, of, decision):
    assert seen(client, page(decision), of.house.stranger, status=404)


@pytest.mark.full
def test_a_member_votes_and_signs(client, of, decision):
    member = of.members[1]

    response = act(
        signed_in(client, member), decision, "vote",
        **ballot(decision, vote="against", reason="2.2 was never tested on the new form."),
    )  # fmt: skip

    cast = Ballot.objects.get(decision=decision)
    assert response.status_code == 302
    assert (cast.person, cast.vote) == (member, "against")
    assert cast.signature.signer == member
    text = text_of(client.get(page(decision)))
    assert "You voted against" in text
    assert "2.2 was never tested on the new form." in text


@pytest.mark.full
def test_a_vote_with_an_old_session_asks_for_the_password_and_keeps_the_reason(
    client, of, decision
):
    member = signed_in(client, of.members[1], entered=None)

    asked = act(member, decision, "vote", **ballot(decision, reason="Kept words."))
    signed = act(member, decision, "vote", **ballot(decision, password=PASSWORD))

    assert asked.status_code == 403
    assert "Enter your password to sign." in asked.content.decode()
    assert "Kept words." in asked.content.decode()
    assert signed.status_code == 302


@pytest.mark.full
def test_a_ballot_without_a_choice_is_told_at_the_field(client, of, decision):
    response = act(signed_in(client, of.members[1]), decision, "vote", **ballot(decision, vote=""))

    assert response.status_code == 400
    assert "This field is required." in section(response.content.decode(), 'id="act"', "</form>")
    assert not Ballot.objects.filter(decision=decision).exists()


@pytest.mark.full
def test_a_second_final_ballot_is_refused(client, of, decision):
    member = signed_in(client, of.members[1])
    act(member, decision, "vote", **ballot(decision, final="on"))

    response = act(member, decision, "vote", **ballot(decision, key="k2", vote="against"))

    assert response.status_code == 409
    assert "cannot be changed" in text_of(response)
    assert Ballot.objects.filter(decision=decision).count() == 1


@pytest.mark.full
@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("auditor", "you have no seat in this round"),
        ("owner", "you submitted its findings"),
        ("compliance", "you signed for compliance"),
    ],
)
def test_who_has_no_seat_cannot_vote_and_reads_why(client, of, decision, who, why):
    user = getattr(of.house, who)

    text = seen(client, page(decision), user)
    response = act(signed_in(client, user), decision, "vote", **ballot(decision))

    assert why in section(text, "What you cannot do here", "$$")
    assert response.status_code == 403
    assert not Ballot.objects.filter(decision=decision).exists()


@pytest.mark.full
def test_a_member_recuses_themselves_and_the_substitute_takes_the_seat(client, of, decision):
    response = act(
        signed_in(client, of.members[1]), decision, "recuse", reason="My brother sells the scanner."
    )

    text = text_of(client.get(page(decision)))
    assert response.status_code == 302
    assert f"{of.substitutes[1].name} substitute for {of.members[1].name}" in text
    assert "My brother sells the scanner." in text
    assert "you recused yourself" in section(text, "What you cannot do here", "$$")


@pytest.mark.full
def test_the_chair_convenes_on_a_draft_and_the_electorate_is_frozen(client, of):
    draft = org.moved(of, org.decided(of))

    before = seen(client, page(draft), of.chair)
    response = act(client, draft, "convene", closes_in="2bd")

    assert "Convene on this motion" in before
    assert response.status_code == 302
    assert state(draft) == "open"
    assert "frozen at convening" in text_of(client.get(page(draft)))


@pytest.mark.full
def test_a_duration_that_is_none_is_told_at_the_field(client, of):
    draft = org.moved(of, org.decided(of))

    response = act(signed_in(client, of.chair), draft, "convene", closes_in="soon")

    assert response.status_code == 400
    assert "Write 2bd, 24h or 30min." in text_of(response)
    assert state(draft) == "draft"


@pytest.mark.full
def test_who_does_not_lead_cannot_convene(client, of):
    draft = org.moved(of, org.decided(of))

    response = act(signed_in(client, of.members[1]), draft, "convene")

    assert response.status_code == 403
    assert of.chair.name in text_of(response)
    assert state(draft) == "draft"


@pytest.mark.full
def test_the_chair_closes_and_certifies_once_nothing_can_change(client, of, decision):
    for member in of.members:
        org.vote(decision, member)

    before = seen(client, page(decision), of.chair)
    response = act(client, decision, "close")

    assert "Close and certify the result" in before
    assert response.status_code == 302
    assert state(decision) == "adopted"
    after = text_of(client.get(page(decision)))
    assert "Adopted: 3 for, 0 against, 0 abstained" in after
    assert "Certification" in after


@pytest.mark.full
def test_closing_too_early_is_refused_with_the_instant(client, of, decision):
    response = act(signed_in(client, of.chair), decision, "close")

    assert response.status_code == 409
    assert "The round stays open until" in text_of(response)
    assert state(decision) == "open"


@pytest.mark.full
def test_a_draft_is_withdrawn_with_a_reason(client, of):
    draft = org.moved(of, org.decided(of))
    chair = signed_in(client, of.chair)

    empty = act(chair, draft, "withdraw", reason="")
    done = act(chair, draft, "withdraw", reason="Better facts came.")

    assert empty.status_code == 400
    assert done.status_code == 302
    assert state(draft) == "void"


@pytest.mark.full
def test_a_motion_is_put_on_the_page_and_leads_to_its_ballot(client, of):
    incident = org.decided(of)
    path = f"/incidents/{incident.number}/motion/"

    shown = signed_in(client, of.house.secretary).get(path)
    response = client.post(path, motion(of, condition="A fairness run is signed first."))

    made = Decision.objects.get(incident=incident)
    assert shown.status_code == 200
    assert response["Location"] == f"/committee/{made.number}/"
    assert made.conditions == [{"text": "A fairness run is signed first.", "owner": ""}]
    assert made.motion_actions.get().due == "8h"


@pytest.mark.full
def test_a_motion_gets_up_to_three_actions_without_script_and_keeps_what_was_typed(client, of):
    incident = org.decided(of)
    path = f"/incidents/{incident.number}/motion/"
    secretary = signed_in(client, of.house.secretary)

    two = secretary.post(path, motion(of, more="1", title="Kept title"))
    three = secretary.post(path, motion(of, count="2", more="1"))
    still = secretary.post(path, motion(of, count="3", more="1"))

    html = two.content.decode()
    assert 'name="actions.1-type"' in html
    assert "Kept title" in html
    assert "Claims approval is rolled back to version 2.2." in html
    assert 'name="actions.2-type"' in three.content.decode()
    assert 'name="actions.3-type"' not in still.content.decode()
    assert not Decision.objects.filter(incident=incident).exists()


@pytest.mark.full
def test_a_fault_of_an_action_is_told_at_its_own_field(client, of):
    incident = org.decided(of)
    given = motion(of, **{"actions.0-target_version": "", "actions.0-due": "soonish"})

    response = signed_in(client, of.house.secretary).post(
        f"/incidents/{incident.number}/motion/", given
    )

    html = response.content.decode()
    assert response.status_code == 400
    field = section(html, 'for="actions.0-target_version"', "</div>")
    assert "Name the version to roll back to." in field
    assert not Decision.objects.filter(incident=incident).exists()


@pytest.mark.full
def test_two_actions_are_ordered_in_one_motion(client, of):
    incident = org.decided(of)
    second = {
        "count": "2",
        "actions.1-type": "compensate",
        "actions.1-words": "120 refused claims are decided again.",
        "actions.1-population": "120",
        "actions.1-estimate": "EUR 85,000",
    }

    signed_in(client, of.house.secretary).post(
        f"/incidents/{incident.number}/motion/", motion(of, **second)
    )

    rows = Decision.objects.get(incident=incident).motion_actions.order_by("position")
    assert [row.type for row in rows] == ["rollback", "compensate"]
    assert rows[1].parameters == {"population": 120, "estimate": "EUR 85,000"}


@pytest.mark.full
def test_who_may_not_put_a_motion_is_told_who_can(client, of):
    incident = org.decided(of)
    path = f"/incidents/{incident.number}/motion/"
    auditor = signed_in(client, of.house.auditor)

    looked, tried = auditor.get(path), auditor.post(path, motion(of))

    assert (looked.status_code, tried.status_code) == (403, 403)
    assert of.house.owner.name in text_of(tried)
    assert not Decision.objects.filter(incident=incident).exists()


@pytest.mark.full
def test_while_a_motion_is_under_way_the_form_leads_to_it(client, of, decision):
    path = f"/incidents/{decision.incident.number}/motion/"

    response = signed_in(client, of.house.secretary).get(path)

    assert response["Location"] == page(decision)
