"""A declared scope as it is stored, and what is wrong with one that is given; REG-6."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ledger.rules.worded import term, word, worded
from registry.rules.agent_scope import ApprovalLimit, Data, Scope, Tool
from registry.rules.statements import MOST_LINES, PERIODS, PRINCIPALS, TOOL_KINDS

CURRENCY = re.compile(r"[A-Z]{3}")
LONGEST = 120
MOST_MONEY = Decimal("999999999999.99")


def scope_values(scope: Scope) -> dict[str, Any]:
    """Return the columns of the row; amounts in lists as text, for JSON knows no decimals."""
    return {
        "tools": [
            {"name": one.name, "kind": one.kind, "actions": sorted(one.actions)}
            for one in scope.tools
        ],
        "data": [{"source": one.source, "classes": sorted(one.classes)} for one in scope.data],
        "spending_limit": scope.spending_limit,
        "currency": scope.currency,
        "period": scope.period,
        "approvals": [
            {"what": one.what, "above": str(one.above), "by": one.by} for one in scope.approvals
        ],
    }


def scope_of(
    *,
    tools: Sequence[Mapping[str, Any]],
    data: Sequence[Mapping[str, Any]],
    spending_limit: Decimal | None,
    currency: str,
    period: str,
    approvals: Sequence[Mapping[str, Any]],
) -> Scope:
    """Return the scope that columns hold. Raises KeyError for a row that is none."""
    return Scope(
        tools=tuple(Tool(one["name"], one["kind"], frozenset(one["actions"])) for one in tools),
        data=tuple(Data(one["source"], frozenset(one["classes"])) for one in data),
        spending_limit=spending_limit,
        currency=currency,
        period=period,
        approvals=tuple(
            ApprovalLimit(Decimal(one["above"]), one["by"], one["what"]) for one in approvals
        ),
    )


def amount_of(text: str) -> Decimal | None:
    """Return the amount that a text says, None for what is no amount: '1,500.00' is none."""
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount <= MOST_MONEY else None


def scope_faults(scope: Scope) -> dict[str, str]:
    """Return what is wrong with a scope, by field; the first fault of each."""
    faults = {
        "tools": _tools(scope.tools),
        "data": _data(scope.data),
        "approvals": _approvals(scope),
        "spending_limit": _amount(scope.spending_limit),
        **_spending(scope),
    }
    return {name: words for name, words in faults.items() if words}


def _tools(tools: Sequence[Tool]) -> str:
    unknown = [one.kind for one in tools if one.kind not in TOOL_KINDS]
    if unknown:
        return worded("There is no kind of tool {unknown!r}.", unknown=unknown[0][:40])
    return _named([(one.name, one.actions) for one in tools], word("what may be asked of it"))


def _data(data: Sequence[Data]) -> str:
    return _named([(one.source, one.classes) for one in data], word("which classes of data"))


def _named(rows: Sequence[tuple[str, frozenset[str]]], what: str) -> str:
    names = [name.strip().casefold() for name, _ in rows]
    if len(names) > MOST_LINES:
        return worded("At most {most_lines} lines.", most_lines=MOST_LINES)
    if len(set(names)) != len(names):
        return "One name stands there twice."
    for name, said in rows:
        if not name.strip() or not said or not all(one.strip() for one in said):
            return worded("Each line needs a name and {what}.", what=term(what))
        if max(len(name), *(len(one) for one in said)) > LONGEST:
            return worded("A name holds at most {longest} characters.", longest=LONGEST)
    return ""


def _approvals(scope: Scope) -> str:
    if len(scope.approvals) > MOST_LINES:
        return worded("At most {most_lines} lines.", most_lines=MOST_LINES)
    for one in scope.approvals:
        if one.by not in PRINCIPALS or one.by == "nobody":
            return worded("There is no {by!r} who could approve.", by=one.by[:40])
        if len(one.what) > LONGEST or _amount(one.above):
            return "Each line needs an amount that is none below zero, and a short name."
    return ""


def _amount(amount: Decimal | None) -> str:
    if amount is None:
        return ""
    if not amount.is_finite() or not 0 <= amount <= MOST_MONEY:
        return "An amount from 0 to 999999999999.99."
    exponent = amount.as_tuple().exponent
    return "At most two decimals." if isinstance(exponent, int) and exponent < -2 else ""


def _spending(scope: Scope) -> dict[str, str]:
    faults = {}
    if (scope.spending_limit is not None or scope.approvals) and not CURRENCY.fullmatch(
        scope.currency
    ):
        faults["currency"] = "Three capital letters (ISO 4217), such as EUR."
    if scope.spending_limit is not None and scope.period not in PERIODS:
        faults["period"] = "Say for which time the limit holds."
    if scope.spending_limit is None and scope.period:
        faults["spending_limit"] = "Say how much, or leave the time empty too."
    return faults
