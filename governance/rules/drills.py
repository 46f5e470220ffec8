"""What a fire drill showed: which steps fired, who answered, the gaps in a sentence each. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ledger.rules.worded import worded

FACTORS: Mapping[int, str] = {
    1: "real time",
    60: "an hour in a minute",
    480: "a working day in a minute",
    1440: "a day in a minute",
}
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Fired:
    """A step that fired in the drill: whom it reached, who of them said 'I have it', how late."""

    stage: str
    level: int
    repeat: int
    expression: str
    due_at: datetime
    fired_at: datetime
    unroutable: bool
    people: tuple[str, ...]
    stood_in: tuple[str, ...]
    acknowledged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """One person who was told: how it went out, and what came back."""

    name: str
    sent: int
    failed: int
    seen: int
    called: int
    answered: int
    has_pager: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What is compared: the steps, the people, and what the ladder held besides."""

    steps: tuple[Fired, ...]
    people: tuple[Reach, ...]
    unfired_levels: tuple[int, ...]
    uncovered_shifts: int
    state: str
    wakes: bool
    grace_seconds: int
    stages_done: tuple[str, ...] = ()
    late: tuple[str, ...] = field(default=())


def gaps(found: Finding) -> list[str]:
    """Return the gaps, the worst first; none is what a drill hopes for."""
    said = [
        worded(
            "Level {level} ({expression}) reached nobody in the stage {stage}.",
            level=one.level,
            expression=one.expression,
            stage=one.stage,
        )
        for one in found.steps
        if one.unroutable
    ]
    said += [
        worded(
            "Level {level} was told {late} late in the stage {stage}.",
            level=one.level,
            late=_late(one),
            stage=one.stage,
        )
        for one in found.steps
        if _seconds(one) > found.grace_seconds and not one.unroutable
    ]
    said += _unanswered(found)
    said += [
        worded("{name} was not reached: every message failed.", name=one.name)
        for one in found.people
        if one.sent == 0 and one.failed
    ]
    said += _without_pager(found)
    said += _stand_ins(found)
    if found.unfired_levels:
        said.append(_not_to_its_end(found))
    if found.uncovered_shifts == 1:
        said.append("Nobody is on call at one time within the next 14 days.")
    elif found.uncovered_shifts:
        count = found.uncovered_shifts
        said.append(
            worded("Nobody is on call at {count} times within the next 14 days.", count=count)
        )
    return list(dict.fromkeys(said))


def _not_to_its_end(found: Finding) -> str:
    *most, last = (str(one) for one in found.unfired_levels)
    if not most:
        return worded(
            "The ladder was not rehearsed to its end: level {last} did not fire.", last=last
        )
    return worded(
        "The ladder was not rehearsed to its end: levels {most} and {last} did not fire.",
        most=", ".join(most),
        last=last,
    )


def plain(found: Finding) -> dict[str, Any]:
    """Return the report as JSON keeps it."""
    return {
        "steps": [_plain_step(one) for one in found.steps],
        "people": [asdict(one) for one in found.people],
        "unfired_levels": list(found.unfired_levels),
        "state": found.state,
        "stages_done": list(found.stages_done),
        "gaps": gaps(found),
    }


def _plain_step(one: Fired) -> dict[str, Any]:
    names = ("people", "stood_in", "acknowledged")
    return {
        **asdict(one),
        **{name: list(getattr(one, name)) for name in names},
        "due_at": one.due_at.isoformat(),
        "fired_at": one.fired_at.isoformat(),
        "late_seconds": _seconds(one),
    }


def _seconds(one: Fired) -> int:
    return max(0, int((one.fired_at - one.due_at).total_seconds()))


def _late(one: Fired) -> str:
    minutes = _seconds(one) // 60
    return f"{minutes} min" if minutes else f"{_seconds(one)} s"


def _unanswered(found: Finding) -> list[str]:
    """Steps that asked somebody to act and that nobody took, the first firing of each."""
    return [
        worded(
            "Nobody said 'I have it' to level {level} in the stage {stage}: told were {names}.",
            level=one.level,
            stage=one.stage,
            names=_names(one.people),
        )
        for one in found.steps
        if one.people
        and not (one.acknowledged or one.repeat)
        and one.stage not in found.stages_done
    ]


def _without_pager(found: Finding) -> list[str]:
    if not found.wakes:
        return []
    names = [one.name for one in found.people if not one.has_pager]
    if not names:
        return []
    return [
        worded(
            "No pager is known of {names}: at this severity they would be woken.",
            names=_names(names),
        )
    ]


def _stand_ins(found: Finding) -> list[str]:
    return [
        worded(
            "Level {level}: whom {expression} means could not be reached; {names} stood in.",
            level=one.level,
            expression=one.expression,
            names=_names(one.stood_in),
        )
        for one in found.steps
        if one.stood_in
    ]


def _names(names: Sequence[str]) -> str:
    shown = list(names[:MOST_NAMED])
    more = len(names) - len(shown)
    told = ", ".join(shown)
    return worded("{names} and {count} more", names=told, count=more) if more > 0 else told
