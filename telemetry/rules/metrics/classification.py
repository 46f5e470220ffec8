"""Classification: figures of a table of truths and answers, and areas under curves of scores.

What has no denominator (no cases, one class only) is None: unknown, and no zero. NaN and infinite
scores and lists of different lengths raise ValueError.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from telemetry.rules.metrics.inputs import finite, paired
from telemetry.rules.statistics import Z_95, Confusion, Interval


@dataclass(frozen=True, slots=True)
class Table:
    """Cases by (truth, answer). Both are labels; a case whose truth is unknown is not in it."""

    counts: Mapping[tuple[str, str], int]

    @property
    def total(self) -> int:
        """All cases."""
        return sum(self.counts.values())

    @property
    def correct(self) -> int:
        """Cases whose answer is the truth."""
        return sum(n for (truth, answer), n in self.counts.items() if truth == answer)

    def classes(self) -> dict[str, Confusion]:
        """Return each label, as truth or as answer, against the rest; sorted by label."""
        truths, answers = self.margins()
        total = self.total
        return {
            label: _against_rest(self.counts.get((label, label), 0), truths, answers, label, total)
            for label in sorted({*truths, *answers})
        }

    def margins(self) -> tuple[Counter[str], Counter[str]]:
        """Return how often each label is the truth, and how often it is the answer."""
        truths: Counter[str] = Counter()
        answers: Counter[str] = Counter()
        for (truth, answer), n in self.counts.items():
            truths[truth] += n
            answers[answer] += n
        return truths, answers


def confusion_of(pairs: Iterable[tuple[str, str]]) -> Table:
    """Return the table of (truth, answer) pairs; the caller leaves out what has no truth yet."""
    return Table(Counter(pairs))


def accuracy(table: Table) -> float | None:
    """Return the share of correct answers. ISO/IEC TS 4213:2022."""
    return table.correct / table.total if table.total else None


def balanced_accuracy(table: Table) -> float | None:
    """Return the mean recall of the classes that occur as truth. ISO/IEC TS 4213:2022."""
    recalls = [one.recall for one in table.classes().values()]
    return _mean([recall for recall in recalls if recall is not None])


def macro_precision(table: Table) -> float | None:
    """Return the mean precision of all labels; 0 for one that was never answered."""
    return _mean([one.precision or 0.0 for one in table.classes().values()])


def macro_recall(table: Table) -> float | None:
    """Return the mean recall of all labels; 0 for one that is never the truth."""
    return _mean([one.recall or 0.0 for one in table.classes().values()])


def macro_f1(table: Table) -> float | None:
    """Return the mean F1 of all labels: small classes count as much as large ones."""
    return _mean([one.f1 or 0.0 for one in table.classes().values()])


def micro_f1(table: Table) -> float | None:
    """Return F1 of the cases of all labels together; for one answer per case it is accuracy."""
    return accuracy(table)


def weighted_f1(table: Table) -> float | None:
    """Return the mean F1 of all labels, weighted by how often each is the truth."""
    if not table.total:
        return None
    return math.fsum((one.f1 or 0.0) * one.actual for one in table.classes().values()) / table.total


def matthews(table: Table) -> float | None:
    """Return Matthews' correlation between truths and answers, -1 to 1, for any number of labels.

    None when all truths or all answers are one label. Gorodkin, Computational Biology and Chemistry
    28 (2004).
    """
    truths, answers = table.margins()
    total = table.total
    shared = sum(truths[label] * answers[label] for label in truths)
    spread = (total**2 - _squares(truths)) * (total**2 - _squares(answers))
    return (table.correct * total - shared) / math.sqrt(spread) if spread else None


def cohen_kappa(table: Table) -> float | None:
    """Return the agreement of two raters beyond chance: 1 is full, 0 is what chance gives.

    The first rater stands for the truth. None when chance alone would agree fully. Cohen,
    Educational and Psychological Measurement 20 (1960).
    """
    truths, answers = table.margins()
    total = table.total
    shared = sum(truths[label] * answers[label] for label in truths)
    return (table.correct * total - shared) / (total**2 - shared) if total**2 > shared else None


def roc_auc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Return the chance that a positive case scores above a negative one; a tie counts half.

    Mann and Whitney's statistic by mid-ranks, n log n. None when only one class is there. Hanley
    and McNeil, Radiology 143 (1982).
    """
    positives, negatives = _by_class(scores, labels)
    if not positives or not negatives:
        return None
    above = math.fsum(_midranks([*positives, *negatives])[: len(positives)])
    p, n = len(positives), len(negatives)
    return (above - p * (p + 1) / 2) / (p * n)


