"""Plug point: judges of proofs that need what a higher floor knows, such as a standing."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from incidents.rules.proofs import ProofRule
from incidents.rules.verification import Judgement

if TYPE_CHECKING:
    from incidents.models import VerificationWindow

Judge = Callable[["VerificationWindow", ProofRule, datetime], Judgement]
_judges: dict[str, Judge] = {}


def register(kind: str, judge: Judge) -> None:
    """Let a judge decide proofs whose rule names `kind`. Raises ValueError for a doubled one."""
    if _judges.setdefault(kind, judge) is not judge:
        raise ValueError(f"proofs of kind {kind!r} have a judge already")


def judge_for(kind: str) -> Judge | None:
    """Return who judges proofs of a kind, None where nobody does."""
    return _judges.get(kind)
