"""The articles of the help, as docs/README.md lists them, and each as a page.

What operators and readers find in the repository is what the product shows: there is no second
text. Articles are read from the files when they are asked for; what is kept of one goes when the
file changes. A reader of another language gets the translation of an article where there is one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from config.manual.translations import (
    DOCS,
    SOURCE,
    folder_of,
    outdated,
    translation_of,
    unmarked,
)

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
    r"^\| \[(?P<name>[^]]+)\]\((?P<file>[a-z/_-]+\.md|ledger/README\.md)\) \| (?P<about>.+) \|$"
)
OF_LEDGER = "ledger-"


@dataclass(frozen=True)
class Article:
    """An article by its slug: its title, what it is about, whether it is a role's guide.

    `language` is that of the title and the line about it, `written_in` that of its text.
    """

    slug: str
    title: str
    about: str
    guide: bool
    language: str = SOURCE
    written_in: str = SOURCE


@dataclass(frozen=True)
class Heading:
    """A section of an article and its anchor."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Page:
    """An article as it is shown: its sections, its text as HTML of ours, its language.

    `outdated` is a translation whose English text changed since.
    """

    headings: Sequence[Heading]
    html: SafeString
    language: str = SOURCE
    outdated: bool = False


def articles(language: str = SOURCE) -> list[Article]:
    """Return every article in the order of docs/README.md, in words of a language."""
    return list(_listed(language, _changes(language)))


def _changes(language: str) -> tuple[int, ...]:
    """Return when the tables changed, and the folders in which translations come and go."""
    own = folder_of(language)
    places = {DOCS / "README.md", own / "README.md"}
    if own != DOCS:
        places |= {own, own / "ledger"}
    return tuple(place.stat().st_mtime_ns for place in sorted(places) if place.exists())


@lru_cache(maxsize=2)
def _listed(language: str, _changed: tuple[int, ...]) -> tuple[Article, ...]:
    said = {} if language == SOURCE else _table(folder_of(language) / "README.md")
    found = _table(DOCS / "README.md").items()
    return tuple(_article(file, about, said.get(file), language) for file, (_, about) in found)


def _table(readme: Path) -> dict[str, tuple[str, str]]:
    """Return the name and the line about each file that a README lists."""
    if not readme.is_file():
        return {}
    lines = readme.read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := LINE.match(line))]
    return {match["file"]: (match["name"], match["about"]) for match in found}


def _article(file: str, about: str, said: tuple[str, str] | None, language: str) -> Article:
    slug = slug_of(file)
    translated = translation_of(DOCS / file, language)
    title = _title(translated or DOCS / file)
    spoken = SOURCE
    if said is not None:
        name, about = said
        # Until the text is translated, the table says how it is called.
        title, spoken = (title if translated else name), language
    written_in = language if translated else SOURCE
    return Article(slug, title, about[:1].upper() + about[1:], slug in GUIDES, spoken, written_in)


def _title(file: Path) -> str:
    return _parted(file.read_text(encoding="utf-8"))[0]


def _parted(text: str) -> tuple[str, str]:
    """Return the title of an article and what follows it."""
    title, _, rest = unmarked(text).partition("\n")
    return title.removeprefix("# ").strip(), rest


def slug_of(file: str) -> str:
    """Return the slug of a file below docs: 'packs', 'ledger', 'ledger-keys'."""
    name = file.removesuffix(".md").replace("/", "-")
    return name.removesuffix("-README")


def file_of(slug: str) -> Path | None:
    """Return the English file of a slug, None where there is none."""
    if not re.fullmatch(r"[a-z_-]{1,60}", slug):
        return None
    places = [DOCS / f"{slug}.md"]
    if slug == "ledger":
        places = [DOCS / "ledger" / "README.md"]
    elif slug.startswith(OF_LEDGER):
        places.append(DOCS / "ledger" / f"{slug.removeprefix(OF_LEDGER)}.md")
    return next((place for place in places if place.is_file()), None)


def page_of(slug: str, language: str = SOURCE) -> tuple[str, Page] | None:
    """Return the title of an article and its page, None where there is no such article.

    It is the translation into the language where there is one, else the English text.
    """
    file = file_of(slug)
    if file is None:
        return None
    shown = translation_of(file, language) or file
    changed = (shown.stat().st_mtime_ns, file.stat().st_mtime_ns)
    return _drawn(shown, file, language if shown != file else SOURCE, changed)


@lru_cache(maxsize=16)
def _drawn(shown: Path, source: Path, language: str, _changed: tuple[int, int]) -> tuple[str, Page]:
    text = shown.read_text(encoding="utf-8")
    title, rest = _parted(text)
    old = shown != source and outdated(text, source)
    like = "" if shown == source else _parted(source.read_text(encoding="utf-8"))[1]
    # The renderer is loaded by the first reader, not by every web process.
    drawing: Any = import_module("config.manual.drawing")
    # Links of a translation are written as in the English text: they start where that stands.
    headings, html = drawing.drawn(rest, folder=source.parent, like=like)
    # Safe: our own files, with HTML switched off in the renderer.
    words = mark_safe(html)  # noqa: S308  as said above
    return title, Page([Heading(*one) for one in headings], words, language, old)
