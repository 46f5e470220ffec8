"""What a change of a figure comes to: people, money or hours, by a sourced factor; REP-3. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from ledger.rules.worded import word, worded

CONSEQUENCES = {"people": word("People"), "money": word("Money"), "hours": word("Hours")}
DIRECTIONS = {"rise": word("lost when it rises"), "fall": word("lost when it falls")}
AMOUNTS = {"people": word("{amount} people"), "hours": word("{amount} hours")}
REFUSED = word("not translated: no sourced factor")
# By what it measures, and whether it is lost or gained.
TOLD = {
    ("people", True): word("about {size} people a quarter more affected"),
    ("people", False): word("about {size} people a quarter fewer affected"),
    ("money", True): word("about {size} {currency} a quarter lost"),
    ("money", False): word("about {size} {currency} a quarter gained"),
    ("hours", True): word("about {size} hours a quarter lost"),
    ("hours", False): word("about {size} hours a quarter gained"),
}
SHARES = ("ratio", "percent", "share")
LONGEST_SOURCE, LONGEST_WORDS = 500, 2000
MOST = Decimal("10000000000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A factor as the rules see it; `amount` is for one point and one quarter."""

    id: str
    version: int
    measures: str
    amount: Decimal
    currency: str
    direction: str
    words: str
    source: str
    source_words: str
    valid_from: date
    valid_until: date | None

    def holds_on(self, day: date) -> bool:
        """Whether a day lies within its validity, both ends included."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Consequence:
    """A change in another unit: how much is lost (a gain is below zero), by which factor."""

    lost: Decimal
    factor: Factor

    @property
    def told(self) -> str:
        """The consequence as a sentence: 'about 320 hours a quarter lost'."""
        size = rounded(abs(self.lost))
        if size == 0:
            return word("no change worth a figure")
        message = TOLD[self.factor.measures, self.lost > 0]
        thin = f"{size:,}".replace(",", "\u202f")
        return worded(message, size=thin, currency=self.factor.currency)


def points_of(change: Decimal, unit: str) -> Decimal:
    """Return a change in points: percentage points of a share, else the KPI's own unit."""
    return change * 100 if unit in SHARES else change


def consequence_of(points: Decimal, factor: Factor) -> Consequence:
    """Return what a change in points comes to in a quarter, by a factor."""
    signed = points if factor.direction == "rise" else -points
    return Consequence(signed * factor.amount, factor)


def consequences_of(
    points: Decimal | None, factors: Sequence[Factor], day: date
) -> list[Consequence]:
    """Return the change in every unit that a factor in force on a day translates it to.

    Empty where nothing is known of the change or no factor holds: then nothing may be printed.
    """
    if points is None:
        return []
    return [consequence_of(points, one) for one in factors if one.holds_on(day)]


def rounded(value: Decimal) -> Decimal:
    """Return an amount to two significant digits, for a factor is never more exact than that."""
    if value == 0:
        return Decimal(0)
    place = max(value.adjusted() - 1, -2)
    found = value.quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_EVEN)
    return Decimal(f"{found.normalize():f}")


def factor_faults(given: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with a factor as drafted, by field; {} for nothing."""
    found: dict[str, str] = {}
    if given["measures"] not in CONSEQUENCES:
        found["measures"] = "Choose people, money or hours."
    if given["direction"] not in DIRECTIONS:
        found["direction"] = "Say which way costs."
    found |= _amount_faults(given) | _word_faults(given)
    until = given["valid_until"]
    if until is not None and until < given["valid_from"]:
        found["valid_until"] = "It ends before it begins."
    return found


def _amount_faults(given: dict[str, Any]) -> dict[str, str]:
    amount, currency = given["amount"], given["currency"]
    if (
        not amount.is_finite()
        or not 0 < amount < MOST
        or amount != amount.quantize(Decimal("0.0001"))
    ):
        return {"amount": "Give an amount above zero with at most four decimals."}
    is_code = len(currency) == 3 and currency.isascii() and currency.isupper()
    if given["measures"] == "money" and not is_code:
        return {"currency": "Name the currency by its three letters, as EUR."}
    if given["measures"] != "money" and currency:
        return {"currency": "Only money has a currency."}
    return {}


def _word_faults(given: dict[str, Any]) -> dict[str, str]:
    asked = {
        "words": ("Say what a point comes to, and where it goes.", LONGEST_WORDS),
        "source": ("Name the document or the link that the amount is from.", LONGEST_SOURCE),
        "source_words": ("Say what the source says, and how it was counted.", LONGEST_WORDS),
    }
    found = {}
    for name, (words, longest) in asked.items():
        text = given[name]
        if not text.strip() or "\x00" in text:
            found[name] = words
        elif len(text) > longest:
            found[name] = worded("At most {longest} characters.", longest=longest)
    return found
