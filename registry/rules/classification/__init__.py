"""What follows from the answers of the AI Act questionnaire: class, facts, reasons, floor.

Pure. The ids of questions are those of `ai_act_classification` in
registry/reference/questionnaires.yaml. Nothing is read from silence: a question without an answer
counts as unknown, and unknown never lowers a class. Regulation (EU) 2024/1689 as amended 2026.
"""

from dataclasses import dataclass

from registry.rules.classification.facts import facts_of, is_legacy
from registry.rules.classification.reading import (
    AREAS,
    DECIDING,
    PRACTICES,
    TRANSPARENCY,
    Reading,
    Said,
)
from registry.rules.classification.reasoning import Step, steps_of
from registry.rules.legal import LegalFacts
from registry.rules.questionnaires import Answers

__all__ = [
    "AREAS",
    "DECIDING",
    "PRACTICES",
    "TRANSPARENCY",
    "WEIGHT",
    "Outcome",
    "Said",
    "Step",
    "floor_of",
    "is_legacy",
    "judge",
]

# How heavy a class weighs. What is not decided yet weighs more than what has light duties.
WEIGHT = {"minimal": 0, "transparency": 1, "undecided": 2, "high_risk": 3, "prohibited": 4}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the answers come to. `legal_class` is of System.LegalClass, `floor` of System.Tier.

    `open` names the questions that must be answered before the class is decided.
    """

    legal_class: str
    floor: str
    facts: LegalFacts
    steps: tuple[Step, ...]
    open: tuple[str, ...]


def judge(answers: Answers) -> Outcome:
    """Return the class, the facts and the reasons that follow from the answers.

    A prohibited practice beats everything (Art. 5), profiling beats the exception (Art. 6(3)), and
    an exception counts only where it is shown.
    """
    read = Reading(answers)
    known, possible = read.known_class(), read.heaviest_possible()
    decided = WEIGHT[known] >= WEIGHT[possible] and _grounded(read, known)
    return Outcome(
        legal_class=known if decided else "undecided",
        floor=floor_of(known),
        facts=facts_of(read, high_risk=known == "high_risk"),
        steps=steps_of(read, high_risk=known == "high_risk"),
        open=() if decided else tuple(read.open_questions()),
    )


def floor_of(legal_class: str) -> str:
    """Return the lowest risk tier that a legal class allows (workflow.md, Words)."""
    return "high" if legal_class in ("high_risk", "prohibited") else "low"


def _grounded(read: Reading, known: str) -> bool:
    """Whether what every class rests on is known: that it is an AI system, and the role."""
    if known == "prohibited":
        return True
    system_known = read.one("is_ai_system") != "open" or known == "high_risk"
    return system_known and read.roles_said() == "yes"
