"""A committee of seven on a projector: what the room reads is large, and nothing scrolls."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections

from governance.models import Decision
from tests.governance import organisation as org
from tests.governance.meetings import START, in_session
from tests.governance.rounds import HOUR, count
from tests.incidents.factory import PASSWORD
from tests.walks.browser import chromium, serving
from tests.walks.stage import set_clock

pytestmark = pytest.mark.browser
LEAST = 24
SIZES = ((1280, 720), (1920, 1080))
TITLE = "Roll Claims approval back to version 2.2 until age is out of the model"
CONDITION = "A fairness run on the last four weeks first"
# Each text that the room reads: what it says, how large, where it ends to the right and below.
TEXTS = """() => [...document.querySelectorAll('.screen__head *, main *')]
  .filter(one => one.checkVisibility() && !one.closest('.visually-hidden')
    && [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
  .map(one => [one.textContent.trim().slice(0, 200), parseFloat(getComputedStyle(one).fontSize),
    one.getBoundingClientRect().right, one.getBoundingClientRect().bottom])"""


@pytest.fixture
def seven(monday, monkeypatch):
    """A meeting of seven in session with an open round; yields a page on it, the members, both."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    set_clock(START)
    monkeypatch.setattr(org, "SEATS", org.BANK_SEATS)
    of = org.organised()
    draft = org.moved(
        of, org.decided(of), title=TITLE, conditions=[{"text": CONDITION, "due": "30d"}]
    )
    meeting = in_session(of, draft, ("free", "Any other business"))
    decision = Decision.objects.get(pk=draft.pk)
    with serving() as base_url, chromium() as browser:
        page = browser.new_context(base_url=base_url, reduced_motion="reduce").new_page()
        page.goto("/accounts/login/")
        page.fill("[name=login]", of.house.secretary.email)
        page.fill("[name=password]", PASSWORD)
        page.click("form:has([name=password]) button")
        yield page, of, meeting, decision
        connections.close_all()


def shown(page, meeting, size, place=1, shade="light"):
    """Open an item on a wall of a size; return what the room reads."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"/meetings/{meeting.number}/screen/?item={place}&shade={shade}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), size
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    texts = page.evaluate(TEXTS)
    assert [one for one in texts if one[1] < LEAST] == []
    assert [one for one in texts if one[2] > size[0] or one[3] > size[1]] == []
    return " | ".join(one[0] for one in texts)


@pytest.mark.parametrize("size", SIZES)
def test_motion_vote_deadline_and_seven_seats_are_read_from_the_last_row(seven, size):
    page, of, meeting, decision = seven
    org.vote(decision, of.members[1], "against", reason="Too soon.", at=START)
    org.vote(decision, of.members[2], "for", at=START)

    said = shown(page, meeting, size)

    assert TITLE in said
    assert CONDITION in said
    assert "2 of 7 votes are in" in said
    assert "Votes are taken until" in said
    for place in range(1, 8):
        assert f"Member {place}" in said
    assert said.count("Not voted yet") == 5
    assert page.locator(".screen .deadline__at time").count() == 1
    shown(page, meeting, size, shade="dark")


@pytest.mark.parametrize("size", SIZES)
def test_the_result_and_the_agenda_fit_too(seven, size):
    page, of, meeting, decision = seven
    for place, member in enumerate(of.members):
        choice = ("for", "for", "against")[place % 3]
        org.vote(decision, member, choice, at=START, reason="" if choice == "for" else "Too soon.")
    count(decision, at=START + HOUR)

    said = shown(page, meeting, size)
    agenda = shown(page, meeting, size, place=0)

    assert "Adopted" in said
    assert "Against" in said
    assert "Member 7" in said
    assert TITLE[:50] in agenda
    assert "Member 7" in agenda
