"""The articles of the help, as docs/README.md lists them, and each as a page.

What operators and readers find in the repository is what the product shows: there is no second
text. Articles are read from the files when they are asked for; what is kept of one goes when the
file changes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

DOCS: Path = settings.BASE_DIR / "docs"
GUIDES = (
    "owners",
    "compliance",
    "committee",
    "executives",
    "auditors",
    "engineers",
    "administrators",
    "operations",
    "privacy",
)
LINE = re.compile(
    r"^\| \[[^]]+\]\((?P<file>[a-z/_-]+\.md|ledger/README\.md)\) \| (?P<about>.+) \|$"
)
OF_LEDGER = "ledger-"


@dataclass(frozen=True)
class Article:
    """An article by its slug: its title, what it is about, whether it is a role's guide."""

    slug: str
    title: str
    about: str
    guide: bool


@dataclass(frozen=True)
class Heading:
    """A section of an article and its anchor."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Page:
    """An article as it is shown: its sections, and its text as HTML of ours."""

    headings: Sequence[Heading]
    html: SafeString


def articles() -> list[Article]:
    """Return every article in the order of docs/README.md."""
    return list(_listed((DOCS / "README.md").stat().st_mtime_ns))


@lru_cache(maxsize=1)
def _listed(_changed: int) -> tuple[Article, ...]:
    lines = (DOCS / "README.md").read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := LINE.match(line))]
    return tuple(_article(match["file"], match["about"]) for match in found)


def _article(file: str, about: str) -> Article:
    slug = slug_of(file)
    with (DOCS / file).open(encoding="utf-8") as text:
        title = text.readline().removeprefix("# ").strip()
    return Article(slug, title, about[:1].upper() + about[1:], slug in GUIDES)


def slug_of(file: str) -> str:
    """Return the slug of a file below docs: 'packs', 'ledger', 'ledger-keys'."""
    name = file.removesuffix(".md").replace("/", "-")
    return name.removesuffix("-README")


def file_of(slug: str) -> Path | None:
    """Return the file of a slug, None where there is none."""
    if not re.fullmatch(r"[a-z_-]{1,60}", slug):
        return None
    places = [DOCS / f"{slug}.md"]
    if slug == "ledger":
        places = [DOCS / "ledger" / "README.md"]
    elif slug.startswith(OF_LEDGER):
        places.append(DOCS / "ledger" / f"{slug.removeprefix(OF_LEDGER)}.md")
    return next((place for place in places if place.is_file()), None)


def page_of(slug: str) -> tuple[str, Page] | None:
    """Return the title of an article and its page, None where there is no such article."""
    file = file_of(slug)
    if file is None:
        return None
    return _drawn(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _drawn(file: Path, _changed: int) -> tuple[str, Page]:
    text = file.read_text(encoding="utf-8")
    title, _, rest = text.partition("\n")
    # The renderer is loaded by the first reader, not by every web process.
    drawing: Any = import_module("config.manual.drawing")
    headings, html = drawing.drawn(rest, folder=file.parent)
    # Safe: our own files, with HTML switched off in the renderer.
    page = Page([Heading(*one) for one in headings], mark_safe(html))  # noqa: S308  as said above
    return title.removeprefix("# ").strip(), page
