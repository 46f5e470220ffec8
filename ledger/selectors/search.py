"""Finding entries: what is asked for, within what a person may read; pages, counts, streams.

Pages go by the entry's number. Each filter has an index that ends in the number; a span of time is
turned into the numbers at its ends first, because the planner takes the newest rows to be as good
as any and would walk back through all of them to an old week.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Collate, Left, Lower

from ledger.models import Entry
from ledger.rules.lines import sealed_line
from ledger.selectors.at_once import Question, Rows
from ledger.selectors.lines import BATCH, COLUMNS, Line, lines, lines_beside, stream_lines
from ledger.selectors.near import near
from ledger.selectors.reach import MOST_COUNTED, Reach
from ledger.verbs import Verb

Beside = Callable[[Sequence[tuple[str, str]]], Mapping[str, Question]]

LABEL_LETTERS = 80
REFUSED = "request.refused"

ENDS = """
SELECT min(id), max(id) FROM (
    SELECT id FROM ledger_entry WHERE at >= %s AND at < %s OFFSET 0
) AS within
"""


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
    return lines(_below(wanted, reach, before)[:limit])


@dataclass(frozen=True, slots=True)
class Page:
    """Entries from the newest down, and how many fit in all; `answers` are those asked beside.

    `is_more` says that there are more than those counted; `last` is the number below which the next
    page begins where nothing that is shown says it.
    """

    lines: list[Line]
    count: int
    answers: Mapping[str, Rows]
    is_more: bool = False
    last: int | None = None


def found_beside(
    *, wanted: Wanted, reach: Reach, before: int | None, limit: int, beside: Beside,
    counted: bool = True,
) -> Page:  # fmt: skip
    """Return a page with its count (as `found_count` has it, 0 without `counted`) in two queries.

    `beside` is given type and id of each entry's object, and says what to ask with the second.
    Whoever may not read everything and asks for nothing in particular is shown what is near: one
    query more, and no entry of others is looked at.
    """
    if wanted == Wanted() and not reach.is_whole:
        return _near_page(reach, before, limit, beside)
    every = _found(wanted, reach).order_by()[: reach.most_counted + 1]
    size = _size(every) if counted else Value(0)
    rows = _below(wanted, reach, before).annotate(size=size)[:limit]
    found = list(rows.values_list(*COLUMNS, "object_type", "object_id", "size"))
    opened, answers = lines_beside(
        [row[: len(COLUMNS)] for row in found], beside([(row[-3], row[-2]) for row in found])
    )
    if found or before is None or not counted:
        return Page(opened, found[0][-1] if found else 0, answers)
    return Page(opened, found_count(wanted=wanted, reach=reach, most=reach.most_counted), answers)


def _near_page(reach: Reach, before: int | None, limit: int, beside: Beside) -> Page:
    below, newest = near(reach, before=before)
    every = Entry.objects.filter(reach.condition, pk__in=newest.numbers)
    rows = Entry.objects.filter(reach.condition, pk__in=below.numbers).order_by("-id")
    sized = rows.annotate(size=_size(every.order_by()))[:limit]
    found = list(sized.values_list(*COLUMNS, "object_type", "object_id", "size"))
    opened, answers = lines_beside(
        [row[: len(COLUMNS)] for row in found], beside([(row[-3], row[-2]) for row in found])
    )
    count = found[0][-1] if found else 0
    return Page(
        opened,
        max(count - 1, 0) if newest.is_cut else count,
        answers,
        is_more=newest.is_cut,
        last=below.numbers[-1] if below.is_cut else None,
    )


def _size(rows: QuerySet[Entry]) -> Func:
    return Func(
        ArraySubquery(rows.values_list(Value(1))),
        function="cardinality",
        output_field=IntegerField(),
    )


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
    return dict(counted.values_list("group", "n"))


def is_recorded(
    *, verb: str, actor_id: str, object_type: str, object_id: str, since: datetime
) -> bool:
    """Tell whether somebody did this to an object since then."""
    return recorded_asked(
        verb=verb, actor_id=actor_id, object_type=object_type, object_id=object_id, since=since
    ).exists()


def recorded_asked(
    *, verb: str, actor_id: str, object_type: str, object_id: str, since: datetime
) -> QuerySet[Entry, Any]:
    """Return the query of one row where somebody did this to an object since then, else none."""
    rows = Entry.objects.filter(object_type=object_type, object_id=object_id, verb=verb)
    found: QuerySet[Entry, Any] = rows.filter(actor_id=actor_id, at__gt=since).values_list(Value(1))
    return found[:1]


def _below(wanted: Wanted, reach: Reach, before: int | None) -> QuerySet[Entry]:
    rows = _found(wanted, reach)
    return (rows if before is None else rows.filter(pk__lt=before)).order_by("-id")


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
