"""Answers on a page: the address of an event, what a mask shows, and the slice that is worst."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

from telemetry.rules.computations import SMALLEST_GROUP, Figure
from telemetry.rules.metrics.inputs import share

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
KEY = re.compile(r"(\d{1,18})\.([A-Za-z0-9_-]{1,440})", re.ASCII)
LONGEST_ID = 80

RIGHT = {"right": True, "wrong": False, "harmful": False}
"""Which verdicts say whether an answer was right."""

Measure = Literal["overridden", "disliked", "failed"]
MEASURES: tuple[Measure, ...] = ("overridden", "disliked", "failed")


@dataclass(frozen=True, slots=True)
class SliceCounts:
    """What was counted of the events of one slice; `of` names it: topic, version, segment key."""

    of: str
    part: str
    events: int
    reviewed: int = 0
    overridden: int = 0
    reacted: int = 0
    disliked: int = 0
    ended: int = 0
    failed: int = 0

    @property
    def segment(self) -> str:
        """The slice as a filter takes it, key=value; '' where it is no segment."""
        kind, _colon, name = self.of.partition(":")
        return f"{name}={self.part}" if kind == "segment" else ""

    def figure(self, measure: Measure) -> Figure | None:
        """Return a bad rate with Wilson's 95 % interval; None under ten cases of its kind."""
        cases = {"overridden": self.reviewed, "disliked": self.reacted, "failed": self.ended}
        return share(getattr(self, measure), cases[measure])

    @property
    def rates(self) -> dict[Measure, Figure | None]:
        """The bad rates by measure."""
        return {measure: self.figure(measure) for measure in MEASURES}


@dataclass(frozen=True, slots=True)
class Worst:
    """The slice that is worst by a measure, its rate, and that of all events beside it."""

    measure: Measure
    slice: SliceCounts
    figure: Figure
    whole: Figure | None

    @property
    def sure(self) -> bool:
        """Whether the interval lies above the rate of all together; else it may be chance."""
        return self.whole is None or (self.figure.low or 0.0) > self.whole.value


def key_of(at: datetime, event_id: str) -> str:
    """Return what stands for an event in an address: microseconds since 1970, and its id."""
    ident = urlsafe_b64encode(event_id.encode()).decode().rstrip("=")
    return f"{(at - EPOCH) // MICROSECOND}.{ident}"


def event_of(key: str) -> tuple[datetime, str]:
    """Return the instant and the id of an event. Raises ValueError for what is no such address."""
    found = KEY.fullmatch(key)
    if found is None:
        raise ValueError(f"{key!r} names no event")
    encoded = found[2]
    try:
        ident = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        at = EPOCH + int(found[1]) * MICROSECOND
    except (Error, UnicodeDecodeError, OverflowError) as error:
        raise ValueError(f"{key!r} names no event") from error
    if not 0 < len(ident) <= LONGEST_ID or "\x00" in ident or key_of(at, ident) != key:
        raise ValueError(f"{key!r} names no event")
    return at, ident


def words_in(text: str | None) -> int:
    """Return how many words a masked text has, which is all that a mask shows of it."""
    return len(text.split()) if text else 0


def reviewer_code(person: UUID) -> str:
    """Return what a label calls whoever reviewed: a code that is the same each time, no name."""
    return f"person-{sha256(person.bytes).hexdigest()[:16]}"


def labels_of_verdict(verdict: str, *, answer: str | None, truth: str) -> dict[str, str | bool]:
    """Return what a verdict says of its event, by kind of label; nothing where it cannot be told.

    What was answered is the truth where it was right, else `truth`, if the reviewer said it.
    """
    if verdict not in RIGHT:
        return {}
    found: dict[str, str | bool] = {"factual": RIGHT[verdict]}
    said = answer if RIGHT[verdict] else truth
    return found | {"truth": said} if said else found


def worst_slices(slices: Iterable[SliceCounts], whole: SliceCounts | None) -> list[Worst]:
    """Return for each measure the slice whose rate is surely highest: by its lower bound.

    A slice under ten cases takes no part, nor one that is all there is. By the lower bound, since
    the highest rate is mostly that of the smallest slice. A measure by which no slice is worse than
    all together is left out.
    """
    rows = list(slices)
    found = [_worst(rows, whole, measure) for measure in MEASURES]
    return [one for one in found if one is not None]


def shown(slices: Iterable[SliceCounts]) -> list[SliceCounts]:
    """Return the slices that may be shown: those of ten events or more."""
    return [one for one in slices if one.events >= SMALLEST_GROUP]


def _worst(
    slices: Iterable[SliceCounts], whole: SliceCounts | None, measure: Measure
) -> Worst | None:
    all_of_them = whole.figure(measure) if whole else None
    usual = all_of_them.value if all_of_them else 0.0
    rates = [(one, one.figure(measure)) for one in shown(slices) if _is_part(one, whole)]
    known = [(one, figure) for one, figure in rates if figure is not None and figure.value > usual]
    if not known:
        return None
    one, figure = max(known, key=lambda pair: (pair[1].low or 0.0, pair[0].of, pair[0].part))
    return Worst(measure, one, figure, all_of_them)


def _is_part(one: SliceCounts, whole: SliceCounts | None) -> bool:
    return whole is None or one.events < whole.events
