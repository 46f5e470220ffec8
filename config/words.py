"""Words for lengths of time, numbers, names and hashes, in the language that is activated."""

from datetime import timedelta
from decimal import Decimal
from functools import lru_cache

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext

Number = int | float

NARROW = "\u202f"
HARD = "\u00a0"
MINUS = "\u2212"


def _(message: str) -> str:
    return _said(message, get_language())


# Few of them, said for each row of a list; the language is part of the key.
@lru_cache(maxsize=256)
def _said(message: str, language: str | None) -> str:
    return gettext(message)


def span(length: timedelta) -> str:
    """Say a length of time by its two largest units, cut down to minutes: '2 d 3 h', '40 min'."""
    minutes = abs(length) // timedelta(minutes=1)
    days, within_day = divmod(minutes, 24 * 60)
    hours, rest = divmod(within_day, 60)
    if days:
        return _join((days, _("d")), (hours, _("h")))
    if hours:
        return _join((hours, _("h")), (rest, _("min")))
    if rest:
        return _join((rest, _("min")))
    return _("under a minute")


def left(length: timedelta) -> str:
    """Say what is left of a deadline: 'in 3 h 20 min', or, when it is negative, '2 d overdue'."""
    if length >= timedelta(0):
        return _("in %(span)s") % {"span": span(length)}
    whole_days = abs(length) // timedelta(days=1)
    late = timedelta(days=whole_days) if whole_days else length
    return _("%(span)s overdue") % {"span": span(late)}


def spare(length: timedelta) -> str:
    """Say by how much a met deadline was met ('44 min to spare') or missed ('2 h late')."""
    said = _("%(span)s to spare") if length >= timedelta(0) else _("%(span)s late")
    return said % {"span": span(length)}


def decimals(value: Number, digits: int) -> str:
    """Write a number with so many decimals in the language's form, with a true minus sign."""
    rounded = Decimal(f"{value:.{digits}f}")
    return number_format(rounded, decimal_pos=digits, use_l10n=True).replace("-", MINUS)


def percent(share: Number | None, digits: int = 0) -> str:
    """Say a share from 0 to 1 as '95 %'; None is 'no data', never zero."""
    return _("no data") if share is None else f"{decimals(share * 100, digits)}{HARD}%"


def points(difference: Number | None, digits: int = 1) -> str:
    """Say a difference of two shares as '14.8 points'; None is 'no data'."""
    if difference is None:
        return _("no data")
    return _("%(number)s points") % {"number": decimals(difference * 100, digits)}


def thin(number: int) -> str:
    """Group the digits of a whole number by narrow spaces that do not break: 48190 is '48 190'."""
    return f"{number:,}".replace(",", NARROW).replace("-", MINUS)


def short_hash(digest: str, groups: int = 2) -> str:
    """Show the first groups of four characters of a hash: '5d21 7c04'."""
    kept = digest[: groups * 4]
    return " ".join(kept[start : start + 4] for start in range(0, len(kept), 4))


def initials(name: str) -> str:
    """Take the first and last name's first letter, titles that end in a point left out."""
    parts = [part for part in name.split() if not part.endswith(".")] or name.split()
    letters = [part[0].upper() for part in parts if part[0].isalnum()]
    return "".join(letters[:1] + letters[1:][-1:])


def _join(*amounts: tuple[int, str]) -> str:
    return " ".join(f"{amount} {unit}" for amount, unit in amounts if amount)
