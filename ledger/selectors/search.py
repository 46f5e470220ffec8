"""Finding entries: what is asked for, within what a person may read; pages, counts, streams.

Pages go by the entry's number. Each filter has an index that ends in the number; a span of time is
turned into the numbers at its ends first, because the planner takes the newest rows to be as good
as any and would walk back through all of them to an old week.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Case, CharField, Count, F, Func, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Collate, Left, Lower

from ledger.models import Entry
from ledger.rules.lines import sealed_line
from ledger.selectors.lines import BATCH, Line, lines, stream_lines
from ledger.verbs import Verb

MOST_COUNTED = 10_000
LABEL_LETTERS = 80
REFUSED = "request.refused"

ENDS = """
SELECT min(id), max(id) FROM (
    SELECT id FROM ledger_entry WHERE at >= %s AND at < %s OFFSET 0
) AS within
"""
TYPES = """
WITH RECURSIVE kind AS (
    (SELECT object_type FROM ledger_entry ORDER BY object_type LIMIT 1)
    UNION ALL
    SELECT (SELECT object_type FROM ledger_entry WHERE object_type > kind.object_type
            ORDER BY object_type LIMIT 1)
    FROM kind WHERE kind.object_type IS NOT NULL
) SELECT object_type FROM kind WHERE object_type IS NOT NULL
"""
MACHINES = """
SELECT DISTINCT actor_name FROM (
    SELECT actor_name FROM ledger_entry ORDER BY id DESC LIMIT 10000
) AS lately WHERE actor_name <> '' ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """What somebody may read: the systems and incidents named, or all of them, and their own acts.

    An entry with an incident goes by the incident alone, one without by its system; one with
    neither belongs to the organisation.
    """

    actor_id: str
    all_systems: bool = False
    organisation: bool = False
    system_ids: Sequence[UUID] = ()
    incident_ids: Sequence[UUID] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the ledger is out of reach."""
        return self.all_systems and self.organisation

    @property
    def condition(self) -> Q:
        """The condition on entries."""
        if self.is_whole:
            return Q()
        nowhere = Q(incident_id__isnull=True, system_id__isnull=True)
        allowed = Q(actor_id=self.actor_id)
        if self.organisation:
            allowed |= nowhere
        if self.all_systems:
            return allowed | Q(incident_id__isnull=False) | Q(system_id__isnull=False)
        allowed |= Q(incident_id__in=list(self.incident_ids))
        return allowed | Q(incident_id__isnull=True, system_id__in=list(self.system_ids))


@dataclass(frozen=True, slots=True)
class About:
    """What an entry may be about: any of these things, or a label that begins like this.

    `objects` are pairs of type and id.
    """

    incident_ids: Sequence[UUID] = ()
    system_ids: Sequence[UUID] = ()
    objects: Sequence[tuple[str, str]] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; what is left at its default narrows nothing.

    `actor_ids` None is anybody, empty nobody. `exceptions` are verbs of the register; with a
    pattern only what matches it. `until` and `newest` bound from above: not reached, and reached.
    """

    verbs: Sequence[str] = ()
    actor_ids: Sequence[str] | None = None
    object_type: str = ""
    about: About | None = None
    since: datetime | None = None
    until: datetime | None = None
    channel: str = ""
    refused: bool = False
    number: int | None = None
    system_ids: Sequence[UUID] | None = None
    exceptions: Sequence[Verb] | None = None
    newest: int | None = None
    ends: tuple[int, int] | None = field(default=None, compare=False)

    def settled(self) -> "Wanted":
        """Return the same with the numbers at the ends of its span of time, at most one query."""
        if self.ends is not None or self.until is None:
            return self
        with connection.cursor() as cursor:
            cursor.execute(ENDS, [self.since or "-infinity", self.until or "infinity"])
            first, last = cursor.fetchone()
        return replace(self, ends=(first or 1, last or 0))


def found_page(*, wanted: Wanted, reach: Reach, before: int | None, limit: int) -> list[Line]:
    """Return entries from the newest down, those numbered below `before`; two queries."""
    rows = _found(wanted, reach)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return lines(rows.order_by("-id")[:limit])


def found_count(*, wanted: Wanted, reach: Reach, most: int = MOST_COUNTED) -> int:
    """Return how many there are, `most` + 1 when there are more than that."""
    return _found(wanted, reach).order_by()[: most + 1].values("pk").count()


def found_lines(*, wanted: Wanted, reach: Reach) -> Iterator[Line]:
    """Yield every entry by number, from one look at the ledger; needs an open transaction."""
    yield from stream_lines(_found(wanted, reach).order_by("id"))


def found_exact(*, wanted: Wanted, reach: Reach) -> Iterator[tuple[int, bytes, bytes | None]]:
    """Yield number, body and exact sealed line (None until sealed) of every entry by number.

    Nothing is opened or parsed. Needs an open transaction.
    """
    rows = (
        _found(wanted, reach)
        .order_by("id")
        .values_list(
            "id",
            "body",
            "leaf__sealed_at",
            "leaf__seq",
            "leaf__stream",
            "leaf__stream_seq",
        )
    )
    for number, data, sealed_at, seq, stream, stream_seq in rows.iterator(chunk_size=BATCH):
        body = bytes(data)
        if seq is None:
            yield number, body, None
            continue
        exact = sealed_line(
            body=body,
            number=number,
            sealed_at=sealed_at,
            seq=seq,
            stream=stream,
            stream_seq=stream_seq,
        )
        yield number, body, exact


