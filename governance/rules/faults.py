"""Whether series that fell silent share a cause: their sender. Pure, over what was heard when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LEAST_FED = 2


@dataclass(frozen=True, slots=True)
class Heard:
    """A series of a sender: when its last valid window ended, how often it is expected."""

    series_id: int
    heard_at: datetime
    cadence: int


def owned_by_fault(silent: Sequence[int], fed: Sequence[Heard], at: datetime) -> set[int]:
    """Return which silent series one fault of their sender explains; none where none does.

    `fed` is everything that the sender sends, the silent series among it. They belong together when
    they fell silent within one cadence of each other, the longest among them. It is the sender's
    fault when it feeds two series at least and more of them are silent since then than are heard.
    """
    if len(fed) < LEAST_FED:
        return set()
    known = {one.series_id: one for one in fed}
    loud = [known[series] for series in silent if series in known]
    if not loud:
        return set()
    newest = max(loud, key=lambda one: one.heard_at)
    together = [one for one in loud if newest.heard_at - one.heard_at <= _cadence(one, newest)]
    overdue = [one for one in fed if _is_overdue(one, at) and _near(one, newest)]
    fresh = [one for one in fed if _is_fresh(one, newest)]
    if fresh and (len(overdue) < LEAST_FED or len(overdue) <= len(fresh)):
        return set()
    return {one.series_id for one in together}


def _is_overdue(one: Heard, at: datetime) -> bool:
    return at - one.heard_at > timedelta(seconds=one.cadence)


def _near(one: Heard, other: Heard) -> bool:
    return abs(one.heard_at - other.heard_at) <= _cadence(one, other)


def _is_fresh(one: Heard, silent: Heard) -> bool:
    """Whether a series was heard after the silent one had missed its first window."""
    return one.heard_at > silent.heard_at + timedelta(seconds=silent.cadence)


def _cadence(one: Heard, other: Heard) -> timedelta:
    return timedelta(seconds=max(one.cadence, other.cadence))
