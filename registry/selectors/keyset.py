"""Pages of a list that start behind a row: their cost does not grow with depth."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy

from ledger.rules.instants import instant_read

PAGE = 50
TURNING = {"newer_word": gettext_lazy("First page"), "older_word": gettext_lazy("Next page")}
"""What turns the pages of a list that does not go by time, for components/pagination.html."""
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Keyset(Generic[M]):
    """One page; `after` asks for the next one, '' on the last; `began` is what this one is behind.

    Where `began` is '' it is the first one.
    """

    rows: list[M]
    after: str
    began: str

    def links(self, asked: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return what components/pagination.html shows; `asked` stays in the addresses."""
        kept = {name: said for name, said in (asked or {}).items() if said}
        return {
            "shown": len(self.rows),
            "newer_url": f"?{urlencode(kept)}" if self.began else "",
            "older_url": f"?{urlencode(kept | {'after': self.after})}" if self.after else "",
        }


def page_behind(rows: QuerySet[M], *, by: str, after: str = "", size: int = PAGE) -> Keyset[M]:
    """Return a page of rows by one column ('-created_at': the newest first), then by their key.

    One query. `after` is the key of the last row that was shown; what is no key begins at the
    first page. An index on the column and the key makes every page as cheap as the first.
    """
    sign, name = ("-", by[1:]) if by.startswith("-") else ("", by)
    step, key = "lt" if sign else "gt", _key(rows.model, after)
    if key is not None:
        # Asked within the page's own statement, once.
        value = Subquery(rows.model._default_manager.filter(pk=key).values(name)[:1])
        tied = Q(**{f"{name}__{step}": value}) | Q(**{f"pk__{step}": key})
        rows = rows.filter(Q(**{f"{name}__{step}e": value}) & tied)
    found = list(rows.order_by(by, f"{sign}pk")[: size + 1])
    more = str(found[size - 1].pk) if len(found) > size else ""
    return Keyset(found[:size], more, after if key is not None else "")


def place_of(instant: datetime, key: object) -> str:
    """Return where a row stands in a list by time and key: what asks for those behind it."""
    return f"{instant.isoformat().replace('+00:00', 'Z')}_{key}"


def place_read(text: str) -> tuple[datetime, str] | None:
    """Return the instant and the key of a place; None for what is none: the list begins there."""
    told, _, key = text.replace("\x00", "").partition("_")
    try:
        return instant_read(told), key
    except ValueError:
        return None


def _key(model: type[Model], after: str) -> Any:
    try:
        return model._meta.pk.to_python(after) if after else None
    except ValidationError:
        return None
