"""Rows of several tables read at once: what of which system, when, and whether it is wanting."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import (
    BooleanField,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    Max,
    Q,
    QuerySet,
    Value,
)

from ledger.rules.worded import term, worded
from ledger.selectors.at_once import Question, Rows, instant
from reports.rules.evidence import Found, Piece

NEVER = Q(pk__isnull=True)


class Line(NamedTuple):
    """One row; `known` is when it was recorded, `at` when it happened."""

    source: str
    system: UUID
    at: datetime | None
    known: datetime | None
    wanting: bool


class Total(NamedTuple):
    """How many rows of a table stand in one state, the newest, and how many are wanting."""

    source: str
    number: int
    newest: datetime | None
    wanting: int


def line(
    source: str,
    rows: QuerySet[Any],
    *,
    at: str,
    system: str = "system_id",
    known: str = "",
    wanting: Q = NEVER,
) -> QuerySet[Any]:
    """Return rows in the shape of Line, to be read together with others."""
    found: QuerySet[Any] = (
        rows.order_by()
        .annotate(
            line_source=Value(source, output_field=CharField()),
            line_system=F(system),
            line_at=F(at),
            line_known=F(known or at),
            line_wanting=ExpressionWrapper(wanting, output_field=BooleanField()),
        )
        .values_list("line_source", "line_system", "line_at", "line_known", "line_wanting")
    )
    return found


def total(
    source: str, rows: QuerySet[Any], *, at: str, wanting: Q = NEVER, by: str = "state"
) -> QuerySet[Any]:
    """Return counts by state in the shape of Total, to be read together with others."""
    found: QuerySet[Any] = (
        rows.order_by()
        .annotate(total_source=Value(source, output_field=CharField()))
        .values("total_source", by)
        .annotate(
            total_count=Count("pk"), total_newest=Max(at), total_wanting=Count("pk", filter=wanting)
        )
        .values_list("total_source", "total_count", "total_newest", "total_wanting", by)
    )
    return found


def together(*rows: QuerySet[Any]) -> Question:
    """Return lines, or totals, of several tables as one question."""
    return rows[0].union(*rows[1:], all=True)


def read_lines(rows: Rows) -> dict[str, dict[UUID, list[Line]]]:
    """Return the lines of an answer: by source, by system, the oldest first."""
    found: dict[str, dict[UUID, list[Line]]] = {}
    for one in sorted((_line(*row) for row in rows), key=_age):
        found.setdefault(one.source, {}).setdefault(one.system, []).append(one)
    return found


def read_totals(rows: Rows) -> dict[str, Total]:
    """Return the totals of an answer, summed up by source."""
    found: dict[str, Total] = {}
    for source, count, newest, wanting, _ in rows:
        known = found.get(source, Total(source, 0, None, 0))
        ends = [one for one in (known.newest, moment(newest)) if one]
        found[source] = Total(
            source, known.number + count, max(ends, default=None), known.wanting + wanting
        )
    return found


def tallied(by_system: dict[UUID, list[Line]] | None, words: str = "") -> Found:
    """Return pieces of the systems that have rows; the wanting ones are counted in words."""
    rows = by_system or {}
    return Found(systems={str(key): tally(one, words) for key, one in rows.items()})


def tally(rows: Iterable[Line], words: str = "") -> Piece:
    """Return one piece of all rows; the wanting ones are counted in words."""
    found = list(rows)
    wanting = sum(1 for one in found if one.wanting)
    return Piece(
        count=len(found),
        newest=max((one.at for one in found if one.at), default=None),
        lacks=counted(wanting, len(found), words) if wanting else "",
    )


def counted(wanting: int, number: int, words: str) -> str:
    """Say how many of a number are wanting, and how: '2 of 5 past their deadline'."""
    return worded(
        "{wanting} of {number} {words}", wanting=wanting, number=number, words=term(words)
    )


def newest_piece(rows: Iterable[Line], words: str = "") -> Piece:
    """Return one piece in which the newest row alone says whether it is wanting."""
    found = list(rows)
    if not found:
        return Piece()
    last = found[-1]
    return Piece(count=len(found), newest=last.at, lacks=words if last.wanting else "")


def moment(text: str | None) -> datetime | None:
    """Return an instant of an answer; None where there is none."""
    return instant(text) if text else None


def _line(source: str, system: str, at: str | None, known: str | None, wanting: bool) -> Line:  # noqa: FBT001  a row
    return Line(source, UUID(system), moment(at), moment(known), wanting)


def _age(one: Line) -> tuple[bool, float]:
    return (one.known is not None, one.known.timestamp() if one.known else 0.0)
