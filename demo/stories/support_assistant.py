"""support-assistant: a scripted run of a real small program on questions made from templates.

What is simulated: who asks what and when, which tariff a customer has, thumbs, and latency. What
is real: the program, the passage that it finds, and whether that passage holds the right figure.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from demo.figures import Event
from demo.programs.assistant import HANDED_OVER, Answer, Assistant, Passage
from demo.readings import Reading
from demo.stories.digests import digest_of_files

SYSTEM = "support-assistant"
COLUMNS = (
    "event_id", "version", "topic", "question", "answer", "sources", "confidence", "grounded",
    "outcome", "feedback", "escalated", "tool_calls", "tokens_in", "tokens_out", "latency_ms",
    "cost", "simulated",
)  # fmt: skip
SEED = 1708
EVENTS_A_WINDOW = 240
PROGRAMS = Path(__file__).parent.parent / "programs"
# The share of customers whose contract has moved to the new tariff, by window.
NEW_TARIFF_BEFORE = (0, 0, 0, 0, 0, 0, 0, 0, 0.3, 0.5, 0.7, 0.8, 0.9, 1)
NEW_TARIFF_AFTER = (1, 1, 1, 1)
HANDS_OVER_BELOW = 0.20
# Chance of a thumb by whether the answer was right, and of asking for a person after a thumb down.
THUMB_UP = {True: 0.25, False: 0.04}
THUMB_DOWN = {True: 0.02, False: 0.40}
ASKS_FOR_A_PERSON = 0.5
EUR_A_WORD = 0.00002
VERSIONS = {"1.6": False, "1.7": True, "1.8": True}


class Bench:
    """The three versions of the assistant, and the questions."""

    def __init__(self) -> None:
        self.rng = random.Random(SEED)
        self.entries = _loaded("faq.yaml")
        *self.questions, self.fillers = _loaded("questions.yaml")
        self.assistants = {label: self._assistant(label) for label in VERSIONS}

    def _assistant(self, label: str) -> Assistant:
        text = "since_1_8" if label == "1.8" else "text"
        faq = [Passage(e["id"], e["topic"], e.get(text, e["text"])) for e in self.entries]
        rare = VERSIONS[label]
        return Assistant(faq, hands_over_below=HANDS_OVER_BELOW, rare_counts_more=rare)

    def digests(self) -> dict[str, str]:
        """SHA-256 of each version's program, settings and FAQ."""
        program = [PROGRAMS / "assistant.py"]
        return {
            label: digest_of_files(program, f"{VERSIONS[label]} {HANDS_OVER_BELOW} {one.faq}")
            for label, one in self.assistants.items()
        }

    def more(self) -> dict[str, object]:
        """Nothing to add to the story."""
        return {}

    def readings(self) -> Iterator[Reading]:
        """Every event of every window, in order."""
        number = 0
        for phase, shares, label in (
            ("before", NEW_TARIFF_BEFORE, "1.7"),
            ("after", NEW_TARIFF_AFTER, "1.8"),
        ):
            for window, share in enumerate(shares, start=1):
                offsets = sorted(self.rng.random() for _ in range(EVENTS_A_WINDOW))
                for offset in offsets:
                    number += 1
                    event = {"event_id": f"s-{number:06d}", **self._event(label, share)}
                    yield Reading(phase, window, offset, event)

    def _event(self, label: str, share: float) -> Event:
        asked = self.rng.choice(self.questions)
        key = asked["key"]
        if self.rng.random() < share:
            key = asked.get("key_new_tariff", key)
        words = self.rng.choice(asked["ask"]).format(**self._fillings())
        answer = self.assistants[label].answer(words)
        return {
            "version": label,
            "topic": asked["passage"],
            "question": words,
            "sources": [f"FAQ, {answer.passage.topic}"] if answer.passage else [],
            "tool_calls": _tool_calls(answer),
            "confidence": round(answer.nearness, 3),
            **self._outcome(answer, key),
            **self._effort(words, answer),
            "simulated": True,
        }

    def _fillings(self) -> dict[str, str]:
        return {
            name: self.rng.choice(choices)
            for name, choices in self.fillers.items()
            if name != "fillers"
        }

    def _outcome(self, answer: Answer, key: str) -> Event:
        if answer.passage is None:
            handed = {"answer": HANDED_OVER, "grounded": None, "outcome": "partial"}
            return handed | {"feedback": None, "escalated": True}
        grounded = key in answer.passage.text
        feedback = self._thumb(grounded)
        return {
            "answer": answer.passage.id,
            "grounded": grounded,
            "outcome": "success" if grounded else "failure",
            "feedback": feedback,
            "escalated": feedback == "down" and self.rng.random() < ASKS_FOR_A_PERSON,
        }

    def _thumb(self, grounded: bool) -> str | None:
        chance = self.rng.random()
        if chance < THUMB_DOWN[grounded]:
            return "down"
        return "up" if chance > 1 - THUMB_UP[grounded] else None

    def _effort(self, question: str, answer: Answer) -> Event:
        """Cost by the words read and written; latency by words, with a random part.

        A word is a token: this program reads words.
        """
        quoted = answer.passage.text if answer.passage else ""
        read, written = len(question.split()), len(quoted.split())
        words = read + written
        latency = 300 + 22 * words + self.rng.expovariate(1 / 120)
        return {
            "tokens_in": read,
            "tokens_out": written,
            "latency_ms": float(round(latency)),
            "cost": round(words * EUR_A_WORD, 5),
        }


def _tool_calls(answer: Answer) -> list[dict[str, str]]:
    """The FAQ is searched for every question; where nothing is near, a person is called."""
    searched = {"tool": "search-faq", "outcome": "ok"}
    return [searched] if answer.passage else [searched, {"tool": "hand-over", "outcome": "ok"}]


def _loaded(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load((PROGRAMS / name).read_text())
    return entries
