"""What a retention run is told and what it answers, for every kind of record alike."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Cover:
    """What the legal holds in force cover: each thing with the holds that it is under.

    `open_since` is no hold: since when the oldest open case of a system reaches back.
    """

    everything: tuple[UUID, ...] = ()
    systems: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    incidents: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    people: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    open_since: dict[UUID, datetime] = field(default_factory=dict)

    def of_system(self, system: UUID) -> tuple[UUID, ...]:
        """Return the holds that keep what belongs to a system."""
        return self.everything + self.systems.get(system, ())

    def of_person(self, person: UUID) -> tuple[UUID, ...]:
        """Return the holds that keep what belongs to a person."""
        return self.everything + self.people.get(person, ())


@dataclass(frozen=True, slots=True)
class Met:
    """A hold that kept something back: which, and what, in words."""

    hold: UUID
    words: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """What went of one kind, or would go: how many, their names where they have some.

    `left` says what is beyond its time and stays for another reason than a hold.
    """

    count: int = 0
    names: tuple[str, ...] = ()
    met: tuple[Met, ...] = ()
    left: str = ""


def cutoff(*, keep_days: int, at: datetime) -> datetime:
    """Return the instant before which a kind is beyond its time."""
    return at - timedelta(days=keep_days)


def met(holds: tuple[UUID, ...], words: str) -> tuple[Met, ...]:
    """Return each of the holds as met by the same thing."""
    return tuple(Met(hold, words) for hold in dict.fromkeys(holds))
