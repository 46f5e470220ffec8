"""A JSON body of the API: of bounded size, depth and number of parts, and each name once."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.http import HttpRequest
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from ledger.rules.refusals import TooLarge
from ledger.rules.worded import worded

MOST_BYTES = 8 * 1024 * 1024
MOST_PARTS = 400_000
"""Objects, lists and commas together: what is parsed costs memory by these, not by its bytes."""
MARKS = (b"{", b"[", b",")


class JSONParser(parsers.JSONParser):
    """Reads a document of which nobody can say that it means two things, or too much of it."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what a body says. Raises ParseError (400) and TooLarge."""
        context = parser_context or {}
        _refuse_by_length(context.get("request"))
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise _too_large()
        if sum(body.count(mark) for mark in MARKS) > MOST_PARTS:
            raise TooLarge(
                "too_many_parts",
                worded(
                    "A document holds at most {most_parts} parts; send several.",
                    most_parts=f"{MOST_PARTS:,}",
                ),
            )
        try:
            text = body.decode(context.get("encoding") or "utf-8")
            return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        except RecursionError:
            raise ParseError("The body is no valid JSON: it is nested too deeply.") from None
        except ValueError as error:
            raise ParseError(f"The body is no valid JSON: {error}.") from None


def _refuse_by_length(request: Any) -> None:
    """Refuse unread what says itself that it is too large."""
    plain: HttpRequest | None = getattr(request, "_request", None)
    length = plain.META.get("CONTENT_LENGTH") or "" if plain is not None else ""
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise _too_large()


def _too_large() -> TooLarge:
    return TooLarge(
        "body_too_large",
        worded("A document holds at most {megabytes} MiB.", megabytes=MOST_BYTES // 2**20),
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. Raises ValueError where a name stands twice: which counts is not known."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"the name {name[:60]!r} stands twice in one object")
            seen.add(name)
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")
