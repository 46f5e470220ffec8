"""The list of systems: who answers, what runs, how they stand, what is open."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from governance.models import Standing, Watch
from governance.selectors.pages.visibility import incidents_visible_to, systems_seen_by
from incidents.rules.transitions import ENDED
from registry.models import Deployment, System, User

ORDER = ("CRITICAL", "WARNING", "RECOVERING", "PENDING", "NO_DATA", "ERROR", "OK")
WORDS = {
    "CRITICAL": ("critical", "critical"),
    "WARNING": ("warning", "warning"),
    "RECOVERING": ("recovering", "recovering"),
    "PENDING": ("pending", "pending"),
    "NO_DATA": ("none", "without data"),
    "ERROR": ("none", "in error"),
    "OK": ("ok", "in their bands"),
}
LIVES = {"production": "ok", "pilot": "current", "suspended": "suspended", "retired": "none"}


def systems_page(*, reader: User, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/systems.html shows; nine queries, however many systems."""
    systems = list(
        systems_seen_by(user=reader, at=at).select_related("owner", "unit").order_by("name")
    )
    ids = [system.pk for system in systems]
    standings = _standings(ids)
    opened = dict(
        incidents_visible_to(user=reader, at=at)
        .filter(system_id__in=ids)
        .exclude(state__in=ENDED)
        .order_by()
        .values_list("system_id")
        .annotate(number=Count("pk"))
    )
    watches = dict(
        Watch.objects.filter(system_id__in=ids, state__in=("open", "answered"))
        .order_by()
        .values_list("system_id")
        .annotate(number=Count("pk"))
    )
    live = {
        row.system_id: row
        for row in Deployment.objects.filter(
            system_id__in=ids, until_at__isnull=True, environment="production"
        ).select_related("version")
    }
    rows = [
        _row(system, standings[system.pk], live.get(system.pk), opened, watches)
        for system in systems
    ]
    return {"at": at, "rows": rows, "lead": _lead(rows)}


def _standings(ids: list[UUID]) -> dict[UUID, Counter[str]]:
    found: dict[UUID, Counter[str]] = defaultdict(Counter)
    rows = Standing.objects.filter(series__system_id__in=ids).order_by()
    counted = rows.values_list("series__system_id", "state").annotate(number=Count("pk"))
    for system, state, count in counted:
        found[system][state] = count
    return found


def _row(
    system: System,
    states: Counter[str],
    live: Deployment | None,
    opened: dict[UUID, int],
    watches: dict[UUID, int],
) -> dict[str, Any]:
    total = sum(states.values())
    worst = next((state for state in ORDER if states[state]), None)
    name, word = WORDS[worst] if worst else ("none", "")
    told = f"{states[worst]} of {total} {word}" if worst else "nothing judged yet"
    return {
        "system": system,
        "life": LIVES.get(system.lifecycle, "pending"),
        "life_words": system.get_lifecycle_display().capitalize(),
        "live": live,
        "state": name,
        "words": told,
        "incidents": opened.get(system.pk, 0),
        "watches": watches.get(system.pk, 0),
    }


def _lead(rows: list[dict[str, Any]]) -> str:
    """Say the situation first: '4 systems: 2 in order, 1 in breach, 1 partly unseen.'"""
    count = len(rows)
    if not count:
        return ""
    ok = sum(row["state"] == "ok" for row in rows)
    breach = sum(row["state"] in ("critical", "warning") for row in rows)
    unseen = sum(row["state"] == "none" for row in rows)
    parts = [(ok, "in order"), (breach, "in breach"), (unseen, "partly unseen")]
    told = ", ".join(f"{number} {words}" for number, words in parts if number)
    return f"{count} system{'' if count == 1 else 's'}: {told or 'all recovering'}."
