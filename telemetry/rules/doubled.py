"""Two members of one name in a JSON object: whoever signed or checked it may have seen the other.

RFC 8259, section 4, leaves open which of them counts; so neither does.
"""

import json
from typing import Any

import msgspec

from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded

# What a text may hold a quotation mark by, or a backslash before one.
ESCAPES = (rb"\"", rb"\\", rb"\u00")
BEFORE_A_COLON = (b" ", b"\t", b"\n", b"\r")


class _Doubled(Exception):
    """The name that stands twice."""


def refuse_doubled_names(body: bytes) -> None:
    """Raise Invalid where an object of a sound document names a member twice."""
    name = doubled_name(body)
    if name is not None:
        raise Invalid(
            "doubled_name",
            worded(
                "The name {name!r} stands twice in one object: which value counts is not known.",
                name=name[:60],
            ),
        )


def refuse_doubled_members(body: bytes, decoded: Any, *, lines: bool) -> None:
    """Raise Invalid where an object of a sound body names a member twice.

    `decoded` is what was read of it, of types that leave out their defaults when they are written.
    Looking through every member takes several times as long as decoding them, so that is done only
    where their number does not tell.
    """
    if _holds_each_once(body, decoded):
        return
    for piece in body.split(b"\n") if lines else (body,):
        refuse_doubled_names(piece)


def _holds_each_once(body: bytes, decoded: Any) -> bool:
    """Whether a body has no more members than what was read of it has when it is written again.

    What is read twice is written once, and what was never sent is a default, which is not written:
    so a body with a doubled member has more. Members are counted by the end of their names, `":`,
    which says the same only where no text holds a quotation mark and no blank stands between. A
    body of which that is not known, or that states a default, is not said to be sound here.
    """
    if any(mark in body for mark in ESCAPES):
        return False
    if any(blank in body and blank + b":" in body for blank in BEFORE_A_COLON):
        return False
    return body.count(b'":') == msgspec.json.encode(decoded).count(b'":')


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
