"""Several lists that grow side by side while the systems of a pack pass by once."""

import csv
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from reports.render.tables import plain_fields
from reports.rules.cells import cell


class Lists:
    """CSV files of a folder, each with its columns: the owner's first, then a record's own.

    Each is there with its head, also when nothing is put on it. Cells are neutralised.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self._writers: dict[str, tuple[Any, list[str]]] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def begin(self, name: str, kind: type[msgspec.Struct], *owners: str) -> None:
        """Begin a list of records; `owners` are the columns that say whose they are."""
        file = (self._folder / f"{name}.csv").open("w", encoding="utf-8", newline="")
        writer = csv.writer(self._open.enter_context(file), lineterminator="\n")
        columns = [column for column in plain_fields(kind) if column not in owners]
        writer.writerow([*owners, *columns])
        self._writers[name] = (writer, columns)

    def put(self, name: str, records: Iterable[msgspec.Struct], *owners: object) -> None:
        """Put records on a list, with what says whose they are."""
        writer, columns = self._writers[name]
        for item in records:
            values = [*owners, *(getattr(item, column) for column in columns)]
            writer.writerow([cell(value) for value in values])
