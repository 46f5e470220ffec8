"""A canary set: what is asked, what is expected, whether an answer agrees. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.rules.worded import term, worded

MOST_ITEMS = 500
LONGEST_ID = 80
LONGEST_TEXT = 4000
MOST_EXPECTED = 20
SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Answered:
    """An item with the answer that came, None for none, and whether it agrees."""

    id: str
    answer: str | None
    agrees: bool

    @property
    def plain(self) -> dict[str, Any]:
        """As it is kept."""
        return {"id": self.id, "answer": self.answer, "agrees": self.agrees}


def item_faults(items: Sequence[Mapping[str, Any]]) -> str:
    """Return what is wrong with the items of a set, '' for nothing.

    An item is {id, question, expected}; `expected` is a list of answers any of which agrees.
    """
    if not 1 <= len(items) <= MOST_ITEMS:
        return worded("A set has 1 to {most_items} questions.", most_items=MOST_ITEMS)
    seen: set[str] = set()
    for place, item in enumerate(items, start=1):
        words = _fault(item)
        if not words and item["id"] in seen:
            words = worded("the id {id} is taken twice.", id=repr(item["id"]))
        if words:
            return worded("Question {place}: {words}", place=place, words=term(words))
        seen.add(item["id"])
    return ""


def judged(items: Iterable[Mapping[str, Any]], answers: Mapping[str, str]) -> list[Answered]:
    """Return every item with its answer; one that was not answered does not agree."""
    return [
        Answered(item["id"], answers.get(item["id"]), _agrees(item, answers.get(item["id"])))
        for item in items
    ]


def alike(text: str) -> str:
    """Return a text as it is compared: without case, form of letters and width of spaces."""
    return SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


def _agrees(item: Mapping[str, Any], answer: str | None) -> bool:
    return answer is not None and alike(answer) in {alike(one) for one in item["expected"]}


def _fault(item: Mapping[str, Any]) -> str:
    if set(item) != {"id", "question", "expected"}:
        return "it has an id, a question and what is expected, and nothing else."
    expected = item["expected"]
    if not isinstance(expected, list) or not 1 <= len(expected) <= MOST_EXPECTED:
        return worded(
            "what is expected are 1 to {most_expected} answers.", most_expected=MOST_EXPECTED
        )
    lengths = [(item["id"], LONGEST_ID), (item["question"], LONGEST_TEXT)]
    lengths += [(one, LONGEST_TEXT) for one in expected]
    for text, longest in lengths:
        if not isinstance(text, str) or not text.strip() or len(text) > longest or "\x00" in text:
            return worded("each text has 1 to {longest} characters.", longest=longest)
    return ""
