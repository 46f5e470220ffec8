"""Steps: how a reading moves the standing of a series. Pure, over the carried state.

Workflow section 4 with EVA-01 to EVA-06, EVA-11, EVA-13, EVA-16, EVA-19 and EVA-20. Readings go in
by window_end; what comes late is judged by replaying from an earlier carried state.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from governance.rules.bands import LEVEL, Band, Reading, Rule, band_of, excludes_neutral, is_past
from governance.rules.standings import (
    BREACHED,
    Carried,
    Counted,
    Standing,
    Verdict,
    epoch,
    is_quiet,
)


class OutOfOrder(ValueError):
    """A reading that is not newer than what was judged: replay the readings instead."""


def step(rule: Rule, carried: Carried, reading: Reading) -> tuple[Carried, Verdict]:
    """Judge the next reading by window_end. Raises OutOfOrder, ValueError for a naive instant."""
    end = epoch(reading.window_end)
    if carried.seen is not None and end <= carried.seen:
        raise OutOfOrder(f"{reading.window_end.isoformat()} is not newer than what was judged")
    if is_quiet(rule, carried, reading.value, reading.n, reading.quality):
        band, after = Band.OK, replace(carried, seen=end, valid=end)
    else:
        band = band_of(rule, reading)
        after = _after(rule, carried, reading, band, end)
    return after, Verdict(
        band=band,
        before=carried.standing,
        after=after.standing,
        window_end=reading.window_end,
        is_different=excludes_neutral(rule, reading),
        flapping=after.flapping,
    )


def replay(rule: Rule, readings: Iterable[Reading], carried: Carried | None = None) -> Carried:
    """Judge readings in order of window_end, the newest revision of each, from `carried` on.

    The order and the doubles of `readings` do not matter. Without `carried`, from nothing.
    """
    newest: dict[datetime, Reading] = {}
    for reading in sorted(readings, key=lambda one: one.revision):
        newest[reading.window_end] = reading
    state = Carried() if carried is None else carried
    for window_end in sorted(newest):
        state, _ = step(rule, state, newest[window_end])
    return state


def _after(rule: Rule, carried: Carried, reading: Reading, band: Band, end: float) -> Carried:
    if band is Band.BAD:
        return replace(carried, seen=end)
    after = _judge(rule, _unbridged(rule, carried, end), reading, band, end)
    return _flaps(rule, carried, after, end)


def _unbridged(rule: Rule, carried: Carried, end: float) -> Carried:
    """A recovery bridges one window that is bad or missing, and no longer gap than that."""
    gap = rule.cadence + max(rule.cadence, rule.grace)
    if not carried.recovered or carried.valid is None or end - carried.valid <= gap:
        return carried
    return replace(carried, recovered=0, recovered_from=None)


def _judge(rule: Rule, carried: Carried, reading: Reading, band: Band, end: float) -> Carried:
    level = LEVEL[band]
    counted = _counted(rule, carried.counted, end, level)
    known = replace(
        carried,
        counted=counted,
        warned_from=_run(carried.warned_from, end, level >= 1),
        critical_from=_run(carried.critical_from, end, level >= 2),
        held=None,
        first=end if carried.first is None else carried.first,
        seen=end,
        valid=end,
    )
    fired = _fired(rule, known, end, level)
    if fired == 2:
        return _stands(_anew(known), carried, Standing.CRITICAL, end)
    if carried.underlying in BREACHED:
        return _recovers(rule, known, carried, reading, band, end)
    return _stands(known, carried, _entering(rule, counted, fired), end)


def _counted(
    rule: Rule, counted: tuple[Counted, ...], end: float, level: int
) -> tuple[Counted, ...]:
    """Return the valid readings that can still fire, the newest last, a breach first."""
    n, cadence = rule.firing.n, rule.cadence
    if level == 0 and (rule.firing.consecutive or not counted):
        return ()
    kept = [*counted, (end, level)][-n:]
    if not rule.firing.consecutive:
        kept = [item for item in kept if end - item[0] <= 2 * n * cadence]
    while kept and kept[0][1] == 0:
        del kept[0]
    return tuple(kept)


def _run(run_from: float | None, end: float, breaches: bool) -> float | None:
    if not breaches:
        return None
    return end if run_from is None else run_from


def _fired(rule: Rule, carried: Carried, end: float, level: int) -> int:
    """Return the level that fires on this reading: 2 critical, 1 warning, 0 none.

    A worse reading counts for the milder band, and each band keeps its own count (EVA-01). An
    instant limit needs one reading only.
    """
    if level == 3:
        return 2
    for wanted, run_from in ((2, carried.critical_from), (1, carried.warned_from)):
        count = sum(found >= wanted for _, found in carried.counted)
        if level >= wanted and count >= rule.firing.k and _covers(rule, run_from, end):
            return wanted
    return 0


def _covers(rule: Rule, run_from: float | None, end: float) -> bool:
    """Whether the windows of a run cover the duration, the first window from its beginning."""
    if not rule.firing.for_seconds:
        return True
    return run_from is not None and end - run_from + rule.window >= rule.firing.for_seconds


def _entering(rule: Rule, counted: tuple[Counted, ...], fired: int) -> Standing:
    """The standing of a series that is in no breach: PENDING while the next reading may fire."""
    if fired:
        return Standing.WARNING
    can_fire = counted[-(rule.firing.n - 1) :] if rule.firing.n > 1 else counted
    if any(level for _, level in can_fire):
        return Standing.PENDING
    return Standing.OK


def _recovers(
    rule: Rule, known: Carried, carried: Carried, reading: Reading, band: Band, end: float
) -> Carried:
    """One step of the way down: CRITICAL to WARNING, WARNING over RECOVERING to OK (EVA-03)."""
    critical = carried.underlying is Standing.CRITICAL
    if not _is_better(rule, reading, band, critical=critical):
        worst = Standing.CRITICAL if critical else Standing.WARNING
        return _stands(_anew(known), carried, worst, end)
    begun = end if carried.recovered_from is None else carried.recovered_from
    done = carried.recovered + 1
    known = replace(known, recovered=done, recovered_from=begun)
    if done >= rule.recover_windows and end - begun >= rule.keep_for:
        return _falls(known, carried, end, critical=critical)
    return _stands(known, carried, Standing.CRITICAL if critical else Standing.RECOVERING, end)


def _falls(known: Carried, carried: Carried, end: float, *, critical: bool) -> Carried:
    """The recovery is complete: the next milder standing, and the count begins anew."""
    if critical:
        return _stands(_anew(known), carried, Standing.WARNING, end)
    return _stands(replace(_anew(known), counted=()), carried, Standing.OK, end)


def _is_better(rule: Rule, reading: Reading, band: Band, *, critical: bool) -> bool:
    """Whether a reading counts towards recovery: its point value, whatever its interval says.

    A wide interval is no improvement, so a rule that is judged by a bound recovers by the value;
    an interval that still excludes "no difference" keeps the warning.
    """
    if LEVEL[band] and not critical:
        return False
    return reading.value is not None and is_past(rule, reading.value, critical=critical)


def _stands(known: Carried, carried: Carried, standing: Standing, end: float) -> Carried:
    since = carried.since if carried.standing is standing else end
    return replace(known, standing=standing, since=since)


def _anew(known: Carried) -> Carried:
    return replace(known, recovered=0, recovered_from=None)


def _flaps(rule: Rule, before: Carried, after: Carried, end: float) -> Carried:
    """Note entries and exits; the F-th within the time raises the flag (EVA-16)."""
    if not rule.flap_changes:
        return replace(after, changes=(), flapping=False)
    crossed = (before.underlying in BREACHED) != (after.standing in BREACHED)
    changes = (*before.changes, end)[-rule.flap_changes :] if crossed else before.changes
    flapping = before.flapping
    if crossed and len(changes) == rule.flap_changes:
        flapping = flapping or end - changes[0] <= rule.flap_within
    elif flapping and not crossed and end - changes[-1] >= rule.flap_stable:
        flapping = False
    return replace(after, changes=changes, flapping=flapping)
