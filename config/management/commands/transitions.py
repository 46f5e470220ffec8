"""`manage.py transitions`: the incident's states and commands as Markdown, for docs/workflow.md."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from incidents.rules.transitions import (
    COMMANDS,
    EDGES,
    ENDED,
    OPEN_STATES,
    PARTY_WORDS,
    STATES,
    Edge,
    sources_of,
)

FOLLOW = "follow_parent"
BEGINNING = "[*]"
OPENED_BY = "the engine, or a person who reports"


class Command(BaseCommand):
    """Print a diagram of the states and a table of the commands, from the table that is executed.

    Example: `manage.py transitions`
    """

    help = "The transition table as Markdown. Example: manage.py transitions"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print both."""
        self.stdout.write("\n".join([*diagram(), "", *table()]))


def diagram() -> Iterator[str]:
    """Yield a Mermaid state diagram: an arrow for every change of state, with its commands.

    Being taken along by a parent is left out: it leads wherever the parent stands.
    """
    labels: dict[tuple[str, str], list[str]] = {}
    for edge in EDGES:
        if edge.source != edge.target and edge.command != FOLLOW:
            pair = (edge.source or BEGINNING, edge.target)
            labels.setdefault(pair, []).append(f"{edge.code} {edge.command}")
    yield "```mermaid"
    yield "stateDiagram-v2"
    for (source, target), commands in labels.items():
        yield f"    {source} --> {target}: {', '.join(commands)}"
    for state in STATES:
        if state in ENDED and any(edge.target == state for edge in EDGES):
            yield f"    {state} --> {BEGINNING}"
    yield "```"


def table() -> Iterator[str]:
    """Yield a Markdown table with a row for every command."""
    yield "| code | command | from → to | who | signed as | asks for |"
    yield "|---|---|---|---|---|---|"
    for name in dict.fromkeys(edge.command for edge in EDGES):
        edges = [edge for edge in EDGES if edge.command == name]
        cells = [edges[0].code, f"`{name}`", _ways(name, edges), *_terms(name)]
        yield f"| {' | '.join(cells)} |"


def _ways(name: str, edges: list[Edge]) -> str:
    if name == FOLLOW:
        return "any open state → where its parent stands"
    moves = [edge for edge in edges if edge.source != edge.target]
    if set(sources_of(name)) == set(OPEN_STATES) and len(edges) - len(moves) == len(OPEN_STATES):
        ways = [f"{edge.source} → {edge.target}" for edge in moves]
        return "; ".join(["any open state, stays", *ways])
    ways = [
        f"{edge.source or 'nothing'} → {edge.target if edge.target != edge.source else 'stays'}"
        for edge in edges
    ]
    return "; ".join(ways)


def _terms(name: str) -> tuple[str, str, str]:
    """Return who may give a command, what the signature means, and the labels of its fields."""
    command = COMMANDS.get(name)
    if command is None:
        return OPENED_BY, "", ""
    asked = "; ".join(
        field.label if field.required else f"({field.label})" for field in command.fields
    )
    who = "; ".join(PARTY_WORDS[party] for party in command.who)
    return who, command.meaning, "" if command.by_engine_only else asked
