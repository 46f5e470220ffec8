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
OTHER_SPLITS = 100
REFUSED_IN_TRAINING = 0.25
EVENTS_A_WINDOW = 2400
# The share of claims that version 2.3 answers, by window: a staged roll-out from the eighth on.
SHARE_BEFORE = (0, 0, 0, 0, 0, 0, 0, 0.35, 0.7, 1, 1, 1, 1, 1)
SHARE_AFTER = (0, 0, 0, 0)
# A claims handler looks at one answer in ten, drawn by lot, and changes it where it is wrong.
SHARE_REVIEWED = 0.10
COST_EUR = 0.002


class Models:
    """The three models, trained on one half of the table, and what they say of the other half."""

    def __init__(self, table: DataFrame, split_seed: int) -> None:
        self.train, self.held_out = train_test_split(
            table, test_size=0.5, random_state=split_seed, stratify=table[["young", "arrest"]]
        )
        self.models = {label: self._trained(columns) for label, columns in INPUTS.items()}
        self.bars = {label: self._bar(label) for label in INPUTS}
        self.scores = {label: self._score(label, self.held_out) for label in INPUTS}

    def digests(self) -> dict[str, str]:
        """SHA-256 of each model's coefficients and its bar."""
        return {
            label: digest_of_numbers([model.coef_[0], model.intercept_, [self.bars[label]]])
            for label, model in self.models.items()
        }

    def gap(self, label: str) -> float:
        """How much oftener the older are approved than the young, over the held-out half."""
        approved = self.scores[label] >= self.bars[label]
        young = self.held_out["young"].to_numpy()
        return float(approved[~young].mean() - approved[young].mean())

    def _trained(self, columns: list[str]) -> LogisticRegression:
        return LogisticRegression(max_iter=1000).fit(self.train[columns], self.train["approve"])

    def _score(self, label: str, rows: DataFrame) -> NDArray[np.float64]:
        likely: NDArray[np.float64] = self.models[label].predict_proba(rows[INPUTS[label]])[:, 1]
        return likely.round(6)

    def _bar(self, label: str) -> float:
        """The score from which a claim is approved; all versions refuse the same training share."""
        return float(np.quantile(self._score(label, self.train), REFUSED_IN_TRAINING))


class Bench:
    """The models of the chosen split, and the people whom they answer."""

    def __init__(self) -> None:
        table = load_rossi()
        table["approve"] = 1 - table["arrest"]
        table["young"] = table["age"] < 23
        self.table = table
        self.models = Models(table, SPLIT_SEED)
        self.people = self.models.held_out.to_dict("records")
        self.rng = np.random.default_rng(DRAW_SEED)

    def digests(self) -> dict[str, str]:
        """SHA-256 of each version."""
        return self.models.digests()

    def more(self) -> dict[str, object]:
        """The gap on held-out people: in the chosen split, and on average over many others."""
        others = [Models(self.table, seed) for seed in range(OTHER_SPLITS)]
        chosen = {label: round(self.models.gap(label), 4) for label in INPUTS}
        mean = {
            label: round(sum(each.gap(label) for each in others) / OTHER_SPLITS, 4)
            for label in INPUTS
        }
        return {"gap_held_out": {"this_split": chosen, "mean_of_100_splits": mean}}

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
        drawn = self.rng.integers(0, len(self.people), n)
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
        score = float(self.models.scores[label][place])
        approved = score >= self.models.bars[label]
        return {
            "version": label,
            "segment": {"age_group": YOUNG if person["young"] else OLDER},
            "answer": "approve" if approved else "refuse",
            "truth": "approve" if person["approve"] else "refuse",
            "confidence": round(score if approved else 1 - score, 3),
            "cost": COST_EUR,
            "simulated": False,
        }
