"""Which regime of reporting the organisation falls under, and for whom that is not decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Answer = Literal["yes", "no", "undecided"]
HIGH_RISK = "high_risk"
QUESTIONNAIRE = "reporting-regimes"


@dataclass(frozen=True, slots=True)
class Regime:
    """The answer that counts for a system on one fact: what, on what it rests, and whose it is."""

    fact: str
    answer: Answer
    source: str
    of_system: bool


def regime_of(fact: str, *, organisation: Mapping[str, Any], system: Mapping[str, Any]) -> Regime:
    """Return the answer that counts: the system's own where decided, else the organisation's.

    Both are {fact: {answer, source}}; what nobody decided is undecided (CLK-13).
    """
    for answers, own in ((system, True), (organisation, False)):
        found = answers.get(fact) or {}
        if found.get("answer") in ("yes", "no"):
            return Regime(fact, found["answer"], str(found.get("source", "")), own)
    return Regime(fact, "undecided", "", False)
