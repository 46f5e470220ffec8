"""The living style page holds every component of the style sheet; its colours can be told apart."""

import re

import pytest
from django.conf import settings
from django.template.loader import get_template

from config import design_tokens as sheet
from config.icons import ICONS
from config.marks import SEVERITIES, STANDINGS
from ledger.context import acting_as
from ledger.rules.actors import machine
from registry.models.people import User

pytestmark = pytest.mark.django_db
TEMPLATES = settings.BASE_DIR / "templates"
CHART = re.compile(r"<svg\b.*?</svg>", re.S)
CLASS = re.compile(r'class="([^"]*)"')
INCLUDED = re.compile(r'\{%-? *include "components/([\w-]+)\.html"')
HEAVIEST = 100_000
NOT_ON_THE_PAGE = {
    "htmx-request": "set by a script while something is fetched",
    "p-ballot": "the body of one page",
    "p-incident": "the body of one page",
    "p-report": "the body of one page",
    "p-stop": "the body of one page",
    "rail__seal": "stands in the rail once something is sealed",
    "topbar__help": "stands in the bar of who is signed in",
    "topbar__bell": "stands in the bar of who is signed in",
    "topbar__me": "stands in the bar of who is signed in",
    "rail__count": "stands in the rail where a door counts what waits",
    "rail__group": "stands in the rail",
    "rail__link": "stands in the rail",
}


def signed_in(client):
    """The page as somebody sees it who is signed in, the shell around it."""
    person = User(email="maren@nordhaven.example", name="Maren Vogt")
    with acting_as(machine("set-up", kind="command")):
        person.save()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client.get("/design/").content.decode()


def classes_in(page):
    """Return every class that a page uses."""
    return {name for found in CLASS.findall(page) for name in found.split()}


@pytest.fixture
def page(client):
    """The page as everybody sees it."""
    return client.get("/design/").content.decode()


def test_every_class_of_the_style_sheet_has_a_sample(page):
    missing = set(sheet.classes()) - classes_in(page) - set(NOT_ON_THE_PAGE)

    assert missing == set()


def test_what_is_excused_is_in_the_sheet_and_really_not_on_the_page(page):
    known, seen = set(sheet.classes()), classes_in(page)

    assert [name for name in NOT_ON_THE_PAGE if name not in known or name in seen] == []


def test_what_is_excused_as_part_of_the_shell_is_there_for_who_is_signed_in(client):
    parts = {"topbar__help", "topbar__bell", "topbar__me", "rail__group", "rail__link"}

    assert parts <= classes_in(signed_in(client))


def test_a_component_without_a_sample_would_be_found(page, monkeypatch):
    monkeypatch.setattr(sheet, "_sheet", lambda: ".brand-new__part { color: red; } a.btn { }")

    assert set(sheet.classes()) - classes_in(page) == {"brand-new__part"}


def test_every_template_of_a_component_is_drawn_on_the_page():
    drawn, waiting = set(), [TEMPLATES / "base.html", *sorted((TEMPLATES / "design").iterdir())]
    while waiting:
        source = waiting.pop().read_text(encoding="utf-8")
        new = set(INCLUDED.findall(source)) - drawn
        drawn |= new
        waiting += [TEMPLATES / "components" / f"{name}.html" for name in new]
    every = {one.stem for one in (TEMPLATES / "components").iterdir()}

    assert every - drawn == set()


def test_every_part_of_the_page_is_included_in_it():
    source = (TEMPLATES / "design.html").read_text(encoding="utf-8")
    parts = {one.name for one in (TEMPLATES / "design").iterdir()} - {"mark.html"}

    assert {name for name in parts if f'"design/{name}"' not in source} == set()
    get_template("design/mark.html")


def test_every_icon_standing_and_severity_is_shown(page):
    assert [name for name in ICONS if f"<code>{name}</code>" not in page] == []
    assert [one for one in STANDINGS if f'class="status" data-state="{one}"' not in page] == []
    assert [one for one in SEVERITIES if f'data-level="{one}"' not in page] == []


