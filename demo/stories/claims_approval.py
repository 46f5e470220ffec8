"""claims-approval: a real public table with age, really scored; one input stands in for age.

The table is lifelines' `rossi`. Approve is predicted where a person is likely not to be arrested
again within a year; the truth is whether that was so. No version is given age or race. Version 2.3
adds `wexp` (full-time work before), which young people seldom have.
"""

from collections.abc import Iterator

import numpy as np
from lifelines.datasets import load_rossi
from numpy.typing import NDArray
from pandas import DataFrame
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from demo.figures import Event
from demo.readings import Reading
from demo.stories.digests import digest_of_numbers

SYSTEM = "claims-approval"
COLUMNS = (
    "event_id", "version", "segment.age_group", "answer", "truth", "confidence",
    "overridden", "latency_ms", "cost", "simulated",
)  # fmt: skip
YOUNG, OLDER = "under_23", "23_and_over"
INPUTS = {
    "2.1": ["fin", "prio"],
    "2.2": ["fin", "prio", "paro"],
    "2.3": ["fin", "prio", "paro", "wexp"],
}
# The split and the draw are by fixed seeds, chosen among others; README.md says why.
SPLIT_SEED, DRAW_SEED = 96, 1
REFUSED_IN_TRAINING = 0.25
EVENTS_A_WINDOW = 2400
# The share of claims that version 2.3 answers, by window: a staged roll-out from the eighth on.
SHARE_BEFORE = (0, 0, 0, 0, 0, 0, 0, 0.35, 0.7, 1, 1, 1, 1, 1)
SHARE_AFTER = (0, 0, 0, 0)
# A claims handler looks at one answer in ten, drawn by lot, and changes it where it is wrong.
SHARE_REVIEWED = 0.10
COST_EUR = 0.002


class Bench:
    """The three trained models and the held-out half of the table."""

    def __init__(self) -> None:
        table = load_rossi()
        table["approve"] = 1 - table["arrest"]
        table["young"] = table["age"] < 23
        self.train, self.held_out = train_test_split(
            table, test_size=0.5, random_state=SPLIT_SEED, stratify=table[["young", "arrest"]]
        )
        self.people = self.held_out.to_dict("records")
        self.rng = np.random.default_rng(DRAW_SEED)
        self.models = {label: self._trained(columns) for label, columns in INPUTS.items()}
        self.bars = {label: self._bar(label) for label in INPUTS}
        self.scores = {label: self._score(label, self.held_out) for label in INPUTS}

    def _trained(self, columns: list[str]) -> LogisticRegression:
        return LogisticRegression(max_iter=1000).fit(self.train[columns], self.train["approve"])

    def _score(self, label: str, rows: DataFrame) -> NDArray[np.float64]:
        likely: NDArray[np.float64] = self.models[label].predict_proba(rows[INPUTS[label]])[:, 1]
        return likely.round(6)

    def _bar(self, label: str) -> float:
        """The score from which a claim is approved: each version refuses the same training share."""
        return float(np.quantile(self._score(label, self.train), REFUSED_IN_TRAINING))

    def digests(self) -> dict[str, str]:
        """SHA-256 of each model's coefficients and its bar."""
        return {
            label: digest_of_numbers([model.coef_[0], model.intercept_, [self.bars[label]]])
            for label, model in self.models.items()
        }

    def more_of_the_story(self) -> dict[str, object]:
        """The gap with each version over many other splits: how much is the seed's doing?"""
        gaps = [_gaps_of_split(seed) for seed in range(OTHER_SPLITS)]
        means = {label: round(float(np.mean([each[label] for each in gaps])), 4) for label in INPUTS}
        return {"mean_gap_over_other_splits": {"splits": OTHER_SPLITS, **means}}

    def readings(self) -> Iterator[Reading]:
        """Every event of every window, in order."""
        number = 0
        for phase, shares in (("before", SHARE_BEFORE), ("after", SHARE_AFTER)):
            for window, share in enumerate(shares, start=1):
                for offset, event in self._window(share):
                    number += 1
                    yield Reading(phase, window, offset, {"event_id": f"c-{number:06d}", **event})

    def _window(self, share: float) -> Iterator[tuple[float, Event]]:
        n = EVENTS_A_WINDOW
        drawn = self.rng.integers(0, len(self.held_out), n)
        newer = self.rng.random(n) < share
        reviewed = self.rng.random(n) < SHARE_REVIEWED
        latencies = 120 + self.rng.gamma(3, 30, n)
        for row, offset in enumerate(np.sort(self.rng.random(n))):
            event = self._event("2.3" if newer[row] else "2.2", int(drawn[row]))
            event["overridden"] = bool(reviewed[row]) and event["answer"] != event["truth"]
            event["latency_ms"] = float(round(latencies[row]))
            yield float(offset), event

    def _event(self, label: str, place: int) -> Event:
        person = self.people[place]
        score = float(self.scores[label][place])
        approved = score >= self.bars[label]
        return {
            "version": label,
            "segment": {"age_group": YOUNG if person["young"] else OLDER},
            "answer": "approve" if approved else "refuse",
            "truth": "approve" if person["approve"] else "refuse",
            "confidence": round(score if approved else 1 - score, 3),
            "cost": COST_EUR,
            "simulated": False,
        }
