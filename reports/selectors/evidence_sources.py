"""The register of evidence sources: what a group of them gives, filled when the product starts.

Collectors stand above selectors, so they come in here. A group answers for several sources at once:
it says what to ask, and what the answers tell. All groups are asked in one statement.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ledger.selectors.at_once import Question, Rows, at_once
from reports.rules.evidence import Found
from reports.selectors.control_ground import Footing, Ground

Ask = Callable[[Footing], Mapping[str, Question]]
Tell = Callable[[Ground, Mapping[str, Rows]], Mapping[str, Found]]


@dataclass(frozen=True, slots=True)
class Group:
    """Sources that are read together: their ids, what is asked for them, what the answers tell."""

    sources: tuple[str, ...]
    asked: Ask
    told: Tell


_groups: dict[str, Group] = {}


def register(name: str, sources: tuple[str, ...], asked: Ask, told: Tell) -> None:
    """Register a group once. Raises ValueError for a doubled name or source."""
    group = Group(sources, asked, told)
    if _groups.setdefault(name, group) != group:
        raise ValueError(f"the sources {name!r} are registered twice")
    doubled = [one for key, other in _groups.items() if key != name for one in other.sources]
    if set(doubled) & set(sources):
        raise ValueError(f"a source of {name!r} is registered by another group too")


def known_sources() -> tuple[str, ...]:
    """Return the ids of all sources."""
    return tuple(one for group in _groups.values() for one in group.sources)


def found_by_source(ground: Ground, *, wanted: frozenset[str]) -> dict[str, Found]:
    """Return what the sources show that one of the wanted ones is read with; one query."""
    answers = at_once(sources_asked(ground, wanted=wanted))
    return sources_told(ground, answers, wanted=wanted)


def sources_asked(footing: Footing, *, wanted: frozenset[str]) -> dict[str, Question]:
    """Return what to ask for these sources, with ledger.selectors.at_once, for `sources_told`."""
    return {
        f"{name}.{part}": question
        for name, group in _groups.items()
        if wanted & set(group.sources)
        for part, question in group.asked(footing).items()
    }


def sources_told(
    ground: Ground, answers: Mapping[str, Rows], *, wanted: frozenset[str]
) -> dict[str, Found]:
    """Return what the sources show that one of the wanted ones is read with."""
    found: dict[str, Found] = {}
    for name, group in _groups.items():
        if wanted & set(group.sources):
            parts = [one for one in answers if one.startswith(f"{name}.")]
            own = {one.removeprefix(f"{name}."): answers[one] for one in parts}
            found |= group.told(ground, own)
    return found
