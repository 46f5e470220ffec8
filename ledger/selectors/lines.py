"""Entries as people read them, with commitments opened where they still can be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet

from ledger import verbs
from ledger.models import Entry
from ledger.rules.lines import sealed_line, stream_of
from ledger.selectors.at_once import Question, Rows, at_once, counted
from ledger.selectors.disclosures import Opened, disclosures_of, opened, opened_by

BATCH = 1000
COLUMNS = (
    "id",
    "at",
    "verb",
    "actor_kind",
    "system_id",
    "leaf__seq",
    "leaf__stream_seq",
    "leaf__sealed_at",
    "body",
)
BODY = COLUMNS.index("body")


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as pages and packs show it.

    `body`, `actor` and `label` are opened; `bytes` is the canonical body as it is sealed. `seq`,
    `stream_seq` and `sealed_at` are None until it is sealed.
    """

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
    stream: str
    seq: int | None = None
    stream_seq: int | None = None
    sealed_at: datetime | None = None

    @property
    def refused(self) -> bool:
        """Whether the entry tells of a refusal."""
        return self.verb == "request.refused"


def sealed_line_of(line: Line) -> bytes | None:
    """Return the exact line whose hash is the leaf, without its newline; None until sealed."""
    if line.seq is None or line.stream_seq is None or line.sealed_at is None:
        return None
    return sealed_line(
        body=line.bytes,
        number=line.number,
        sealed_at=line.sealed_at,
        seq=line.seq,
        stream=line.stream,
        stream_seq=line.stream_seq,
    )


def lines_of_incident(*, incident_id: UUID, limit: int = 500) -> list[Line]:
    """Return the entries of an incident, newest first."""
    rows = Entry.objects.filter(incident_id=incident_id).order_by("-id")[:limit]
    return lines(rows)


def lines_of_object(*, object_type: str, object_id: str, limit: int = 200) -> list[Line]:
    """Return the entries of an object, newest first."""
    rows = Entry.objects.filter(object_type=object_type, object_id=object_id)
    return lines(rows.order_by("-id")[:limit])


def lines_of_verb(*, verb: str, since: datetime, limit: int = 200) -> list[Line]:
    """Return the entries of a verb since an instant, oldest first."""
    rows = Entry.objects.filter(verb=verb, at__gte=since).order_by("id")[:limit]
    return lines(rows)


def lines_in_period(
    *, since: datetime, until: datetime, system_ids: Sequence[UUID] | None = None
) -> Iterator[Line]:
    """Yield entries of [since, until) by number, of some systems or of all."""
    rows: QuerySet[Entry] = Entry.objects.filter(at__gte=since, at__lt=until)
    if system_ids is not None:
        rows = rows.filter(system_id__in=system_ids)
    yield from stream_lines(rows.order_by("id"))


def instants_of(*, verb: str, actor_id: str, limit: int) -> list[datetime]:
    """Return when somebody last did something, newest first."""
    return [at for (at,) in instants_asked(verb=verb, actor_id=actor_id, limit=limit)]


def instants_asked(*, verb: str, actor_id: str, limit: int) -> QuerySet[Entry, Any]:
    """Return the question when somebody last did something: `at`, newest first."""
    rows = Entry.objects.filter(verb=verb, actor_id=actor_id).order_by("-id")
    return rows.values_list("at")[:limit]


def count_asked(*, verb: str, since: datetime, incident_ids: Any) -> Question:
    """Return the question how many entries of a verb incidents (a query of ids) have since then."""
    return counted(Entry.objects.filter(verb=verb, at__gt=since, incident_id__in=incident_ids))


def newest_asked(*verbs: str) -> QuerySet[Entry, Any]:
    """Return the question of (number, verb, instant) of the newest entry of each of some verbs."""
    # One look a verb: each goes down its own index, a list of them would read the whole table.
    first, *others = [
        Entry.objects.filter(verb=verb).order_by("-id").values_list("id", "verb", "at")[:1]
        for verb in verbs
    ]
    return first.union(*others, all=True)


def line(*, number: int) -> Line | None:
    """Return one entry, or None."""
    return next(iter(lines(Entry.objects.filter(pk=number))), None)


def lines(rows: QuerySet[Entry]) -> list[Line]:
    """Return entries as lines in the order of `rows`, opened with one query more."""
    found = list(rows.values_list(*COLUMNS))
    names = opened(bytes(row[BODY]) for row in found)
    return [_line(row, names) for row in found]


def lines_beside(
    rows: Sequence[Sequence[Any]], beside: Mapping[str, Question]
) -> tuple[list[Line], Mapping[str, Rows]]:
    """Return rows of COLUMNS as lines, and the answers to more questions, with one query."""
    asked = disclosures_of(bytes(row[BODY]) for row in rows)
    answers = at_once({**beside, "disclosures": asked})
    names = opened_by(answers.pop("disclosures"))
    return [_line(row, names) for row in rows], answers


def stream_lines(rows: QuerySet[Entry]) -> Iterator[Line]:
    """Yield entries as lines from a server cursor, opened batch by batch."""
    # Plain rows: an entry and its leaf as models hold each other until the collector comes round.
    found = rows.values_list(*COLUMNS).iterator(chunk_size=BATCH)
    while batch := list(islice(found, BATCH)):
        names = opened(bytes(row[BODY]) for row in batch)
        yield from (_line(row, names) for row in batch)


def newest_number() -> int:
    """Return the number of the newest entry, 0 in an empty ledger."""
    row = Entry.objects.order_by("-id").values_list("id", flat=True).first()
    return int(row or 0)


def _line(row: Sequence[Any], names: Opened) -> Line:
    number, at, verb, actor_kind, system_id, seq, stream_seq, sealed_at, exact = row
    body = orjson.loads(names.open(bytes(exact)))
    return Line(
        number=number,
        at=at,
        verb=verb,
        words=verbs.for_reading(verb).words,
        actor=str(body["who"]["name"]),
        actor_kind=actor_kind,
        label=str(body["object"]["label"]),
        reason=str(body.get("reason", "")),
        body=body,
        bytes=bytes(exact),
        stream=stream_of(system_id),
        seq=seq,
        stream_seq=stream_seq,
        sealed_at=sealed_at,
    )
