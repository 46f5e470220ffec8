"""Sealed lines that leave the house: all, those of one matter, what proves it whole."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db.models import Max, Min, Q, QuerySet

from ledger.models import Disclosure, Entry, Leaf
from ledger.rules.lines import sealed_line
from ledger.selectors.lines import Line, lines, stream_lines

CHUNK = 5_000
KEYS_OF_THE_LOG = ("ledger.opened", "ledger.key_rotated", "ledger.reopened")


@dataclass(frozen=True, slots=True)
class Matter:
    """What one system's file is about, in a tree of `size` leaves.

    The system's lines of [since, until), and those of the named incidents and objects whenever
    they were written until `as_of`. `stream` is the system's uuid.
    """

    stream: str
    since: datetime
    until: datetime
    as_of: datetime
    incidents: Sequence[str]
    objects: Sequence[str]
    size: int


@dataclass(frozen=True, slots=True)
class Span:
    """Where a stream's lines of a period lie: first and last stream_seq, None where there are none.

    `count` is how many lines the whole stream had when it was counted in the tree.
    """

    first: int | None
    last: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Disclosed:
    """The salt and value that open one commitment."""

    commitment: str
    kind: str
    salt: bytes
    subject: str
    value: str


def exact_lines(*, size: int) -> Iterator[bytes]:
    """Yield the exact sealed lines 0 to size - 1, without newlines, a chunk in memory at a time."""
    for start in range(0, size, CHUNK):
        rows = Leaf.objects.filter(seq__gte=start, seq__lt=min(start + CHUNK, size))
        for seq, stream, stream_seq, sealed_at, number, body in rows.order_by("seq").values_list(
            "seq", "stream", "stream_seq", "sealed_at", "entry_id", "entry__body"
        ):
            yield sealed_line(
                body=bytes(body),
                number=number,
                sealed_at=sealed_at,
                seq=seq,
                stream=stream,
                stream_seq=stream_seq,
            )


def lines_of_sealed_matter(matter: Matter) -> Iterator[Line]:
    """Yield the matter's sealed lines by their place in the tree."""
    rows = _sealed(matter.size).filter(_in_period(matter) | _cited(matter))
    yield from stream_lines(rows.order_by("leaf__seq"))


def span_of(matter: Matter) -> Span:
    """Return where the stream's lines of the period lie, and the newest count of the stream."""
    ends = (
        _sealed(matter.size)
        .filter(_in_period(matter))
        .aggregate(first=Min("leaf__stream_seq"), last=Max("leaf__stream_seq"))
    )
    counted = counting_line(stream=matter.stream, size=matter.size)
    count = int(counted.body["details"]["streams"][matter.stream]) if counted else 0
    return Span(first=ends["first"], last=ends["last"], count=count)


def neighbours_of(matter: Matter) -> Iterator[Line]:
    """Yield by place the lines that prove that the stream's part of the matter is whole.

    Those of the stream between its first and last line of the period that are not the matter's,
    the ones just before and after, the line that counted the stream, and the lines that open the
    log and change its key. In an empty period: the last line before it and the first after.
    """
    low, high = _bounds(matter)
    around = (
        _sealed(matter.size)
        .filter(leaf__stream=matter.stream, leaf__stream_seq__range=(low, high))
        .exclude(_in_period(matter))
        .exclude(_cited(matter))
    )
    counted = counting_line(stream=matter.stream, size=matter.size)
    log = _sealed(matter.size).filter(verb__in=KEYS_OF_THE_LOG)
    found = chain(lines(around), lines(log), [counted] if counted else [])
    whole = {line.number: line for line in found}.values()
    yield from sorted(whole, key=lambda line: line.seq or 0)


def _bounds(matter: Matter) -> tuple[int, int]:
    """Return the places of the lines just before and just after the period in the stream."""
    span = span_of(matter)
    if span.first is not None and span.last is not None:
        return span.first - 1, span.last + 1
    before = _sealed(matter.size).filter(leaf__stream=matter.stream, at__lt=matter.since)
    last = before.aggregate(last=Max("leaf__stream_seq"))["last"]
    return (0, 0) if last is None else (last, last + 1)


def counting_line(*, stream: str, size: int) -> Line | None:
    """Return the newest line of the tree that counts a stream for a pack, or None."""
    rows = _sealed(size).filter(verb="ledger.counted").order_by("-leaf__seq")
    known = (line for line in stream_lines(rows) if stream in line.body["details"]["streams"])
    return next(known, None)


def disclosures(*, commitments: Iterable[str]) -> Iterator[Disclosed]:
    """Yield what opens these commitments (64 hex digits), in their order; never private ones."""
    wanted = sorted(commitments)
    for start in range(0, len(wanted), CHUNK):
        rows = Disclosure.objects.filter(
            commitment__in=wanted[start : start + CHUNK], private=False
        ).order_by("commitment")
        for row in rows:
            yield Disclosed(
                commitment=row.commitment,
                kind=row.kind,
                salt=bytes(row.salt),
                subject=row.subject,
                value=row.value,
            )


def _sealed(size: int) -> QuerySet[Entry]:
    return Entry.objects.filter(leaf__seq__lt=size)


def _cited(matter: Matter) -> Q:
    named = Q(incident_id__in=list(matter.incidents)) | Q(object_id__in=list(matter.objects))
    return named & Q(at__lte=matter.as_of)


def _in_period(matter: Matter) -> Q:
    return Q(system_id=matter.stream, at__gte=matter.since, at__lt=matter.until)