def roc_auc_interval(scores: Sequence[float], labels: Sequence[bool]) -> Interval | None:
    """Return the area with DeLong's 95 % interval, kept within [0, 1].

    None with fewer than two cases of a class. DeLong et al., Biometrics 44 (1988), by the ranks of
    Sun and Xu, IEEE Signal Processing Letters 21 (2014). Without any overlap of the classes the
    interval has no width, which says nothing about small samples.
    """
    positives, negatives = _by_class(scores, labels)
    if min(len(positives), len(negatives)) < 2:
        return None
    p, n = len(positives), len(negatives)
    ranks = _midranks([*positives, *negatives])
    won = [(a - b) / n for a, b in zip(ranks[:p], _midranks(positives), strict=True)]
    lost = [1 - (a - b) / p for a, b in zip(ranks[p:], _midranks(negatives), strict=True)]
    area = math.fsum(won) / p
    half = Z_95 * math.sqrt(_variance(won, area) / p + _variance(lost, area) / n)
    return Interval(area, max(area - half, 0.0), min(area + half, 1.0))


def pr_auc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Return average precision: sum of (R_k - R_(k-1)) P_k over falling scores, ties as one step.

    No interpolation, which would be too kind. None without positive cases. Davis and Goadrich,
    ICML 2006.
    """
    _check(scores, labels)
    positives = sum(labels)
    if not positives:
        return None
    seen, hits, steps = 0, 0, []
    ordered = sorted(zip(scores, labels, strict=True), key=lambda pair: -pair[0])
    for _, tied in groupby(ordered, key=lambda pair: pair[0]):
        found = [label for _, label in tied]
        seen, hits = seen + len(found), hits + sum(found)
        steps.append(sum(found) / positives * hits / seen)
    return math.fsum(steps)


def _against_rest(
    hits: int, truths: Mapping[str, int], answers: Mapping[str, int], label: str, total: int
) -> Confusion:
    missed, wrong = truths.get(label, 0) - hits, answers.get(label, 0) - hits
    return Confusion(hits, wrong, missed, total - hits - missed - wrong)


def _by_class(scores: Sequence[float], labels: Sequence[bool]) -> tuple[list[float], list[float]]:
    _check(scores, labels)
    found: dict[bool, list[float]] = defaultdict(list)
    for score, label in zip(scores, labels, strict=True):
        found[bool(label)].append(score)
    return found[True], found[False]


def _midranks(values: Sequence[float]) -> list[float]:
    """Return ranks from 1 in the given order; equal values share the mean of theirs."""
    ordered = sorted(range(len(values)), key=lambda place: values[place])
    ranks = [0.0] * len(values)
    below = 0
    for _, tied in groupby(ordered, key=lambda place: values[place]):
        places = list(tied)
        for place in places:
            ranks[place] = below + (len(places) + 1) / 2
        below += len(places)
    return ranks


def _variance(values: Sequence[float], mean: float) -> float:
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _squares(counts: Mapping[str, int]) -> int:
    return sum(n * n for n in counts.values())


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _check(scores: Sequence[float], labels: Sequence[bool]) -> None:
    paired(scores, labels)
    finite(scores, "a score")
