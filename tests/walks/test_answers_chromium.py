"""TEL-8 in Chromium: the list and one answer, with scripts and without, every page by axe."""

import datetime as dt

import pytest
from django.db import connections

from outbox import clock
from telemetry.rules.answers import key_of
from tests.registry.factories import PASSWORD, system, unit, user
from tests.telemetry.factory import event, take_events
from tests.walks.browser import Reader, chromium, serving

pytestmark = pytest.mark.browser
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def answers(monday, monkeypatch):
    """A system that answered thirty times, served; yields the way to a reader, and its events."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    of, at = unit(), clock.now()
    owner, deputy = (user(of=of, password=PASSWORD) for _ in range(2))
    asked = system(of=of, owner=owner, deputy=deputy)
    rows = [
        event(
            asked,
            number,
            at=at - (number + 1) * MINUTE,
            topic="reminders" if number % 2 else "instalments",
            question="Why was I reminded twice?",
            answer="Since two bills of yours are open.",
            sources=["contract 4.2", "tariff of 2026"],
            overridden=bool(number % 2),
            feedback="down" if number % 3 else "up",
            outcome="failure" if number % 5 == 0 else "success",
        )
        for number in range(30)
    ]
    take_events(rows, at=at)
    with serving() as base_url, chromium() as browser:
        yield (
            lambda who, scripts: Reader(browser, base_url, who.email, scripts=scripts),
            asked,
            key_of(at - MINUTE, "e-0"),
        )
        connections.close_all()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_answer_is_found_looked_at_and_reviewed(answers, scripts):
    reader, of, key = answers
    owner, path = reader(of.owner, scripts), f"/answers/{of.slug}/{key}/"

    owner.open("/answers/")
    owner.fill(".filters[role=search]", system=of.slug, outcome="failure")
    owner.press("Filter the list")
    assert "Worst slices" in owner.words()
    owner.open(path)
    assert "Since two bills" not in owner.words()
    owner.fill('form:has([name=act][value="look"])', reason="A complaint")
    owner.press("Look at the answer")
    assert "Since two bills of yours are open." in owner.words()
    owner.page.get_by_text("Send it to review", exact=True).click()
    owner.fill(
        'form:has([name=act][value="send"])',
        reviewer=str(of.deputy_id),
        reason="Is the tariff right?",
    )
    owner.press("Send to review")

    deputy = reader(of.deputy, scripts)
    deputy.open("/answers/")
    assert "Waits for your verdict" in deputy.words()
    deputy.open(path)
    deputy.fill(
        'form:has([name=act][value="verdict"])', verdict="wrong", words="The old tariff was quoted"
    )
    deputy.press("Give the verdict")
    assert "It was wrong" in deputy.words()
