"""The reading side of the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Q, QuerySet

from ledger import verbs
from ledger.models import Entry


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as pages and packs show it."""

    number: int
    at: datetime
    verb: str
    words: str
    actor: str
    actor_kind: str
    label: str
    reason: str
    body: dict[str, Any]
    bytes: bytes

    @property
    def refused(self) -> bool:
        """Whether the entry tells of a refusal."""
        return self.verb == "request.refused"


def lines_of_incident(*, incident_id: UUID, limit: int = 500) -> list[Line]:
    """Return the entries of an incident, newest first."""
    rows = Entry.objects.filter(incident_id=incident_id).order_by("-id")[:limit]
    return [_line(row) for row in rows]


def lines_of_object(*, object_type: str, object_id: str, limit: int = 200) -> list[Line]:
    """Return the entries of an object, newest first."""
    rows = Entry.objects.filter(object_type=object_type, object_id=object_id)
    return [_line(row) for row in rows.order_by("-id")[:limit]]


def lines_in_period(
    *, since: datetime, until: datetime, system_ids: Sequence[UUID] | None = None
) -> Iterator[Line]:
    """Yield entries of [since, until) by number, of some systems or of all."""
    rows: QuerySet[Entry] = Entry.objects.filter(at__gte=since, at__lt=until)
    if system_ids is not None:
        rows = rows.filter(system_id__in=system_ids)
    for row in rows.order_by("id").iterator(chunk_size=2000):
        yield _line(row)


def lines_of_matter(
    *,
    since: datetime,
    until: datetime,
    system_id: UUID | str,
    incident_ids: Sequence[UUID | str],
    object_ids: Sequence[UUID | str],
    newest: int,
) -> Iterator[Line]:
    """Yield by number what one system's file holds, up to the entry `newest`.

    That is: the system's entries of [since, until), and the entries of the named incidents and
    objects whenever they were written.
    """
    rows = Entry.objects.filter(
        Q(system_id=system_id, at__gte=since, at__lt=until)
        | Q(incident_id__in=list(incident_ids))
        | Q(object_id__in=[str(known) for known in object_ids]),
        id__lte=newest,
    )
    for row in rows.order_by("id").iterator(chunk_size=2000):
        yield _line(row)


def instants_of(*, verb: str, actor_id: str, limit: int) -> list[datetime]:
    """Return when somebody last did something, newest first."""
    rows = Entry.objects.filter(verb=verb, actor_id=actor_id).order_by("-id")
    return list(rows.values_list("at", flat=True)[:limit])


def count_of(*, verb: str, since: datetime, incident_ids: Any) -> int:
    """Return how many entries of a verb the incidents (ids, or a query of ids) have since then."""
    rows = Entry.objects.filter(verb=verb, at__gt=since, incident_id__in=incident_ids)
    return rows.count()


def line(*, number: int) -> Line | None:
    """Return one entry, or None."""
    row = Entry.objects.filter(pk=number).first()
    return _line(row) if row else None


def newest_number() -> int:
    """Return the number of the newest entry, 0 in an empty ledger."""
    row = Entry.objects.order_by("-id").values_list("id", flat=True).first()
    return int(row or 0)


def _line(row: Entry) -> Line:
    body = orjson.loads(bytes(row.body))
    return Line(
        number=int(row.pk),
        at=row.at,
        verb=row.verb,
        words=verbs.lookup(row.verb).words,
        actor=row.actor_name,
        actor_kind=row.actor_kind,
        label=row.object_label,
        reason=str(body.get("reason", "")),
        body=body,
        bytes=bytes(row.body),
    )
