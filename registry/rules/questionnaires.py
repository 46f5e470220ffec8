"""Questionnaires as data: which questions are put, what an answer may be, what changed since.

A document is what registry/reference/questionnaires.yaml holds of one questionnaire. Answers are by
question; 'unknown' is an answer of its own and never read as no.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.rules.worded import worded

YES, NO, UNKNOWN, NONE = "yes", "no", "unknown", "none"
WORDS = {YES: "Yes", NO: "No", UNKNOWN: "Not known yet", "": "not answered"}
SEVERAL = ("points", "roles")
LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to one question: one value, or several options, and why."""

    value: str = ""
    values: tuple[str, ...] = ()
    reason: str = ""

    @property
    def said(self) -> tuple[str, ...]:
        """All that was said; empty for nothing."""
        return self.values or ((self.value,) if self.value else ())


Answers = Mapping[str, Answer]
Question = Mapping[str, Any]
Document = Mapping[str, Any]


def questions_of(document: Document) -> Iterator[Question]:
    """Return every question in order."""
    for section in document["sections"]:
        yield from section["questions"]


def is_asked(question: Question, answers: Answers) -> bool:
    """Whether a question is put: always, or when one line of its `shows_if` holds."""
    lines = question.get("shows_if")
    return not lines or any(_holds(line, answers) for line in lines)


def _holds(line: Mapping[str, Any], answers: Answers) -> bool:
    said = answers.get(line["question"], Answer()).said
    if line["is"] == "some":
        return any(value not in (NONE, UNKNOWN) for value in said)
    return any(value in line["is"] for value in said)


def asked(document: Document, answers: Answers) -> list[Question]:
    """Return the questions that are put, given the answers so far."""
    return [question for question in questions_of(document) if is_asked(question, answers)]


def relevant(document: Document, answers: Answers) -> dict[str, Answer]:
    """Return the answers to questions that are put; those that were left behind are dropped."""
    kept: dict[str, Answer] = {}
    for question in questions_of(document):
        if is_asked(question, kept) and question["id"] in answers:
            kept[question["id"]] = answers[question["id"]]
    return kept


def faults(document: Document, answers: Answers) -> dict[str, str]:
    """Return what is not well formed, by question: the check of a draft. Empty answers pass."""
    known = {question["id"]: question for question in questions_of(document)}
    found = {key: "There is no such question." for key in answers if key not in known}
    for key, question in known.items():
        words = _fault(question, answers.get(key, Answer()))
        if words:
            found[key] = words
    return found


def gaps(document: Document, answers: Answers, *, reasons: bool) -> dict[str, str]:
    """Return what is missing before it can be submitted, by question."""
    found: dict[str, str] = {}
    for question in asked(document, answers):
        answer = answers.get(question["id"], Answer())
        if not answer.said:
            found[question["id"]] = "This is not answered yet."
        elif reasons and question["kind"] != "date" and not answer.reason.strip():
            found[question["id"]] = "Say why."
    return found


def _fault(question: Question, answer: Answer) -> str:
    if len(answer.value) > LONGEST or len(answer.reason) > LONGEST:
        return worded("At most {longest} characters.", longest=LONGEST)
    if any("\x00" in text for text in (answer.value, answer.reason, *answer.values)):
        return "Null characters are not allowed."
    if not answer.said:
        return ""
    if question["kind"] in SEVERAL:
        return _fault_of_several(question, answer)
    return "One answer, please." if answer.values else _fault_of_one(question, answer.value)


def _fault_of_several(question: Question, answer: Answer) -> str:
    said = answer.said
    if not set(said) <= set(options_of(question)):
        return "There is no such option."
    alone = {NONE, UNKNOWN} & set(said)
    return "'None' and 'not known' stand alone." if alone and len(set(said)) > 1 else ""


def _fault_of_one(question: Question, value: str) -> str:
    if question["kind"] == "date":
        return "" if read_date(value) else "A day as 2026-11-20."
    options = options_of(question)
    return "There is no such option." if options and value not in options else ""


def options_of(question: Question) -> list[str]:
    """Return the values that can be chosen; none for text and dates."""
    if question["kind"] == "yes_no":
        return [YES, NO, UNKNOWN]
    return [option["value"] for option in question.get("options", ())]


def read_date(text: str) -> date | None:
    """Return the day that an answer names, None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def in_words(question: Question, answer: Answer) -> list[str]:
    """Return an answer as it is shown: the titles of what was chosen, or the text."""
    if question["kind"] in ("text", "date"):
        return [answer.value] if answer.value else []
    titles = WORDS | {option["value"]: option["title"] for option in question.get("options", ())}
    return [titles.get(value, value) for value in answer.said]


@dataclass(frozen=True, slots=True)
class Difference:
    """One question whose answer or reason changed."""

    question: str
    ask: str
    was: tuple[str, ...]
    now: tuple[str, ...]
    reason_was: str
    reason_now: str


def differences(document: Document, old: Answers, new: Answers) -> list[Difference]:
    """Return what changed between two sets of answers, in the order of the questions."""
    found = []
    for question in questions_of(document):
        was, now = old.get(question["id"], Answer()), new.get(question["id"], Answer())
        if was != now:
            found.append(
                Difference(
                    question["id"],
                    question["ask"],
                    tuple(in_words(question, was)),
                    tuple(in_words(question, now)),
                    was.reason,
                    now.reason,
                )
            )
    return found


def stored(answers: Answers) -> dict[str, dict[str, Any]]:
    """Return answers as a row keeps them."""
    return {
        key: {"value": one.value, "values": list(one.values), "reason": one.reason}
        for key, one in sorted(answers.items())
        if one.said or one.reason
    }


def read(kept: Mapping[str, Mapping[str, Any]]) -> dict[str, Answer]:
    """Return answers from what a row keeps."""
    return {
        key: Answer(one.get("value", ""), tuple(one.get("values", ())), one.get("reason", ""))
        for key, one in kept.items()
    }
