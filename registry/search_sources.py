"""Plug point: the kinds of things that the search finds, each a small source on its own floor.

A floor registers, in `AppConfig.ready()`, a Source for rows of a table that it words, or a Direct
for what is opened by its number alone. The search asks all sources in one statement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Choices, Q, QuerySet
from django.utils.functional import Promise

from ledger.rules.worded import shortened

if TYPE_CHECKING:
    from registry.rules.searching import Typed
    from registry.selectors.search_reader import Reader

Words = str | Promise
Told = Callable[[str, str], str]
"""Returns what a row says, of its key and a text of it, as words of ours: doors translate them."""
Column = Any
"""The name of a field, or an expression on the source's rows."""


def _no_exact(asked: "Typed", at: datetime) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A kind of thing that is found by words.

    `rows` returns what the reader may open, None for nothing of this kind: what is not among them
    is neither found nor counted. `words` are the columns that are searched; with many rows they are
    those of an index (docs/search.md). `key` is what `url` makes the address from. `exact` is the
    condition that a row is what was typed, by its number or short name. `example` teaches. Of a
    `large` kind the newest by its field `at` are looked at first; it has an index, as `order` does.
    What `told` names (reference, title, text, about) is said in the reader's language.
    """

    name: str
    label: Words
    example: Words
    place: int
    rows: Callable[["Reader"], QuerySet[Any] | None]
    words: tuple[Column, ...]
    key: Column
    url: Callable[[str], str]
    title: Column
    reference: Column = None
    text: Column = None
    about: Column = None
    at: Column = None
    order: tuple[str, ...]
    exact: Callable[["Typed", datetime], Q | None] = _no_exact
    large: bool = False
    told: Mapping[str, Told] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found directly; `at` is None where it has no instant."""

    reference: str
    title: str
    url: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """A kind of thing that is opened by its number; `find` tells only what the reader may open."""

    name: str
    label: Words
    example: Words
    place: int
    find: Callable[["Reader", "Typed"], Sequence[Found]]


def states_told(states: type[Choices]) -> Told:
    """Return what says a state as it is kept, with its label for other languages."""
    return lambda _key, state: shortened(state, states(state).label)


_sources: dict[str, Source | Direct] = {}


def register(source: Source | Direct) -> None:
    """Register a kind once. Raises ValueError for a doubled name."""
    if _sources.setdefault(source.name, source) is not source:
        raise ValueError(f"the kind {source.name!r} is searched twice")


def registered() -> tuple[Source | Direct, ...]:
    """Return every kind in the order of the page."""
    return tuple(sorted(_sources.values(), key=lambda one: one.place))
