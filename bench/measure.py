"""Medians of interleaved runs, and the line that a gate prints."""

import statistics
import time
from collections.abc import Callable
from typing import Any

Run = Callable[[], float | None]


def interleave(first: Run, second: Run, rounds: int) -> tuple[float, float]:
    """Run A B A B … and return the medians in seconds; a run may return its own figure."""
    a: list[float] = []
    b: list[float] = []
    for _ in range(rounds):
        a.append(_timed(first))
        b.append(_timed(second))
    return statistics.median(a), statistics.median(b)


def _timed(run: Run) -> float:
    before = time.perf_counter()
    own = run()
    return own if own is not None else time.perf_counter() - before


def line(
    bench: str,
    *,
    value: float,
    base: float,
    gate: float,
    stretch: float,
    better: str,
    ratio: float | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return the result as it is printed; `ratio` is value / base unless given."""
    figure = ratio if ratio is not None else value / base
    met = figure >= gate if better == "higher" else figure <= gate
    return {
        "bench": bench,
        "value": round(value, 6),
        "base": round(base, 6),
        "ratio": round(figure, 4),
        "gate": gate,
        "stretch": stretch,
        "better": better,
        "met": met,
        **more,
    }
