"""Versions: registered as drafts, approved by somebody else, revoked."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import word, worded
from ledger.services.entries import append_entry
from registry.models import System, SystemVersion
from registry.rules.identities import Identity, identity_from, problems
from registry.rules.labels import label_from, label_problem
from registry.selectors.permits import who_can
from registry.services.access import require_system_permit
from registry.services.classification import reopen_for_change
from registry.services.setup import except_setup, may_approve_own

MODIFIED = word("Version {version}: a substantial modification (AI Act Art. 3(23), 25).")
REDESIGNED = word("Version {version}: a significant change of its design (AI Act Art. 111(2)).")
BOTH_CHANGED = word(
    "Version {version}: a substantial modification (AI Act Art. 3(23), 25) and a significant "
    "change of its design (AI Act Art. 111(2))."
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a version means for the law; None where nobody has decided.

    `significant_design_change`: AI Act Art. 111(2); `substantial_modification`: Art. 3(23), 25.
    """

    significant_design_change: bool | None = None
    substantial_modification: bool | None = None


@transaction.atomic
def register_version(
    *,
    system_id: UUID,
    label: str,
    digest: str = "",
    identity: Identity | None = None,
    changelog: str = "",
    change: Change | None = None,
    author_id: UUID,
    actor: Actor,
    at: datetime,
) -> SystemVersion:
    """Register a version as a draft: by its digest, or by the identity of a hosted model (REG-10).

    A token may do it as its service account (the door checks the scope). Raises Forbidden,
    Invalid, Missing, Conflict (label in use).
    """
    system = System.objects.select_related("owner", "deputy").filter(pk=system_id).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    if actor.kind != "token":
        require_system_permit(act="version.register", system=system, actor=actor, at=at)
    _check_author(author_id, actor)
    named, what = label_from(label), identity or identity_from(digest=digest)
    _check_identity(named, what)
    if SystemVersion.objects.filter(system=system, label=named).exists():
        raise Conflict(
            "label_in_use",
            worded(
                "{system_name} has a version {named} already.", system_name=system.name, named=named
            ),
        )
    told = change or Change()
    version = SystemVersion(
        system=system,
        label=named,
        changelog=changelog,
        author_id=author_id,
        created_at=at,
        significant_design_change=told.significant_design_change,
        substantial_modification=told.substantial_modification,
        **asdict(what),
    )
    version.save(force_insert=True, at=at)
    after = _identity_told(version) | {"state": "draft"}
    _record(version, "version.registered", actor, at, after=after)
    return version


@transaction.atomic
def approve_version(
    *,
    version_id: UUID,
    identity_hash: str | None = None,
    digest: str | None = None,
    change: Change | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> SystemVersion:
    """Approve a draft; the approval is bound to its identity and is not the author's own.

    Its author may approve a system's first version alone while setting up (SEG-06), on record.

    `identity_hash` (or `digest`) is what the approver looked at; `change` answers what the draft
    left open. A change that the law asks about opens the classification again. Raises Missing,
    Conflict (another identity, no draft any more), Forbidden (author, role).
    """
    version = _lock(version_id)
    _check_seen(version, identity_hash, digest)
    _check_state(version, SystemVersion.State.DRAFT)
    require_system_permit(act="version.approve", system=version.system, actor=actor, at=at)
    alone = _check_not_author(version, actor, at)
    decided = _decide_change(version, change)
    version.state = SystemVersion.State.APPROVED
    version.approved_by_id, version.approved_at = actor.person, at
    version.set_up = alone
    version.save(update_fields=["state", "approved_by", "approved_at", "set_up", *decided], at=at)
    _record(
        version,
        "version.approved",
        actor,
        at,
        reason=reason,
        before={"state": "draft"},
        after={"state": "approved", **_identity_told(version), **decided},
    )
    if alone:
        _except(version, actor, at)
    if version.substantial_modification or version.significant_design_change:
        what = worded(_change_words(version), version=version.label)
        reopen_for_change(system_id=version.system_id, what=what, actor=actor, at=at)
    return version


@transaction.atomic
def place_on_market(
    *, version_id: UUID, placed_at: datetime, reason: str, actor: Actor, at: datetime
) -> SystemVersion:
    """Record when a version was placed on the market or put into service (CLK-02, Art. 3(9), (11)).

    Raises Missing, Invalid (to come, no reason), Conflict (a draft), Forbidden.
    """
    version = _lock(version_id)
    require_system_permit(act="version.market", system=version.system, actor=actor, at=at)
    if version.state == SystemVersion.State.DRAFT:
        raise Conflict(
            "version_state",
            worded(
                "Version {version_label} is a draft; approve it first.", version_label=version.label
            ),
        )
    if placed_at > at:
        words = "This has not come yet."
        raise Invalid("to_come", words, fields={"placed_at": words})
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "needed"})
    before, version.placed_on_market_at = version.placed_on_market_at, placed_at
    version.save(update_fields=["placed_on_market_at"], at=at)
    _record(
        version,
        "version.placed_on_market",
        actor,
        at,
        reason=reason,
        before={"placed_on_market_at": before} if before else None,
        after={"placed_on_market_at": placed_at},
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
            worded(
                "Version {version_label} is {state}; it would have to be {needed}.",
                version_label=version.label,
                state=version.state,
                needed=needed,
            ),
            extra={"present": {"state": str(version.state)}},
        )


