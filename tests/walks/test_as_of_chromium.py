"""The record as it was, in Chromium: an instant is chosen by keyboard, with scripts and without."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from outbox import clock
from tests.walks import steps
from tests.walks.browser import Reader, chromium, serving
from tests.walks.stage import SLUG, let_pass, set_up
from tests.walks.visitor import House, Machine

pytestmark = pytest.mark.browser
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def live(monday, monkeypatch):
    """A stage that is served, with a case that was acknowledged two hours after it was opened."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    stage = set_up()
    number = steps.breach(Machine(stage.token))
    let_pass(hours=1)
    between = clock.now()
    let_pass(hours=1)
    steps.acknowledge(House(stage), number)
    with serving() as base_url, chromium() as browser:
        yield lambda scripts: (
            Reader(browser, base_url, stage.email("auditor"), scripts=scripts),
            number,
            between,
        )
        connections.close_all()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_instant_is_chosen_by_keyboard_and_left_again(live, scripts):
    reader, number, between = live(scripts)
    reader.open(f"/incidents/{number}/")
    assert "First assessment" in reader.words()

    reader.page.get_by_text("As it was at an instant").press("Enter")
    reader.fill("details.moment form", as_of=typed(between))
    with reader.page.expect_navigation():
        reader.page.get_by_role("button", name="Show the record").press("Enter")
    reader.look()

    assert f"As it was on {said(between)}." in reader.words()
    assert "Scans got worse." not in reader.words()
    reader.page.get_by_role("link", name="Claims approval").first.click()
    reader.look()
    assert f"As it was on {said(between)}." in reader.words()
    reader.page.get_by_role("link", name="Back to now").click()
    reader.look()
    assert "As it was on" not in reader.words()
    assert reader.page.url.rstrip("?").endswith(f"/systems/{SLUG}/")


def typed(instant):
    """An instant as the field for date and time takes it."""
    return instant.astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M")


def said(instant):
    """An instant as the banner says it."""
    here = instant.astimezone(BERLIN).replace(second=0, microsecond=0)
    return f"{here.day} {here:%B %Y, %H:%M}"


def test_pages_of_the_past_are_clean_on_paper_and_screen(live):
    reader, number, between = live(True)
    text = between.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    for path in (f"/incidents/{number}/", f"/systems/{SLUG}/", "/incidents/"):
        reader.open(f"{path}?as_of={text}")

    reader.page.emulate_media(media="print")
    assert f"as it was on {said(between)}" in reader.words()
    assert not reader.page.locator("details.moment").is_visible()
