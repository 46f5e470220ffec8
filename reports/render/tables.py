"""Files of rows and values: CSV with neutralised cells, JSON, JSON lines; UTF-8, LF only."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ledger.rules.worded import as_text
from reports.rules.cells import cell


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a CSV file row by row and return how many rows it has below its head."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([cell(value) for value in row])
            count += 1
    return count


def write_records(path: Path, kind: type[msgspec.Struct], records: Iterable[msgspec.Struct]) -> int:
    """Write value types as CSV, a column for each plain field; return the number of rows."""
    columns = plain_fields(kind)
    return write_rows(
        path, columns, ([getattr(item, column) for column in columns] for item in records)
    )


def plain_fields(kind: type[msgspec.Struct]) -> list[str]:
    """Return the fields of a value type that fit into one cell."""
    nested = (msgspec.inspect.ListType, msgspec.inspect.DictType, msgspec.inspect.AnyType)
    described = msgspec.inspect.type_info(kind)
    fields = getattr(described, "fields", ())
    return [
        field.encode_name
        for field in fields
        if not any(
            isinstance(part, (*nested, msgspec.inspect.StructType)) for part in _parts(field)
        )
    ]


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON with a line end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        msgspec.json.format(msgspec.json.encode(value, enc_hook=as_text), indent=1) + b"\n"
    )


def write_owned(
    path: Path,
    owner: str,
    kind: type[msgspec.Struct],
    groups: Iterable[tuple[str, Iterable[msgspec.Struct]]],
) -> int:
    """Write value types that belong to others as CSV, the owner's number in the first column."""
    columns = plain_fields(kind)
    return write_rows(
        path,
        [owner, *columns],
        (
            [number, *(getattr(item, column) for column in columns)]
            for number, items in groups
            for item in items
        ),
    )


def _parts(field: Any) -> tuple[Any, ...]:
    return tuple(getattr(field.type, "types", (field.type,)))