def _check_identity(label: str, identity: Identity) -> None:
    wrong = problems(identity)
    problem = label_problem(label)
    if problem:
        wrong = {"label": problem} | wrong
    if wrong:
        raise Invalid("identity_missing", " ".join(wrong.values()), fields=wrong)


def _check_seen(version: SystemVersion, seen: str | None, digest: str | None) -> None:
    if digest is not None and digest != version.digest:
        raise Conflict(
            "another_digest",
            worded(
                "Version {version_label} has another digest than the one that you looked at.",
                version_label=version.label,
            ),
            extra={"present": {"digest": version.digest}},
        )
    if seen is not None and seen != version.identity_hash:
        raise Conflict(
            "another_identity",
            worded(
                "Version {version_label} has another identity than the one that you looked at.",
                version_label=version.label,
            ),
            extra={"present": {"identity_hash": version.identity_hash}},
        )


def _decide_change(version: SystemVersion, change: Change | None) -> dict[str, bool]:
    """Take over what the draft left open; what it says itself stands."""
    answers = asdict(change or Change())
    decided = {
        name: answer
        for name, answer in answers.items()
        if answer is not None and getattr(version, name) is None
    }
    for name, answer in decided.items():
        setattr(version, name, answer)
    return decided


def _change_words(version: SystemVersion) -> str:
    if not version.significant_design_change:
        return MODIFIED
    return BOTH_CHANGED if version.substantial_modification else REDESIGNED


def _identity_told(version: SystemVersion) -> dict[str, Any]:
    told = {name: value for name, value in version.identity.document.items() if name != "v"}
    return told | {"identity_hash": version.identity_hash}


def _check_not_author(version: SystemVersion, actor: Actor, at: datetime) -> bool:
    """Return whether the author approves alone, as setting up allows. Raises Forbidden."""
    if actor.id != str(version.author_id):
        return False
    system = version.system
    count = SystemVersion.objects.filter(system=system).count()
    if actor.person is not None and may_approve_own(
        act="version.approve",
        version=count,
        person_id=actor.person,
        unit_id=system.unit_id,
        system=system,
        at=at,
    ):
        return True
    others = who_can(act="version.approve", system=system, at=at)
    raise Forbidden(
        "own_version",
        worded(
            "You cannot approve version {version_label}: you wrote it.", version_label=version.label
        ),
        who_can=[name for name in others if name != actor.name],
        recorded=True,
        subject=("version", str(version.pk), f"{system.name} {version.label}"),
    )


def _except(version: SystemVersion, actor: Actor, at: datetime) -> None:
    system = version.system
    except_setup(
        kind="version",
        object_id=version.pk,
        label=f"{system.name} {version.label}",
        url=f"/systems/{system.slug}/versions/{quote(version.label)}/",
        unit_id=system.unit_id,
        system_id=system.pk,
        actor=actor,
        at=at,
    )


def _record(
    version: SystemVersion,
    verb: str,
    actor: Actor,
    at: datetime,
    *,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any],
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
