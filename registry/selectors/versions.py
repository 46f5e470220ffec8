"""Versions page by page, two of them side by side, and what ran at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from registry.models import Deployment, System, SystemVersion
from registry.rules.labels import label_from
from registry.rules.spans import Span, gap_at, gaps_between
from registry.selectors.systems import (
    deployments_of,
    live_deployment,
    version_by_label,
    versions_of,
)

PAGE = 50
MOST_SPANS = 500
# What two versions are compared by, as a person reads it.
COMPARED = {
    "digest": "Digest",
    "provider": "Provider",
    "hosted_model": "Model",
    "snapshot": "Snapshot",
    "fingerprint": "Fingerprint",
    "prompt_sha256": "Prompt",
    "tools_sha256": "Tools",
    "index_sha256": "Index",
    "guardrails_sha256": "Guardrails",
    "identity_hash": "Identity hash",
    "changelog": "What changed",
    "significant_design_change": "Significant change of the design",
    "substantial_modification": "Substantial modification",
    "placed_on_market_at": "Placed on the market",
    "author": "Author",
    "created_at": "Registered",
    "state": "State",
    "approved_by": "Approved by",
    "approved_at": "Approved",
}


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page of versions begins: behind this one."""

    created_at: datetime
    id: UUID

    @property
    def text(self) -> str:
        """As an address carries it."""
        return f"{self.created_at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{self.id.hex}"


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One page, newest first; `newer` and `older` are the keys beside it, '' at an end."""

    rows: Sequence[SystemVersion]
    newer: str
    older: str


@dataclass(frozen=True, slots=True)
class Ran:
    """What ran in an environment at an instant, as far as the record tells.

    `deployment` None: nothing ran, `gap` says since and until when (None before the first start).
    `suspended` and `stop_scope` are those of the instant; `version_state` that of today.
    """

    environment: str
    instant: datetime
    deployment: Deployment | None
    suspended: bool
    stop_scope: str
    gap: Span | None


def key_from(text: str) -> Key | None:
    """Read a key that an address carries; None for an empty or unreadable one."""
    stamp, _dash, rest = text.partition("-")
    try:
        moment = datetime.strptime(stamp, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
        return Key(moment, UUID(hex=rest))
    except ValueError:
        return None


def version_page(
    *, system_id: UUID, behind: str = "", before: str = "", words: str = "", state: str = ""
) -> VersionPage:
    """Return a page of a system's versions: the newest, those behind a key, or those before it."""
    rows = versions_of(system_id=system_id).order_by("-created_at", "-id")
    if words:
        rows = rows.filter(
            Q(label__icontains=words) | Q(changelog__icontains=words) | Q(digest__startswith=words)
        )
    if state:
        rows = rows.filter(state=state)
    back, ahead = key_from(behind), key_from(before)
    if ahead is not None and back is None:
        found = list(rows.reverse().filter(_after(ahead))[: PAGE + 1])
        more, found = len(found) > PAGE, found[:PAGE][::-1]
        return VersionPage(found, _text(found, 0) if more else "", _text(found, -1))
    if back is not None:
        rows = rows.filter(_older(back))
    found = list(rows[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    return VersionPage(found, _text(found, 0) if back else "", _text(found, -1) if more else "")


def environments_of(*, system_id: UUID) -> list[str]:
    """Return where a system's versions run or ran, production first."""
    rows = Deployment.objects.filter(system_id=system_id).order_by().values_list("environment")
    names = {name for (name,) in rows.distinct()}
    return sorted(names, key=lambda name: (name != "production", name))


def ran_at(*, system_id: UUID, environment: str, instant: datetime) -> Ran:
    """Return what ran in an environment at an instant, for the whole past."""
    found = live_deployment(system_id=system_id, environment=environment, at=instant)
    if found is None:
        spans = _spans(system_id, environment)
        return Ran(environment, instant, None, False, "", gap_at(spans, instant))
    past = Deployment.history.filter(id=found.pk, history_date__lte=instant)
    then = past.order_by("-history_date", "-history_id").first() or found
    return Ran(environment, instant, found, then.suspended, then.stop_scope, None)


def gaps_of(*, system_id: UUID, environment: str, now: datetime) -> list[Span]:
    """Return when nothing ran in an environment since its first start, newest first."""
    return gaps_between(_spans(system_id, environment), now=now)[::-1]


def newest_everywhere(*, system_id: UUID) -> list[Deployment]:
    """Return by environment what is live there, else what was last; production first."""
    rows = Deployment.objects.filter(system_id=system_id).select_related("version", "fallback")
    newest = rows.order_by("environment", F("until_at").desc(nulls_first=True), "-from_at", "pk")
    return sorted(
        newest.distinct("environment"),
        key=lambda row: (row.environment != "production", row.environment),
    )


def live_everywhere(*, system_id: UUID) -> list[Deployment]:
    """Return what is live, by environment, production first."""
    rows = list(deployments_of(system_id=system_id).filter(until_at__isnull=True))
    return sorted(rows, key=lambda row: (row.environment != "production", row.environment))


def version_named(*, system: System, label: str) -> SystemVersion:
    """Return a version by its label as somebody typed it. Raises Missing."""
    return version_by_label(system_id=system.pk, label=label_from(label.replace("\0", "")))


def compared(one: SystemVersion, other: SystemVersion) -> list[dict[str, Any]]:
    """Return field by field what two versions say, with whether they differ; nothing empty."""
    rows = []
    for name, words in COMPARED.items():
        values = getattr(one, name), getattr(other, name)
        if any(value not in ("", None) for value in values):
            rows.append(
                {
                    "words": words,
                    "hash": name == "digest" or name.endswith(("sha256", "hash")),
                    "one": values[0],
                    "other": values[1],
                    "differs": values[0] != values[1],
                }
            )
    return rows


def _spans(system_id: UUID, environment: str) -> list[Span]:
    rows = Deployment.objects.filter(system_id=system_id, environment=environment)
    newest = rows.order_by("-from_at").values_list("from_at", "until_at")[:MOST_SPANS]
    return [Span(since, until) for since, until in newest]


def _older(key: Key) -> Q:
    return Q(created_at__lt=key.created_at) | Q(created_at=key.created_at, id__lt=key.id)


def _after(key: Key) -> Q:
    return Q(created_at__gt=key.created_at) | Q(created_at=key.created_at, id__gt=key.id)


def _text(rows: Sequence[SystemVersion], place: int) -> str:
    return Key(rows[place].created_at, rows[place].pk).text if rows else ""
