"""The pictures of the help: each that an article names is there, light, told, and made by a walk.

`PICTURES` says whose page each is; test_help_pictures_chromium.py takes them.
"""

import re
from dataclasses import dataclass, field

import pytest
from django.contrib.staticfiles import finders
from PIL import Image

from config.manual.articles import DOCS, GUIDES, page_of

FOLDER = DOCS / "pictures"
NAMED = re.compile(r"!\[([^]]*)\]\((?:\.\./)?pictures/([a-z0-9-]+\.png)\)")
HEAVIEST = 80_000
WIDE, HIGH, PHONE = (1280, 800), (1280, 1080), (390, 844)
# Not of the help: the README shows it.
OF_README = {"incident.png"}
# Operators and who asks for privacy read commands and tables.
WITHOUT = {"operations", "privacy"}


@dataclass(frozen=True)
class Picture:
    """A picture: whose page it shows, what stands in the address and must stand on the page.

    `top` is what is led to the top of the picture.
    """

    name: str
    role: str
    route: str
    filled: dict[str, str] = field(default_factory=dict)
    says: str = ""
    top: str = ""
    size: tuple[int, int] = WIDE


PICTURES = (
    Picture("guide-owner-1", "owner", "", says="Needs you today"),
    Picture("guide-owner-2", "owner", "incidents/<str:number>/", {"number": "investigating"},
            says="Submit and sign"),
    Picture("guide-compliance-1", "compliance", "incidents/<str:number>/",
            {"number": "validation"}, says="Validate and sign"),
    Picture("guide-compliance-2", "compliance", "", says="Close small cases"),
    Picture("guide-committee-1", "chair", "committee/", says="Read and vote", size=HIGH),
    Picture("guide-committee-2", "chair", "committee/<str:number>/", {"number": "decision"},
            says="Sign my vote", size=PHONE),
    Picture("guide-executive-1", "executive", "fleet/", says="Claims approval"),
    Picture("guide-executive-2", "executive", "reports/<str:number>/",
            {"number": "board_report"}, says="translated by a sourced factor"),
    Picture("guide-auditor-1", "auditor", "ledger/<int:number>/", {"number": "entry"},
            says="Inclusion proof"),
    Picture("guide-auditor-2", "auditor", "packs/<str:number>/", {"number": "pack"},
            says="Download the pack"),
    Picture("guide-administrator-1", "administrator", "people/", says="Invite a person"),
    Picture("guide-administrator-2", "administrator", "first-steps/", says="steps are done"),
    Picture("guide-engineer-1", "engineer", "systems/<slug:slug>/kpis/<int:series_id>/",
            says="Trend", top='h2:has-text("Trend")'),
    Picture("guide-engineer-2", "engineer", "connectors/<uuid:connector_id>/",
            {"connector_id": "connector"}, says="What it asks"),
)  # fmt: skip


def named():
    """Return (article's file, what is told of the picture, its file) for each in the help."""
    return [
        (file.relative_to(DOCS).as_posix(), *found)
        for file in sorted(DOCS.rglob("*.md"))
        for found in NAMED.findall(file.read_text(encoding="utf-8"))
    ]


def test_every_guide_of_a_role_shows_one_or_two_pictures():
    for guide in set(GUIDES) - WITHOUT:
        shown = [one for one in named() if one[0] == f"{guide}.md"]
        assert 1 <= len(shown) <= 2, guide


def test_what_the_articles_name_is_what_the_walk_makes_and_nothing_else_is_kept():
    made = {f"{one.name}.png" for one in PICTURES}

    assert {file for _, _, file in named()} == made
    assert {one.name for one in FOLDER.iterdir()} == made | OF_README


@pytest.mark.parametrize("picture", PICTURES, ids=lambda one: one.name)
def test_a_picture_is_small_has_its_size_and_is_served(picture):
    served = finders.find(f"help/{picture.name}.png")

    with Image.open(served) as kept:
        assert (kept.size, kept.mode) == (picture.size, "P")
    assert (FOLDER / f"{picture.name}.png").stat().st_size < HEAVIEST


def test_a_picture_is_told_to_who_does_not_see_it():
    for article, told, file in named():
        assert len(told) > 30, f"{article}: {file}"


def test_the_help_shows_the_pictures_from_where_they_are_served():
    _, page = page_of("owners")

    assert 'src="/static/help/guide-owner-1.png"' in page.html
