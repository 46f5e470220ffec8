"""The living style page as it is really drawn: every mode, high contrast, nothing that jumps."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections

from tests.walks.browser import chromium, serving

pytestmark = pytest.mark.browser
ADDRESS = "/design/"
MODES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "light, more contrast": {"color_scheme": "light", "contrast": "more"},
    "dark, more contrast": {"color_scheme": "dark", "contrast": "more"},
    "forced colours": {"color_scheme": "dark", "forced_colors": "active"},
    "paper": {"media": "print"},
}
USUAL = {"media": "screen", "contrast": "no-preference", "forced_colors": "none",
         "color_scheme": "light"}  # fmt: skip
# There the system gives the colours, and axe reads those that the sheet would have given.
UNFORCED = {"rules": {"color-contrast": {"enabled": False}}}
SHIFTS = """() => { window.moved = 0; new PerformanceObserver(list => {
  for (const one of list.getEntries()) { window.moved += one.value; } })
  .observe({ type: 'layout-shift', buffered: true }); }"""
# What has an outline of its own: where it is none, or hides in what is below, it is named.
BORDERED = (
    ".btn:not(.btn--quiet), .input, .select, .textarea, .notice, .panel, .vote, .dialog, .tag"
)
HIDDEN = """touched => [...document.querySelectorAll(touched)]
  .filter(one => one.checkVisibility()).filter(one => {
    const drawn = getComputedStyle(one);
    return drawn.borderLeftStyle === 'none' || parseFloat(drawn.borderLeftWidth) < 1
      || drawn.borderLeftColor === drawn.backgroundColor
      && drawn.backgroundColor === getComputedStyle(document.body).backgroundColor;
  }).map(one => one.outerHTML.slice(0, 90))"""
# A state says what it is in a shape and a word.
BARE = """() => [...document.querySelectorAll('.status, .severity, .deadline__left, .stage__name')]
  .filter(one => one.checkVisibility()
    && !(one.querySelector('svg, .severity__bars') && /[a-z]/i.test(one.textContent)))
  .map(one => one.outerHTML.slice(0, 90))"""
FLAT = """() => [...document.querySelectorAll('main svg, main img')]
  .filter(one => one.checkVisibility() && !one.getBoundingClientRect().height)
  .map(one => one.outerHTML.slice(0, 90))"""
OUTLINE = """() => { const drawn = getComputedStyle(document.activeElement);
  return [document.activeElement.tagName, drawn.outlineStyle, parseFloat(drawn.outlineWidth)]; }"""


@pytest.fixture
def page(monday, monkeypatch):
    """The page, at a window that asks for nothing from elsewhere."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with serving() as base_url, chromium() as browser:
        context = browser.new_context(base_url=base_url, reduced_motion="reduce")
        found = context.new_page()
        found.asked = []
        found.on("request", lambda one: found.asked.append(one.url.removeprefix(base_url)))
        yield found
        connections.close_all()


def test_it_is_drawn_in_every_mode_with_what_it_has_to_say(page):
    page.goto(ADDRESS)
    faults = []
    for mode, how in MODES.items():
        page.emulate_media(**(USUAL | how))
        faults += [f"{mode}: a state is its colour alone: {one}" for one in page.evaluate(BARE)]
        faults += [f"{mode}: nothing is drawn: {one}" for one in page.evaluate(FLAT)]
        if mode != "paper":
            bare = page.evaluate(HIDDEN, BORDERED)
            faults += [f"{mode}: no border is seen: {one}" for one in bare]
        options = UNFORCED if mode == "forced colours" else {}
        for one in Axe().run(page, options=options).response["violations"]:
            where = "; ".join(node["html"][:60] for node in one["nodes"][:9])
            faults.append(f"{mode}: {one['id']}: {where}")

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("mode", "least"),
    [("light", 2), ("dark", 2), ("light, more contrast", 3), ("forced colours", 3)],
)
def test_focus_is_seen_wherever_the_keys_lead(page, mode, least):
    page.emulate_media(**MODES[mode])
    page.goto(ADDRESS)
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(OUTLINE))

    assert [one for one in seen if one[1] == "none" or one[2] < least] == []
    assert {"A", "BUTTON", "INPUT"} <= {one[0] for one in seen}


def test_nothing_moves_once_it_is_drawn_and_nothing_comes_from_elsewhere(page):
    page.add_init_script(f"({SHIFTS})()")
    page.goto(ADDRESS)
    page.wait_for_load_state("networkidle")

    assert page.evaluate("window.moved") < 0.001
    assert [one for one in page.asked if not re.match(r"/(design/|static/)", one)] == []


def test_more_contrast_takes_the_tokens_of_its_own(page):
    page.goto(ADDRESS)
    token = "getComputedStyle(document.documentElement).getPropertyValue('--ink-3').trim()"
    found = {}
    for mode in list(MODES)[:4]:
        page.emulate_media(**({"contrast": "no-preference"} | MODES[mode]))
        found[mode] = page.evaluate(token)

    assert len(set(found.values())) == 4
