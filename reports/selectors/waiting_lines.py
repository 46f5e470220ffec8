"""Lines of the desk as rows of one shape, so that one query reads many kinds of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, DateTimeField, F, QuerySet, TextField, Value, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from reports.rules.desk import OWN

COLUMNS = ("line_kind", "line_at", "line_system", "line_slug", "line_label", "line_key",
           "line_who", "line_due", "line_total")  # fmt: skip
Word = str | Combinable


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its kind, since when it waits, what it is called, whose it is, how many there are.

    `key` completes the address; `total` counts the rows of the kind, shown or not.
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

    def query(self) -> Any:
        """Return rows in the shape of Line, the first OWN of them, the longest waiting first."""
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
                line_total=Window(Count("*")),
            )
            .order_by("line_at", "line_key")
            .values_list(*COLUMNS)[:OWN]
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


def read_lines(parts: Sequence[Part], there: Collection[str]) -> list[Line]:
    """Read the parts of the kinds that there are in one query, in no order."""
    queries = [part.query() for part in parts if part.kind in there]
    if not queries:
        return []
    first, *others = queries
    return [Line(*row) for row in (first.union(*others, all=True) if others else first)]


def _text(word: Word) -> Combinable:
    """Return a column as text, nothing as ''."""
    if word == "":
        return Value("", output_field=TextField())
    column = F(word) if isinstance(word, str) else word
    return Coalesce(Cast(column, TextField()), Value("", output_field=TextField()))
