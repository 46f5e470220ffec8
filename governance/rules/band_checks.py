"""What a threshold may not say: refused when it is saved, in words."""

import math
from collections.abc import Iterator

from governance.rules.bands import Rule, Side
from ledger.rules.worded import joined, term, word, worded


def validate(rule: Rule) -> tuple[str, ...]:
    """Return every reason why a rule cannot be used, in plain words; none when it can."""
    problems = [*_shape(rule), *_counts(rule)]
    for name, side in _sides_as_above(rule):
        problems += [joined(": ", [name, text]) for text in _order(side)]
    if problems:
        return tuple(problems)
    return (*_recovery(rule), *_entry(rule), *_target(rule))


def _shape(rule: Rule) -> Iterator[str]:
    bands = rule.bands
    if bands.direction not in ("above", "below", "outside"):
        yield worded(
            "The direction is above, below or outside, not {direction!r}.",
            direction=bands.direction,
        )
    if (bands.direction == "outside") != (bands.low_side is not None):
        yield "Only the direction 'outside' has limits on both sides, and it needs both."
    if not rule.lowest < rule.highest:
        yield "The lowest possible value must be smaller than the highest."
    if not all(math.isfinite(one) for one in (bands.target, rule.neutral) if one is not None):
        yield "The target and the neutral value must be numbers."


def _counts(rule: Rule) -> Iterator[str]:
    firing = rule.firing
    if not 1 <= firing.k <= firing.n:
        yield worded(
            "'{k} of {n}' can never be counted; k must lie between 1 and n.", k=firing.k, n=firing.n
        )
    if firing.for_seconds and not firing.consecutive:
        yield "A duration goes with consecutive readings, not with 'k of n'."
    if rule.recover_windows < 1:
        yield "At least one window must show the recovery."
    if rule.cadence < 1:
        yield "The cadence must be at least one second."
    yield from _spans(rule)


def _spans(rule: Rule) -> Iterator[str]:
    spans = {
        word("least number of samples"): rule.least_n,
        word("duration"): rule.firing.for_seconds,
        word("keep-for time"): rule.keep_for,
        word("window"): rule.window,
        word("grace"): rule.grace,
        word("number of changes that are flapping"): rule.flap_changes,
    }
    yield from (
        worded("The {name} cannot be negative.", name=term(name))
        for name, number in spans.items()
        if number < 0
    )


def _sides_as_above(rule: Rule) -> Iterator[tuple[str, Side]]:
    """Both sides as limits on rising values, so that one set of checks serves."""
    if rule.bands.upper is not None:
        yield word("Above"), rule.bands.upper
    if rule.bands.lower is not None:
        yield word("Below"), rule.bands.lower.mirrored()


def _order(side: Side) -> Iterator[str]:
    if not side.limits:
        yield "at least one of warning, critical and instant critical is needed."
    given = [*side.limits, side.recover_warning, side.recover_critical]
    if not all(limit is None or math.isfinite(limit) for limit in given):
        yield "every limit must be a number."
    if _not_before(side.warning, side.critical):
        yield "critical must lie beyond warning."
    if _reversed(side.critical, side.instant_critical):
        yield "instant critical must not lie before critical."
    if _reversed(side.warning, side.instant_critical):
        yield "instant critical must not lie before warning."
    yield from _recovery_order(side)


def _recovery_order(side: Side) -> Iterator[str]:
    critical = side.instant_critical if side.critical is None else side.critical
    if side.recover_warning is not None and side.warning is None:
        yield "a recovery from warning needs a warning."
    if side.recover_critical is not None and critical is None:
        yield "a recovery from critical needs a critical or an instant critical."
    if _reversed(side.recover_warning, side.warning):
        yield "the recovery from warning must lie on the safe side of warning."
    if _reversed(side.recover_critical, critical):
        yield "the recovery from critical must lie on the safe side of critical."
    if side.limits and side.leaves_warning > side.leaves_critical:
        yield "the recovery from warning must not lie beyond the recovery from critical."


def _recovery(rule: Rule) -> Iterator[str]:
    """Unreachable recovery: no possible value lies strictly on the safe side of it."""
    upper, lower = rule.bands.upper, rule.bands.lower
    top = math.inf if upper is None else upper.leaves_warning
    bottom = -math.inf if lower is None else lower.leaves_warning
    if top <= rule.lowest or bottom >= rule.highest or bottom >= top:
        yield (
            worded(
                "Recovery can never be reached: no possible value lies strictly "
                "on the safe side of {limits}. A breach would stand for ever.",
                limits=_limits(bottom, top),
            )
        )


def _entry(rule: Rule) -> Iterator[str]:
    upper, lower = rule.bands.upper, rule.bands.lower
    if upper is not None and min(upper.limits) > rule.highest:
        yield worded(
            "No value can be as high as {limits:g}: the rule would never fire.",
            limits=min(upper.limits),
        )
    if lower is not None and max(lower.limits) < rule.lowest:
        yield worded(
            "No value can be as low as {limits:g}: the rule would never fire.",
            limits=max(lower.limits),
        )


def _target(rule: Rule) -> Iterator[str]:
    target = rule.bands.target
    if target is None:
        return
    if not rule.lowest <= target <= rule.highest:
        yield "The target lies outside of what the KPI can be."
    if not rule.quiet_above < target < rule.quiet_below:
        yield "The target lies in a band that breaches."


def _limits(bottom: float, top: float) -> str:
    ends = [f"{end:g}" for end in (bottom, top) if math.isfinite(end)]
    return " and ".join(ends)


def _reversed(inner: float | None, outer: float | None) -> bool:
    return inner is not None and outer is not None and inner > outer


def _not_before(inner: float | None, outer: float | None) -> bool:
    return inner is not None and outer is not None and inner >= outer
