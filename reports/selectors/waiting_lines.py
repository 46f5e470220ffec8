"""Lines of the desk as rows of one shape, so that one query reads many kinds of them."""

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
) -> Any:
    """Return rows in the shape of Line, the first OWN of them, the longest waiting first.

    `at`, `label`, `key`, `who` and `due` name columns, or are expressions; no `system` for none.
    """
    return (
        rows.select_related(None)
        .annotate(
            line_kind=Value(kind, output_field=TextField()),
            line_at=Cast(F(at), DateTimeField()),
            line_system=_text(f"{system}__name" if system else ""),
            line_slug=_text(f"{system}__slug" if system else ""),
            line_label=_text(label),
            line_key=_text(key),
            line_who=_text(who),
            line_due=Cast(F(due) if due else Value(None), DateTimeField()),
            line_total=Window(Count("*")),
        )
        .order_by("line_at", "line_key")
        .values_list(*COLUMNS)[:OWN]
    )


def read_lines(parts: list[Any]) -> list[Line]:
    """Read all the parts in one query, in no order."""
    first, *others = parts
    return [Line(*row) for row in first.union(*others, all=True)]


def _text(word: Word) -> Combinable:
    """Return a column as text, nothing as ''."""
    if word == "":
        return Value("", output_field=TextField())
    column = F(word) if isinstance(word, str) else word
    return Coalesce(Cast(column, TextField()), Value("", output_field=TextField()))
