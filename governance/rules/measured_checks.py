"""What makes the part of a policy about slides, budgets and guardrails unworkable."""

import math
from collections.abc import Iterator

from governance.rules.policy_document import (
    BudgetDefaults,
    BurnDefaults,
    GuardrailDefaults,
    Measured,
    TrendDefaults,
)
from ledger.rules.worded import worded
from outbox.rules.durations import BadDuration, Duration

METHODS = ("slope", "ewma", "cusum")
LEAST_WINDOWS = (3, 100)
LONGEST_PERIOD = 366


def measured_problems(measured: Measured) -> Iterator[str]:
    """Yield every reason, each in a sentence."""
    yield from _trend_problems(measured.trends)
    yield from _budget_problems(measured.budgets)
    for pair in measured.guardrails:
        yield from _pair_problems(pair)


def fires_of(text: str) -> tuple[int, int]:
    """Return k and n of 'k:n'. Raises ValueError unless 0 < k <= n."""
    first, _, second = text.partition(":")
    k, n = int(first), int(second)
    if not 0 < k <= n <= 100:
        raise ValueError(f"{text} does not say how many of how many windows")
    return k, n


def seconds_of(text: str) -> float:
    """Return an elapsed duration in seconds. Raises BadDuration, also for business time."""
    duration = Duration.parse(text)
    if duration.is_business:
        raise BadDuration(worded("{text} is business time; readings come by the clock", text=text))
    return float(duration.seconds())


def number_of(text: str) -> float:
    """Return a number that a policy writes as text. Raises ValueError."""
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(f"{text} is no number")
    return found


def _trend_problems(trends: TrendDefaults) -> Iterator[str]:
    if trends.method not in METHODS:
        yield worded(
            "measured, trends: {method!r} is no method; use {methods}.",
            method=trends.method,
            methods=", ".join(METHODS),
        )
    least, most = LEAST_WINDOWS
    if not least <= trends.least_windows <= most:
        yield worded(
            "measured, trends: least_windows is {least} to {most}.", least=least, most=most
        )
    if trends.horizon:
        yield from _length("measured, trends, horizon", trends.horizon)


def _budget_problems(budgets: BudgetDefaults) -> Iterator[str]:
    if not 1 <= budgets.period_days <= LONGEST_PERIOD:
        yield worded(
            "measured, budgets: period_days is 1 to {longest_period}.",
            longest_period=LONGEST_PERIOD,
        )
    yield from _burn_problems("warning", budgets.warning)
    yield from _burn_problems("critical", budgets.critical)
    warning, critical = _number(budgets.warning.spent), _number(budgets.critical.spent)
    if warning is None or critical is None or not 0 < warning <= critical <= 1:
        yield "measured, budgets: shares spent are 0 < warning <= critical <= 1."


def _burn_problems(name: str, burn: BurnDefaults) -> Iterator[str]:
    place = f"measured, budgets, {name}"
    problems = [
        *_length(f"{place}, long", burn.long),
        *_length(f"{place}, short", burn.short),
    ]
    yield from problems
    if not problems and seconds_of(burn.short) >= seconds_of(burn.long):
        yield worded("{place}: the short window is shorter than the long one.", place=place)
    rate = _number(burn.burn)
    if rate is None or rate <= 0:
        yield worded("{place}: burn is a number above 0.", place=place)


def _pair_problems(pair: GuardrailDefaults) -> Iterator[str]:
    place = f"measured, guardrails, {pair.gain} beside {pair.guardrail}"
    if pair.gain == pair.guardrail:
        yield worded("{place}: a KPI is no guardrail of itself.", place=place)
    warning, critical = _number(pair.warning), _number(pair.critical)
    if warning is None or critical is None or not 0 < warning <= critical:
        yield worded("{place}: 0 < warning <= critical must hold.", place=place)
    yield from _length(f"{place}, window", pair.window)
    try:
        fires_of(pair.fires)
    except ValueError:
        yield worded("{place}: write fires as 2:3.", place=place)


def _number(text: str) -> float | None:
    try:
        return number_of(text)
    except ValueError:
        return None


def _length(place: str, text: str) -> Iterator[str]:
    try:
        if seconds_of(text) <= 0:
            yield worded("{place}: it is longer than nothing.", place=place)
    except BadDuration as error:
        yield worded("{place}: {why}.", place=place, why=error.args[0])
