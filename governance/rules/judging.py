"""A series judged over time: the version of its threshold that was in force, reading by reading."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from governance.rules.bands import Band, Reading, Rule
from governance.rules.standings import Carried, Standing, Verdict, epoch, unheard
from governance.rules.steps import step

NOTHING: tuple[bool, ...] = ()
"""Less than anything that is due."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A version of a threshold, with its rule for windows that end at `valid_from` or later."""

    version_id: UUID
    threshold_id: UUID
    valid_from: datetime
    rule: Rule


@dataclass(frozen=True, slots=True)
class Timeline:
    """All versions that a threshold has had, the newest first."""

    judges: tuple[Judge, ...]

    @property
    def newest(self) -> Judge:
        """The version that was approved last."""
        return self.judges[0]

    def at(self, window_end: datetime) -> Judge | None:
        """Return the version that judges a window, None before the first was valid (EVA-11)."""
        for judge in self.judges:
            if judge.valid_from <= window_end:
                return judge
        return None


@dataclass(frozen=True, slots=True)
class Due:
    """A reading with its verdict; `onset` is the first window of the run of breaches it ends."""

    reading: Reading
    verdict: Verdict
    judge: Judge
    onset: float | None

    @property
    def weight(self) -> tuple[bool, bool]:
        """How bad it is: beyond an instant limit, then critical, then warning."""
        return self.verdict.band is Band.INSTANT, self.verdict.after is Standing.CRITICAL


@dataclass(slots=True)
class Outcome:
    """What judging readings in order did: the state after, each change, each reading that is due.

    `last` is the newest reading that was judged; `kept` holds the state after the windows that the
    caller asked for. `left` are the windows after `left_since` that are due with all that is stored
    now; None where not all of them were judged again.
    """

    carried: Carried
    changes: list[Verdict] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)
    last: Due | None = None
    kept: dict[datetime, Carried] = field(default_factory=dict)
    left: frozenset[datetime] | None = None
    left_since: datetime | None = None

    @property
    def is_different(self) -> bool:
        """Whether the interval of the newest reading excludes "no difference"."""
        return self.last is not None and self.last.verdict.is_different

    @property
    def is_watched(self) -> bool:
        """Whether only the point of the newest reading lies beyond its band (EVA-19)."""
        return self.last is not None and self.last.verdict.band is Band.WATCH


def judge_in_order(
    timeline: Timeline,
    carried: Carried,
    readings: Iterable[Reading],
    keep: Collection[datetime] = (),
) -> Outcome:
    """Judge readings that are sorted by window_end and newer than what was judged."""
    outcome, last = Outcome(carried), None
    for reading in readings:
        judge = timeline.at(reading.window_end)
        if judge is None:
            continue
        outcome.carried, verdict = step(judge.rule, outcome.carried, reading)
        last = (reading, verdict, judge)
        _note(outcome, reading, verdict, judge)
        if reading.window_end in keep:
            outcome.kept[reading.window_end] = outcome.carried
    outcome.last = None if last is None else Due(*last, _onset(outcome.carried))
    return outcome


def _note(outcome: Outcome, reading: Reading, verdict: Verdict, judge: Judge) -> None:
    if verdict.changed:
        outcome.changes.append(verdict)
    if verdict.is_incident_due:
        outcome.due.append(Due(reading, verdict, judge, _onset(outcome.carried)))


def judge_again(
    timeline: Timeline,
    start: Carried,
    readings: Sequence[Reading],
    new: Collection[tuple[datetime, int]],
    keep: Collection[datetime] = (),
) -> Outcome:
    """Judge all revisions of readings from `start` on, when `new` ones came late.

    `new` holds (window_end, revision). Only what is due now and was not, or was milder, without
    them is due: a late reading opens nothing that stood open before.
    """
    outcome = judge_in_order(timeline, start, newest_revisions(readings), keep)
    outcome.left = frozenset(one.reading.window_end for one in outcome.due)
    if not outcome.due:
        return outcome
    before = [one for one in readings if (one.window_end, one.revision) not in new]
    known = judge_in_order(timeline, start, newest_revisions(before))
    was_due = {one.reading.window_end: one.weight for one in known.due}
    newest = max((end for end, _ in new), default=None)
    outcome.due = [
        one
        for one in outcome.due
        if one.weight > was_due.get(one.reading.window_end, NOTHING)
        or one.reading.window_end == newest
    ]
    return outcome


def newest_revisions(readings: Iterable[Reading]) -> list[Reading]:
    """Return the newest revision of each window, in order."""
    newest: dict[datetime, Reading] = {}
    for reading in sorted(readings, key=lambda one: (one.window_end, one.revision)):
        newest[reading.window_end] = reading
    return list(newest.values())


def held_silence(before: Carried, after: Carried) -> Carried:
    """Lay a silence over the state again when what came late ended none of it."""
    silent = before.standing in (Standing.NO_DATA, Standing.ERROR) and before.first is not None
    if not silent or before.since is None:
        return after
    if after.valid is not None and (before.valid is None or after.valid > before.valid):
        return after
    return unheard(after, before.standing, before.since)


def kept_plain(carried: Carried) -> tuple[dict[str, object], bool]:
    """Return what is stored of a state, and whether it is settled.

    Settled: OK with nothing counted, and the newest reading was valid. Then a reading within
    limits changes nothing but the window_ends that stand in columns of their own.
    """
    plain = carried.to_plain()
    settled = (
        carried.standing is Standing.OK
        and not carried.counted
        and not carried.flapping
        and carried.seen == carried.valid
    )
    if settled:
        plain.pop("seen", None)
        plain.pop("valid", None)
    return plain, settled


def carried_from(plain: dict[str, object], settled: bool, previous: datetime | None) -> Carried:
    """Return the state that `kept_plain` stored, with the window_end judged last."""
    seen = None if previous is None else epoch(previous)
    if settled:
        return Carried.from_plain(plain | {"seen": seen, "valid": seen})
    return Carried.from_plain(plain | {"seen": seen})


def _onset(carried: Carried) -> float | None:
    return carried.warned_from if carried.warned_from is not None else carried.critical_from
