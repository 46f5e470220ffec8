"""Versions: registered as drafts, approved by somebody else, revoked."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.services.entries import append_entry
from registry.models import System, SystemVersion
from registry.selectors.permits import who_can
from registry.services.access import require_system_permit


@transaction.atomic
def register_version(
    *,
    system_id: UUID,
    label: str,
    digest: str,
    changelog: str = "",
    author_id: UUID,
    actor: Actor,
    at: datetime,
) -> SystemVersion:
    """Register a version as a draft, bound to its digest.

    A token may do it as its service account (the door checks the scope). Raises Forbidden,
    Invalid, Missing, Conflict (label in use).
    """
    system = System.objects.select_related("owner", "deputy").filter(pk=system_id).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    if actor.kind != "token":
        require_system_permit(act="version.register", system=system, actor=actor, at=at)
    _check_author(author_id, actor)
    if not label.strip() or not digest.strip():
        raise Invalid("identity_missing", "A version needs a label and a digest.")
    if SystemVersion.objects.filter(system=system, label=label).exists():
        raise Conflict("label_in_use", f"{system.name} has a version {label} already.")
    version = SystemVersion(
        system=system,
        label=label,
        digest=digest,
        changelog=changelog,
        author_id=author_id,
        created_at=at,
    )
    version.save(force_insert=True, at=at)
    _record(version, "version.registered", actor, at, after={"digest": digest, "state": "draft"})
    return version


@transaction.atomic
def approve_version(
    *,
    version_id: UUID,
    digest: str | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> SystemVersion:
    """Approve a draft; the approval is bound to its digest and is never the author's own.

    `digest` is what the approver looked at. Raises Missing, Conflict (another digest, no draft any
    more), Forbidden (author, role).
    """
    version = _lock(version_id)
    _check_digest(version, digest)
    _check_state(version, SystemVersion.State.DRAFT)
    _check_not_author(version, actor, at)
    require_system_permit(act="version.approve", system=version.system, actor=actor, at=at)
    version.state = SystemVersion.State.APPROVED
    version.approved_by_id, version.approved_at = actor.person, at
    version.save(update_fields=["state", "approved_by", "approved_at"], at=at)
    _record(
        version,
        "version.approved",
        actor,
        at,
        reason=reason,
        before={"state": "draft"},
        after={"state": "approved", "digest": version.digest},
    )
    return version


@transaction.atomic
def revoke_version(*, version_id: UUID, reason: str, actor: Actor, at: datetime) -> SystemVersion:
    """Revoke an approved version: it is made live no more. Raises Missing, Conflict, Forbidden."""
    version = _lock(version_id)
    _check_state(version, SystemVersion.State.APPROVED)
    require_system_permit(act="version.revoke", system=version.system, actor=actor, at=at)
    version.state = SystemVersion.State.REVOKED
    version.save(update_fields=["state"], at=at)
    _record(
        version,
        "version.revoked",
        actor,
        at,
        reason=reason,
        before={"state": "approved"},
        after={"state": "revoked"},
    )
    return version


def _lock(version_id: UUID) -> SystemVersion:
    rows = SystemVersion.objects.select_for_update(no_key=True, of=("self",))
    rows = rows.select_related("system__owner", "system__deputy", "author")
    version: SystemVersion | None = rows.filter(pk=version_id).first()
    if version is None:
        raise Missing("unknown_version", "There is no such version.")
    return version


def _check_author(author_id: UUID, actor: Actor) -> None:
    """Nobody registers in another's name: whoever wrote it could then approve it."""
    if actor.kind in ("person", "token") and actor.id != str(author_id):
        raise Forbidden("not_the_author", "You register versions in your own name.", recorded=True)


def _check_state(version: SystemVersion, needed: str) -> None:
    if version.state != needed:
        raise Conflict(
            "version_state",
            f"Version {version.label} is {version.state}; it would have to be {needed}.",
            extra={"present": {"state": str(version.state)}},
        )


def _check_digest(version: SystemVersion, seen: str | None) -> None:
    if seen is not None and seen != version.digest:
        raise Conflict(
            "another_digest",
            f"Version {version.label} has another digest than the one that you looked at.",
            extra={"present": {"digest": version.digest}},
        )


def _check_not_author(version: SystemVersion, actor: Actor, at: datetime) -> None:
    if actor.id != str(version.author_id):
        return
    others = who_can(act="version.approve", system=version.system, at=at)
    raise Forbidden(
        "own_version",
        f"You cannot approve version {version.label}: you wrote it.",
        who_can=[name for name in others if name != actor.name],
        recorded=True,
        subject=("version", str(version.pk), f"{version.system.name} {version.label}"),
    )


def _record(
    version: SystemVersion,
    verb: str,
    actor: Actor,
    at: datetime,
    *,
    reason: str = "",
    before: dict[str, str] | None = None,
    after: dict[str, str],
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("version", str(version.pk), f"{version.system.name} {version.label}"),
        before=before,
        after=after,
        reason=reason,
        system_id=version.system_id,
        touched=[f"registry_systemversion:{version.pk}"],
    )
