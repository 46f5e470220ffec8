"""Lists as text: one row a line, its parts between bars; each wrong line is told by its number."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django import forms
from django.utils.translation import gettext as _

R = TypeVar("R")


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines that hold something, without outer spaces."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def names_of(text: str) -> frozenset[str]:
    """Return names between commas."""
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def rows_of(text: str, parts: int, read: Callable[[list[str]], R]) -> tuple[R, ...]:
    """Return one row for each line of `parts` parts. Raises ValidationError with line numbers."""
    rows, wrong = [], []
    for number, line in enumerate(lines_of(text), start=1):
        found = [part.strip() for part in line.split("|")]
        try:
            if len(found) != parts:
                raise ValueError
            rows.append(read(found))
        except ValueError:
            wrong.append(str(number))
    if wrong:
        words = _("Not understood: line %(lines)s. Each line has %(parts)s parts between bars: |")
        raise forms.ValidationError(words % {"lines": ", ".join(wrong), "parts": parts})
    return tuple(rows)


def text_of(rows: Iterable[Iterable[str]]) -> str:
    """Return rows as the text that `rows_of` reads."""
    return "\n".join(" | ".join(row) for row in rows)


def code_of(said: str, words: dict[str, str]) -> str:
    """Return the code that somebody means by a code or its words. Raises ValueError for neither."""
    by_words = {label.casefold(): code for code, label in words.items()}
    found = said if said in words else by_words.get(said.casefold())
    if found is None:
        raise ValueError(said)
    return found


class LinesField(forms.CharField):
    """A text of lines; its value is a tuple of them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 4}))
        kwargs.setdefault("max_length", 20_000)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """Return the lines."""
        return lines_of(super().clean(value))


class RowsField(forms.CharField):
    """A text of rows with parts; its value is a tuple of what `read` makes of each."""

    def __init__(self, *, parts: int, read: Callable[[list[str]], Any], **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 5}))
        kwargs.setdefault("max_length", 20_000)
        super().__init__(**kwargs)
        self.parts, self.read = parts, read

    def clean(self, value: Any) -> Any:
        """Return the rows. Raises ValidationError."""
        return rows_of(super().clean(value), self.parts, self.read)
