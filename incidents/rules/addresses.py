"""Where a record of the product stands: what somebody pasted as its address or its number."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from ledger.rules.instants import instant_read

LONGEST = 600

NUMBERS = (
    ("incident", re.compile(r"(INC-\d{4}-\d{4,8})", re.ASCII)),
    ("pack", re.compile(r"(EP-\d{4}-\d{3,8})", re.ASCII)),
    ("entry", re.compile(r"(?:№|#)?\s?(\d{1,3}(?:[\u202f\u2009\u00a0 ]\d{3})+|\d{1,15})")),
)
UUID_FORM = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
PATHS = (
    ("entry", re.compile(r"/ledger/(\d{1,15})/", re.ASCII)),
    ("incident", re.compile(r"/incidents/(INC-\d{4}-\d{4,8})/", re.ASCII)),
    ("kpi", re.compile(r"/systems/([a-z0-9_-]{1,80})/kpis/(\d{1,15})/", re.ASCII)),
    ("answer", re.compile(r"/answers/([a-z0-9_-]{1,80})/([A-Za-z0-9._-]{1,480})/", re.ASCII)),
    ("document", re.compile(rf"/documents/{UUID_FORM}/", re.ASCII)),
    ("pack", re.compile(r"/packs/(EP-\d{4}-\d{3,8})/", re.ASCII)),
)


@dataclass(frozen=True, slots=True)
class Named:
    """A record by its kind and what names it; `at` is the window of a reading that was named."""

    kind: str
    parts: tuple[str, ...]
    at: datetime | None = None


def read_address(given: str, *, home: str) -> Named | None:
    """Return which record an address or a number names, None for anything else.

    `home` is the product's own address: what stands elsewhere is no record of it.
    """
    said = given.strip()
    if not said or len(said) > LONGEST:
        return None
    for kind, form in NUMBERS:
        found = form.fullmatch(said)
        if found:
            number = re.sub(r"\D", "", found[1]) if kind == "entry" else found[1]
            return Named(kind, (number,))
    return _of_path(said, home)


def _of_path(said: str, home: str) -> Named | None:
    try:
        parts = urlsplit(said)
        own = urlsplit(home)
    except ValueError:
        return None
    is_own = (parts.scheme, parts.netloc) in (("", ""), (own.scheme, own.netloc))
    if not is_own:
        return None
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    for kind, form in PATHS:
        found = form.fullmatch(path)
        if found:
            return Named(kind, found.groups(), _window(parts.query) if kind == "kpi" else None)
    return None


def _window(query: str) -> datetime | None:
    """Return the end of the window that an address names as `reading`, None without one."""
    try:
        said = parse_qs(query, max_num_fields=20).get("reading", [""])[0]
        return instant_read(said)
    except ValueError:
        return None
