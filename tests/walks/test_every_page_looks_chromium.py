"""How every page looks (interface.md): light, dark, on a tablet, at 200 % zoom, on paper; German.

Each page is opened by the role that it is for, in an organisation in which something stands on it.
With WALK_PICTURES=1 what was seen is kept below tests/output. With WALK_ONLY=words only lines of
every_page.OPENED are walked in which the regular expression is found, so that one page that is
being mended takes a minute: WALK_ONLY='suppliers/|tokens/.* administrator'.
"""

import os
import re
from pathlib import Path

import pytest
from django.db import connections
from django.template import base, defaulttags
from django.templatetags import i18n
from django.test import Client
from django.utils import html
from playwright.sync_api import Error

from ledger.rules.worded import Worded
from outbox.languages import spoken
from tests.german import german
from tests.incidents.factory import PASSWORD
from tests.walks import every_page
from tests.walks.browser import axe, chromium, serving
from tests.walks.gallery import hang
from tests.walks.shapes import Shapes

OUTPUT = Path(__file__).resolve().parent.parent / "output" / "every-page"
SHOTS = bool(os.environ.get("WALK_PICTURES"))
ONLY = re.compile(os.environ.get("WALK_ONLY", ""))
HEAVIEST = 100_000
WIDE, TABLET, ZOOMED, PAPER = 1280, 768, 640, 794
# What speaks the language of the browser: who opens it may be nobody.
OF_NOBODY = ("/concerns/new/", "/concerns/receipt/")
# Where components are shown with everything that they can say.
WITH_ERRORS = ("/design/",)
CHART = re.compile(r"<svg\b.*?</svg>", re.S)
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What stands beside other words and has no room for its own runs into them.
CRAMPED = """[...document.querySelectorAll('.task__flag, .task__what, .task__act')]
  .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText.slice(0, 40))"""


class Onlooker:
    """Somebody at a window who writes down whatever is wrong with a page."""

    def __init__(self, browser, base_url, email=""):
        self.base_url, self.faults, self.said = base_url, [], []
        # A colour that is still on its way to another one is no colour of the page.
        self.page = browser.new_context(reduced_motion="reduce").new_page()
        self.page.on("console", lambda one: self.said.append(f"{one.type}: {one.text}"))
        self.page.on("pageerror", lambda one: self.said.append(str(one)))
        if email:
            self.page.goto(f"{base_url}/accounts/login/")
            self.page.fill('[name="login"]', email)
            self.page.fill('[name="password"]', PASSWORD)
            with self.page.expect_navigation():
                self.page.get_by_role("button", name="Sign in", exact=True).first.click()
            self.said.clear()

    def visit(self, path, name):
        """Open a page and look at it in every way."""
        answer = self._opened(path)
        if answer is None:
            return
        if path not in WITH_ERRORS and self.page.locator(".field__error:visible").count():
            self._wrong(path, "tells of an error before anything was done")
        weight = len(CHART.sub("", answer.text()).encode())
        if weight > HEAVIEST:
            self._wrong(path, f"weighs {weight} bytes without its charts")
        for scheme in ("light", "dark"):
            self._set(WIDE, scheme=scheme)
            self._judge(path, scheme)
            self._keep(f"{name}-{scheme}")
        self._widths(path, name)
        self._judge(path, "print")
        self._over(path)

    def visit_in(self, language, path, name):
        """Open a page in a language whose words are longer: it is no wider for it."""
        if self._opened(path) is None:
            return
        told = self.page.locator(f'html[lang="{language}"]').count()
        if not told and path not in OF_NOBODY:
            self._wrong(path, f"is not in {language!r}")
        self._set(WIDE)
        self._fits(path, f"at {WIDE} px")
        self._keep(f"{name}-{language}")
        self._widths(path, f"{name}-{language}")
        self._over(path)

    def _opened(self, path):
        try:
            answer = self.page.goto(self.base_url + path)
        except Error as error:
            # A refusal without a body is no page to the browser.
            self._wrong(path, str(error).splitlines()[0])
            self.said.clear()
            return None
        if not answer.ok:
            self._wrong(path, f"answered {answer.status}")
            self.said.clear()
            return None
        return answer

    def _widths(self, path, name):
        for width in (TABLET, ZOOMED):
            self._set(width)
            self._fits(path, f"at {width} px")
            self._keep(f"{name}-{width}")
        self._set(PAPER, media="print")
        self._fits(path, "on paper")
        self._keep(f"{name}-paper")

    def _over(self, path):
        self._set(WIDE)
        for one in self.said:
            self._wrong(path, f"the console says {one}")
        self.said.clear()

    def _set(self, width, *, scheme="light", media="screen"):
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme, media=media)

    def _judge(self, path, how):
        for one in axe(self.page).response["violations"]:
            where = "; ".join(node["html"][:160] for node in one["nodes"][:3])
            self._wrong(path, f"{how}: {one['id']}: {where}")

    def _fits(self, path, how):
        beyond = self.page.evaluate(BEYOND)
        if beyond > 0:
            self._wrong(path, f"is {beyond} px too wide {how}")
        for words in self.page.evaluate(CRAMPED):
            self._wrong(path, f"has no room for {words!r} {how}")

    def _keep(self, name):
        if SHOTS:
            OUTPUT.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=OUTPUT / f"{name}.png", full_page=True)

    def _wrong(self, path, what):
        self.faults.append(f"{path}: {what}")


