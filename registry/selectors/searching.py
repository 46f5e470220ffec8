"""The search: every registered kind asked in one statement, within what the reader may open.

Of each kind at most `MOST` things are looked at, the newest: they are what is counted, what is
paged, and among what the best come first. Best are: what was typed by its number or short name,
then the same title, then every word in the title, then every word anywhere; the newest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from outbox.languages import spoken
from registry import search_sources
from registry.models import User
from registry.rules.searching import LONGEST, Piece, Typed, fragment, meant, pieces, typed
from registry.search_sources import Direct, Source
from registry.selectors.search_reader import Reader
from registry.selectors.search_statement import MOST, asked_rows, newest_titles, parsed_query

SHOWN = 5
PAGE = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found, for reading: its pieces are marked where they are what was meant.

    `exact` is by its number or short name; `at` is None where it has no instant.
    """

    kind: str
    reference: str
    title: Sequence[Piece]
    fragment: Sequence[Piece]
    about: str
    at: datetime | None
    url: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind; `more` says that there are more than `total`."""

    name: str
    label: search_sources.Words
    hits: Sequence[Hit]
    total: int
    more: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found: by kind, in the order of the best of each.

    `kind` is the one that was asked for, '' for all, `page` its page, `pages` how many it has.
    `meant` is what may have been meant where nothing is found, `opens` the one thing that a
    reference names.
    """

    asked: Typed
    groups: Sequence[Group]
    kind: str = ""
    page: int = 1
    pages: int = 1
    meant: str = ""
    opens: str = ""

    @property
    def shown(self) -> list[Group]:
        """The groups of which hits are shown."""
        return [one for one in self.groups if not self.kind or one.name == self.kind]


def search(*, text: str, user: User, at: datetime, kind: str = "", page: int = 1) -> Answer:
    """Return what a person finds, in at most ten queries. A letter alone is a whole word.

    Raises Invalid for a text that is too long, or a kind that is none.
    """
    asked = _typed(text)
    kinds = search_sources.registered()
    if kind and kind not in {one.name for one in kinds}:
        raise Invalid("unknown_kind", "There is no such kind.", fields={"kind": "No such kind."})
    page = min(max(page, 1), MOST // PAGE)
    if not asked.words or not user.is_active:
        return Answer(asked, (), kind)
    reader = Reader(user=user, at=at)
    query, starts = parsed_query(asked)
    places = {one.name: _place(one.name, kind, page) for one in kinds}
    sources = [one for one in kinds if isinstance(one, Source)]
    rows = asked_rows(sources, reader, asked, query, places)
    groups = [_group(one, rows.get(one.name, []), starts) for one in sources]
    groups += [_direct(one, reader, asked) for one in kinds if isinstance(one, Direct)]
    groups = sorted((one for one in groups if one.total), key=_best)
    chosen = next((one for one in groups if one.name == kind), None)
    return Answer(
        asked,
        groups,
        kind,
        page,
        pages=-(-chosen.total // PAGE) if chosen else 1,
        meant="" if groups else _meant(asked, sources, reader),
        opens=_opens(asked, groups),
    )


def _typed(text: str) -> Typed:
    try:
        return typed(text)
    except ValueError as fault:
        words = worded(
            "Search for at most {longest} characters: a few words, or a number.", longest=LONGEST
        )
        raise Invalid("too_long", words, fields={"q": words}) from fault


def _place(name: str, kind: str, page: int) -> tuple[int, int]:
    """Return how many of a kind are read, and behind how many; of others one, for the count."""
    if not kind:
        return SHOWN, 0
    return (PAGE, (page - 1) * PAGE) if name == kind else (1, 0)


def _group(source: Source, rows: Sequence[Any], starts: frozenset[str]) -> Group:
    total = rows[0][7] if rows else 0
    hits = [_hit(source, row, starts) for row in rows]
    return Group(source.name, source.label, hits, min(total, MOST), total > MOST)


def _hit(source: Source, row: Any, starts: frozenset[str]) -> Hit:
    key, reference, title, text, about, at, exact = row[:7]
    say = partial(_said, source, key)
    return Hit(
        kind=source.name,
        reference=say("reference", reference),
        title=pieces(say("title", title), starts),
        fragment=fragment(say("text", text), starts),
        about=say("about", about),
        at=at,
        url=source.url(key),
        exact=exact,
    )


def _said(source: Source, key: str, name: str, text: str | None) -> str:
    """Return a text of a row in the reader's language, where its kind says that it is ours."""
    told = source.told.get(name)
    return spoken(told(key, text)) if told and text else text or ""


def _direct(source: Direct, reader: Reader, asked: Typed) -> Group:
    found = source.find(reader, asked)
    hits = [
        Hit(source.name, one.reference, [Piece(one.title, False)], (), "", one.at, one.url, True)
        for one in found
    ]
    return Group(source.name, source.label, hits, len(hits), False)


def _best(group: Group) -> tuple[bool, int]:
    """Order groups: what is exactly meant first, then as the page has them."""
    return not any(hit.exact for hit in group.hits), _places()[group.name]


def _places() -> dict[str, int]:
    return {one.name: one.place for one in search_sources.registered()}


def _opens(asked: Typed, groups: Sequence[Group]) -> str:
    exact = [hit for group in groups for hit in group.hits if hit.exact]
    return exact[0].url if asked.is_reference and len(exact) == 1 else ""


def _meant(asked: Typed, sources: Sequence[Source], reader: Reader) -> str:
    if all(word.isdecimal() for word in asked.words):
        return ""
    return meant(asked.words, newest_titles(sources, reader))
