"""Forecasts: whether they are too high, how far off, and whether their intervals hold.

Two sequences of one length, in the unit of the target; results are ratios (0.05 is 5 %) unless said
otherwise. No cases give None; NaN, infinity and other lengths raise ValueError. `mape` is that of
regression.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from telemetry.rules.computations import Figure
from telemetry.rules.metrics.inputs import finite, paired, share
from telemetry.rules.metrics.regression import mape

__all__ = ["forecast_bias", "interval_coverage", "mape", "pinball", "smape", "wape"]


def forecast_bias(actual: Sequence[float], predicted: Sequence[float]) -> float | None:
    """Return sum(predicted - actual) / |sum(actual)|: positive is too high.

    None when the actual values sum to 0.
    """
    _check(actual, predicted)
    whole = abs(math.fsum(actual))
    return (math.fsum(predicted) - math.fsum(actual)) / whole if whole else None


def wape(actual: Sequence[float], predicted: Sequence[float]) -> float | None:
    """Return sum(|predicted - actual|) / sum(|actual|), which zeros do not spoil.

    None when all actual values are 0. Kolassa and Schutz, Foresight 6 (2007).
    """
    _check(actual, predicted)
    whole = math.fsum(map(abs, actual))
    missed = math.fsum(abs(guess - true) for true, guess in zip(actual, predicted, strict=True))
    return missed / whole if whole else None


def smape(actual: Sequence[float], predicted: Sequence[float]) -> float | None:
    """Return the mean of 2 |predicted - actual| / (|actual| + |predicted|), 0 to 2.

    A case where both are 0 was met exactly: 0. Makridakis, Int. J. Forecasting 9 (1993).
    """
    _check(actual, predicted)
    if not actual:
        return None
    return fmean(
        2 * abs(guess - true) / (abs(true) + abs(guess)) if true or guess else 0.0
        for true, guess in zip(actual, predicted, strict=True)
    )


def interval_coverage(
    actual: Sequence[float], lower: Sequence[float], upper: Sequence[float]
) -> Figure | None:
    """Return the share of actual values within their interval, bounds included, with Wilson's.

    To be compared with the level that the intervals claim. None under ten cases. Raises ValueError
    for an interval whose lower bound is above its upper.
    """
    _check(actual, lower)
    _check(actual, upper)
    if any(low > high for low, high in zip(lower, upper, strict=True)):
        raise ValueError("an interval begins above its end")
    held = sum(low <= true <= high for true, low, high in zip(actual, lower, upper, strict=True))
    return share(held, len(actual))


def pinball(actual: Sequence[float], predicted: Sequence[float], quantile: float) -> float | None:
    """Return the mean quantile loss in the unit of the target: q (y - f) above, (1 - q)(f - y)
    below.

    Lowest in expectation where f is the quantile. Raises ValueError unless 0 < quantile < 1.
    Koenker and Bassett, Econometrica 46 (1978).
    """
    _check(actual, predicted)
    if not 0 < quantile < 1:
        raise ValueError(f"{quantile} is no quantile between 0 and 1")
    if not actual:
        return None
    return fmean(
        max(quantile * (true - guess), (quantile - 1) * (true - guess))
        for true, guess in zip(actual, predicted, strict=True)
    )


def _check(actual: Sequence[float], other: Sequence[float]) -> None:
    paired(actual, other)
    finite(actual, "an actual value")
    finite(other, "a forecast")
