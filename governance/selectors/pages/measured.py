"""What is computed of a system, as its pages write it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from governance.rules.figures import Measure, measure_of, window_word
from governance.selectors.pages.subjects import few_words
from telemetry.models import Computation
from telemetry.selectors.computations import Newest, measured_of, parts_of


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure as it is written: of all events (`part` empty) or of one value."""

    part: str
    value: str
    interval: str
    n: int | None
    window_end: datetime | None


@dataclass(frozen=True, slots=True)
class ShownComputation:
    """A computation as it is written, with its newest figure over all events."""

    computation: Computation
    window: str
    newest: ShownFigure | None


def shown_computations(*, system_id: UUID) -> list[ShownComputation]:
    """Return what is computed of a system, in the order of the page."""
    return [
        ShownComputation(
            one.computation,
            window_word(one.computation.window_seconds),
            None if one.newest is None else _shown(one.newest, _measure(one.computation)),
        )
        for one in measured_of(system_id=system_id)
    ]


def shown_parts(computation: Computation) -> list[ShownFigure]:
    """Return the newest figures of a computation, of all events first."""
    measure = _measure(computation)
    return [_shown(one, measure) for one in parts_of(computation)]


def _measure(computation: Computation) -> Measure:
    return measure_of(unit=computation.kpi.unit, neutral=computation.kpi.neutral)


def _shown(one: Newest, measure: Measure) -> ShownFigure:
    return ShownFigure(
        part=one.part,
        value=few_words() if one.withheld else measure.say(one.value),
        interval=measure.interval(one.low, one.high),
        n=None if one.withheld else one.n or 0,
        window_end=one.window_end,
    )
