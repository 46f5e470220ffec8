"""Lines of the desk as rows of one shape, so that one query reads many kinds of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import DateTimeField, F, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from reports.rules.desk import OWN

COLUMNS = ("line_kind", "line_at", "line_system", "line_slug", "line_label", "line_key",
           "line_who", "line_due")  # fmt: skip
MOST_MORE = 1_000
"""Nobody counts beyond so many that are not shown: what is more is said to be more."""
# They come by an index where there is one, and what is counted ends: a window over all rows would
# read every one of them. Each kind is written once, for there are many and each is planned.
FIRST = """(SELECT {columns}, count(*) OVER () AS line_total FROM (
    SELECT * FROM ({rows}) AS line ORDER BY line_at, line_key LIMIT {most}
) AS counted ORDER BY line_at, line_key LIMIT {own})"""
Word = str | Combinable


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its kind, since when it waits, what it is called, whose it is, how many there are.

    `key` completes the address; `total` counts the rows of the kind, shown or not, OWN + MOST_MORE
    + 1 at most.
    """

    kind: str
    at: datetime
    system: str
    slug: str
    label: str
    key: str
    who: str
    due: datetime | None
    total: int


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of one kind, not written as a query yet: rows, and what `line` was given."""

    kind: str
    rows: "QuerySet[Any]"
    at: str
    label: Word
    key: Word
    who: Word
    system: str
    due: str

    def statement(self) -> tuple[str, tuple[Any, ...]] | None:
        """Return SQL for the first OWN rows, the longest waiting first, and its parameters.

        Its columns are those of Line; None where there can be no row.
        """
        try:
            rows, given = self._shaped().query.sql_with_params()
        except EmptyResultSet:
            return None
        statement = FIRST.format(
            columns=", ".join(COLUMNS), rows=rows, most=OWN + MOST_MORE + 1, own=OWN
        )
        return statement, given

    def _shaped(self) -> Any:
        system, due = self.system, self.due
        return (
            self.rows.select_related(None)
            .annotate(
                line_kind=Value(self.kind, output_field=TextField()),
                line_at=Cast(F(self.at), DateTimeField()),
                line_system=_text(f"{system}__name" if system else ""),
                line_slug=_text(f"{system}__slug" if system else ""),
                line_label=_text(self.label),
                line_key=_text(self.key),
                line_who=_text(self.who),
                line_due=Cast(F(due) if due else Value(None), DateTimeField()),
            )
            .order_by()
            .values_list(*COLUMNS)
        )


def line(
    kind: str,
    rows: "QuerySet[Any]",
    *,
    at: str,
    label: Word,
    key: Word,
    who: Word = "",
    system: str = "system",
    due: str = "",
) -> Part:
    """Return the lines of a kind: which rows, and what of them a line says.

    `at`, `label`, `key`, `who` and `due` name columns, or are expressions; no `system` for none.
    """
    return Part(kind, rows, at, label, key, who, system, due)


def _text(word: Word) -> Combinable:
    """Return a column as text, nothing as ''."""
    if word == "":
        return Value("", output_field=TextField())
    column = F(word) if isinstance(word, str) else word
    return Coalesce(Cast(column, TextField()), Value("", output_field=TextField()))