class Walk:
    """Everybody of the gallery at a window of their own, each signed in when first needed."""

    def __init__(self, gallery, browser, base_url):
        self.gallery, self.browser, self.base_url = gallery, browser, base_url
        self.onlookers, self.clients = {}, {}

    def undrawn(self, route, role, filled):
        """Return what a role gets at an address as text; nothing where it gets no page."""
        if role not in self.clients:
            self.clients[role] = Client()
            self.clients[role].force_login(self.gallery.people[role])
        answer = self.clients[role].get(self.gallery.address(route, filled))
        is_page = answer.status_code == 200 and "html" in answer.headers["Content-Type"]
        return answer.content.decode() if is_page else ""

    def visit(self, route, role, filled, *, language=""):
        """Let a role look at an address, in every way or in another language."""
        if role not in self.onlookers:
            email = self.gallery.people[role].email
            self.onlookers[role] = Onlooker(self.browser, self.base_url, email)
        path = self.gallery.address(route, filled)
        told = "-".join([route, *filled.values(), role])
        name = re.sub(r"[^a-z0-9]+", "-", told.lower()).strip("-")
        if language:
            self.onlookers[role].visit_in(language, path, name)
        else:
            self.onlookers[role].visit(path, name)

    @property
    def faults(self):
        """What anybody found."""
        return [fault for one in self.onlookers.values() for fault in one.faults]


@pytest.fixture
def walk(monday, files, blank_paper, monkeypatch):
    """The gallery with a folder of its own, served to a browser."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    gallery = hang()
    with serving() as base_url, chromium() as browser:
        yield Walk(gallery, browser, base_url)
        connections.close_all()


@pytest.fixture
def unsaid(monkeypatch):
    """What templates print as the floors below worded it: it lacks `|told`, and stays English."""
    found = set()

    def looking(escape):
        def look(value, *given):
            if isinstance(value, Worded) and spoken(value) != str(value):
                found.add(str(value))
            return escape(value, *given)

        return look

    shown = looking(base.render_value_in_context)
    for module in (base, defaulttags, i18n):
        monkeypatch.setattr(module, "render_value_in_context", shown)
    monkeypatch.setattr(html, "conditional_escape", looking(html.conditional_escape))
    return found


def test_every_page_of_the_table_is_looked_at_or_says_why_not():
    assert not every_page.untold()


@pytest.mark.browser
def test_the_pages_that_need_nobody_look_as_they_should(monday, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

    with serving() as base_url, chromium() as browser:
        onlooker = Onlooker(browser, base_url)
        for path in ("/design/", "/accounts/login/", "/concerns/new/"):
            onlooker.visit(path, path.strip("/").replace("/", "-"))
        connections.close_all()

    assert not onlooker.faults, "\n".join(onlooker.faults)


def opened():
    """The lines of the table that are walked."""
    found = [one for one in every_page.pages() if ONLY.search(every_page.line(*one))]
    assert found, f"no line of every_page.OPENED holds {ONLY.pattern}"
    return found


@pytest.mark.browser
@pytest.mark.full
def test_every_page_looks_as_it_should(walk):
    for route, role, filled in opened():
        walk.visit(route, role, filled)

    assert not walk.faults, "\n".join(walk.faults)


@pytest.mark.browser
@pytest.mark.full
def test_every_page_keeps_its_width_in_german(walk, unsaid):
    for who in walk.gallery.people.values():
        german(who)

    for route, role, filled in opened():
        walk.visit(route, role, filled, language="de")

    assert not walk.faults, "\n".join(walk.faults)
    assert not unsaid, "\n".join(unsaid)


@pytest.mark.browser
@pytest.mark.full
def test_what_another_role_alone_sees_on_a_page_looks_as_it_should(walk):
    looked_at, twice = set(), set()
    for route, role, filled in opened():
        looked_at |= Shapes(walk.undrawn(route, role, filled)).found

    for role in walk.gallery.people:
        for route, _, filled in opened():
            page = Shapes(walk.undrawn(route, role, filled))
            twice |= {f"{route}: {name}" for name in page.twice}
            if not page.found <= looked_at:
                looked_at |= page.found
                walk.visit(route, role, filled)

    assert not twice, sorted(twice)
    assert not walk.faults, "\n".join(walk.faults)
