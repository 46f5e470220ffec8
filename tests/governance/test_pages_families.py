"""Pages of families, parts, 'ask them' and the workflow; their API (deliverables 1 and 3)."""

import pytest

from governance.rules import state_picture
from incidents.models import Ask, NoteRelease
from incidents.rules.transitions import COMMANDS, EDGES, STATES, VALIDATION
from tests.governance.pages import command, seen, signed_in, text_of
from tests.incidents import factory as cases
from tests.incidents.factory import bring, do, fresh, opened
from tests.incidents.test_notes import SECRET, written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture
def house():
    return cases.house()


def path(incident, step=""):
    return f"/incidents/{incident.number}/{f'{step}/' if step else ''}"


def test_a_merge_is_proposed_and_agreed_to_on_the_page(client, house):
    parent, child = opened(house), opened(house)
    signed_in(client, house.owner)
    command(client, child, "merge", into=parent.number, reason="The same feed broke.")
    asked = seen(client, path(child), house.compliance)

    command(client, fresh(child), "merge", reason="So it is.")

    assert "To be merged" in asked
    assert parent.number in asked
    assert fresh(child).parent == parent


def test_a_merge_that_cannot_be_is_told_beside_the_field(client, house):
    child = opened(house)
    signed_in(client, house.owner)

    answer = command(client, child, "merge", into="INC-1999-0001", reason="It is.")

    assert answer.status_code == 400
    assert "no such incident that you may see" in text_of(answer)


def test_the_pages_of_a_family_lead_to_each_other(client, house):
    parent, child = opened(house), opened(house)
    do(child, "merge", house.owner, into=parent.number)
    do(child, "merge", house.compliance, into=None)

    pages = {one: seen(client, path(one), house.owner) for one in (parent, child)}
    parts = seen(client, path(parent, "parts"), house.owner)

    assert f"takes along {child.number}" in pages[parent]
    assert f"goes with {parent.number}" in pages[child]
    assert f"With it goes {child.number}" in parts


def test_the_page_of_parts_says_who_may_and_why_not(client, house):
    incident = bring(house, VALIDATION)

    text = seen(client, path(incident, "parts"), house.owner)

    assert "Validate: " in text
    assert house.compliance.name in text
    assert "Submitted its findings" in text
    assert "Pair matrix" in text


def test_a_stranger_sees_no_parts(client, house):
    incident = opened(house)

    answer = signed_in(client, house.stranger).get(path(incident, "parts"))

    assert answer.status_code == 404


def test_those_who_can_are_asked_by_a_button(client, house):
    incident = opened(house)
    signed_in(client, house.compliance)
    shown = client.get(path(incident, "parts")).content.decode()

    answer = client.post(path(incident, "ask/acknowledge"), follow=True)

    assert f'action="{path(incident, "ask/acknowledge")}"' in shown
    assert "They get one notice" in text_of(answer)
    assert Ask.objects.filter(incident=incident).count() == 2


def test_who_can_themselves_is_shown_no_button(client, house):
    incident = opened(house)

    shown = signed_in(client, house.owner).get(path(incident, "parts")).content.decode()

    assert "ask/acknowledge" not in shown


def test_a_refusal_leads_to_who_can(client, house):
    incident = opened(house)

    answer = signed_in(client, house.compliance).get(path(incident, "acknowledge"))

    assert answer.status_code == 403
    assert path(incident, "parts") in answer.content.decode()


def test_the_api_gives_parts_family_and_asks(client, house):
    incident, other = opened(house), opened(house)
    do(incident, "link", house.owner, other=other.number)
    signed_in(client, house.compliance)
    base = f"/api/v1/incidents/{incident.number}"

    parts = client.get(f"{base}/parts").json()
    family = client.get(f"{base}/family").json()
    asked = client.post(f"{base}/ask/acknowledge", content_type="application/json").json()

    steps = {one["command"]: one["people"] for one in parts["steps"]}
    may = {one["person"]["name"] for one in steps["acknowledge"] if one["may"]}
    assert may == {house.owner.name, house.deputy.name}
    assert [one["other"] for one in family["links"]] == [other.number]
    assert {one["name"] for one in asked["asked"]} == may


def test_the_api_leaves_out_links_to_what_is_not_seen(client, house):
    incident, elsewhere = opened(house), opened(cases.house())
    cases.grant(house.owner, "compliance", unit=elsewhere.unit)
    do(incident, "link", house.owner, other=elsewhere.number)

    found = signed_in(client, house.compliance).get(f"/api/v1/incidents/{incident.number}/family")

    assert found.json()["links"] == []


def test_a_note_is_released_on_the_page(client, house):
    incident = opened(house)
    note = written(incident, house.executive)
    where = path(incident, f"notes/{note.pk}/release")
    signed_in(client, house.executive)
    client.post(where, {"recipient": "The supervisor", "reason": "It explains the delay."})
    signed_in(client, house.compliance)

    client.post(where, {"agree": "yes"})

    assert NoteRelease.objects.filter(note=note).count() == 2
    assert SECRET in seen(client, path(incident), house.owner)


def test_the_api_releases_a_note_in_two_steps(client, house):
    incident = opened(house)
    note = written(incident, house.executive)
    base = f"/api/v1/incidents/{incident.number}/notes/{note.pk}/release"
    signed_in(client, house.executive)
    given = {"recipient": "The supervisor", "reason": "It explains the delay."}
    asked = client.post(base, given, content_type="application/json")
    early = client.post(f"{base}/agreement", content_type="application/json")
    signed_in(client, house.risk)

    agreed = client.post(f"{base}/agreement", content_type="application/json")

    assert [one.status_code for one in (asked, early, agreed)] == [201, 403, 201]


def test_the_page_of_the_workflow_shows_every_state_and_command(client, house):
    answer = signed_in(client, house.stranger).get("/workflow/")

    html, text = answer.content.decode(), text_of(answer)
    assert answer.status_code == 200
    assert html.count('class="flow__box"') == len(STATES)
    assert [name for name in COMMANDS if f'id="{name}"' not in html] == []
    assert "compliance or risk officer" in text
    assert "style=" not in html


def test_the_picture_has_an_arrow_for_every_change_of_state():
    drawn = {(one.source, one.target) for one in state_picture.arrows(EDGES)}

    assert drawn == {
        (edge.source, edge.target)
        for edge in EDGES
        if edge.source and edge.source != edge.target and edge.command != "follow_parent"
    }


def test_no_two_labels_of_the_picture_stand_on_each_other():
    places = [(one.x, one.y, len(one.codes) * 6) for one in state_picture.arrows(EDGES)]

    near = [
        (one, other)
        for at, one in enumerate(places)
        for other in places[:at]
        if abs(one[0] - other[0]) * 2 < one[2] + other[2] and abs(one[1] - other[1]) < 11
    ]
    assert near == []
