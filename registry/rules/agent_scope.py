"""What an agent may use, read and spend, and which boundary an action violates; REG-6.

What is not declared lies outside; what an action does not say is not taken to be inside. Names are
compared without regard to capitals and outer spaces.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from ledger.rules.worded import term, worded
from registry.rules.statements import PER, PRINCIPALS


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, its kind (registry.rules.statements.TOOL_KINDS), and what may be asked of it."""

    name: str
    kind: str = "other"
    actions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Data:
    """A source of data, and the classes of data that may be read there."""

    source: str
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ApprovalLimit:
    """What moves more than `above` needs the approval of `by`, a code of PRINCIPALS.

    `what` names an action or a tool; empty for everything.
    """

    above: Decimal
    by: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The declared scope. Without `spending_limit` nothing may be spent."""

    tools: tuple[Tool, ...] = ()
    data: tuple[Data, ...] = ()
    spending_limit: Decimal | None = None
    currency: str = ""
    period: str = ""
    approvals: tuple[ApprovalLimit, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that an agent did or wants to do.

    `amount` is the money that it moves, in `currency`; `spent` what was spent in the limit's
    period before it. `approved_by` holds the codes of who approved it.
    """

    tool: str = ""
    asked: str = ""
    source: str = ""
    data_class: str = ""
    amount: Decimal | None = None
    currency: str = ""
    spent: Decimal = Decimal(0)
    approved_by: frozenset[str] = field(default=frozenset())


def outside(scope: Scope, action: Action) -> list[str]:
    """Return in words every boundary that an action violates; empty for one that lies inside."""
    return [
        *_tool(scope, action),
        *_data(scope, action),
        *_money(scope, action),
        *_approval(scope, action),
    ]


def _tool(scope: Scope, action: Action) -> list[str]:
    if not action.tool:
        return ["It names no tool for what it asked."] if action.asked else []
    tool = next((one for one in scope.tools if _same(one.name, action.tool)), None)
    if tool is None:
        return [worded("The tool {tool} is not declared.", tool=action.tool)]
    if not action.asked:
        return [worded("It does not say what it asked of {tool_name}.", tool_name=tool.name)]
    if any(_same(one, action.asked) for one in tool.actions):
        return []
    return [
        worded(
            "{tool_name} may be asked for {listed}, not for {asked}.",
            tool_name=tool.name,
            listed=_listed(tool.actions),
            asked=action.asked,
        )
    ]


def _data(scope: Scope, action: Action) -> list[str]:
    if not action.source:
        return ["It names no source for what it read."] if action.data_class else []
    data = next((one for one in scope.data if _same(one.source, action.source)), None)
    if data is None:
        return [worded("The data source {source} is not declared.", source=action.source)]
    if not action.data_class:
        return [
            worded("It does not say which class of data it read from {source}.", source=data.source)
        ]
    if any(_same(one, action.data_class) for one in data.classes):
        return []
    return [
        worded(
            "From {source} it may read {listed}, not {data_class}.",
            source=data.source,
            listed=_listed(data.classes),
            data_class=action.data_class,
        )
    ]


def _money(scope: Scope, action: Action) -> list[str]:
    if not action.amount:
        return []
    if not action.amount.is_finite() or not action.spent.is_finite():
        return ["The amount is no number."]
    told = f"{abs(action.amount)} {action.currency}".strip()
    if scope.spending_limit is None:
        return [
            worded(
                "It moves {told}; no spending limit is declared, so it may spend nothing.",
                told=told,
            )
        ]
    if not _same(action.currency, scope.currency):
        return [
            worded(
                "It moves {told}; the limit is in {currency}.", told=told, currency=scope.currency
            )
        ]
    before = Decimal(0) if scope.period == "action" else action.spent
    if before + abs(action.amount) <= scope.spending_limit:
        return []
    return [_over(scope, told, before)]


def _over(scope: Scope, told: str, before: Decimal) -> str:
    limit = f"{scope.spending_limit} {scope.currency}".strip()
    if scope.period in PER:
        limit = worded(PER[scope.period], amount=limit)
    if not before:
        return worded("It moves {told}; the limit is {limit}.", told=told, limit=limit)
    return worded(
        "It moves {told} after {before} before; the limit is {limit}.",
        told=told,
        before=before,
        limit=limit,
    )


def _approval(scope: Scope, action: Action) -> list[str]:
    if not action.amount or not action.amount.is_finite():
        return []
    return [
        worded(
            "Above {above} {currency} it needs the approval of {by}.",
            above=one.above,
            currency=scope.currency,
            by=term(by_words(one.by)),
        )
        for one in scope.approvals
        if abs(action.amount) > one.above
        and _concerns(one.what, action)
        and one.by not in action.approved_by
    ]


def _concerns(what: str, action: Action) -> bool:
    return not what or _same(what, action.asked) or _same(what, action.tool)


def by_words(code: str) -> str:
    """Return who approves, as a person says it: 'the owner'."""
    return PRINCIPALS.get(code, code)


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
