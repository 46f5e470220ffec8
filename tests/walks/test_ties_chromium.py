"""Votes that are tied, through the pages, in Chromium (INC-4).

Below high tier it is voted on once more, then a level up; at high tier the next motions come in
their order (KOM-14).
"""

import pytest
from django.db import connections

from incidents.models import Incident
from tests.walks import case_steps as case
from tests.walks import steps
from tests.walks.browser import chromium, serving
from tests.walks.one_window import RoomOfOneWindow
from tests.walks.stage import BANDS, set_up
from tests.walks.test_incident_turns_chromium import awaiting_decision

pytestmark = [pytest.mark.browser, pytest.mark.full]
RETRAIN = {
    "actions.0-type": "retrain",
    "actions.0-words": "It is trained anew on the new form.",
    "actions.0-retrain__criteria": "It reads the new form as well as the old one.",
}
SUSPEND = {"type": "suspend", "words": "It stands still.", "suspend__scope": "all claims"}


@pytest.fixture
def served(monday, monkeypatch, request):
    """A stage with its system at the tier asked for, served; yields the way to a room."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    stage = set_up(bands=BANDS, risk_tier=request.param)
    case.newcomers(stage)
    with serving() as base_url, chromium() as browser:
        yield lambda name: RoomOfOneWindow(stage, browser, base_url, name=name)
        connections.close_all()


def tied(room, number, decision):
    """One votes for a motion, one against, one abstains; who chairs reads that it is a tie."""
    case.vote(room, decision, "for", "against", "abstain")
    case.count(decision)
    room.chair.open(f"/committee/{decision.number}/")
    assert "tie" in room.chair.words().lower()
    room.picture("chair", number, f"tied {decision.number}")


@pytest.mark.parametrize("served", ["medium"], indirect=True)
def test_a_tie_is_voted_on_again_and_then_goes_to_the_executive(served):
    room = served("tie")
    number = awaiting_decision(room)

    first = case.convene(room, case.put(room, number))
    tied(room, number, first)
    second = case.newest(number)
    case.look_round(room, number, "tied")
    assert (second.state, second.pk == first.pk) == ("open", False)
    steps.until_open(second.opens_at)
    tied(room, number, second)

    above = case.newest(number)
    assert (above.state, above.committee.level) == ("open", "executive")
    steps.until_open(above.opens_at)
    room.executive.open(f"/incidents/{number}/")
    case.vote(room, above)
    assert case.count(above).state == "adopted"
    room.owner.open(f"/incidents/{number}/")
    assert Incident.objects.get(number=number).state == "EXECUTION"


@pytest.mark.parametrize("served", ["high"], indirect=True)
def test_after_a_tie_at_high_tier_the_next_motions_come_in_their_order(served):
    room = served("tie at high tier")
    number = awaiting_decision(room)

    first = case.convene(room, case.put(room, number))
    tied(room, number, first)
    case.look_round(room, number, "tied at high tier")
    assert case.newest(number) == first
    room.secretary.open(f"/incidents/{number}/motion/")
    assert "Put next, in this order: suspending, retraining" in room.secretary.words()
    room.secretary.fill("main form", title="Train it anew", reason="The form is new.", **RETRAIN)
    room.secretary.press("Put the motion", status=409)
    assert "Put a motion on suspending and vote on it" in room.secretary.words()

    decision = case.decide(room, number, SUSPEND, title="Suspend it")
    assert decision.state == "adopted"
    assert Incident.objects.get(number=number).state == "EXECUTION"
