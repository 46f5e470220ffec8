"""The committee in Chromium: a ballot by passkey on a phone, the emergency stop in three taps, the
screen of a meeting (INC-3, INC-4, INC-12).

A tap is a finger on the glass, or the finger on the passkey's sensor.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections

from governance.models import Ballot, Decision
from incidents.models import Containment
from tests.config.sign_in.test_chromium import DEVICE
from tests.governance import organisation as org
from tests.governance.meetings import START, in_session
from tests.governance.rounds import HOUR
from tests.incidents.factory import PASSWORD
from tests.registry import factories as registry
from tests.telemetry import factory as telemetry
from tests.walks.browser import chromium, serving
from tests.walks.stage import set_clock

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True,
         "device_scale_factor": 2}  # fmt: skip
LEAST = 44
TOUCHED = "main button, main summary, main label.vote, main .btn, main input:not([type=hidden])"
# What is seen and is smaller than a finger, of what is pressed; what is read out only counts not.
SMALL = """([touched, least]) => [...document.querySelectorAll(touched)]
  .filter(one => one.checkVisibility() && !one.closest('.visually-hidden')
    && !one.classList.contains('visually-hidden') && !one.closest('label.vote > *')
    && !(one.type === 'radio' || one.type === 'checkbox'))
  .map(one => [one.textContent.trim().slice(0, 40) || one.name, one.getBoundingClientRect().height])
  .filter(([, height]) => height < least - 0.5)"""


class Phone:
    """A phone in somebody's hand: signed in, its passkey made; counts what is tapped."""

    def __init__(self, browser, base_url, who):
        self.taps, self.errors = 0, []
        context = browser.new_context(base_url=base_url, **PHONE)
        self.page = context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        session = context.new_cdp_session(self.page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        self.page.goto("/accounts/login/")
        self.page.fill("[name=login]", who.email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("form:has([name=password]) button")
        self.page.wait_for_url(re.compile(r"^[a-z]+://[^/]+/$"))
        self._passkey()

    def _passkey(self):
        self.page.goto("/accounts/2fa/webauthn/add/")
        if "reauthenticate" in self.page.url:
            self.page.fill("[name=password]", PASSWORD)
            self.page.click("text=Confirm and go on")
        self.page.fill("[name=name]", "my phone")
        self.page.click("text=Make the passkey")
        self.page.wait_for_url("**/recovery-codes/")

    def _listen(self, line):
        if line.type == "error":
            self.errors.append(line.text)

    def open(self, path):
        """Go to a page, as a link in a message does, and look at it."""
        self.page.goto(path)
        self.look()

    def look(self):
        """It fits the glass, everything that is pressed is as large as a finger, axe is content."""
        self.page.wait_for_load_state()
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "too wide"
        assert self.page.evaluate(SMALL, [TOUCHED, LEAST]) == []
        found = Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()
        assert self.errors == []

    def tap(self, what):
        """Tap on what is named, where it is seen."""
        self.taps += 1
        what.tap()

    def go(self, what):
        """Tap on a link and look at the page that it leads to."""
        with self.page.expect_navigation():
            self.tap(what)
        self.look()

    def link(self, name):
        """A link by its words."""
        return self.page.locator("main").get_by_role("link", name=name).first

    def sign(self):
        """Tap 'Sign with a passkey', then the sensor; the browser's stand-in for it answers."""
        button = self.page.get_by_role("button", name="Sign with a passkey")
        with self.page.expect_navigation():
            self.tap(button)
        self.taps += 1


@pytest.fixture
def house(monday, monkeypatch):
    """An organisation whose meeting is in session, served; yields the browser, address, it."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    set_clock(START)
    of = org.organised()
    registry.in_force(of.house.system)
    draft = org.moved(of, org.decided(of))
    meeting = in_session(of, draft, ("free", "Any other business"))
    with serving() as base_url, chromium() as browser:
        yield browser, base_url.replace("127.0.0.1", "localhost"), of, meeting
        connections.close_all()


def test_a_member_votes_by_passkey_in_four_taps_from_the_docket(house):
    browser, base_url, of, _ = house
    phone = Phone(browser, base_url, of.members[1])
    set_clock(START + HOUR)
    phone.open("/committee/")

    phone.go(phone.link("Read and vote"))
    phone.tap(phone.page.locator("label.vote", has_text="For"))
    phone.sign()

    phone.look()
    ballot = Ballot.objects.get()
    assert (ballot.vote, ballot.signature.method, phone.taps) == ("for", "passkey", 4)


def test_a_stop_takes_three_taps_from_the_page_of_the_system(house):
    browser, base_url, of, _ = house
    phone = Phone(browser, base_url, of.house.owner)
    set_clock(START + HOUR)
    phone.open(f"/systems/{of.house.system.slug}/")

    phone.go(phone.link("Emergency stop"))
    phone.sign()

    stopped = Containment.objects.get()
    assert (stopped.kind, stopped.scope, stopped.environment) == (
        "stop", "everything", "production",
    )  # fmt: skip
    assert phone.taps == 3


def test_who_proved_it_a_moment_ago_stops_with_two(house):
    browser, base_url, of, _ = house
    phone = Phone(browser, base_url, of.house.owner)
    phone.open(f"/systems/{of.house.system.slug}/")

    phone.go(phone.link("Emergency stop"))
    with phone.page.expect_navigation():
        phone.tap(phone.page.get_by_role("button", name="Stop at once and sign"))

    assert Containment.objects.get().person == of.house.owner
    assert phone.taps == 2


def test_a_stop_takes_three_taps_from_the_desk(house):
    browser, base_url, of, _ = house
    phone = Phone(browser, base_url, of.house.owner)
    set_clock(START + HOUR)
    phone.open("/")

    phone.go(phone.link(f"Stop {of.house.system.name}"))
    phone.sign()

    assert Containment.objects.get().incident.system == of.house.system
    assert phone.taps == 3


def test_whoever_may_stop_several_takes_three_taps_with_a_proof_that_is_fresh(house):
    browser, base_url, of, _ = house
    other = telemetry.measured(owner=of.house.owner, deputy=of.house.deputy, name="Paying agent")
    phone = Phone(browser, base_url, of.house.owner)
    phone.open("/")

    phone.tap(phone.page.locator("main summary", has_text="Stop a system"))
    phone.look()
    phone.go(phone.link("Paying agent"))
    with phone.page.expect_navigation():
        phone.tap(phone.page.get_by_role("button", name="Stop at once and sign"))

    assert Containment.objects.get().incident.system == other
    assert phone.taps == 3


def test_who_may_stop_nothing_finds_no_way_to_it_on_the_desk(house):
    browser, base_url, of, _ = house
    phone = Phone(browser, base_url, of.house.compliance)

    phone.open("/")

    assert phone.page.locator("main a[href$='/stop/'], .desk-stop").count() == 0


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720)])
def test_the_screen_turns_by_keys_and_fits_the_wall(house, size):
    browser, base_url, of, meeting = house
    context = browser.new_context(base_url=base_url, viewport={"width": size[0], "height": size[1]})
    page, said = context.new_page(), []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.goto("/accounts/login/")
    page.fill("[name=login]", of.house.secretary.email)
    page.fill("[name=password]", PASSWORD)
    page.click("form:has([name=password]) button")
    page.goto(f"/meetings/{meeting.number}/screen/?shade=dark")

    page.keyboard.press("ArrowRight")
    page.wait_for_url("**item=1**")
    org.vote(Decision.objects.get(), of.members[1], "against", reason="Too soon.", at=START)
    page.wait_for_selector("text=1 of 3 votes are in")

    assert "shade=dark" in page.url
    assert "Too soon." not in page.content()
    for shade in ("light", "dark"):
        page.goto(f"/meetings/{meeting.number}/screen/?item=1&shade={shade}")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert said == []
