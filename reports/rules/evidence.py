"""Evidence for controls: what a source found, and what of it serves a set of systems.

Unknown is never good: a system of which a source found nothing counts as not covered. A system that
a source does not concern at all (no agent has no declared scope) is left out of its `found`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ledger.rules import worded as said_by_us
from ledger.rules.worded import Worded, as_written, joined, worded, worded_number

NOT_OWED = "Nobody owes it here, and nothing is kept of it."
Standing = Literal["present", "stale", "partial", "missing", "idle"]
SYSTEM, ORGANISATION = "system", "organisation"
SHOWN = 3
# Stands in an address for the short name of a system.
SLUG = "which-system"


class Source(Struct, frozen=True, kw_only=True):
    """One place that evidence comes from, as controls.yaml has it.

    `days` is for how long a piece counts as fresh, None where it does not age or says its own end.
    `owner` is a role, or 'owner' for the owner of each system; `page` the url name of its page.
    `gap` says what to do where it is missing, `idle` why nothing is wanted where it concerns none.
    What `flows` comes by itself (readings, seals): while it does, it is not expected to grow old.
    """

    id: str
    label: str
    kind: str
    level: str
    gap: str
    owner: str
    page: str
    days: int | None = None
    idle: str = ""
    flows: bool = False


class Piece(Struct, frozen=True, kw_only=True):
    """What a source found of one system, or of the organisation.

    `until` is its own end where it has one; `lacks` is what is wrong with it, '' for nothing.
    """

    count: int = 0
    newest: datetime | None = None
    until: datetime | None = None
    lacks: str = ""

    @property
    def complete(self) -> bool:
        """Whether something is there and nothing of it is wanting."""
        return self.count > 0 and not self.lacks


class Found(Struct, frozen=True, kw_only=True):
    """What a source found: by system id those that it concerns, or of the whole organisation."""

    systems: Mapping[str, Piece] = {}
    organisation: Piece | None = None


class Subject(Struct, frozen=True, kw_only=True):
    """A system as evidence speaks of it."""

    id: str
    slug: str
    name: str
    owner: str


class Lack(Struct, frozen=True, kw_only=True):
    """What is wanting of one system, where it is mended, by whom."""

    system: str
    slug: str
    words: str
    path: str
    owner: str


class Evidence(Struct, frozen=True, kw_only=True):
    """What one source shows for some systems: how much, how fresh, for how many, what is wanting.

    `covered` of `of` systems have a whole piece, fresh or not; at the level of the organisation
    `of` is 1. `ends` are the instants at which pieces grow too old, the first one first;
    `fresh_until` is the first of them. `files` are paths below data/ in a pack. `idle` says why
    nothing is wanted of it here; it then neither helps nor hinders. `systems` are the short names
    of those that it speaks of.
    """

    source: str
    kind: str
    label: str
    count: int
    newest: datetime | None
    fresh_until: datetime | None
    covered: int
    of: int
    path: str
    gap: str
    owner: str
    level: str = SYSTEM
    files: tuple[str, ...] = ()
    ends: tuple[datetime, ...] = ()
    lacks: tuple[Lack, ...] = ()
    idle: str = ""
    flows: bool = False
    systems: tuple[str, ...] = ()

    @property
    def coverage(self) -> str:
        """'5 of 6 systems'; '' at the level of the organisation."""
        if self.level == ORGANISATION or self.idle:
            return ""
        return worded_number(
            "{covered} of {number} system",
            "{covered} of {number} systems",
            self.of,
            covered=self.covered,
        )

    def later(self, now: datetime) -> "Evidence":
        """Return it as it is expected to be: what flows now is taken to flow on."""
        flowing = self.flows and not self.stale(now)
        return replace(self, ends=(), fresh_until=None) if flowing else self

    def stale(self, at: datetime) -> int:
        """Return how many whole pieces are too old at an instant."""
        return sum(1 for end in self.ends if end <= at)

    def standing(self, at: datetime) -> Standing:
        """Return where it stands at an instant; what is both too old and not whole is partial."""
        if self.idle:
            return "idle"
        if not self.covered:
            return "partial" if self.count else "missing"
        if self.covered < self.of:
            return "partial"
        return "stale" if self.stale(at) else "present"


class Places(Struct, frozen=True, kw_only=True):
    """Where a source is mended and by whom: an address, perhaps with SLUG in it, and names.

    No names are those of the owners of the systems.
    """

    path: str
    people: str

    def of(self, slug: str) -> str:
        """Return the address for one system."""
        return self.path.replace(SLUG, slug)


def evidence_of(
    source: Source,
    found: Found,
    subjects: Sequence[Subject],
    places: Places,
    days: int | None = None,
) -> Evidence:
    """Return what a source shows for these systems.

    `days` is the longest that a piece is taken as fresh, whatever the source or the piece says.
    """
    if source.level == ORGANISATION:
        piece = found.organisation
        if piece is None:
            return _idle(source, places)
        return _of_organisation(source, piece, places, days)
    concerned = [one for one in subjects if one.id in found.systems]
    if not concerned:
        return _idle(source, places)
    pieces = [(one, found.systems[one.id]) for one in concerned]
    whole = [piece for _, piece in pieces if piece.complete]
    lacks = tuple(_lack(source, one, piece, places) for one, piece in pieces if not piece.complete)
    ends = _ends(source, whole, days)
    return Evidence(
        source=source.id,
        kind=source.kind,
        label=source.label,
        count=sum(piece.count for _, piece in pieces),
        newest=max((piece.newest for _, piece in pieces if piece.newest), default=None),
        fresh_until=ends[0] if ends else None,
        covered=len(whole),
        of=len(concerned),
        path=lacks[0].path if lacks else places.of(concerned[0].slug),
        gap=gap_words(source, lacks),
        owner=_owners(lacks)
        if lacks
        else places.people or names_of([one.owner for one in concerned]),
        ends=ends,
        lacks=lacks,
        flows=source.flows,
        systems=tuple(one.slug for one in concerned),
    )


def gap_words(source: Source, lacks: Sequence[Lack]) -> str:
    """Say what is wanting, of which systems, and what to do; '' where nothing is."""
    if not lacks:
        return ""
    same: dict[str, list[str]] = {}
    for one in lacks:
        same.setdefault(one.words, []).append(one.system)
    said = [joined(": ", (_plain(names_of(systems)), words)) for words, systems in same.items()]
    if len(said) > SHOWN:
        said[SHOWN:] = [worded("and {number} other gaps", number=len(said) - SHOWN)]
    return joined(". ", (joined("; ", said), source.gap))


def _of_organisation(source: Source, piece: Piece, places: Places, days: int | None) -> Evidence:
    ends = _ends(source, [piece] if piece.complete else [], days)
    words = piece.lacks or worded("Nothing on record")
    gap = "" if piece.complete else joined(". ", (large(words), source.gap))
    return Evidence(
        source=source.id,
        kind=source.kind,
        label=source.label,
        count=piece.count,
        newest=piece.newest,
        fresh_until=ends[0] if ends else None,
        covered=int(piece.complete),
        of=1,
        path=places.path,
        gap=gap,
        owner=places.people,
        level=ORGANISATION,
        ends=ends,
        flows=source.flows,
    )


def _idle(source: Source, places: Places) -> Evidence:
    return Evidence(
        source=source.id,
        kind=source.kind,
        label=source.label,
        count=0,
        newest=None,
        fresh_until=None,
        covered=0,
        of=0,
        path="" if SLUG in places.path else places.path,
        gap="",
        owner="",
        level=source.level,
        idle=source.idle or worded("It concerns none of these systems."),
    )


def shortened(one: Evidence, days: int | None) -> Evidence:
    """Return a piece that is taken as fresh for so many days from its newest on, at the longest."""
    if days is None or one.newest is None or not one.covered:
        return one
    last = one.newest + timedelta(days=days)
    ends = tuple(min(end, last) for end in one.ends) or (last,)
    return replace(one, ends=ends, fresh_until=ends[0])


def kept_by_choice(one: Evidence) -> Evidence:
    """Return what is on record where nobody owes it: nothing is wanting, and of nobody else."""
    if not one.covered:
        idle = one.idle or ("" if one.count else NOT_OWED)
        return replace(one, ends=(), fresh_until=None, gap="", lacks=(), owner="", idle=idle)
    without = {lack.slug for lack in one.lacks}
    return replace(
        one,
        of=one.covered,
        gap="",
        lacks=(),
        systems=tuple(slug for slug in one.systems if slug not in without),
    )


def _ends(source: Source, pieces: Sequence[Piece], days: int | None = None) -> tuple[datetime, ...]:
    found = [_end(source, piece, days) for piece in pieces]
    return tuple(sorted(end for end in found if end is not None))


def _end(source: Source, piece: Piece, days: int | None) -> datetime | None:
    said = [piece.until or _aged(piece, source.days), _aged(piece, days)]
    return min((end for end in said if end is not None), default=None)


def _aged(piece: Piece, days: int | None) -> datetime | None:
    if days is None or piece.newest is None:
        return None
    return piece.newest + timedelta(days=days)


def _lack(source: Source, one: Subject, piece: Piece, places: Places) -> Lack:
    return Lack(
        system=one.name,
        slug=one.slug,
        words=piece.lacks or worded("nothing on record"),
        path=places.of(one.slug),
        owner=places.people or one.owner,
    )


def _owners(lacks: Sequence[Lack]) -> str:
    return names_of([one.owner for one in lacks])


def large(text: str) -> str:
    """Return words that begin a sentence: their English begins with a capital."""
    said = f"{text[:1].upper()}{text[1:]}"
    return said_by_us.shortened(said, text) if isinstance(text, Worded) else said


def names_of(names: Sequence[str]) -> str:
    """Say names, each once, the first three of many: 'A, B, C and 4 more'."""
    known = list(dict.fromkeys(name for name in names if name))
    more = len(known) - SHOWN
    # What one system names may be several already, in words.
    names = known[0] if len(known) == 1 else said_by_us.joined(", ", known[:SHOWN])
    return worded("{names} and {number} more", names=names, number=more) if more > 0 else names


def _plain(names: str) -> str:
    """Names are nobody's words to translate."""
    return names if isinstance(names, Worded) else as_written(names)
