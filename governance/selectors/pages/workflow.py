"""The page of the workflow: the states as a picture, the table of commands, from one source."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from governance.rules import state_picture
from incidents.rules.segregation import MatrixRow, matrix
from incidents.rules.states import OPEN_STATES, STATE_WORDS
from incidents.rules.tables.families import FOLLOW
from incidents.rules.transitions import COMMANDS, EDGES, PARTY_WORDS, Edge, sources_of
from ledger.rules.worded import joined, term, word, worded
from registry.models import Signature

OPENED_BY = "the engine, or a person who reports"


@dataclass(frozen=True, slots=True)
class Row:
    """A command: its code, from where to where, who gives it, what it signs and asks for."""

    code: str
    command: str
    words: str
    ways: tuple[str, ...]
    who: tuple[str, ...]
    signs: str
    asks: tuple[str, ...]


def workflow_page() -> dict[str, Any]:
    """Return what templates/governance/workflow.html shows. No query."""
    rows = matrix()
    return {
        "width": state_picture.WIDTH,
        "height": state_picture.HEIGHT,
        "box_width": state_picture.BOX_WIDTH,
        "box_height": state_picture.BOX_HEIGHT,
        "boxes": state_picture.boxes(),
        "arrows": state_picture.arrows(EDGES),
        "rows": table_rows(),
        "apart": [(row.words, _kept_apart(row, rows)) for row in rows],
    }


def table_rows() -> list[Row]:
    """Return a row for every command, in the order of the table."""
    return [
        _row(name, [edge for edge in EDGES if edge.command == name])
        for name in dict.fromkeys(edge.command for edge in EDGES)
    ]


def _kept_apart(row: MatrixRow, rows: Sequence[MatrixRow]) -> list[str]:
    return [other.words for other, apart in zip(rows, row.apart, strict=True) if apart]


def _row(name: str, edges: list[Edge]) -> Row:
    known = COMMANDS.get(name)
    if known is None:
        return Row(edges[0].code, name, "open", (word("opens"),), (OPENED_BY,), "", ())
    asks = tuple(
        term(field.label) if field.required else joined("", ["(", field.label, ")"])
        for field in known.fields
        if not known.by_engine_only
    )
    who = tuple(PARTY_WORDS[party] for party in known.who)
    return Row(
        edges[0].code, name, known.words, _ways(name, edges), who, _signs(known.meaning), asks
    )


def _signs(meaning: str) -> str:
    return str(Signature.Meaning(meaning).label) if meaning else ""


def _ways(name: str, edges: list[Edge]) -> tuple[str, ...]:
    if name == FOLLOW:
        return (word("any open state → where its parent stands"),)
    stays = tuple(edge.source for edge in edges if edge.source == edge.target)
    moves = tuple(
        joined(" → ", [STATE_WORDS[edge.source], STATE_WORDS[edge.target]])
        for edge in edges
        if edge.source != edge.target
    )
    if set(stays) == set(OPEN_STATES) <= set(sources_of(name)):
        return (word("any open state, stays"), *moves)
    if stays:
        return (
            worded("stays at {states}", states=joined(", ", [STATE_WORDS[one] for one in stays])),
            *moves,
        )
    return moves
