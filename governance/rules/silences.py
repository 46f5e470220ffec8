"""Silence: what it means that a series has sent nothing valid. Unknown is never good."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from governance.rules.bands import Rule
from governance.rules.standings import UNKNOWN, Carried, Standing, epoch, unheard

Silence = Literal["none", "no_data", "watch", "incident"]

INCIDENT_MULTIPLE = 3.0


@dataclass(frozen=True, slots=True)
class SilenceVerdict:
    """How long a series has been silent, in seconds and in cadences, and what that calls for."""

    silence: Silence
    seconds: float
    cadences: float
    before: Standing
    after: Standing

    @property
    def changed(self) -> bool:
        """Whether the standing changed."""
        return self.before is not self.after


def judge_silence(
    rule: Rule,
    carried: Carried,
    *,
    at: datetime,
    heard_at: datetime,
    expected: bool = True,
    watch_multiple: float = 2.0,
) -> tuple[Carried, SilenceVerdict]:
    """Judge at an instant what has not come. EVA-04, EVA-05, EVA-07, EVA-08.

    `heard_at` is the window_end of the last valid reading, or the later of it and a resume, or the
    first expected window of a series that has never sent a valid one. NO_DATA begins past cadence
    and grace, a watch past the first multiple of the cadence, an incident past three. A series of
    which nothing is expected (suspended, retired, paused) keeps its standing and calls for nothing.
    """
    seconds = max(0.0, epoch(at) - epoch(heard_at))
    silence: Silence = _silence(rule, seconds, watch_multiple) if expected else "none"
    after = carried if silence == "none" else unheard(carried, Standing.NO_DATA, epoch(at))
    return after, SilenceVerdict(
        silence, seconds, seconds / rule.cadence, carried.standing, after.standing
    )


def mark_error(carried: Carried, *, at: datetime) -> Carried:
    """Record that evaluation or the connector failed: the standing is held under ERROR."""
    return unheard(carried, Standing.ERROR, epoch(at))


def end_error(
    rule: Rule, carried: Carried, *, at: datetime, heard_at: datetime
) -> tuple[Carried, SilenceVerdict]:
    """Record that what failed answers again, though it says nothing new (EVA-04, EVA-07).

    What was held under ERROR stands again while the last valid reading is within cadence and grace;
    past that, and where nothing was ever known, it is NO_DATA. A recovery has begun anew.
    """
    held = carried.underlying if carried.first is not None else Standing.NO_DATA
    stands = replace(
        carried,
        standing=held,
        since=epoch(at),
        held=carried.held if held in UNKNOWN else None,
    )
    return judge_silence(rule, stands, at=at, heard_at=heard_at)


def _silence(rule: Rule, seconds: float, watch_multiple: float) -> Silence:
    if seconds <= rule.cadence + rule.grace:
        return "none"
    if seconds > INCIDENT_MULTIPLE * rule.cadence:
        return "incident"
    return "watch" if seconds > watch_multiple * rule.cadence else "no_data"
