"""What does not go the usual way, through the pages of a case, in Chromium.

Stop, ratification and lifting (INC-12, T23); lapse (INC-4, KOM-12); an acceptance that ends (INC-7,
T20); a proof that fails (T17); reopening (T19); withdrawal by two (T08); what cannot be carried out
(T15); questions of the committee (T11). Ties have a file of their own.
"""

import datetime as dt

import pytest
from django.db import connections

from governance.models import Decision
from incidents.models import Containment, Incident
from outbox import clock
from registry.models import System
from tests.walks import case_steps as case
from tests.walks import steps
from tests.walks.browser import chromium, serving
from tests.walks.one_window import RoomOfOneWindow
from tests.walks.stage import BANDS, PASSWORD, SLUG, hours_before, let_pass, reading, set_up
from tests.walks.visitor import House, Machine

pytestmark = [pytest.mark.browser, pytest.mark.full]
TABS = 250


@pytest.fixture
def served(monday, monkeypatch):
    """A stage with two newcomers, served; yields the way to a room of readers."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    stage = set_up(bands=BANDS)
    case.newcomers(stage)
    with serving() as base_url, chromium() as browser:
        yield lambda name, **more: RoomOfOneWindow(stage, browser, base_url, name=name, **more)
        connections.close_all()


def investigating(room):
    """A breach that its owner has taken; returns the number."""
    number = steps.breach(Machine(room.stage.token))
    steps.acknowledge(House(room.stage), number)
    return number


def awaiting_decision(room):
    """A breach that waits for the committee; returns the number."""
    number = investigating(room)
    house = House(room.stage)
    steps.submit_findings(house, number)
    steps.validate(house, number)
    return number


def ordered(room):
    """A breach whose roll-back is ordered; returns the number."""
    number = awaiting_decision(room)
    steps.decide(House(room.stage), number, steps.ROLL_BACK)
    return number


def verifying(room):
    """A breach whose roll-back is confirmed; returns the number."""
    number = ordered(room)
    case.confirm(room, number)
    return number


def test_a_stop_is_ratified_and_lifted_by_the_committee(served):
    room = served("stop")
    number = investigating(room)
    emergency = room.emergency

    emergency.open(f"/incidents/{number}/")
    room.picture("emergency", number, "1 may stop")
    case.give(
        room,
        number,
        "emergency",
        "emergency_contain",
        button="Stop at once and sign",
        kind="stop",
        scope="everything",
        reason="It pays claims that nobody made.",
    )
    assert "Waits for its ratification" in emergency.words()
    for key in ("owner", "compliance", "chair"):
        room.picture(key, number, "2 stopped")
    case.look_round(room, number, "stopped")
    room.owner.open(f"/systems/{SLUG}/stop/")
    ratifying = Decision.objects.get(incident__number=number)
    case.vote(room, case.convene(room, ratifying))
    assert case.count(ratifying).state == "adopted"
    assert Containment.objects.get().state == "ratified"

    lifting = {
        "type": "lift",
        "words": "Claims approval runs again.",
        "lift__containment_id": Containment.objects.get().pk,
    }
    lifted = case.decide(room, number, lifting, title="Lift the stop")
    room.owner.open(f"/incidents/{number}/")

    assert (lifted.state, Containment.objects.get().state) == ("adopted", "lifted")
    assert "Lifted" in room.owner.words()
    assert System.objects.get(slug=SLUG).lifecycle == "production"


def test_nobody_votes_and_the_case_goes_to_the_next_level(served):
    room = served("lapse")
    number = awaiting_decision(room)

    decision = case.convene(room, case.put(room, number))
    for _ in range(4):
        let_pass(days=7)
        steps.tick()
    room.secretary.open(f"/committee/{decision.number}/")
    assert "lapsed" in room.secretary.words().lower()
    room.picture("secretary", number, "lapsed")

    assert case.newest(number).committee.level == "executive"
    case.look_round(room, number, "lapsed")


def test_an_accepted_risk_ends_at_its_date_and_is_decided_anew(served):
    room = served("acceptance")
    number = awaiting_decision(room)
    ends = clock.now() + dt.timedelta(days=30)
    terms = {
        "treatment": "accept",
        "residual_risk": "A few claims a week are paid late.",
        "controls": "A clerk reads every tenth claim.",
        "versions": "2.2\n2.3",
        "environment": "production",
        "kpi": "accuracy",
        "limit_value": "0.5",
        "owner_id": room.stage.people["deputy"].pk,
        "until_at": case.local(ends, room.stage.people["secretary"]),
    }
    accepting = {"type": "accept_risk", "words": "The risk is accepted until February."} | {
        f"accept_risk__{name}": value for name, value in terms.items()
    }

    case.decide(room, number, accepting, title="Accept the risk until February")
    assert Incident.objects.get(number=number).state == "RISK_ACCEPTED"
    for key in ("owner", "compliance", "chair"):
        room.picture(key, number, "accepted")
    case.look_round(room, number, "accepted", awaited="review_acceptance")
    let_pass(days=31)
    room.compliance.open("/acceptances/?view=over")
    assert "Expired" in room.compliance.words()
    steps.tick()
    room.owner.open(f"/incidents/{number}/")
    room.picture("owner", number, "expired")

    assert Incident.objects.get(number=number).state == "DECISION"
    case.look_round(room, number, "expired")
    case.decide(room, number)


def test_bad_readings_bring_a_case_back_to_its_decision_and_higher_people_hear_of_it(served):
    room = served("failed")
    number = verifying(room)
    machine = Machine(room.stage.token)

    let_pass(hours=3)
    for _ in range(3):
        let_pass(hours=1)
        machine.measure([reading(steps.BAD, hours_before(clock.now(), 1)[0])])
    steps.tick()
    room.owner.open(f"/incidents/{number}/")
    room.picture("owner", number, "disproved")
    room.picture("compliance", number, "disproved")

    found = Incident.objects.get(number=number)
    assert (found.state, found.level) == ("DECISION", 1)
    case.look_round(room, number, "disproved")
    again = case.convene(room, case.put(room, number))
    case.vote(room, again)
    assert case.count(again).state == "adopted"


def test_a_verifier_sends_a_case_back_that_shows_no_effect(served):
    room = served("no effect")
    number = verifying(room)

    (key, *_) = case.who_can(room, number, "verification_failed")
    case.give(
        room,
        number,
        key,
        "verification_failed",
        button="Send back to the committee",
        reason="Clerks still find wrong payments.",
    )

    assert Incident.objects.get(number=number).state == "DECISION"
    case.look_round(room, number, "sent back")


def test_a_closed_case_is_reopened_by_two_persons(served):
    room = served("reopened")
    number = verifying(room)
    steps.prove(Machine(room.stage.token))
    closer = case.close(room, number)
    asking = "auditor"

    let_pass(days=1)
    case.give(
        room,
        number,
        asking,
        "reopen",
        button="Ask to reopen",
        reason="It is back, say two branches.",
    )
    assert Incident.objects.get(number=number).state == "CLOSED"
    room.picture("compliance", number, "asked to reopen")
    (agreeing, *_) = case.who_can(room, number, "reopen")
    case.give(room, number, agreeing, "reopen", button="Agree and reopen", reason="So it is.")

    found = Incident.objects.get(number=number)
    assert closer
    assert (found.state, found.cycle) == ("INVESTIGATING", 2)
    room.picture("owner", number, "second cycle")
    case.look_round(room, number, "second cycle", awaited="submit_findings")


class Keys:
    """A person who has no pointer: goes on by tabulator, writes, presses Enter."""

    def __init__(self, reader):
        self.reader = reader

    page = property(lambda self: self.reader.page, doc="The page that this person opened.")

    def to(self, selector):
        """Go on to an element by tabulator; it must be seen to have the focus."""
        for _ in range(TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                assert self.page.evaluate(
                    "() => { const s = getComputedStyle(document.activeElement);"
                    " return s.outlineStyle !== 'none' || s.boxShadow !== 'none' }"
                ), f"nobody sees that {selector} has the focus"
                return self
        raise AssertionError(f"{selector} is not reached by tabulator at {self.page.url}")

    def write(self, text):
        """Write into what has the focus."""
        self.page.keyboard.type(text)
        return self

    def press(self, key="Enter"):
        """Press a key."""
        self.page.keyboard.press(key)
        return self

    def go(self, key="Enter"):
        """Press a key that leads to another page, and look at it."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        self.reader.look()


