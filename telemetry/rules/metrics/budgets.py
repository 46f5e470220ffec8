"""Error budgets: what an objective allows to fail, what is left, and how fast it burns.

`objective` is a share such as 0.999, strictly between 0 and 1: an objective of 1 allows nothing and
has no budget. Nothing served gives None. Malformed numbers raise ValueError. After the Site
Reliability Workbook, chapter 5, "Alerting on SLOs".
"""

import math
from typing import NamedTuple


class Burn(NamedTuple):
    """Burn rates over a long and a short window, and whether both are at the limit or past it."""

    long: float | None
    short: float | None
    limit: float

    @property
    def fires(self) -> bool:
        """The long window says that it matters, the short one that it still happens."""
        return (
            self.long is not None
            and self.short is not None
            and min(self.long, self.short) >= self.limit
        )


def allowed_failures(*, total: float, objective: float) -> float:
    """Return how many of `total` may fail. Raises ValueError for a negative or endless total."""
    _check(failed=0, total=total, objective=objective)
    return (1 - objective) * total


def budget_left(*, failed: float, total: float, objective: float) -> float | None:
    """Return the share of the budget that is left: 1 is untouched, 0 spent, negative overspent.

    `total` is what counts for the whole period (served, or expected until its end). None when
    nothing was served.
    """
    _check(failed=failed, total=total, objective=objective)
    return 1 - failed / ((1 - objective) * total) if total else None


def burn_rate(*, failed: float, total: float, objective: float) -> float | None:
    """Return the failure rate as a multiple of the allowed one; at 1 the budget lasts the period.

    None when nothing was served in the window.
    """
    _check(failed=failed, total=total, objective=objective)
    return failed / total / (1 - objective) if total else None


def spent_by(*, burn: float, window: float, period: float) -> float:
    """Return the share of the budget that a burn rate over a window spends: 14.4 over 1 h of 30 d
    is 0.02.

    Window and period in one unit. Raises ValueError for a negative burn or lengths not above 0.
    """
    _lengths(burn, window, period)
    return burn * window / period


def empty_in(*, left: float, burn: float, period: float) -> float | None:
    """Return after how long the budget is spent at this rate, in the unit of the period.

    0 when it is spent already; None when nothing burns.
    """
    _lengths(burn, period, period)
    if left <= 0:
        return 0.0
    return left * period / burn if burn else None


def _check(*, failed: float, total: float, objective: float) -> None:
    if not 0 < objective < 1:
        raise ValueError(f"{objective} is no objective between 0 and 1")
    if not (math.isfinite(total) and 0 <= failed <= total):
        raise ValueError(f"{failed} of {total} is no share")


def _lengths(burn: float, window: float, period: float) -> None:
    if not (math.isfinite(burn) and burn >= 0):
        raise ValueError(f"{burn} is no burn rate")
    if not (math.isfinite(window) and math.isfinite(period) and window > 0 and period > 0):
        raise ValueError("a window and a period are longer than nothing")
