"""The register of evidence sources: what a group of them gives, filled when the product starts.

Collectors stand above selectors, so they come in here. A group answers for several sources at once,
with a constant number of queries for any number of systems.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reports.rules.evidence import Found
from reports.selectors.control_ground import Ground

Collect = Callable[[Ground], Mapping[str, Found]]


@dataclass(frozen=True, slots=True)
class Group:
    """Sources that are read together: their ids, and the function that reads them."""

    sources: tuple[str, ...]
    collect: Collect


_groups: dict[str, Group] = {}


def register(name: str, sources: tuple[str, ...], collect: Collect) -> None:
    """Register a group once. Raises ValueError for a doubled name or source."""
    group = Group(sources, collect)
    if _groups.setdefault(name, group) != group:
        raise ValueError(f"the sources {name!r} are registered twice")
    doubled = [one for key, other in _groups.items() if key != name for one in other.sources]
    if set(doubled) & set(sources):
        raise ValueError(f"a source of {name!r} is registered by another group too")


def known_sources() -> tuple[str, ...]:
    """Return the ids of all sources."""
    return tuple(one for group in _groups.values() for one in group.sources)


def found_by_source(ground: Ground, *, wanted: frozenset[str]) -> dict[str, Found]:
    """Return what the sources show that one of the wanted ones is read with."""
    found: dict[str, Found] = {}
    for group in _groups.values():
        if wanted & set(group.sources):
            found |= group.collect(ground)
    return found
