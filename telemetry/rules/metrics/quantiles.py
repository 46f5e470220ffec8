"""Quantiles of Student's distribution, for intervals of means and slopes."""

import math
from functools import lru_cache

CLOSE_ENOUGH = 1e-15
TINY = 1e-300
MOST_STEPS = 500


@lru_cache(maxsize=4096)
def student(freedom: float, share: float = 0.975) -> float:
    """Return the quantile of Student's t at `share` in (0.5, 1), for `freedom` degrees > 0.

    0.975 gives the half-width of a two-sided 95 % interval in standard errors. By bisection on the
    incomplete beta function: P(|T| > t) = I(f / (f + t^2); f / 2, 1 / 2), Abramowitz and Stegun
    26.7.1. Raises ValueError for another share or for no degrees of freedom.
    """
    if not (0.5 < share < 1 and freedom > 0):
        raise ValueError(f"no quantile of Student at {share} with {freedom} degrees")
    tail = 2 * (1 - share)
    low, high = 0.0, 1.0
    while _beyond(high, freedom) > tail:
        low, high = high, high * 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _beyond(middle, freedom) > tail else (low, middle)
    return (low + high) / 2


def _beyond(t: float, freedom: float) -> float:
    """Return the probability that |T| exceeds t."""
    square = t * t
    return _beta_share(freedom / (freedom + square), square / (freedom + square), freedom / 2, 0.5)


def _beta_share(x: float, rest: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function; `rest` is 1 - x, without cancellation."""
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log(rest))
    # The fraction converges fast on one side of the mean only; the other side is its mirror.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(rest, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function by Lentz's method.

    NIST Digital Library of Mathematical Functions, 8.17.22.
    """
    result, c, d = 1.0, 1.0, 0.0
    for step in range(1, MOST_STEPS):
        part = _coefficient(step, x, a, b)
        d = 1 / _away_from_zero(1 + part * d)
        c = _away_from_zero(1 + part / c)
        result *= c * d
        if abs(c * d - 1) < CLOSE_ENOUGH:
            break
    return 1 / result


def _coefficient(step: int, x: float, a: float, b: float) -> float:
    m = step // 2
    if step % 2:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))


def _away_from_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
