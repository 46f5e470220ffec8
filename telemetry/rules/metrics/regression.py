"""Regression: how far predicted numbers lie from actual ones.

Two sequences of one length, in the unit of the target. No cases give None; NaN, infinity and other
lengths raise ValueError.
"""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from telemetry.rules.metrics.inputs import finite, paired
from telemetry.rules.statistics import nearest_rank


class Relative(NamedTuple):
    """A mean of relative errors (a ratio: 0.1 is 10 %), its cases, and those left out."""

    value: float
    n: int
    excluded: int


def mae(actual: Sequence[float], predicted: Sequence[float]) -> float | None:
    """Return the mean of |predicted - actual|."""
    errors = _errors(actual, predicted)
    return fmean(map(abs, errors)) if errors else None


def rmse(actual: Sequence[float], predicted: Sequence[float]) -> float | None:
    """Return the root of the mean square of predicted - actual."""
    errors = _errors(actual, predicted)
    return math.hypot(*errors) / math.sqrt(len(errors)) if errors else None


def bias(actual: Sequence[float], predicted: Sequence[float]) -> float | None:
    """Return the mean of predicted - actual: positive is too high."""
    errors = _errors(actual, predicted)
    return fmean(errors) if errors else None


def mape(actual: Sequence[float], predicted: Sequence[float]) -> Relative | None:
    """Return the mean of |predicted - actual| / |actual|; actual zeros are left out and counted.

    None when nothing but zeros is there. Hyndman and Koehler, Int. J. Forecasting 22 (2006).
    """
    errors = _errors(actual, predicted)
    parts = [abs(error / true) for error, true in zip(errors, actual, strict=True) if true]
    return Relative(fmean(parts), len(parts), len(errors) - len(parts)) if parts else None


def r2(actual: Sequence[float], predicted: Sequence[float]) -> float | None:
    """Return the share of the variance of `actual` that is explained; negative is worse than its
    mean.

    None for fewer than two cases or for constant actual values, where there is nothing to explain.
    """
    errors = _errors(actual, predicted)
    if len(errors) < 2:
        return None
    middle = fmean(actual)
    spread = math.fsum((true - middle) ** 2 for true in actual)
    return 1 - math.fsum(error**2 for error in errors) / spread if spread else None


def error_percentile(
    actual: Sequence[float], predicted: Sequence[float], share: float = 0.95
) -> float | None:
    """Return the percentile of |predicted - actual| by nearest rank: an error that was made."""
    errors = _errors(actual, predicted)
    return nearest_rank([abs(error) for error in errors], share) if errors else None


def _errors(actual: Sequence[float], predicted: Sequence[float]) -> list[float]:
    paired(actual, predicted)
    finite(actual, "an actual value")
    finite(predicted, "a predicted value")
    return [guess - true for true, guess in zip(actual, predicted, strict=True)]