def found_line(*, number: int, reach: Reach) -> Line | None:
    """Return one entry if it is within reach."""
    return next(iter(lines(Entry.objects.filter(reach.condition, pk=number))), None)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What decides on who may read an entry, and when it was written; no name is opened."""

    verb: str
    at: datetime
    actor_id: str
    system_id: UUID | None
    incident_id: UUID | None


def glimpse_of(number: int) -> Glimpse | None:
    """Return what an entry is about, whoever asks: who may read it is the caller's to say."""
    fields = ("verb", "at", "actor_id", "system_id", "incident_id")
    found = Entry.objects.filter(pk=number).values_list(*fields).first()
    return Glimpse(*found) if found else None


def found_near(*, number: int, reach: Reach, each: int) -> tuple[list[Line], list[Line]]:
    """Return the entries before and after a number that are within reach, the nearest first."""
    rows = Entry.objects.filter(reach.condition)
    older = lines(rows.filter(pk__lt=number).order_by("-id")[:each])
    return older, lines(rows.filter(pk__gt=number).order_by("id")[:each])


def counts_by_group(*, wanted: Wanted, reach: Reach) -> dict[str, int]:
    """Return how many exceptions each group has; groups without any are left out. One query."""
    verbs = wanted.exceptions or ()
    whens = [
        When(_marked(_of_group(verbs, group)), then=Value(group))
        for group in dict.fromkeys(verb.group for verb in verbs)
    ]
    rows = _found(wanted, reach).annotate(
        group=Case(*whens, default=Value(""), output_field=CharField())
    )
    counted = rows.order_by().values("group").annotate(n=Count("pk"))
    return {row["group"]: row["n"] for row in counted}


def object_types() -> list[str]:
    """Return the types of objects of which there are entries, by name."""
    with connection.cursor() as cursor:
        cursor.execute(TYPES)
        return [str(row[0]) for row in cursor.fetchall()]


def machines() -> list[str]:
    """Return the names of the machines that acted lately: they are no persons' and stand open."""
    with connection.cursor() as cursor:
        cursor.execute(MACHINES)
        return [str(row[0]) for row in cursor.fetchall()]


def is_recorded(
    *, verb: str, actor_id: str, object_type: str, object_id: str, since: datetime
) -> bool:
    """Tell whether somebody did this to an object since then."""
    rows = Entry.objects.filter(object_type=object_type, object_id=object_id, verb=verb)
    return rows.filter(actor_id=actor_id, at__gt=since).exists()


def _found(wanted: Wanted, reach: Reach) -> QuerySet[Entry]:
    rows = Entry.objects.filter(reach.condition, _condition(wanted))
    if wanted.about is not None:
        rows = _about(rows, wanted.about)
    if wanted.exceptions is not None:
        rows = _with_text(rows).filter(_marked(wanted.exceptions))
    return rows


def _condition(wanted: Wanted) -> Q:
    given = {
        "verb__in": list(wanted.verbs) or None,
        "actor_id__in": None if wanted.actor_ids is None else list(wanted.actor_ids),
        "object_type": wanted.object_type or None,
        "channel": wanted.channel or None,
        "verb": REFUSED if wanted.refused else None,
        "pk": wanted.number,
        "system_id__in": None if wanted.system_ids is None else list(wanted.system_ids),
        "pk__lte": wanted.newest,
    }
    return Q(**{name: value for name, value in given.items() if value is not None}) & _span(wanted)


def _span(wanted: Wanted) -> Q:
    given: dict[str, object] = {"at__gte": wanted.since, "at__lt": wanted.until}
    if wanted.ends is not None:
        given["pk__range"] = wanted.ends
    return Q(**{name: value for name, value in given.items() if value is not None})


def _about(rows: QuerySet[Entry], about: About) -> QuerySet[Entry]:
    named = Q(pk__in=[])
    if about.incident_ids:
        named |= Q(incident_id__in=list(about.incident_ids))
    if about.system_ids:
        named |= Q(system_id__in=list(about.system_ids))
    for object_type, object_id in about.objects:
        named |= Q(object_type=object_type, object_id=object_id)
    if about.label:
        start = Collate(Lower(Left("object_label", LABEL_LETTERS)), "C")
        rows = rows.alias(start=start)
        named |= Q(start__startswith=about.label.lower()[:LABEL_LETTERS])
    return rows.filter(named)


def _with_text(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    text = Func(F("body"), Value("UTF8"), function="convert_from", output_field=TextField())
    return rows.alias(text=text)


def _marked(verbs: Sequence[Verb]) -> Q:
    plain = [verb.name for verb in verbs if not verb.pattern]
    found = Q(verb__in=plain)
    for verb in verbs:
        if verb.pattern:
            found |= Q(verb=verb.name, text__regex=verb.pattern)
    return found


def _of_group(verbs: Sequence[Verb], group: str) -> list[Verb]:
    return [verb for verb in verbs if verb.group == group]
