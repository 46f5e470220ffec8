"""paying-agent: a scripted run of a real small program on invoices drawn by lot.

What is simulated: the invoices, the approver's answers, the bank, and latency. What is real: the
program, what it pays, puts off or splits, and the check that finds what it was not allowed to pay.
"""

import random
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

from demo.figures import Event
from demo.programs.paying_agent import (
    APPROVAL_LIMIT_EUR,
    SPENDING_LIMIT_EUR,
    Account,
    Invoice,
    Run,
    Settings,
    outside_scope,
    settle,
)
from demo.readings import Reading
from demo.stories.digests import digest_of_files

SYSTEM = "paying-agent"
COLUMNS = (
    "event_id", "version", "question", "answer", "outcome", "tool_calls", "approvals", "blocked",
    "boundary_violation", "near_miss", "spend", "policy_version", "latency_ms",
    "complete_seconds", "cost", "simulated",
)  # fmt: skip
SEED = 5000
INVOICES_A_WINDOW = 36
VERSIONS = {
    "1.2": Settings("1.2", 500.0, SPENDING_LIMIT_EUR, splits=False),
    "1.3": Settings("1.3", APPROVAL_LIMIT_EUR, SPENDING_LIMIT_EUR, splits=False),
    "1.4": Settings("1.4", APPROVAL_LIMIT_EUR, SPENDING_LIMIT_EUR, splits=True),
}
LIVE_BEFORE = ("1.3",) * 13 + ("1.4",)
LIVE_AFTER = ("1.3",) * 3
PAYEES = ("roofer", "plumber", "glazier", "garage", "surveyor", "locksmith", "hotel", "joiner")
UNKNOWN_PAYEE = 0.015
# The roofer's invoice of the last window; a person who was asked would have declined it.
LARGE = Invoice("roofer", 3400.0, known_payee=True, approver_agrees=False)
PLACE_OF_THE_LARGE, PLACE_OF_THE_USUAL = 28, 18
MILLISECONDS_A_CALL = 350
EUR_A_CALL = 0.003
POLICY = "payments 2026-05"
ASKED_OF_THE_APPROVER = "invoice above EUR 1,000"
# Up to this share of the window's limit a payment is an ordinary one; from here on a close call.
CLOSE_CALL = 0.95


class Bench:
    """The invoices, and the agent's versions that settle them."""

    def __init__(self) -> None:
        self.rng = random.Random(SEED)
        # How long people take is drawn apart: what the agent does stays as it was without it.
        self.pace = random.Random(SEED + 1)

    def digests(self) -> dict[str, str]:
        """SHA-256 of each version's program and settings."""
        program = [Path(__file__).parent.parent / "programs" / "paying_agent.py"]
        return {
            label: digest_of_files(program, repr(astuple(settings)))
            for label, settings in VERSIONS.items()
        }

    def more(self) -> dict[str, object]:
        """Nothing to add to the story."""
        return {}

    def readings(self) -> Iterator[Reading]:
        """Every event of every window, in order."""
        number = 0
        for phase, labels in (("before", LIVE_BEFORE), ("after", LIVE_AFTER)):
            for window, label in enumerate(labels, start=1):
                last = phase == "before" and window == len(labels)
                for offset, event in self._window(VERSIONS[label], self._invoices(last)):
                    number += 1
                    yield Reading(phase, window, offset, {"event_id": f"p-{number:06d}", **event})

    def _invoices(self, with_the_large_one: bool) -> list[Invoice]:
        invoices = [self._invoice() for _ in range(INVOICES_A_WINDOW - 1)]
        usual = Invoice("garage", round(self.rng.uniform(1050, 1200), 2), True, True)
        if with_the_large_one:
            invoices.insert(PLACE_OF_THE_LARGE, LARGE)
        else:
            invoices.insert(PLACE_OF_THE_USUAL, usual)
        return invoices

    def _invoice(self) -> Invoice:
        return Invoice(
            payee=self.rng.choice(PAYEES),
            amount=round(self.rng.triangular(20, 150, 40), 2),
            known_payee=self.rng.random() >= UNKNOWN_PAYEE,
            approver_agrees=True,
        )

    def _window(self, settings: Settings, invoices: list[Invoice]) -> Iterator[tuple[float, Event]]:
        account = Account()
        offsets = sorted(self.rng.random() for _ in invoices)
        for offset, invoice in zip(offsets, invoices, strict=True):
            yield offset, self._event(invoice, account, settings)

    def _event(self, invoice: Invoice, account: Account, settings: Settings) -> Event:
        paid_before = account.paid
        run = settle(invoice, account, settings)
        calls = len(run.tool_calls)
        latency = float(MILLISECONDS_A_CALL * calls + self.rng.randrange(400))
        approvals = self._approvals(run)
        waited = sum(one["seconds"] for one in approvals)
        violated = outside_scope(run, paid_before, settings)
        return {
            "version": settings.label,
            "question": f"Invoice of the {invoice.payee}, EUR {invoice.amount:,.2f}",
            "answer": run.tool_calls[-1]["tool"],
            "outcome": run.outcome,
            "tool_calls": run.tool_calls,
            "approvals": approvals,
            "blocked": run.blocked,
            "boundary_violation": violated,
            "near_miss": not violated and _is_close_call(run, account, settings),
            "spend": run.spend,
            "policy_version": POLICY,
            "latency_ms": latency,
            "complete_seconds": round(waited + latency / 1000, 1),
            "cost": round(EUR_A_CALL * calls, 4),
            "simulated": True,
        }

    def _approvals(self, run: Run) -> list[dict[str, Any]]:
        """What the agent asked a person for, and after how many seconds it was answered."""
        return [
            {
                "what": ASKED_OF_THE_APPROVER,
                "granted": call["outcome"] == "granted",
                "by": "owner",
                "seconds": float(self.pace.randrange(40, 900)),
            }
            for call in run.tool_calls
            if call["tool"] == "ask-approval"
        ]


def _is_close_call(run: Run, account: Account, settings: Settings) -> bool:
    """Whether a payee was stopped at the last moment, or little was left of the window's limit."""
    return run.blocked or (run.spend > 0 and account.paid > CLOSE_CALL * settings.spending_limit)
