"""claims-form-reader: real handwritten digits, really read, on scans that get dirtier.

The pictures are scikit-learn's `digits` (8 x 8 pixels, 0..1 here). Dirt on the scanner glass is
put on the held-out pictures by `soil`; the models, their answers and their errors are real.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from demo.figures import Event
from demo.readings import Reading
from demo.stories.digests import digest_of_numbers

SYSTEM = "claims-form-reader"
COLUMNS = (
    "event_id", "version", "answer", "truth", "confidence",
    "overridden", "latency_ms", "cost", "simulated",
)  # fmt: skip
SEED = 20_260
EVENTS_A_WINDOW = 500
# How dirty the glass is by window (0 = clean); the last four are phase 'after'.
DIRT_BEFORE = (0, 0, 0.02, 0.02, 0.04, 0.05, 0.10, 0.16, 0.24, 0.31, 0.38, 0.43, 0.47, 0.50)
DIRT_AFTER = (0.50, 0.50, 0.51, 0.51)
# A person looks at every answer less sure than this, and corrects it where it is wrong.
LOOKED_AT_BELOW = 0.80
COST_EUR = 0.0004


Array = NDArray[np.float64]


def soil(pictures: Array, dirt: float, glass: Array, rng: np.random.Generator) -> Array:
    """Dirty the pictures: blur, less contrast, a smear that stays in place, grain."""
    x = gaussian_filter(pictures.reshape(-1, 8, 8), (0, 0.9 * dirt, 0.9 * dirt))
    x = x * (1 - 0.5 * dirt) + 0.75 * dirt * glass + rng.normal(0, 0.13 * dirt, x.shape)
    dirty: Array = np.clip(x, 0, 1).reshape(len(pictures), 64)
    return dirty


class Bench:
    """The three trained readers, the held-out pictures, and the glass of the one scanner."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(SEED)
        pictures, digits = load_digits(return_X_y=True)
        train, self.held_out, train_y, self.truth = train_test_split(
            pictures / 16, digits, test_size=0.4, random_state=1, stratify=digits
        )
        smear = gaussian_filter(self.rng.random((8, 8)), 1.2)
        self.glass = (smear - smear.min()) / (smear.max() - smear.min())
        self.readers = {
            "3.9": _trained(train[::4], train_y[::4], hidden=32),
            "4.0": _trained(train, train_y, hidden=64),
            "4.1": _trained(*self._with_dirt(train, train_y), hidden=128),
        }

    def _with_dirt(self, train: Array, train_y: Array) -> tuple[Array, Array]:
        """The clean training pictures, and twelve dirty copies of each."""
        copies = [soil(train, self.rng.uniform(0.1, 0.9), self.glass, self.rng) for _ in range(12)]
        return np.vstack([train, *copies]), np.tile(train_y, 13)

    def digests(self) -> dict[str, str]:
        """SHA-256 of each reader's trained weights."""
        return {
            label: digest_of_numbers(each.ravel() for each in [*reader.coefs_, *reader.intercepts_])
            for label, reader in self.readers.items()
        }

    def more(self) -> dict[str, object]:
        """Nothing to add to the story."""
        return {}

    def readings(self) -> Iterator[Reading]:
        """Every event of every window, in order."""
        number = 0
        for phase, dirts, label in (("before", DIRT_BEFORE, "4.0"), ("after", DIRT_AFTER, "4.1")):
            for window, dirt in enumerate(dirts, start=1):
                for offset, event in self._window(label, dirt):
                    number += 1
                    yield Reading(phase, window, offset, {"event_id": f"r-{number:06d}", **event})

    def _window(self, label: str, dirt: float) -> Iterator[tuple[float, Event]]:
        drawn = self.rng.integers(0, len(self.truth), EVENTS_A_WINDOW)
        scans = soil(self.held_out[drawn], dirt, self.glass, self.rng)
        sure = self.readers[label].predict_proba(scans)
        offsets = np.sort(self.rng.random(EVENTS_A_WINDOW))
        latencies = 40 + self.rng.gamma(4, 12, EVENTS_A_WINDOW)
        for row, picture in enumerate(drawn):
            answer, confidence = int(sure[row].argmax()), float(sure[row].max())
            truth = int(self.truth[picture])
            yield (
                float(offsets[row]),
                {
                    "version": label,
                    "answer": str(answer),
                    "truth": str(truth),
                    "confidence": round(confidence, 3),
                    "overridden": confidence < LOOKED_AT_BELOW and answer != truth,
                    "latency_ms": float(round(latencies[row])),
                    "cost": COST_EUR,
                    "simulated": False,
                },
            )


def _trained(pictures: Array, digits: Array, *, hidden: int) -> MLPClassifier:
    model = MLPClassifier((hidden,), alpha=1e-2, max_iter=300, tol=1e-3, random_state=4)
    return model.fit(pictures, digits)
