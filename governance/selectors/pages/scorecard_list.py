"""The lines of the scorecards that were asked for, in their order, page by page."""

import base64
import binascii
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from django.db.models import QuerySet

from governance.rules.scorecards import VIEWS, Fact, Key, key_of, narrowed, split
from governance.selectors.pages.scorecard_asked import Asked
from governance.selectors.pages.scorecard_lines import (
    Scored,
    details_of,
    scored,
)
from governance.selectors.pages.scorecard_units import Tree, tree_of, within
from governance.selectors.pages.scorecard_words import Line, lines_of
from ledger.rules.refusals import Invalid
from registry.models import System


@dataclass(slots=True)
class Listed:
    """Every line of what was asked, lean: by view, what a view leaves out, and in order.

    `systems` are all that can be chosen, `scope` those of the unit that was asked for, `measured`
    those of which anything is.
    """

    systems: Mapping[UUID, Scored]
    tree: Tree
    scope: Mapping[UUID, Scored]
    counts: Mapping[str, int]
    unfiltered: Sequence[Fact]
    facts: Sequence[Fact]
    out: Counter[str]
    measured: Set[UUID]
    order: Mapping[UUID, tuple[str, str]]

    def key(self, fact: Fact) -> Key:
        """Return the place of a line in the order."""
        return key_of(fact, self.order[fact.system])

    def names(self) -> dict[UUID, str]:
        """Return the names of the units."""
        return {unit: self.tree.places[unit].name for unit in self.tree.above}


def listed(*, asked: Asked, visible: QuerySet[System]) -> Listed:
    """Return every line of what was asked, of systems that the reader may see; one query."""
    systems, places, lines = scored(visible=visible, slug=asked.system)
    tree = tree_of(systems.values(), places)
    scope = within(systems, asked.unit, tree)
    facts = [one for one in lines if one.system in scope]
    shown: list[Fact] = []
    out: Counter[str] = Counter()
    measured = {one.system for one in facts if one.series is not None}
    counts = {}
    for view in VIEWS:
        found, left = split(facts, view)
        counts[view] = len(found)
        if view == asked.view:
            shown, out = found, left
    order = {key: (one.name.lower(), str(key)) for key, one in systems.items()}
    result = Listed(systems, tree, scope, counts, shown, (), out, measured, order)
    result.facts = sorted(narrowed(shown, asked.wanted), key=result.key)
    return result


def shown_lines(found: Listed, facts: Sequence[Fact], *, at: datetime) -> list[Line]:
    """Return lines with what is read beside them; two queries however many they are."""
    return lines_of(list(facts), details_of(facts, at=at), found.systems, found.names())


def page_after(
    found: Listed, facts: Sequence[Fact], after: str, *, limit: int
) -> tuple[list[Fact], str]:
    """Return the lines that follow a cursor, and the cursor of the next page, '' at the end.

    Raises Invalid for what is no cursor.
    """
    rest = list(facts)
    if after:
        place = _read_cursor(after)
        rest = [one for one in rest if found.key(one) > place]
    page = rest[:limit]
    return page, _cursor(found.key(page[-1])) if len(rest) > limit else ""


def _cursor(key: Key) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode()


def _read_cursor(text: str) -> Key:
    try:
        rank, *words, series = orjson.loads(base64.urlsafe_b64decode(text.encode()))
        if type(rank) is int and type(series) is int and _are_words(words):
            system, key, kpi, slug, environment, segment = words
            return (rank, system, key, kpi, slug, environment, segment, series)
        raise ValueError
    except (ValueError, TypeError, binascii.Error) as error:
        said = "This is no cursor of this list; start at its first page."
        raise Invalid("bad_cursor", said, fields={"cursor": said}) from error


def _are_words(found: Sequence[object]) -> bool:
    return len(found) == 6 and all(isinstance(one, str) for one in found)
