"""Sealed lines that leave the house: all, those of a matter, what proves it whole."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from django.db.models import Max, Min, Q, QuerySet

from ledger.models import Disclosure, Entry, Leaf
from ledger.rules.lines import ORGANISATION, sealed_line
from ledger.selectors.lines import Line, lines, stream_lines

CHUNK = 5_000
KEYS_OF_THE_LOG = ("ledger.opened", "ledger.key_rotated", "ledger.reopened")


@dataclass(frozen=True, slots=True)
class Matter:
    """What a file is about, in a tree of `size` leaves.

    The lines of some systems of [since, until), and those of the named incidents and objects
    whenever they were written until `as_of`. `streams` are the systems' uuids; None means that
    simply every line of the period is in it, whichever stream it stands in.
    """

    streams: Sequence[str] | None
    since: datetime
    until: datetime
    as_of: datetime
    incidents: Sequence[str]
    objects: Sequence[str]
    size: int


@dataclass(frozen=True, slots=True)
class Span:
    """Where a stream's lines of a period lie: first and last stream_seq, None where there are none.

    `stream` is a system's uuid, or 'organisation'.

    `count` is how many lines the whole stream had when it was counted in the tree.
    """

    stream: str
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


def spans_of(matter: Matter) -> list[Span]:
    """Return where each stream's lines of the period lie, and how many it had, by stream.

    A stream of which no checkpoint's last leaf counted the lines is not among them.
    """
    if matter.streams is not None and not matter.streams:
        return []
    counts = _counts(matter)
    ends = (
        _sealed(matter.size)
        .filter(_in_period(matter))
        .values("leaf__stream")
        .annotate(first=Min("leaf__stream_seq"), last=Max("leaf__stream_seq"))
    )
    found = {row["leaf__stream"]: (row["first"], row["last"]) for row in ends.order_by()}
    names = sorted(counts) if matter.streams is None else sorted(matter.streams)
    spans = ((name, *found.get(name, (None, None))) for name in names)
    return [Span(name, first, last, counts.get(name, 0)) for name, first, last in spans]


def neighbours_of(matter: Matter, spans: Sequence[Span]) -> Iterator[Line]:
    """Yield by place the lines that prove that the streams' parts of the matter are whole.

    Those of each stream between its first and last line of the period that are not the matter's,
    the ones just before and after, the line that counted the streams, and the lines that open the
    log and change its key. In an empty period: the last line before it and the first after.
    """
    around = (lines(_around(matter, span)) for span in spans)
    counted = counting_line(streams=[span.stream for span in spans], size=matter.size)
    log = _sealed(matter.size).filter(verb__in=KEYS_OF_THE_LOG)
    found = chain(*around, lines(log), [counted] if counted else [])
    whole = {line.number: line for line in found}.values()
    own = _own_numbers(matter, [line.number for line in whole])
    yield from sorted((one for one in whole if one.number not in own), key=lambda one: one.seq or 0)


def _around(matter: Matter, span: Span) -> QuerySet[Entry]:
    low, high = _bounds(matter, span)
    rows = _sealed(matter.size).filter(
        leaf__stream=span.stream, leaf__stream_seq__range=(low, high)
    )
    return rows.exclude(_in_period(matter)).exclude(_cited(matter))


def _own_numbers(matter: Matter, numbers: Sequence[int]) -> set[int]:
    """Return which of these entries stand in the matter itself."""
    rows = _sealed(matter.size).filter(_in_period(matter) | _cited(matter), pk__in=numbers)
    return set(rows.values_list("pk", flat=True))


def _bounds(matter: Matter, span: Span) -> tuple[int, int]:
    """Return the places of the lines just before and just after the period in the stream."""
    if span.first is not None and span.last is not None:
        return span.first - 1, span.last + 1
    before = _sealed(matter.size).filter(leaf__stream=span.stream, at__lt=matter.since)
    last = before.aggregate(last=Max("leaf__stream_seq"))["last"]
    return (0, 0) if last is None else (last, last + 1)


def _counts(matter: Matter) -> dict[str, int]:
    counted = counting_line(streams=matter.streams or [], size=matter.size)
    known = counted.body["details"]["streams"] if counted else {}
    return {name: int(count) for name, count in known.items()}


def counting_line(*, streams: Collection[str], size: int) -> Line | None:
    """Return the newest line of the tree that counts these streams for a pack, or None."""
    rows = _sealed(size).filter(verb="ledger.counted").order_by("-leaf__seq")
    for found in stream_lines(rows):
        if set(streams) <= found.body["details"]["streams"].keys():
            return found
    return None


def disclosures(*, commitments: Iterable[str]) -> Iterator[Disclosed]:
    """Yield what opens these commitments (64 hex digits, sorted); never private ones."""
    wanted = iter(commitments)
    while chunk := list(islice(wanted, CHUNK)):
        rows = Disclosure.objects.filter(commitment__in=chunk, private=False)
        rows = rows.order_by("commitment")
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
    inside = Q(at__gte=matter.since, at__lt=matter.until)
    if matter.streams is None:
        return inside
    systems = [stream for stream in matter.streams if stream != ORGANISATION]
    own = Q(system_id__in=systems)
    if ORGANISATION in matter.streams:
        own |= Q(system_id__isnull=True)
    return own & inside
