"""The support assistant: finds the passage of the FAQ that is nearest to a question, and quotes it.

Weighted words and a cosine, nothing else. Where no passage is near enough, it hands over to a
person instead of answering.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

HANDED_OVER = "handed-over"
FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does for from has have how i if in is it me my of on or"
        " our that the their there they this to we what when where which who will with you your",
    )
)

Vector = dict[str, float]


class Passage(NamedTuple):
    """One entry of the FAQ."""

    id: str
    topic: str
    text: str


class Answer(NamedTuple):
    """What the assistant quotes, or None where it hands over; nearness is a cosine, 0..1."""

    passage: Passage | None
    nearness: float


class Assistant:
    """Answers from a FAQ. With `rare_counts_more`, words weigh by how rare they are (TF-IDF)."""

    def __init__(
        self, faq: Sequence[Passage], *, hands_over_below: float, rare_counts_more: bool
    ) -> None:
        self.faq = faq
        self.hands_over_below = hands_over_below
        bags = [Counter(words_of(f"{each.topic} {each.text}")) for each in faq]
        seen_in = Counter(word for bag in bags for word in bag)
        self.weights = {
            word: math.log(1 + len(faq) / seen) if rare_counts_more else 1.0
            for word, seen in seen_in.items()
        }
        self.vectors = [self._weighed(bag) for bag in bags]

    def answer(self, question: str) -> Answer:
        """Quote the nearest passage, or hand over."""
        asked = self._weighed(Counter(words_of(question)))
        nearness = [_cosine(asked, vector) for vector in self.vectors]
        best = max(range(len(self.faq)), key=nearness.__getitem__)
        if nearness[best] < self.hands_over_below:
            return Answer(None, nearness[best])
        return Answer(self.faq[best], nearness[best])

    def _weighed(self, bag: Mapping[str, int]) -> Vector:
        return {word: count * self.weights.get(word, 0.0) for word, count in bag.items()}


def words_of(text: str) -> list[str]:
    """The words that carry meaning, in lower case, without a plural s."""
    found = re.findall(r"[a-z]+", text.lower())
    return [word.removesuffix("s") for word in found if word not in FILLERS]


def _cosine(one: Vector, other: Vector) -> float:
    product = sum(weight * other.get(word, 0.0) for word, weight in one.items())
    lengths = math.hypot(*one.values()) * math.hypot(*other.values())
    return product / lengths if lengths else 0.0
