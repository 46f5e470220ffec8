"""Answers to regulatory clocks: what a validator said of each, and what two of them come to."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from incidents.rules.fields import Field, read_fields
from ledger.rules.worded import as_written, in_context, joined, worded

Answer = dict[str, Any]
"""{'answer': 'confirm' or 'end', 'reason': text, 'aware_at': an earlier instant or None}"""

FIELDS = (
    Field("clock", in_context("clock of the law", "Clock"), "uuid"),
    Field("answer", "Answer", "choice", choices=(("confirm", "Confirm"), ("end", "End"))),
    Field("reason", "Because", required=False),
    Field("aware_at", "Aware since", "instant", required=False),
)


def read_answers(
    running: Sequence[UUID],
    given: Iterable[Any],
    *,
    implication: Literal["none", "regime", "informed"],
    reason: str,
) -> tuple[dict[UUID, Answer], str]:
    """Return (answers by clock, fault). Clocks not named take the answer of the implication.

    'none' and 'informed' end a clock and need a reason, 'regime' confirms it.
    """
    answer: Answer = {
        "answer": "confirm" if implication == "regime" else "end",
        "reason": reason,
        "aware_at": None,
    }
    answers = {clock: dict(answer) for clock in running}
    for row in given:
        values, faults = read_fields(FIELDS, row if isinstance(row, Mapping) else {})
        if faults:
            told = [joined(": ", [as_written(name), fault]) for name, fault in faults.items()]
            return {}, joined("; ", told)
        if values["clock"] not in answers:
            return {}, worded("{clock}: no such clock runs.", clock=values["clock"])
        answers[values["clock"]] = {name: values[name] for name in ("answer", "reason", "aware_at")}
    if any(one["answer"] == "end" and not one["reason"] for one in answers.values()):
        return {}, "A clock ends only by a reason that you sign."
    return answers, ""


def together(answers: Sequence[Answer]) -> Answer:
    """Return what several signed answers to one clock come to: it ends only if all end it.

    The earliest awareness that any of them names counts.
    """
    confirming = [one for one in answers if one["answer"] == "confirm"]
    chosen = confirming or list(answers)
    instants = [_instant(one["aware_at"]) for one in chosen if one.get("aware_at")]
    return {
        "answer": "confirm" if confirming else "end",
        "reason": " / ".join(dict.fromkeys(one["reason"] for one in chosen if one["reason"])),
        "aware_at": min(instants, default=None),
    }


def _instant(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
