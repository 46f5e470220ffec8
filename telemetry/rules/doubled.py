"""Two members of one name in a JSON object: whoever signed or checked it may have seen the other.

RFC 8259, section 4, leaves open which of them counts; so neither does.
"""

import json
from collections.abc import Iterable
from typing import Any

from ledger.rules.refusals import Invalid

SMALL = 32 * 1024
"""A body up to this is looked through whole; of a larger one first the names that must be there."""


class _Doubled(Exception):
    """The name that stands twice."""


def refuse_doubled_names(body: bytes) -> None:
    """Raise Invalid where an object of a sound document names a member twice."""
    name = doubled_name(body)
    if name is not None:
        raise Invalid(
            "doubled_name",
            f"The name {name[:60]!r} stands twice in one object: which value counts is not known.",
        )


def refuse_doubled_members(body: bytes, rows: int, needed: Iterable[str], *, lines: bool) -> None:
    """Raise Invalid where a row names a member twice; `needed` are the names that each row has.

    Looking through every member takes longer than decoding them. So of a large body the names that
    each row needs are counted: as many as there are rows, and none of them stands twice.
    """
    if len(body) > SMALL and all(body.count(b'"%b"' % name.encode()) == rows for name in needed):
        return
    for piece in body.split(b"\n") if lines else (body,):
        refuse_doubled_names(piece)


def doubled_name(body: bytes) -> str | None:
    """Return the first name that stands twice in one object of a sound document, None for none."""
    try:
        json.loads(body, object_pairs_hook=_once)
    except _Doubled as found:
        return str(found)
    except (ValueError, RecursionError):
        return None
    return None


def _once(pairs: list[tuple[str, Any]]) -> None:
    """Keep nothing of an object but that its names differ."""
    if len({name for name, _ in pairs}) == len(pairs):
        return
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise _Doubled(name)
        seen.add(name)
