"""One entry of the ledger: who, what, when, before and after, the very bytes and their proof."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from governance.rules.exceptions import in_words
from governance.rules.ledger_filter import read_uuid
from governance.selectors.pages.ledger_proof import proof_of
from governance.selectors.pages.ledger_reach import reach_of
from governance.selectors.pages.ledger_rows import exception_of, names_of, object_url
from governance.selectors.pages.record import deed, reason_told
from incidents.models import Incident
from ledger.rules.refusals import Missing
from ledger.selectors.lines import Line, sealed_line_of
from ledger.selectors.reach import Reach
from ledger.selectors.search import found_line, found_near
from registry.models import System, User

NEAR = 2
SHUT = re.compile(r"(erased|withheld) \([0-9a-f]{6}\)")
WHERE = {
    "channel": "Channel",
    "auth_method": "Proved by",
    "session": "Session",
    "token": "Token",
    "request": "Request",
    "task": "Task",
    "address": "Address",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is shown; `shut` says 'erased' or 'withheld' where nothing opens it."""

    text: str
    shut: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One field with what it was and what it is."""

    name: str
    before: Value
    after: Value

    @property
    def stays(self) -> bool:
        """Whether it is what it was; of a value that nothing opens nobody can say so."""
        return self.before == self.after and not self.before.shut


def line_within(*, number: int, reach: Reach) -> Line:
    """Return an entry that is within reach. Raises Missing, for there and not theirs alike."""
    found = found_line(number=number, reach=reach)
    if found is None:
        raise Missing("not_found", "There is no such entry that you may read.")
    return found


def ledger_page(*, number: int, reader: User, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/ledger/entry.html shows. Raises Missing."""
    reach = reach_of(user=reader, at=at)
    found = line_within(number=number, reach=reach)
    incident, system = _about(found)
    older, newer = found_near(number=number, reach=reach, each=NEAR)
    group = exception_of(found)
    return {
        "at": at,
        "line": found,
        "sentence": deed(found),
        "incident": incident,
        "system": system,
        "object_url": object_url(found, names_of([found])),
        "principal": _principal(found),
        "exception": in_words(group) if group else "",
        "reason": reason_told(found),
        "changes": changes(found.body),
        "details": values(found.body.get("details") or {}),
        "where": _where(found.body.get("from") or {}),
        "sha256": hashlib.sha256(found.bytes).hexdigest(),
        "exact": (sealed_line_of(found) or found.bytes).decode(),
        "sealed_after": found.sealed_at - found.at if found.sealed_at else None,
        "sealed_by": found.at + timedelta(seconds=settings.LEDGER_SEAL_SECONDS),
        "proof": proof_of(found, at=at),
        "near": [*reversed(older), *newer],
        "older": older[0].number if older else None,
        "newer": newer[0].number if newer else None,
    }


def changes(body: Mapping[str, Any]) -> list[Change]:
    """Return each recorded field with what it was and what it is, those that stayed last."""
    old, new = dict(values(body.get("before") or {})), dict(values(body.get("after") or {}))
    nothing = Value("")
    names = dict.fromkeys([*old, *new])
    found = [Change(name, old.get(name, nothing), new.get(name, nothing)) for name in names]
    return sorted(found, key=lambda one: one.stays)


def values(data: Mapping[str, Any]) -> list[tuple[str, Value]]:
    """Return nested data as pairs of name and value."""
    return [(name, _value(text)) for name, text in flat(data)]


def flat(data: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return nested data as lines of name and text."""
    found: list[tuple[str, str]] = []
    for name, value in data.items():
        here = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found += flat(value, f"{here}.")
        elif isinstance(value, list):
            found += _items(value, here)
        else:
            found.append((here, _text(value)))
    return found


def _items(items: list[Any], name: str) -> list[tuple[str, str]]:
    if not any(isinstance(item, Mapping | list) for item in items):
        return [(name, ", ".join(_text(item) for item in items))]
    return [
        pair
        for index, item in enumerate(items, start=1)
        for pair in flat({str(index): item}, f"{name}.")
    ]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _value(text: str) -> Value:
    shut = SHUT.fullmatch(text)
    return Value(text, shut.group(1) if shut else "")


def _where(data: Mapping[str, Any]) -> list[tuple[str, Value]]:
    return [(WHERE.get(name, name), _value(text)) for name, text in flat(data) if text]


def _principal(line: Line) -> str:
    """Return the name of the person for whom somebody acted, '' where they acted for themselves."""
    key = line.body["who"].get("on_behalf_of", "")
    person = read_uuid(key)
    if person is None:
        return str(key)
    name = User.objects.filter(pk=person).values_list("name", flat=True).first()
    return str(name or key)


def _about(found: Line) -> tuple[Incident | None, System | None]:
    incident = _row(Incident, found.body.get("incident"))
    system = _row(System, found.body.get("system"))
    return incident, system


def _row(model: Any, key: Any) -> Any:
    known = read_uuid(key)
    return model.objects.filter(pk=known).first() if known else None
