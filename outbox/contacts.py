"""Plug point: how people are reached and when they want to read; the registry fills it.

The outbox stands below the people, so it is told plain values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Contact:
    """One person: addresses (empty: none), the zone, the hour of the digest in it.

    `page` is 'pagerduty:<routing key>' or the https address of an ntfy topic; `chat` an address
    of the chat library. `digest` names the kinds of notices that wait for the digest, `by_chat`
    those that go to the chat as well as by mail, `in_product` those that stand in the product
    alone. `language` is that in which they read.
    """

    mail: str = ""
    page: str = ""
    chat: str = ""
    zone: str = "UTC"
    digest_hour: int = 8
    digest: frozenset[str] = frozenset()
    by_chat: frozenset[str] = frozenset()
    in_product: frozenset[str] = frozenset()
    language: str = "en"


Find = Callable[[Sequence[UUID]], Mapping[UUID, Contact]]
Operations = Callable[[datetime], Sequence[UUID]]


@dataclass(slots=True)
class _Sources:
    find: list[Find] = field(default_factory=list)
    operations: list[Operations] = field(default_factory=list)


_sources = _Sources()


def register(find: Find, *, operations: Operations) -> None:
    """Say once who knows people. Raises ValueError for a second source."""
    if _sources.find and _sources.find[0] is not find:
        raise ValueError("people have a source already")
    _sources.find[:], _sources.operations[:] = [find], [operations]


def contacts_of(person_ids: Sequence[UUID]) -> dict[UUID, Contact]:
    """Return the contacts of people; those who are not known are left out."""
    if not _sources.find or not person_ids:
        return {}
    return dict(_sources.find[0](list(dict.fromkeys(person_ids))))


def contact_of(person_id: UUID | None) -> Contact:
    """Return one person's contact, an empty one for nobody."""
    if person_id is None:
        return Contact()
    return contacts_of([person_id]).get(person_id, Contact())


def operations(at: datetime) -> list[UUID]:
    """Return who keeps the installation running."""
    return list(_sources.operations[0](at)) if _sources.operations else []
