"""Addresses of pages and chats, which are secrets: which are taken, what may be shown of them."""

import re
from urllib.parse import SplitResult, urlsplit

from ledger.rules.worded import worded

PAGERDUTY = "pagerduty:"
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
TOPIC = re.compile(r"/[A-Za-z0-9_-]{1,64}")
LONGEST = 500
HOSTED = frozenset({"slack", "discord", "gchat", "msteams", "workflows", "tgram", "wxteams"})
"""Chats at a fixed address of their maker."""

OWN = frozenset({"mmost", "mmosts", "rocket", "rockets", "matrix", "matrixs", "nctalk", "nctalks"})
"""Chats that an organisation runs itself: the address names the host."""


def page_fault(target: str) -> str:
    """Say what is wrong with an address for pages; '' for none (or an empty one)."""
    if not target:
        return ""
    if target.startswith(PAGERDUTY):
        key = target.removeprefix(PAGERDUTY)
        return "" if KEY.fullmatch(key) else "After pagerduty: stands the routing key."
    parts = _split(target)
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
        return "Write pagerduty: and the routing key, or the https address of an ntfy topic."
    if not TOPIC.fullmatch(parts.path) or parts.query or parts.fragment:
        return "The address of an ntfy topic ends with its name: https://ntfy.example.org/topic."
    return ""


def chat_fault(target: str) -> str:
    """Say what is wrong with an address for chats; '' for none (or an empty one)."""
    if not target:
        return ""
    parts = _split(target)
    if parts is None or parts.scheme not in HOSTED | OWN:
        return worded(
            "Chats begin with one of: {hosted}, then ://.", hosted=", ".join(sorted(HOSTED | OWN))
        )
    return "" if parts.netloc else "The address of the chat is missing behind ://."


def host_of(target: str) -> str:
    """Return the host that an address of an own chat names, '' for a maker's."""
    parts = _split(target)
    return (parts.hostname or "") if parts is not None and parts.scheme in OWN else ""


def named(target: str) -> str:
    """Return what tells an address from others and opens nothing: service, host, last signs."""
    if target.startswith(PAGERDUTY):
        return worded("PagerDuty, key ending in {target}", target=target[-4:])
    parts = _split(target)
    if parts is None:
        return "an address"
    if parts.scheme in ("http", "https"):
        return worded("ntfy at {hostname}", hostname=parts.hostname or "")
    host = host_of(target)
    return f"{parts.scheme} at {host}" if host else parts.scheme or "an address"


def _split(target: str) -> SplitResult | None:
    if len(target) > LONGEST or not target.isprintable() or " " in target:
        return None
    try:
        parts = urlsplit(target)
        _ = parts.port
    except ValueError:
        return None
    return parts
