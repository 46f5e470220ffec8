"""The words of messages, which come as JSON text or as structured values, in three formats.

A message is {role, parts: [{type, content}]} at present; {role, content} before; or plain text.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

LONGEST = 4000
MOST = 200
ELLIPSIS = "…"
DEEPEST = 4
_decoder = msgspec.json.Decoder()


def words_of(messages: Any, *, role: str = "") -> str | None:
    """Return the text of the last message, of `role` where messages name theirs; None for none.

    Cut at 4,000 characters.
    """
    found = [
        text
        for spoken, text in _spoken(_decoded(messages))
        if text and (not role or not spoken or spoken == role)
    ]
    return shortened(found[-1]) if found else None


def shortened(text: str, longest: int = LONGEST) -> str:
    """Cut a text that is longer than its place, and show that it was cut."""
    clean = text.replace("\x00", "")
    return clean if len(clean) <= longest else clean[: longest - 1] + ELLIPSIS


def _decoded(messages: Any) -> Any:
    if not isinstance(messages, str) or messages[:1] not in ("[", "{"):
        return messages
    try:
        return _decoder.decode(messages)
    except (msgspec.DecodeError, RecursionError):
        return messages


def _spoken(messages: Any) -> Iterator[tuple[str, str]]:
    """Yield (role, text) of each message."""
    if isinstance(messages, str):
        yield "", messages
    elif isinstance(messages, dict):
        role = messages.get("role")
        spoken = role if isinstance(role, str) else ""
        yield spoken, _text(messages.get("parts", messages.get("content", "")), DEEPEST)
    elif isinstance(messages, list):
        for one in messages[-MOST:]:
            if not isinstance(one, list):
                yield from _spoken(one)


def _text(content: Any, left: int) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return _text(content.get("content", content.get("text", "")), left - 1) if left else ""
    if isinstance(content, list) and left:
        return "\n".join(filter(None, (_text(one, left - 1) for one in content[:MOST])))
    return ""