def test_every_colour_of_the_sheet_has_its_chip(page):
    named = {name for name, value in sheet.tokens("light").items() if sheet.HEX.fullmatch(value)}
    chips = set(re.findall(r'data-colour="([\w-]+)"', page))

    assert named - chips == set()
    source = sheet.SHEET.read_text(encoding="utf-8")
    assert [name for name in chips if f'[data-colour="{name}"]' not in source] == []


@pytest.mark.parametrize("mode", sheet.MODES)
def test_text_can_be_read_on_every_surface(mode):
    least = 7.0 if "more contrast" in mode else 4.5

    assert [pair for pair in sheet.text_pairs(mode) if pair.ratio < least] == []


@pytest.mark.parametrize("mode", sheet.MODES)
def test_outlines_of_controls_states_and_focus_can_be_seen(mode):
    least = 4.5 if "more contrast" in mode else 3.0

    pairs = [
        sheet.pair_of(mode, outline, lower)
        for outline in ("edge", "pen", "crit")
        for lower in ("paper", "sunk", "press")
    ]

    assert [pair for pair in pairs if pair.ratio < least] == []


@pytest.mark.parametrize("mode", [mode for mode in sheet.MODES if "more contrast" in mode])
def test_with_more_contrast_every_rule_is_seen(mode):
    known = sheet.tokens(mode)
    rules = {
        (rule, lower): sheet.contrast(known[rule], known[lower])
        for rule in ("rule", "rule-2")
        for lower in ("paper", "sunk", "press")
    }

    assert {pair: ratio for pair, ratio in rules.items() if ratio < 4.5} == {}


def test_bands_of_a_chart_are_told_from_their_edges():
    pairs = [("warn", "warn-fill"), ("warn", "warn-wash"), ("crit", "crit-fill"),
             ("crit", "crit-wash")]  # fmt: skip
    weak = [
        (mode, upper, lower)
        for mode in sheet.MODES
        for upper, lower in pairs
        if sheet.contrast(sheet.tokens(mode)[upper], sheet.tokens(mode)[lower]) < 3
    ]

    assert weak == []


def test_what_the_reader_chose_and_what_the_system_asks_for_look_the_same():
    for chosen, asked in sheet.twins():
        assert asked
        assert chosen == asked


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000", "#fff", 21.0), ("#777777", "#ffffff", 4.48), ("#1c4587", "#1c4587", 1.0)],
)
def test_contrast_is_what_wcag_says(first, second, ratio):
    assert sheet.contrast(first, second) == pytest.approx(ratio, abs=0.01)
    assert sheet.contrast(second, first) == pytest.approx(ratio, abs=0.01)


def test_the_table_of_contrasts_is_worked_out_from_the_sheet(page):
    least = f"{sheet.weakest('light', 'ink-3'):.1f}"

    assert f'<td class="num" data-label="light">{least}</td>' in page


def test_the_page_weighs_little_and_takes_nothing_from_elsewhere(client, page):
    bare = CHART.sub("", signed_in(client))

    assert len(bare.encode()) < HEAVIEST
    assert re.findall(r'(?:src|href|srcset|action)="(?:https?:)?//', page) == []
    assert re.findall(r"url\((?!#)", sheet.SHEET.read_text(encoding="utf-8")) == []
    assert "@import" not in sheet.SHEET.read_text(encoding="utf-8")


def test_everything_drawn_has_its_size_before_it_is_drawn(page):
    """By its own width and height, or by a class of the sheet; the sheet comes first."""
    sized = {"icon", "spark", "chart", "flow", "bar", "sprite"}
    rest = re.sub(r'<a class="wordmark".*?</a>', "", page, flags=re.S)
    drawn = re.findall(r"<(?:svg|img)\b[^>]*>", rest)

    assert drawn
    assert [tag for tag in drawn if not sized & classes_in(tag) and " width=" not in tag] == []
    assert ".wordmark svg { width:" in sheet.SHEET.read_text(encoding="utf-8")
