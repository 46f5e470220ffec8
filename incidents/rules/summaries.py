"""The summary of a case as its reader has it."""

from ledger.rules.worded import of_machine

BY_PEOPLE = frozenset({"reported", "concern", "supplier"})
"""Kinds of incidents whose summary somebody wrote."""


def summary_told(kind: str, summary: str) -> str:
    """Return a recorded summary: what a machine wrote is said anew; what somebody wrote stays."""
    return summary if kind in BY_PEOPLE else of_machine(summary)