def test_two_persons_withdraw_a_case_by_keyboard_alone(served):
    room = served("withdrawn")
    number = investigating(room)
    owner, officer = Keys(room.owner), Keys(room.compliance)

    room.owner.open(f"/incidents/{number}/")
    owner.to("#beside summary").press()
    owner.to(f'#beside a[href="/incidents/{number}/withdraw/#act"]').go()
    owner.to('#act [name="ground"]')
    if room.owner.page.evaluate("() => document.activeElement.tagName") == "SELECT":
        owner.press("ArrowDown")
    else:
        owner.press("Space")
    owner.to('#act [name="evidence"]').write("log of the scanner")
    owner.to('#act [name="reason"]').write("The scanner was being tested.")
    owner.to("#act .btn--primary").go()
    assert "Recorded: withdrawal." in room.owner.words() or "Asked for" in room.owner.words()
    room.picture("compliance", number, "to be withdrawn")
    room.compliance.open(f"/incidents/{number}/")
    officer.to('#act [name="evidence"]').write("read the log")
    officer.to('#act [name="reason"]').write("So it was.")
    if room.compliance.page.locator('#act [name="password"]').count():
        officer.to('#act [name="password"]').write(PASSWORD)
    officer.to("#act .btn--primary").go()

    assert Incident.objects.get(number=number).state == "CANCELLED"
    case.look_round(room, number, "withdrawn")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_what_cannot_be_carried_out_goes_back_to_the_committee(served, scripts):
    room = served("cannot", scripts=scripts)
    number = ordered(room)

    case.give(
        room,
        number,
        "engineer",
        "cannot_execute",
        button="Report it",
        reason="The image of 2.2 is gone.",
    )
    room.picture("owner", number, "cannot")
    room.secretary.open(f"/incidents/{number}/")

    assert Incident.objects.get(number=number).state == "DECISION"
    assert "The image of 2.2 is gone." in room.secretary.words()
    decided = case.decide(
        room,
        number,
        case.rolling_back(
            room,
            type="suspend",
            words="It stands still.",
            target_version="",
            suspend__scope="all claims",
        ),
        title="Suspend it",
    )
    assert decided.state == "adopted"


def test_the_committee_asks_and_the_owner_answers(served):
    room = served("asked")
    number = awaiting_decision(room)
    asking = {
        "type": "request_information",
        "words": "The owner says how many forms were misread.",
        "request_information__questions": "How many forms?\nSince when?",
        "due": "3bd",
    }

    case.decide(room, number, asking, title="Ask the owner")
    room.owner.open(f"/incidents/{number}/")
    room.picture("owner", number, "asked")
    assert "How many forms?" in room.owner.words()
    case.look_round(room, number, "asked")
    assert Incident.objects.get(number=number).state == "INVESTIGATING"
    case.submit(room, number, "owner")
    case.validate(room, number)

    assert Incident.objects.get(number=number).state == "DECISION"
    case.decide(room, number)
