"""What a poll brought back: rows, what could not be made a row, how far each line is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telemetry.rules.mappings import Line
from telemetry.rules.rows import MeasurementRow, Rejection

MOST_ROWS = 20_000


@dataclass(slots=True)
class Fetched:
    """Rows in the order that they came, numbered from 1; those that are refused are counted in.

    `marks` hold the newest window end by the mark of a line; `unread` are the lines that were not
    answered, with the reason: they are failures, whatever the others brought. `answered` are the
    numbers of those that were asked and answered well, also with nothing new. `retry_after` is how
    many seconds the other side wants to be left alone.
    """

    system: str
    marks: dict[str, datetime] = field(default_factory=dict)
    rows: list[MeasurementRow] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    raw: dict[int, dict[str, Any]] = field(default_factory=dict)
    unread: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    answered: set[int] = field(default_factory=set)
    retry_after: int | None = None

    @property
    def count(self) -> int:
        """How many rows came, good or not."""
        return len(self.raw)

    def take(self, line: Line, *, end: datetime, value: float | None, **more: Any) -> None:
        """Keep a value; None is a bad reading, and so is one that the factor drives beyond all.

        `more` may hold segment and n.
        """
        number = self.count + 1
        scaled = None if value is None else value * line.factor
        row = MeasurementRow(
            system=self.system,
            kpi=line.kpi,
            window=line.window,
            window_end=end,
            value=scaled if scaled is not None and math.isfinite(scaled) else None,
            environment=line.environment,
            segment=more.get("segment", line.segment),
            n=more.get("n"),
        )
        self.raw[number] = _plain(row)
        self.rows.append(row)
        self.numbers.append(number)
        self.marks[line.mark] = max(end, self.marks.get(line.mark, end))

    def refuse(self, line: Line, what: Mapping[str, Any], field_name: str, reason: str) -> None:
        """Keep what could not be made a row, with the reason."""
        number = self.count + 1
        self.raw[number] = {"kpi": line.kpi, **{key: str(one)[:200] for key, one in what.items()}}
        self.rejected.append(Rejection(number, field_name, reason))

    @property
    def is_idle(self) -> bool:
        """Whether nothing was asked, since nothing was due: it says nothing of the other side."""
        return not (self.raw or self.answered or self.unread)

    @property
    def is_full(self) -> bool:
        """Whether no more is read in this poll."""
        return self.count >= MOST_ROWS


def _plain(row: MeasurementRow) -> dict[str, Any]:
    """Return a row as it is shown and kept."""
    shown = {
        "kpi": row.kpi,
        "window": row.window,
        "window_end": row.window_end.isoformat(),
        "value": row.value,
        "environment": row.environment,
        "segment": row.segment,
        "n": row.n,
    }
    return {key: one for key, one in shown.items() if one is not None and one != ""}
