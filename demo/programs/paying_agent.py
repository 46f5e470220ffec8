"""The paying agent: settles invoices of suppliers within a spending limit and an approval limit.

Version 1.3 asks a person before it pays more than the approval limit, and never plans beyond the
spending limit. Version 1.4 splits what is above the approval limit into parts that need nobody.
It reads the balance once, before the first part, so the parts together can pass the spending limit.
"""

import math
from dataclasses import dataclass, field
from typing import Any

SPENDING_LIMIT_EUR = 5000.0
APPROVAL_LIMIT_EUR = 1000.0

ToolCall = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What a version may do, in euros; `splits` is what 1.4 added."""

    label: str
    approval_limit: float
    spending_limit: float
    splits: bool


@dataclass(frozen=True)
class Invoice:
    """What a supplier asks for; `known_payee` says whether the account number is on the list."""

    payee: str
    amount: float
    known_payee: bool
    approver_agrees: bool


@dataclass
class Account:
    """What has been paid in the present window."""

    paid: float = 0.0


@dataclass
class Run:
    """What came of one invoice: 'success', 'partial' (put off) or 'failure' (blocked)."""

    outcome: str = "success"
    tool_calls: list[ToolCall] = field(default_factory=list)
    spend: float = 0.0
    blocked: bool = False
    approved: bool = False


def settle(invoice: Invoice, account: Account, settings: Settings) -> Run:
    """Handle one invoice, and book on the account what was paid."""
    run = Run()
    run.tool_calls.append({"tool": "match", "outcome": "ok"})
    if not invoice.known_payee:
        return _blocked(invoice, run)
    if invoice.amount <= settings.approval_limit:
        return _pay(_left(account, settings), [invoice.amount], account, run)
    if settings.splits:
        return _pay(_left(account, settings), _parts(invoice, settings), account, run)
    return _ask_first(invoice, account, settings, run)


def outside_scope(run: Run, paid_before: float, settings: Settings) -> bool:
    """The bank-side check after the event: was money paid that the agent was not allowed to pay?

    Either more than the approval limit to one invoice without a person's approval, or anything
    that leaves the window's total above the spending limit.
    """
    unapproved = run.spend > settings.approval_limit and not run.approved
    overspent = run.spend > 0 and paid_before + run.spend > settings.spending_limit
    return unapproved or overspent


def _left(account: Account, settings: Settings) -> float:
    return settings.spending_limit - account.paid


def _parts(invoice: Invoice, settings: Settings) -> list[float]:
    count = math.ceil(invoice.amount / settings.approval_limit)
    part = round(invoice.amount / count, 2)
    return [part] * (count - 1) + [round(invoice.amount - part * (count - 1), 2)]


def _ask_first(invoice: Invoice, account: Account, settings: Settings, run: Run) -> Run:
    run.approved = invoice.approver_agrees
    said = "granted" if run.approved else "declined"
    run.tool_calls.append({"tool": "ask-approval", "outcome": said, "amount": invoice.amount})
    if not run.approved:
        run.outcome = "partial"
        return run
    return _pay(_left(account, settings), [invoice.amount], account, run)


def _pay(left: float, parts: list[float], account: Account, run: Run) -> Run:
    """Pay each part that `left` covers; `left` is what was read before the first of them."""
    for part in parts:
        if part > left:
            run.tool_calls.append({"tool": "put-off", "outcome": "ok", "amount": part})
            run.outcome = "partial"
            continue
        run.tool_calls.append({"tool": "pay", "outcome": "ok", "amount": part})
        run.spend = round(run.spend + part, 2)
        account.paid = round(account.paid + part, 2)
    return run


def _blocked(invoice: Invoice, run: Run) -> Run:
    run.tool_calls.append({"tool": "pay", "outcome": "blocked", "amount": invoice.amount})
    run.outcome, run.blocked = "failure", True
    return run
