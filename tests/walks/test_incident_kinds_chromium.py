"""An incident of each kind from its cause to its closing, through its pages, in Chromium.

INC-1, INC-3, INC-4, INC-8: at every stage everybody else opens the page too; what it offers them
the command allows, what they may not do is refused in words.
"""

import pytest
from django.db import connections

from incidents.models import Incident
from tests.walks import case_steps as case
from tests.walks import steps
from tests.walks.browser import chromium, serving
from tests.walks.causes import OPENERS
from tests.walks.one_window import RoomOfOneWindow
from tests.walks.stage import set_up
from tests.walks.visitor import Machine

pytestmark = [pytest.mark.browser, pytest.mark.full]
MEASURED = ("breach",)
"""Kinds whose proof is shown by readings; what the others repair is proved by a document."""

SEEN = {"integrity": {"seen_done": "yes"}}
"""What a second person sees where no version is switched: the record has none."""


@pytest.fixture
def served(monday, monkeypatch):
    """A stage with two newcomers, served; yields the way to a room of readers."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    stage = set_up()
    case.newcomers(stage)
    with serving() as base_url, chromium() as browser:
        yield lambda name: RoomOfOneWindow(stage, browser, base_url, name=name)
        # Within the browser's loop Django holds a connection of its own.
        connections.close_all()


@pytest.mark.parametrize("kind", OPENERS)
def test_a_case_of_each_kind_is_walked_to_its_closing(served, kind):
    room = served(kind)
    number = OPENERS[kind](room.stage)
    owner = room.stage.key_of(case.case_of(number).owner.name)

    look(room, number, owner, "1 open", "acknowledge")
    case.acknowledge(room, number, owner)
    look(room, number, owner, "2 investigating", "submit_findings")
    case.investigate(room, number, owner)
    look(room, number, owner, "3 validation", "validate")
    case.validate(room, number)
    look(room, number, owner, "4 decision")
    motion = case.decide(room, number, repair(room, number))
    look(room, number, owner, "5 action", "confirm_action")
    case.confirm(room, number, **SEEN.get(kind, {}))
    look(room, number, owner, "6 verification", "close")
    if kind in MEASURED:
        steps.prove(Machine(room.stage.token))
    case.witness(room, number)
    look(room, number, owner, "7 proven", "close")
    case.close(room, number)
    look(room, number, owner, "8 closed")

    closed = Incident.objects.get(number=number)
    assert (closed.kind, closed.state, closed.resolution) == (kind, "CLOSED", "rolled_back")
    assert motion.state == "adopted"


def repair(room, number):
    """What is decided: 2.2 again; where that says nothing, other rules."""
    kind = case.case_of(number).kind
    if kind in MEASURED:
        return case.rolling_back(room)
    if kind not in SEEN:
        return case.rolling_back(room, proof="document")
    return {
        "type": "adjust",
        "words": "Only the services may change the row.",
        "executor_id": room.stage.people["engineer"].pk,
        "proof": "document",
        "adjust__change": "The right to write is taken back.",
    }


def look(room, number, owner, words, awaited=""):
    """Everybody looks; pictures of three of them are kept."""
    for key in (owner, "compliance", "chair"):
        room.picture(key, number, words)
    case.look_round(room, number, words, awaited=awaited, drawn=room.name in MEASURED)
