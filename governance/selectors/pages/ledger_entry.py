"""One entry of the ledger: who, what, when, before and after, the very bytes and their hash."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.selectors.pages.record import sentence
from governance.selectors.pages.visibility import incidents_visible_to, systems_seen_by
from incidents.models import Incident
from ledger.rules.refusals import Missing
from ledger.selectors.lines import Line, line, newest_number
from registry.models import System, User
from registry.selectors.people import roles_of

READS_ALL = frozenset({"auditor", "compliance", "risk", "administrator", "executive", "board"})


def ledger_page(*, number: int, reader: User, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/ledger_entry.html shows. Raises Missing.

    Who reads everything of the organisation reads every entry; others those of incidents and
    systems that they see, and their own.
    """
    found = line(number=number)
    if found is None:
        raise _missing()
    incident, system = _about(found)
    if not _may_read(found, incident, system, reader, at):
        raise _missing()
    newest = newest_number()
    return {
        "at": at,
        "line": found,
        "sentence": sentence(found),
        "incident": incident,
        "system": system,
        "changes": changes(found.body),
        "details": flat(found.body.get("details") or {}),
        "where": flat(found.body.get("from") or {}),
        "bytes": found.bytes.decode("utf-8"),
        "sha256": hashlib.sha256(found.bytes).hexdigest(),
        "older": number - 1 if number > 1 else None,
        "newer": number + 1 if number < newest else None,
    }


def changes(body: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return each changed field with what it was and what it is."""
    before, after = flat(body.get("before") or {}), flat(body.get("after") or {})
    names = dict.fromkeys([*(name for name, _ in before), *(name for name, _ in after)])
    old, new = dict(before), dict(after)
    return [
        {"name": name, "before": old.get(name, ""), "after": new.get(name, "")} for name in names
    ]


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
            found.append((here, "" if value is None else str(value)))
    return found


def _items(values: list[Any], name: str) -> list[tuple[str, str]]:
    if not any(isinstance(value, Mapping | list) for value in values):
        return [(name, ", ".join(str(value) for value in values))]
    return [
        pair
        for index, value in enumerate(values, start=1)
        for pair in flat({str(index): value}, f"{name}.")
    ]


def _about(found: Line) -> tuple[Incident | None, System | None]:
    incident = _row(Incident, found.body.get("incident"))
    system = _row(System, found.body.get("system"))
    return incident, system


def _row(model: Any, key: Any) -> Any:
    return model.objects.filter(pk=UUID(str(key))).first() if key else None


def _may_read(
    found: Line, incident: Incident | None, system: System | None, reader: User, at: datetime
) -> bool:
    who = found.body.get("who") or {}
    if who.get("id") == str(reader.pk):
        return True
    held = {role for role, _, _ in roles_of(user_id=reader.pk, at=at)}
    if incident is not None:
        return incidents_visible_to(user=reader, at=at).filter(pk=incident.pk).exists()
    if system is not None:
        return systems_seen_by(user=reader, at=at).filter(pk=system.pk).exists()
    return bool(held & READS_ALL)


def _missing() -> Missing:
    return Missing("not_found", "There is no such entry that you may read.")
