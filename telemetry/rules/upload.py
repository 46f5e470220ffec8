"""From the cells of a file to rows of readings or events: which column is what, and each fault.

A cell that a spreadsheet would run as a formula is refused: what is stored is given out again.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import inspect

from registry.rules.exchange.tables import folded
from telemetry.rules.parsing import field_and_reason
from telemetry.rules.rows import DecisionRow, MeasurementRow

Kind = Literal["measurements", "decisions"]
ROWS: dict[str, type[Any]] = {"measurements": MeasurementRow, "decisions": DecisionRow}
SEGMENT = "segment."
EVERY_ROW = ("system", "kpi", "environment", "window", "version")
"""Fields that may be said once for all rows, where no column says them."""
FORMULA = re.compile(r"[=@\t\r\uff1d\uff20]|[+\uff0b\uff0d-].")
SIGNED = re.compile(r"[+-][\d.,]+([eE][+-]?\d+)?%?", re.ASCII)
NOTHING = frozenset({"", "null", "none", "na", "n/a", "nan", "-", "–"})
YES, NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?", re.ASCII)
ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T].*)?", re.ASCII)
PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?%?", re.ASCII)
NAMES = {
    "measurements": {
        "window_end": ("date", "day", "time", "timestamp", "at", "end", "period end", "datum"),
        "value": ("reading", "result", "wert", "measurement"),
        "kpi": ("metric", "kpi id", "measure", "kennzahl"),
        "n": ("count", "samples", "sample size", "cases", "anzahl"),
        "system": ("slug", "system id", "model"),
        "window": ("period", "interval"),
        "environment": ("env", "stage"),
        "segment": ("group", "slice"),
        "low": ("lower", "lower bound", "ci low"),
        "high": ("upper", "upper bound", "ci high"),
    },
    "decisions": {
        "event_id": ("id", "request id", "trace id", "decision id"),
        "at": ("time", "timestamp", "date", "decided at"),
        "answer": ("prediction", "output", "decision", "response"),
        "truth": ("label", "ground truth", "actual label"),
        "confidence": ("probability",),
        "version": ("model version",),
        "system": ("slug", "system id", "model"),
        "environment": ("env", "stage"),
        "latency_ms": ("latency", "duration ms"),
    },
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of a file are read: the field of each column, and what stands for all rows.

    `decimal` is the mark before decimals; `zone` that of instants which name none.
    """

    kind: str
    fields: Sequence[str]
    every: Mapping[str, str]
    decimal: str = "."
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line is not taken: the field and the reason in words."""

    field: str
    reason: str


class _Bad(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@lru_cache(maxsize=4)
def fields_of(kind: str) -> dict[str, str]:
    """Return {field: 'text' | 'number' | 'yes' | 'instant'} of what a cell can hold."""
    found = {}
    for field in inspect.type_info(ROWS[kind]).fields:  # type: ignore[attr-defined]
        sort = _sort_of(field.type)
        if sort:
            found[field.encode_name] = sort
    return found


def _sort_of(kind: Any) -> str:
    if isinstance(kind, inspect.UnionType):
        sorts = {_sort_of(one) for one in kind.types if not isinstance(one, inspect.NoneType)}
        return sorts.pop() if len(sorts) == 1 else ""
    known: dict[type[Any], str] = {
        inspect.StrType: "text",
        inspect.LiteralType: "text",
        inspect.FloatType: "number",
        inspect.IntType: "number",
        inspect.BoolType: "yes",
        inspect.DateTimeType: "instant",
    }
    return known.get(type(kind), "")


def guess_fields(kind: str, columns: Sequence[str]) -> list[str]:
    """Return the field of each column, '' for one that is not read; each field once."""
    taken: dict[str, int] = {}
    for names in (_own_names(kind), _other_names(kind)):
        for place, column in enumerate(columns):
            field = names.get(folded(column), "")
            if field and field not in taken and place not in taken.values():
                taken[field] = place
    by_place = {place: field for field, place in taken.items()}
    return [
        by_place.get(place) or (column if is_field(kind, column) else "")
        for place, column in enumerate(columns)
    ]


def is_field(kind: str, field: str) -> bool:
    """Whether cells can be read as this field; 'segment.x' is an attribute of an event."""
    if field in fields_of(kind):
        return True
    name = field.removeprefix(SEGMENT)
    return kind == "decisions" and name != field and 0 < len(name) <= 59


def _own_names(kind: str) -> dict[str, str]:
    return {folded(field): field for field in fields_of(kind)}


def _other_names(kind: str) -> dict[str, str]:
    return {folded(name): field for field, names in NAMES[kind].items() for name in names}


def guess_decimal(cells: Iterable[str]) -> str:
    """Return ',' where figures among the cells have it before their decimals, else '.'."""
    commas = sum(re.fullmatch(r"[+-]?\d+,\d+%?", cell) is not None for cell in cells)
    return "," if commas else "."


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run a cell rather than show it."""
    return FORMULA.match(cell) is not None and SIGNED.fullmatch(cell) is None


