"""A statement as people read it: labels and lines, and what another version said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.rules.worded import term, word, worded
from outbox.languages import say_date
from registry.models import BehaviourPolicy, DeclaredScope, OperatingControls
from registry.models.statements import Statement
from registry.rules.agent_scope import by_words
from registry.rules.statements import MAY, PER, PRIVILEGES, TOOL_KINDS
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
        word("Interim measures"): list(row.interim_measures),
        "On call": [*_person(row.on_call), *_person(row.on_call_second)],
        "How they are reached": _text(row.on_call_reach),
        **{words: [names[code] for code in codes[name]] for name, words in MAY.items()},
    }


def _scope(row: DeclaredScope) -> dict[str, Lines]:
    return {
        "Tools": [_tool(one) for one in row.tools],
        "Data": [f"{one['source']}: {', '.join(one['classes'])}" for one in row.data],
        "Spending limit": [_limit(row)],
        "Approval limits": [_approval(one, row.currency) for one in row.approvals],
    }


def _tool(one: dict[str, Any]) -> str:
    kind = term(TOOL_KINDS.get(one["kind"], one["kind"]))
    actions = ", ".join(one["actions"])
    return worded("{name} ({kind}): {actions}", name=one["name"], kind=kind, actions=actions)


def _limit(row: DeclaredScope) -> str:
    if row.spending_limit is None:
        return term(word("nothing may be spent"))
    amount = f"{row.spending_limit} {row.currency}".strip()
    return worded(PER[row.period], amount=amount) if row.period in PER else amount


def _approval(one: dict[str, str], currency: str) -> str:
    return worded(
        "{what} above {above} {currency}: {by}",
        what=one["what"] or term(word("everything")),
        above=one["above"],
        currency=currency,
        by=term(by_words(one["by"])),
    )


def _behaviour(row: BehaviourPolicy) -> dict[str, Lines]:
    tested = (
        f"{row.tested_run}, {say_date(row.tested_on, 'j F Y')}" if row.tested_on else row.tested_run
    )
    return {
        "Owner of the policy": _person(row.owner),
        "Tone": _text(row.tone),
        word("Must not"): list(row.must_not),
        word("Answered by policy"): [f"{one['asked']} → {one['answer']}" for one in row.by_policy],
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
    if person.is_active:
        return [person.name]
    return [worded("{name} (has left)", name=person.name)]


def _text(text: str) -> Lines:
    return [text] if text.strip() else []


def changed(facts: Sequence[Fact]) -> int:
    """Return how many things differ from the other version."""
    return sum(one.was is not None for one in facts)
