"""A statement as people read it: labels and lines, and what another version said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from outbox.languages import say_date
from registry.models import BehaviourPolicy, DeclaredScope, OperatingControls
from registry.models.statements import Statement
from registry.rules.agent_scope import by_words
from registry.rules.statements import PERIODS, PRIVILEGES, TOOL_KINDS
from registry.selectors.profile import names_of_codes

Lines = list[str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a statement says; `was` is what another version said, None for the same."""

    label: str
    lines: Lines
    was: Lines | None = None


def facts_of(row: Statement, *, held: Statement | None = None) -> list[Fact]:
    """Return what a statement says; beside it what `held` said where that differs.

    One query for the names of people in privileges.
    """
    said = _said(row)
    if held is None or held.pk == row.pk:
        return [Fact(label, lines) for label, lines in said.items()]
    before = _said(held)
    return [
        Fact(label, lines, before[label] if before[label] != lines else None)
        for label, lines in said.items()
    ]


def _said(row: Statement) -> dict[str, Lines]:
    return WORDS[type(row)](row)


def _controls(row: OperatingControls) -> dict[str, Lines]:
    codes = {name: getattr(row, name) for name in PRIVILEGES}
    names = names_of_codes(code for held in codes.values() for code in held)
    return {
        "Reviewer": _person(row.reviewer),
        "Exception path": _text(row.exception_path),
        "Rollback procedure": _text(row.rollback_procedure),
        "Kill switch": _text(row.kill_switch),
        "Manual fallback": _text(row.manual_fallback),
        "Interim measures": list(row.interim_measures),
        "On call": [*_person(row.on_call), *_person(row.on_call_second)],
        "How they are reached": _text(row.on_call_reach),
        **{
            f"May {words}": [names[code] for code in codes[name]]
            for name, words in PRIVILEGES.items()
        },
    }


def _scope(row: DeclaredScope) -> dict[str, Lines]:
    limit = []
    if row.spending_limit is not None:
        limit = [f"{row.spending_limit} {row.currency} {PERIODS.get(row.period, '')}".strip()]
    return {
        "Tools": [
            f"{one['name']} ({TOOL_KINDS.get(one['kind'], one['kind'])}): "
            + ", ".join(one["actions"])
            for one in row.tools
        ],
        "Data": [f"{one['source']}: {', '.join(one['classes'])}" for one in row.data],
        "Spending limit": limit or ["nothing may be spent"],
        "Approval limits": [_approval(one, row.currency) for one in row.approvals],
    }


def _approval(one: dict[str, str], currency: str) -> str:
    what = one["what"] or "everything"
    return f"{what} above {one['above']} {currency}: {by_words(one['by'])}"


def _behaviour(row: BehaviourPolicy) -> dict[str, Lines]:
    tested = (
        f"{row.tested_run}, {say_date(row.tested_on, 'j F Y')}" if row.tested_on else row.tested_run
    )
    return {
        "Owner of the policy": _person(row.owner),
        "Tone": _text(row.tone),
        "Must not": list(row.must_not),
        "Answered by policy": [f"{one['asked']} → {one['answer']}" for one in row.by_policy],
        "Tried in the evaluation run": _text(tested),
    }


WORDS: dict[type[Statement], Callable[[Any], dict[str, Lines]]] = {
    OperatingControls: _controls,
    DeclaredScope: _scope,
    BehaviourPolicy: _behaviour,
}


def _person(person: Any) -> Lines:
    if person is None:
        return []
    return [person.name if person.is_active else f"{person.name} (has left)"]


def _text(text: str) -> Lines:
    return [text] if text.strip() else []


def changed(facts: Sequence[Fact]) -> int:
    """Return how many things differ from the other version."""
    return sum(one.was is not None for one in facts)
