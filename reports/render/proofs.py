"""Actions and their proof of effect as steps of an incident's chain."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reports.render.charts import said_of
from reports.rules import figures
from reports.rules.matters import ActionRecord, IncidentRecord, WindowRecord
from reports.rules.readings import ReadingRecord, SeriesRecord

MOST_READINGS = 8


@dataclass(frozen=True)
class Table:
    """Readings of a verification: heads and rows of plain cells, the last a standing."""

    caption: str
    rows: tuple[tuple[ReadingRecord, str, str, str], ...]


def proof_steps(
    incident: IncidentRecord, series: Mapping[int, SeriesRecord]
) -> Iterator[dict[str, Any]]:
    """Yield the steps of each action: carried out, then its effect."""
    for action in incident.actions:
        if action.confirmed_at is not None:
            yield _confirmed(action)
        for window in action.windows:
            yield _effect(window, f"Effect of action {action.position}", series)
    for window in incident.windows:
        yield _effect(window, "Effect", series)


def _confirmed(action: ActionRecord) -> dict[str, Any]:
    seen = [
        f"{item.how}{f', {item.person}' if item.person else ''}: "
        f"{'as decided' if item.matches else 'not as decided'}"
        for item in action.receipts
    ]
    by = f", confirmed by {action.confirmed_by}" if action.confirmed_by else ""
    return {
        "title": f"Action {action.position}: {action.type.lower()}",
        "at": action.confirmed_at,
        "lines": (action.words, f"With {action.executor}{by}. Proof asked for: {action.proof}."),
        "label": "; ".join(seen),
        "entry": action.receipts[-1].entry if action.receipts else None,
    }


def _effect(window: WindowRecord, title: str, series: Mapping[int, SeriesRecord]) -> dict[str, Any]:
    item = series.get(window.series_id or 0)
    table = _table(window, item) if item is not None else None
    return {
        "title": f"{title}: {window.outcome.lower()}",
        "at": window.judged_at or window.starts_at,
        "lines": tuple(text for text in (f"Proof: {window.proof}.", _said(window)) if text),
        "label": window.forecast,
        "table": table,
    }


def _table(window: WindowRecord, item: SeriesRecord) -> Table:
    ends = window.judged_at or window.ends_at
    inside = [
        reading for reading in item.readings if window.starts_at <= reading.window_end <= ends
    ]
    return Table(
        caption=f"{item.name}{f', {item.segment}' if item.segment else ''}",
        rows=tuple(
            (
                reading,
                figures.number(reading.n) if reading.n is not None else "",
                said_of(reading, item),
                figures.span(reading.low, reading.high, unit=item.unit, neutral=item.neutral),
            )
            for reading in inside[-MOST_READINGS:]
        ),
    )


def _said(window: WindowRecord) -> str:
    """Say what was counted, key by key, and whether a later decision took the window's place."""
    plain = [
        f"{key.replace('_', ' ')} {value}"
        for key, value in window.figures.items()
        if isinstance(value, str | int) and value != ""
    ]
    later = "Superseded by a later decision." if window.superseded_at else ""
    counted = f"{'; '.join(plain)}." if plain else ""
    return " ".join(text for text in (counted[:1].upper() + counted[1:], later) if text)
