"""What ran when: spans of one environment, and the gaps between them. Half open, [from, until)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when; `until` None runs on."""

    since: datetime
    until: datetime | None


def gaps_between(spans: Sequence[Span], *, now: datetime) -> list[Span]:
    """Return when nothing ran between the first start and now, oldest first; the last may be open.

    Spans of one environment do not overlap: the database refuses it.
    """
    ordered = sorted(spans, key=lambda span: (span.since, span.until or now))
    found = []
    for before, after in zip(ordered, ordered[1:], strict=False):
        if before.until is not None and before.until < after.since:
            found.append(Span(before.until, after.since))
    if ordered and ordered[-1].until is not None and ordered[-1].until < now:
        found.append(Span(ordered[-1].until, None))
    return found


def gap_at(spans: Sequence[Span], instant: datetime) -> Span | None:
    """Return the gap that an instant lies in, None before the first start or while one ran."""
    return next(
        (
            gap
            for gap in gaps_between(spans, now=instant)
            if gap.since <= instant and (gap.until is None or instant < gap.until)
        ),
        None,
    )
