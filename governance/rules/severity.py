"""Severity: looked up from what happened, where the series stands, and the system's risk tier.

The matrix is data that an organisation approves; nothing of it stands in this file. 'watch' is
less than an incident.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from ledger.rules.worded import worded

RISK_TIERS = ("low", "medium", "high")
ANY_STANDING = "any"


class Severity(StrEnum):
    """From the mildest to the worst; a watch needs no signature."""

    WATCH = "watch"
    MINOR = "minor"
    MODERATE = "moderate"
    MAJOR = "major"
    SEVERE = "severe"


ORDER = tuple(Severity)


class BadMatrix(ValueError):
    """A severity matrix that leaves a case open or says what does not exist."""


Row = Mapping[str, Severity]


@dataclass(frozen=True, slots=True)
class SeverityMatrix:
    """`rows` by (cause, standing), each with a severity per tier.

    `groups` sorts KPI categories into causes; `floors` are the least severities of named facts.
    """

    rows: Mapping[tuple[str, str], Row]
    groups: Mapping[str, str]
    floors: Mapping[str, Severity]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read {groups: {category: cause}, matrix: {cause: {standing: {tier: …}}}, floors: {…}}.

        The standing 'any' serves where the standing does not matter. Raises BadMatrix where a row
        lacks a tier, a word is no severity, or a category is sorted into a cause without rows.
        """
        rows = {
            (cause, standing): _row(f"{cause}, {standing}", row)
            for cause, standings in data["matrix"].items()
            for standing, row in standings.items()
        }
        causes = {cause for cause, _ in rows}
        homeless = sorted(set(data["groups"].values()) - causes)
        if homeless:
            causes_told = ", ".join(homeless)
            raise BadMatrix(worded("the matrix has no rows for {causes}", causes=causes_told))
        floors = {fact: _severity(fact, word) for fact, word in data.get("floors", {}).items()}
        return cls(rows=rows, groups=dict(data["groups"]), floors=floors)

    def cause_of(self, category: str) -> str:
        """Return the cause that a KPI category belongs to. Raises BadMatrix."""
        if category not in self.groups:
            raise BadMatrix(
                worded("the matrix sorts no KPI of the category {category!r}", category=category)
            )
        return self.groups[category]

    def severity(self, cause: str, standing: str, risk_tier: str) -> Severity:
        """Return the severity of a cause at a standing and tier. Raises BadMatrix."""
        row = self.rows.get((cause, standing)) or self.rows.get((cause, ANY_STANDING))
        if row is None or risk_tier not in row:
            raise BadMatrix(
                worded(
                    "the matrix knows no {cause} at {standing} in the tier {tier!r}",
                    cause=cause,
                    standing=standing,
                    tier=risk_tier,
                )
            )
        return row[risk_tier]

    def with_floors(self, severity: Severity, facts: tuple[str, ...]) -> Severity:
        """Return the severity raised to the floors of the facts that hold; never lowered."""
        return worst(severity, *(self.floors[fact] for fact in facts if fact in self.floors))


def worst(*severities: Severity) -> Severity:
    """Return the worst of one or more severities."""
    return max(severities, key=ORDER.index)


def at_least(severity: Severity, floor: Severity) -> bool:
    """Whether a severity is the floor or worse."""
    return ORDER.index(severity) >= ORDER.index(floor)


def _row(place: str, row: Mapping[str, str]) -> Row:
    if set(row) != set(RISK_TIERS):
        tiers = ", ".join(RISK_TIERS)
        raise BadMatrix(
            worded("{place}: a severity is needed for each of {tiers}", place=place, tiers=tiers)
        )
    return {tier: _severity(place, word) for tier, word in row.items()}


def _severity(place: str, word: str) -> Severity:
    try:
        return Severity(word)
    except ValueError:
        raise BadMatrix(
            worded(
                "{place}: {word!r} is no severity; use {known}",
                place=place,
                word=word,
                known=", ".join(ORDER),
            )
        ) from None
