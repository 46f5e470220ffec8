"""The decision events of the demo as they lie in data/: relative in time, absolute in nothing."""

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parent / "data"

CLOCK_COLUMNS = ("phase", "window", "offset")
BOOLEANS = frozenset(
    {
        "overridden", "blocked", "boundary_violation", "escalated", "simulated", "grounded",
        "near_miss",
    }
)  # fmt: skip
COUNTS = frozenset({"tokens_in", "tokens_out"})
NUMBERS = frozenset({"confidence", "latency_ms", "cost", "spend", "complete_seconds"})
NULLABLE = NUMBERS | {"truth", "grounded", "feedback"}
SEGMENT = "segment."


class Reading(NamedTuple):
    """One decision event; it happened `offset` (0..1) of the way through `window` of `phase`."""

    phase: str
    window: int
    offset: float
    event: dict[str, Any]


def path_of(system: str) -> Path:
    """The data file of a system."""
    return DATA / f"{system}.csv.gz"


def read_readings(system: str) -> Iterator[Reading]:
    """Yield the readings of a system in the order of time.

    Raises FileNotFoundError, naming the systems that there are, for an unknown one.
    """
    path = path_of(system)
    if not path.exists():
        known = ", ".join(sorted(each.name.removesuffix(".csv.gz") for each in DATA.iterdir()))
        raise FileNotFoundError(f"no readings of {system!r}; there are: {known}")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for cells in csv.DictReader(lines):
            yield _parse(cells)


def write_readings(system: str, columns: Iterable[str], readings: Iterable[Reading]) -> None:
    """Write a data file: the same readings give the same bytes (no time stamp, no name inside)."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    names = tuple(columns)
    rows.writerow(CLOCK_COLUMNS + names)
    for reading in readings:
        clock = (reading.phase, reading.window, f"{reading.offset:.4f}")
        rows.writerow(clock + tuple(_cell(reading.event, name) for name in names))
    packed = gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)
    path_of(system).write_bytes(packed)


def _parse(cells: dict[str, str]) -> Reading:
    event: dict[str, Any] = {}
    for name, cell in cells.items():
        if name in CLOCK_COLUMNS:
            continue
        if name.startswith(SEGMENT):
            event.setdefault("segment", {})[name.removeprefix(SEGMENT)] = cell
        else:
            event[name] = _value(name, cell)
    return Reading(cells["phase"], int(cells["window"]), float(cells["offset"]), event)


def _value(name: str, cell: str) -> Any:
    if cell == "" and name in NULLABLE:
        return None
    if name in BOOLEANS:
        return cell == "1"
    if name in NUMBERS:
        return float(cell)
    if name in COUNTS:
        return int(cell)
    if name in LISTS:
        return [LISTS[name](each) for each in cell.split("|") if each]
    return cell


def _tool_call(text: str) -> dict[str, Any]:
    """Read 'pay:ok:120.00' or 'match:ok' as a tool call."""
    tool, outcome, *amount = text.split(":")
    call: dict[str, Any] = {"tool": tool, "outcome": outcome}
    return call | {"amount": float(amount[0])} if amount else call


def _approval(text: str) -> dict[str, Any]:
    """Read 'invoice above EUR 1,000:yes:owner:240' as an approval that was asked for."""
    what, said, by, seconds = text.split(":")
    return {"what": what, "granted": said == "yes", "by": by, "seconds": float(seconds)}


LISTS: dict[str, Callable[[str], Any]] = {
    "tool_calls": _tool_call,
    "approvals": _approval,
    "sources": str,
}


def _cell(event: dict[str, Any], name: str) -> str:
    if name.startswith(SEGMENT):
        return str(event["segment"][name.removeprefix(SEGMENT)])
    value = event[name]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if name in LISTS:
        return "|".join(_part(each) for each in value)
    return f"{value:g}" if isinstance(value, float) and name != "spend" else str(value)


def _part(each: Any) -> str:
    if isinstance(each, str):
        return each
    return _tool_text(each) if "tool" in each else _approval_text(each)


def _approval_text(told: dict[str, Any]) -> str:
    said = "yes" if told["granted"] else "no"
    return f"{told['what']}:{said}:{told['by']}:{told['seconds']:g}"


def _tool_text(call: dict[str, Any]) -> str:
    text = f"{call['tool']}:{call['outcome']}"
    return f"{text}:{call['amount']:.2f}" if "amount" in call else text
