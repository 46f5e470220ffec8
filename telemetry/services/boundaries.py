"""Which boundaries of the declared scope the tool calls of events violate (REG-6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from registry.models import DeclaredScope
from registry.rules.agent_scope import Action, Scope, outside
from registry.rules.scope_documents import scope_of
from registry.selectors.profile import said

TOOL_CALLS = 14
MOST = 20
Key = tuple[UUID, datetime, str]


def outside_of(rows: Sequence[tuple[Any, ...]]) -> dict[Key, Jsonb]:
    """Return, by key, in words what the tool calls of stored rows of events violate.

    Held against the scope that was in force when the event happened; a system without one is not
    judged. Of a call that does not say what it asked, only the tool is judged. One query.
    """
    called = [(row[:3], row[TOOL_CALLS].obj) for row in rows if row[TOOL_CALLS].obj]
    if not called:
        return {}
    scopes = _scopes({key[0] for key, _ in called})
    found: dict[Key, Jsonb] = {}
    for key, calls in called:
        scope = _in_force(scopes.get(key[0], []), key[1])
        words = [word for call in calls for word in _outside(scope, call)] if scope else []
        if words:
            found[key] = Jsonb(list(dict.fromkeys(words))[:MOST], dumps=orjson.dumps)
    return found


def _scopes(systems: set[UUID]) -> dict[UUID, list[DeclaredScope]]:
    found: dict[UUID, list[DeclaredScope]] = {}
    rows = DeclaredScope.objects.filter(system_id__in=systems, approved_at__isnull=False)
    for row in rows.order_by("version"):
        found.setdefault(row.system_id, []).append(row)
    return found


def _in_force(rows: Sequence[DeclaredScope], at: datetime) -> Scope | None:
    for row in rows:
        begun = row.approved_at is not None and row.approved_at <= at
        if begun and (row.ended_at is None or at < row.ended_at):
            return scope_of(**said(row))
    return None


def _outside(scope: Scope, call: Mapping[str, Any]) -> list[str]:
    tool, asked = str(call["tool"]), str(call.get("asked", ""))
    declared = {one.name.strip().casefold() for one in scope.tools}
    if not asked and tool.strip().casefold() in declared:
        return []
    return outside(scope, Action(tool=tool, asked=asked))
