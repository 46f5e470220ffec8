"""Durations and lateness as a reader reads them."""

from datetime import timedelta
from fractions import Fraction

from ledger.rules.worded import worded
from outbox.rules.durations import Duration

UNITS = {
    "s": ("{amount} second", "{amount} seconds"),
    "min": ("{amount} minute", "{amount} minutes"),
    "h": ("{amount} hour", "{amount} hours"),
    "d": ("{amount} day", "{amount} days"),
    "bmin": ("{amount} business minute", "{amount} business minutes"),
    "bh": ("{amount} business hour", "{amount} business hours"),
    "bd": ("{amount} business day", "{amount} business days"),
}


def in_words(duration: Duration) -> str:
    """Return a duration in words: 5 business days, 1 hour."""
    amount = duration.amount
    number = f"{float(amount):g}" if amount.denominator != 1 else str(amount)
    one, many = UNITS[duration.unit]
    return worded(one if amount == Fraction(1) else many, amount=number)


def span_in_words(span: timedelta) -> str:
    """Return a span in at most two units: 44 min, 3 h 20 min, 2 d 5 h."""
    minutes = abs(span) // timedelta(minutes=1)
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days and hours:
        return worded("{days} d {hours} h", days=days, hours=hours)
    if days:
        return worded("{days} d", days=days)
    if hours and left:
        return worded("{hours} h {minutes} min", hours=hours, minutes=left)
    return worded("{hours} h", hours=hours) if hours else worded("{minutes} min", minutes=left)


def punctual(met_late_by: timedelta) -> str:
    """Return how a deadline was met: '44 min before the deadline', '2 h after the deadline'."""
    span = span_in_words(met_late_by)
    if met_late_by > timedelta():
        return worded("{span} after the deadline", span=span)
    return worded("{span} before the deadline", span=span)
