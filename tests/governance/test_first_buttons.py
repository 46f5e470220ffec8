"""Enter in a field presses the first submit button of its form: that must be the main one."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

from tests.governance import organisation as org
from tests.governance.pages import AT, signed_in, stand_at

TEMPLATES = Path(settings.BASE_DIR) / "templates"
FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
BUTTON = re.compile(r'<button\b(?:[^>"]|"[^"]*")*>')
INCLUDE = re.compile(r'{% include "([^"]+)"[^%]*%}')
ELSEWHERE = ('type="button"', 'type="reset"', ' form="')


def expanded(source: str, depth: int = 0) -> str:
    """A template with what it includes by name, as far as forms reach."""
    if depth > 3:
        return source

    def read(found: re.Match[str]) -> str:
        path = TEMPLATES / found[1]
        return expanded(path.read_text(), depth + 1) if path.exists() else ""

    return INCLUDE.sub(read, source)


def forms() -> list[tuple[str, list[str]]]:
    """Each form of the product that has several submit buttons, with these in their order."""
    found = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        for form in FORM.findall(path.read_text()):
            buttons = BUTTON.findall(expanded(form))
            submits = [one for one in buttons if not any(mark in one for mark in ELSEWHERE)]
            if len(submits) > 1:
                found.append((str(path.relative_to(TEMPLATES)), submits))
    return found


def is_main(button: str) -> bool:
    """Whether it is the primary button, or stands in for it out of sight."""
    return "btn--primary" in button or "visually-hidden" in button


def test_where_one_button_is_the_main_one_it_is_the_first():
    several = forms()

    wrong = [
        name for name, all_of in several if any(map(is_main, all_of)) and not is_main(all_of[0])
    ]

    assert "governance/motion.html" in [name for name, _ in several]
    assert wrong == []


class Submits(HTMLParser):
    """The submit buttons of the one form that has a field of this name, with their words."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field
        self.found: list[tuple[dict[str, str | None], str]] = []
        self.here: list[tuple[dict[str, str | None], str]] = []
        self.has_field = False
        self.inside = False

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.here, self.has_field = [], False
        self.has_field |= given.get("name") == self.field
        if tag == "button" and given.get("type", "submit") == "submit":
            self.here.append((given, ""))
            self.inside = True

    def handle_data(self, data):
        if self.inside:
            given, words = self.here[-1]
            self.here[-1] = given, words + data

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "button"
        if tag == "form" and self.has_field:
            self.found = self.here


@pytest.mark.django_db
def test_enter_in_the_title_puts_the_motion_and_adds_no_action(client):
    stand_at(AT)
    of = org.organised()
    incident = org.decided(of)
    page = signed_in(client, of.chair).get(f"/incidents/{incident.number}/motion/")
    stand_at(None)

    form = Submits("title")
    form.feed(page.content.decode())

    words = [text.strip() for _, text in form.found]
    first, _ = form.found[0]
    assert words[0] == words[-1] == "Put the motion"
    assert "One more action" in words
    assert (first.get("name"), first["tabindex"], first["aria-hidden"]) == (None, "-1", "true")
