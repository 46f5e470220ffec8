"""Durations and lateness as a reader reads them."""

from datetime import timedelta
from fractions import Fraction

from ledger.rules.worded import worded
from outbox.rules.durations import Duration

UNITS = {
    "s": "second",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "bmin": "business minute",
    "bh": "business hour",
    "bd": "business day",
}


def in_words(duration: Duration) -> str:
    """Return a duration in words: 5 business days, 1 hour."""
    amount = duration.amount
    number = f"{float(amount):g}" if amount.denominator != 1 else str(amount)
    return f"{number} {UNITS[duration.unit]}{'' if amount == Fraction(1) else 's'}"


def span_in_words(span: timedelta) -> str:
    """Return a span in at most two units: 44 min, 3 h 20 min, 2 d 5 h."""
    minutes = abs(span) // timedelta(minutes=1)
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {left} min" if left else f"{hours} h"
    return f"{left} min"


def punctual(met_late_by: timedelta) -> str:
    """Return how a deadline was met: '44 min before the deadline', '2 h after the deadline'."""
    side = "after" if met_late_by > timedelta() else "before"
    return worded(
        "{span_in_words} {side} the deadline", span_in_words=span_in_words(met_late_by), side=side
    )
