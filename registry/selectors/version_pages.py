"""What the page of a version shows, and what ran in words."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ledger.rules.actors import Actor
from registry.models import FallbackCheck, SystemVersion
from registry.rules.identities import HASHES, NAMES
from registry.selectors.evaluations import runs_of
from registry.selectors.permits import refusal_for_system
from registry.selectors.systems import deployments_of
from registry.selectors.versions import Ran

MOST = 20
MOST_FALLBACKS = 200
ACTS = {
    "approve": "version.approve",
    "revoke": "version.revoke",
    "live": "deploy",
    "market": "version.market",
}
# In which state of the version an act makes sense.
WHEN = {
    "approve": ("draft",),
    "revoke": ("approved",),
    "live": ("approved",),
    "market": ("approved", "revoked"),
}


def version_facts(*, version: SystemVersion, actor: Actor, at: datetime) -> dict[str, Any]:
    """Return where a version ran, its runs and checks, and which acts the reader may do."""
    rows = deployments_of(system_id=version.system_id).filter(version=version)
    checks = FallbackCheck.objects.filter(version=version).select_related("person")
    return {
        "identity": identity_rows(version),
        "deployments": list(rows[:MOST]),
        "runs": list(runs_of(system_id=version.system_id, version_id=version.pk)[:MOST]),
        "checks": list(checks.order_by("-tested_at")[:MOST]),
        "may": _may(version, actor, at),
    }


def identity_rows(version: SystemVersion) -> list[dict[str, Any]]:
    """Return the identity of a version as labels and values; hashes are marked."""
    labels = {
        "digest": _("Digest"),
        "provider": _("Provider"),
        "hosted_model": _("Model"),
        "snapshot": _("Snapshot"),
        "fingerprint": _("Fingerprint"),
        "prompt_sha256": _("Prompt"),
        "tools_sha256": _("Tools"),
        "index_sha256": _("Index"),
        "guardrails_sha256": _("Guardrails"),
    }
    values = {name: getattr(version, name) for name in ("digest", *NAMES, *HASHES)}
    return [
        {"label": labels[name], "value": value, "hash": name in ("digest", *HASHES)}
        for name, value in values.items()
        if value
    ]


def approved_others(version: SystemVersion) -> QuerySet[SystemVersion]:
    """Return the other approved versions of the same system, newest first: what to fall back to."""
    rows = SystemVersion.objects.filter(
        system_id=version.system_id, state=SystemVersion.State.APPROVED
    )
    return rows.exclude(pk=version.pk).order_by("-created_at", "-id")[:MOST_FALLBACKS]


def ran_words(ran: Ran) -> str:
    """Say in a sentence what ran at the instant."""
    row = ran.deployment
    if row is None:
        return _nothing(ran)
    told = _("Version %(label)s ran in %(where)s.") % {
        "label": row.version.label,
        "where": ran.environment,
    }
    if ran.suspended:
        stopped = _("It was stopped then: %(scope)s.") % {"scope": ran.stop_scope}
        return f"{told} {stopped}"
    return told


def _nothing(ran: Ran) -> str:
    if ran.gap is None:
        return _("Nothing had run in %(where)s yet.") % {"where": ran.environment}
    return _("Nothing ran in %(where)s then.") % {"where": ran.environment}


def _may(version: SystemVersion, actor: Actor, at: datetime) -> dict[str, str]:
    """By act: '' where the reader may, else why not; an act out of its time is missing."""
    found = {}
    for name, act in ACTS.items():
        if version.state not in WHEN[name]:
            continue
        refusal = refusal_for_system(act=act, system=version.system, actor=actor, at=at)
        found[name] = refusal.reason if refusal else ""
    if found.get("approve") == "" and actor.person == version.author_id:
        found["approve"] = _("You wrote this version: somebody else approves it.")
    return found
