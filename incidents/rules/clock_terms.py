"""What a clock rule says beside its hours: the terms of the reference data, read and named."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import msgspec

Outer = Literal["", "days", "noon"]
When = Literal["", "critical_infrastructure", "deployer"]


class Also(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A further question that arms a rule, perhaps only for some systems."""

    question: str
    when: When = ""


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an engine must know of a rule.

    `months` count where the law counts in months. `follows` are the rules whose report starts this
    one. `also` are further questions that arm it. `sides`: deployer and provider each have a clock
    where they became aware at different instants (CLK-07). `causal`: 'immediately' once a causal
    link is likely (CLK-22). `at_once`: people are called when it is armed (CLK-15). `fact_at`: it
    counts from the instant of its fact, not from awareness. `reading` is a later awareness that an
    authority may count from (CLK-06). `outer` is how an authority may read the end: whole days of
    Regulation 1182/71 (CLK-12, CLK-14), or noon of the next working day, but for `noon_not_for`
    (CLK-11). `annex_i_from` is since when it binds for systems of Annex I. `replaces` are the
    rules whose clock ends where this one counts for the same report (CLK-11, CLK-18).
    """

    months: int = 0
    follows: tuple[str, ...] = ()
    also: tuple[Also, ...] = ()
    sides: bool = False
    causal: bool = False
    at_once: bool = False
    fact_at: bool = False
    reading: str = ""
    outer: Outer = ""
    noon_not_for: tuple[str, ...] = ()
    annex_i_from: date | None = None
    replaces: tuple[str, ...] = ()


class BadTerms(ValueError):
    """Terms that nobody can read: a mistake of the reference data."""


def terms_of(data: Mapping[str, Any]) -> Terms:
    """Return the terms of a rule. Raises BadTerms."""
    try:
        return msgspec.convert(dict(data), Terms, strict=False)
    except msgspec.ValidationError as error:
        raise BadTerms(str(error)) from error


def has_number(hours: int, terms: Terms) -> bool:
    """Whether the law gives a number: only then a clock can run."""
    return hours > 0 or terms.months > 0