def is_zone(name: str) -> bool:
    """Whether this is a time zone that we know."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def read_row(reading: Reading, cells: Sequence[str]) -> Any:
    """Return the row that a line is, or its first Fault."""
    values: dict[str, Any] = {name: said for name, said in reading.every.items() if said}
    segment: dict[str, str] = {}
    for field, cell in zip(reading.fields, cells, strict=False):
        try:
            if field.startswith(SEGMENT) and cell:
                segment[field.removeprefix(SEGMENT)] = _text(cell)
            elif field and not field.startswith(SEGMENT):
                _put(values, field, cell, reading)
        except _Bad as bad:
            return Fault(field, bad.reason)
    if segment:
        values["segment"] = segment
    return _converted(reading.kind, values)


def _put(values: dict[str, Any], field: str, cell: str, reading: Reading) -> None:
    """Read a cell; an empty one leaves what stands for all rows, or says nothing."""
    sort = fields_of(reading.kind)[field]
    if not cell or sort != "text" and cell.lower() in NOTHING:
        return
    if sort == "number":
        values[field] = _number(_text(cell), reading.decimal)
    elif sort == "instant":
        values[field] = _instant(_text(cell), reading.zone)
    else:
        values[field] = _yes(_text(cell)) if sort == "yes" else _text(cell)


def _text(cell: str) -> str:
    if is_formula(cell):
        raise _Bad("A cell that begins like a formula of a spreadsheet is not taken.")
    return cell


def _converted(kind: str, values: dict[str, Any]) -> Any:
    if kind == "measurements":
        # No cell for a value is a reading that did not work: unknown, never good.
        values.setdefault("value", None)
    try:
        return msgspec.convert(values, ROWS[kind])
    except msgspec.ValidationError as error:
        return Fault(*field_and_reason(str(error)))


def _number(cell: str, decimal: str) -> float | int:
    plain = cell.replace(" ", "").replace("\u202f", "")
    if decimal == ",":
        plain = plain.replace(".", "").replace(",", ".") if "," in plain else plain
    if PLAIN.fullmatch(plain) is None:
        raise _Bad(_no_number(decimal))
    if plain.endswith("%"):
        raise _Bad("Write a share as a figure such as 0.95, without a per cent sign.")
    value = float(plain)
    if not math.isfinite(value):
        raise _Bad("This number is too large.")
    return int(value) if value.is_integer() and abs(value) < 2**53 and "." not in plain else value


def _no_number(decimal: str) -> str:
    if decimal == ",":
        return "This is no number with a comma before its decimals."
    return "This is no number with a point before its decimals."


def _yes(cell: str) -> bool:
    said = cell.lower()
    if said in YES or said in NO:
        return said in YES
    raise _Bad("Write true or false.")


def _instant(cell: str, zone: str) -> datetime:
    dotted = DOTTED.fullmatch(cell)
    if dotted:
        day, month, year, time = dotted.groups()
        cell = f"{year}-{month:0>2}-{day:0>2} {(time or '00:00'):0>5}"
    elif ISO.fullmatch(cell) is None:
        raise _Bad("Write an instant as 2026-11-15T00:00:00Z, 2026-11-15 or 15.11.2026.")
    try:
        said = datetime.fromisoformat(cell)
    except ValueError:
        raise _Bad("There is no such day or time.") from None
    try:
        return _zoned(said, zone)
    except OverflowError:
        raise _Bad("This instant is out of range.") from None


def _zoned(said: datetime, zone: str) -> datetime:
    if said.tzinfo is not None:
        return said.astimezone(UTC)
    there = ZoneInfo(zone)
    first, second = (said.replace(tzinfo=there, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        raise _Bad("The clocks are set back or forward at this time: say its offset, as +01:00.")
    return first
