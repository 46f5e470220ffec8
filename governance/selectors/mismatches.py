"""Versions and deployments that answers are held against, and the decisions of a mismatch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Min, Q, QuerySet

from governance.models import MismatchCause
from governance.rules.mismatches import Answerer, Known, Live
from incidents.models import Incident
from registry.models import SystemVersion
from registry.rules.identities import HOSTED
from telemetry.models import DecisionEvent
from telemetry.services.decisions import EVENTS

IDENTITY = ("digest", *HOSTED)
RUN = ("deployments__environment", "deployments__from_at", "deployments__until_at")
# A part of the identity, and the column of an event that tells it.
TOLD = {
    "hosted_model": "model",
    "fingerprint": "fingerprint",
    "prompt_sha256": "prompt_sha256",
    "tools_sha256": "tools_sha256",
    "index_sha256": "index_sha256",
    "guardrails_sha256": "guardrails_sha256",
}


@dataclass(slots=True)
class Approved:
    """What is known of one system: its versions by label, what was live by environment."""

    known: dict[str, Known] = field(default_factory=dict)
    live: dict[str, list[Live]] = field(default_factory=dict)


@cache
def told_parts() -> tuple[str, ...]:
    """Return the parts of an identity that an event can tell."""
    known = {name for name, _ in EVENTS.columns}
    return tuple(part for part, column in TOLD.items() if column in known)


@cache
def answerer_places() -> tuple[int, ...]:
    """Return where a stored row of an event has system, environment, version, and each part."""
    places = {name: place for place, (name, _) in enumerate(EVENTS.columns)}
    columns = ["system_id", "environment", "version_label", *(TOLD[one] for one in told_parts())]
    return tuple(places[column] for column in columns)


def answerer_of(version: str, parts: Sequence[str | None]) -> Answerer:
    """Return who answered, of the version and the parts in the order of `told_parts`."""
    told = zip(told_parts(), parts, strict=True)
    return Answerer(version, tuple((part, value) for part, value in told if value))


def approved_versions(
    *, system_ids: Collection[UUID], labels: Collection[str], since: datetime, until: datetime
) -> Mapping[UUID, Approved]:
    """Return the versions of these labels and all that were live in [since, until], by system.

    One query; another where a version was revoked, for when that was.
    """
    runs = Q(deployments__from_at__lte=until) & (
        Q(deployments__until_at__isnull=True) | Q(deployments__until_at__gt=since)
    )
    asked = SystemVersion.objects.filter(Q(label__in=labels) | runs, system_id__in=system_ids)
    rows: list[tuple[Any, ...]] = list(
        asked.values_list("system_id", "pk", "label", "state", "approved_at", *IDENTITY, *RUN)
    )
    found: dict[UUID, Approved] = {system: Approved() for system in system_ids}
    revoked = _revoked_at([row[1] for row in rows if row[3] == SystemVersion.State.REVOKED])
    for system, key, label, state, approved_at, *rest in rows:
        parts = dict(zip(IDENTITY, rest, strict=False))
        environment, from_at, until_at = rest[len(IDENTITY) :]
        known = Known(label, state, approved_at, revoked.get(key), parts)
        found[system].known[label] = known
        if environment is not None:
            run = Live(label, from_at, until_at)
            found[system].live.setdefault(environment, []).append(run)
    return found


def decisions_of(*, incident: Incident) -> list[tuple[MismatchCause, int]]:
    """Return every answerer of an incident with the decisions that it made since it was noticed."""
    causes = list(incident.mismatches.order_by("joined_at", "pk"))
    return [(cause, _events_of(incident, cause).count()) for cause in causes]


def decisions_since(*, incident: Incident) -> int:
    """Return how many decisions were made without an approval since the first was noticed."""
    return sum(count for _, count in decisions_of(incident=incident))


def unapproved_between(*, incident: Incident, since: datetime, until: datetime) -> int:
    """Return how many decisions of known unapproved answerers lie in [since, until]."""
    return sum(
        _events_of(incident, cause).filter(at__gte=since, at__lte=until).count()
        for cause in incident.mismatches.order_by("joined_at", "pk")
    )


def _events_of(incident: Incident, cause: MismatchCause) -> QuerySet[DecisionEvent]:
    told = {TOLD[part]: value for part, value in cause.parts.items() if part in told_parts()}
    events = DecisionEvent.objects.filter(
        system_id=incident.system_id,
        environment=incident.environment,
        version_label=cause.version_label,
        at__gte=cause.first_at,
        **told,
    )
    return events if incident.closed_at is None else events.filter(at__lt=incident.closed_at)


def _revoked_at(version_ids: Collection[UUID]) -> dict[UUID, datetime]:
    if not version_ids:
        return {}
    rows = SystemVersion.history.filter(id__in=version_ids, state=SystemVersion.State.REVOKED)
    return dict(rows.values_list("id").annotate(at=Min("history_date")))
