"""The pictures of the help, taken in Chromium of the pages that the guides speak of.

They land below tests/output/help; with COUNTERSIGN_PICTURES=1 those in docs/pictures are renewed.
"""

import io
import os
from pathlib import Path

import pytest
from django.db import connections
from PIL import Image

from ledger.models import Entry
from tests.governance import organisation
from tests.incidents import factory as cases
from tests.incidents.factory import AT, PASSWORD, do, evidence
from tests.walks import gallery as rooms
from tests.walks.browser import chromium, serving
from tests.walks.gallery import NOW
from tests.walks.stage import set_clock
from tests.walks.test_help_pictures import FOLDER, HEAVIEST, PHONE, PICTURES, Picture, named

pytestmark = [pytest.mark.browser, pytest.mark.full]

OUTPUT = Path(__file__).resolve().parent.parent / "output" / "help"
PATIENCE = 120_000
RENEW = bool(os.environ.get("COUNTERSIGN_PICTURES"))
CALLED = {"unit": "Nordhaven Insurance", "committee": "AI committee", "executive": "Executives"}
# What the guides speak of and show no picture of.
BESIDE = (
    Picture("meeting-screen", "chair", "meetings/<str:number>/screen/?item=1",
            {"number": "meeting"}, says="votes are in"),
    Picture("audit-room", "auditor", "audit/", says="Ask the auditee"),
    Picture("triage-keys", "compliance", "desk/keys/", says="acknowledge what is marked"),
)  # fmt: skip
TO_TOP = "one => window.scrollTo(0, one.getBoundingClientRect().top + window.scrollY - 72)"


class Camera:
    """Takes a picture of a page as a role sees it: light, still, at the gallery's instant."""

    def __init__(self, gallery, browser, base_url):
        self.gallery, self.browser, self.base_url = gallery, browser, base_url
        self.windows = {}

    def take(self, picture):
        """Open the page of a picture; return it as it is seen, as PNG."""
        page, said = self._window(picture.role, picture.size)
        set_clock(NOW)
        answer = page.goto(self.base_url + self.gallery.address(picture.route, picture.filled))
        assert answer.ok, f"{picture.name}: {answer.url} answered {answer.status}"
        assert page.locator(".field__error:visible").count() == 0, picture.name
        assert picture.says in page.locator("main").inner_text(), picture.name
        if picture.top:
            page.locator(picture.top).first.evaluate(TO_TOP)
        shot = page.screenshot(animations="disabled", caret="hide")
        assert said == [], picture.name
        return shot

    def _window(self, role, size):
        """A window of this size in which the role has signed in."""
        if (role, size) not in self.windows:
            context = self.browser.new_context(
                viewport=dict(zip(("width", "height"), size, strict=True)),
                is_mobile=size == PHONE, has_touch=size == PHONE,
                color_scheme="light", reduced_motion="reduce", locale="en-GB",
            )  # fmt: skip
            # Beside other long runs a page may take its time.
            context.set_default_timeout(PATIENCE)
            page, said = context.new_page(), []
            page.clock.set_fixed_time(NOW)
            page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
            page.on("pageerror", lambda error: said.append(str(error)))
            self._sign_in(page, self.gallery.people[role].email)
            self.windows[role, size] = page, said
        return self.windows[role, size]

    def _sign_in(self, page, email):
        set_clock(NOW)
        page.goto(f"{self.base_url}/accounts/login/")
        page.fill('[name="login"]', email)
        page.fill('[name="password"]', PASSWORD)
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in", exact=True).first.click()


def plainly(unique):
    """Return what makes names, such that the first unit and bodies are called as they would be."""
    left = dict(CALLED)
    return lambda word: left.pop(word, "") or unique(word)


@pytest.fixture
def camera(monday, files, monkeypatch):
    """A camera in the gallery, which is served."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    monkeypatch.setattr(cases, "unique", plainly(cases.unique))
    monkeypatch.setattr(organisation, "unique", cases.unique)
    # Sealed once, at the end: what is written for a later instant is no leaf of an earlier seal.
    monkeypatch.setattr(rooms, "sweep", lambda *, at: None)
    gallery = rooms.hang()
    # The owner comes to the form of the findings.
    do(gallery.made.investigating, "first_assessment", gallery.house.owner)
    evidence(gallery.made.investigating, gallery.house.owner, AT)
    # An entry with something before and after.
    gallery.made.entry = str(Entry.objects.filter(verb="incident.validated").latest("pk").pk)
    with serving() as base_url, chromium() as browser:
        yield Camera(gallery, browser, base_url)
        connections.close_all()


def in_few_colours(shot, heaviest=HEAVIEST):
    """Return a picture with a palette, with the most colours that leave it light enough."""
    whole = Image.open(io.BytesIO(shot)).convert("RGB")
    for colours in (128, 64, 32, 16):
        written = io.BytesIO()
        whole.quantize(colours, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        if len(written.getvalue()) < heaviest:
            return written.getvalue()
    raise AssertionError("the picture is too heavy whatever its colours")


def test_every_picture_that_the_help_shows_is_made_of_its_page(camera):
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for picture in (*PICTURES, *BESIDE):
        made = in_few_colours(camera.take(picture))
        (OUTPUT / f"{picture.name}.png").write_bytes(made)
        if RENEW and picture in PICTURES:
            (FOLDER / f"{picture.name}.png").write_bytes(made)

    for _, _, file in named():
        with Image.open(OUTPUT / file) as made, Image.open(FOLDER / file) as kept:
            assert (made.size, made.mode) == (kept.size, kept.mode), file
