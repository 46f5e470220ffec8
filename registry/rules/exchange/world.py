"""What the registry knows already, as far as the person who imports may see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from registry.rules.exchange.names import Known

NEW = "new:"


@dataclass(frozen=True, slots=True)
class Said:
    """What a person has chosen: an order of dates, whether hidden rows count, who is meant.

    `chosen` maps 'person', 'unit' and 'system' to {what the file says, folded: key}.
    """

    date_order: str = ""
    hidden: bool = False
    without_bad: bool = False
    chosen: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class World:
    """What is there: `present` are the values of systems by short name, `taken` all short names.

    `versions` are hashes of identities by (short name, label); `recorded` (short name,
    fingerprint) of what was taken in already. `source` names the file, `zone` is where a date
    without one is meant.
    """

    people: tuple[Known, ...] = ()
    units: tuple[Known, ...] = ()
    systems: tuple[Known, ...] = ()
    present: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    versions: Mapping[tuple[str, str], str] = field(default_factory=dict)
    recorded: frozenset[tuple[str, str]] = frozenset()
    source: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def with_new(self, kind: str, name: str, *, key: str = "") -> "World":
        """Return the world with a unit, person or system that this import makes."""
        made = Known(key or f"{NEW}{name}", name, address=key.removeprefix(NEW))
        if kind == "units":
            return replace(self, units=(*self.units, made))
        if kind == "people":
            return replace(self, people=(*self.people, made))
        return replace(self, systems=(*self.systems, Known(key, name)))
