"""What a registered system says of itself, changed: on record with before, after and reason."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import word
from ledger.services.entries import append_entry
from registry.models import System, SystemReviewer, Unit, User
from registry.services.access import require_system_permit, require_unit_permit
from registry.services.classification import reopen_for_change
from registry.services.lifecycle import check_version, lock_system

# A change of one of these asks anew how the system is classified.
LEGAL = {"purpose": "its purpose", "users_affected": "whom it affects", "kind": "its kind"}
CHANGED = {
    "its kind": word("What it says of itself changed: its kind."),
    "its purpose": word("What it says of itself changed: its purpose."),
    "whom it affects": word("What it says of itself changed: whom it affects."),
    "its kind, its purpose": word("What it says of itself changed: its kind, its purpose."),
    "its kind, whom it affects": word("What it says of itself changed: its kind, whom it affects."),
    "its purpose, whom it affects": word(
        "What it says of itself changed: its purpose, whom it affects."
    ),
    "its kind, its purpose, whom it affects": word(
        "What it says of itself changed: its kind, its purpose, whom it affects."
    ),
}
"""How what rests on it is told, in the order of the fields."""
PEOPLE = ("owner_id", "deputy_id")


@dataclass(frozen=True, slots=True)
class SystemChange:
    """What a system is to say; None leaves it as it is. `reviewers` is the whole list."""

    name: str | None = None
    kind: str | None = None
    purpose: str | None = None
    users_affected: str | None = None
    data_sources: str | None = None
    supplier: str | None = None
    simulated: str | None = None
    unit_id: UUID | None = None
    owner_id: UUID | None = None
    deputy_id: UUID | None = None
    reviewers: Collection[UUID] | None = None


@transaction.atomic
def change_system(
    *,
    system_id: UUID,
    change: SystemChange,
    expected_version: int,
    reason: str,
    acceptance: str = "",
    actor: Actor,
    at: datetime,
) -> System:
    """Change what a system says of itself, who answers for it, its unit, its reviewers; one entry.

    `acceptance` says in words how a new owner or deputy has accepted. Another purpose, kind or
    group of users re-opens the classification. Raises Missing, Conflict (stale, the record's own
    system), Forbidden (role, oneself), Invalid (fields by name, nothing changed).
    """
    system = lock_system(system_id)
    check_version(system, expected_version)
    _not_the_record(system)
    before = _before(system, change)
    _check_permits(system, change, before, actor, at)
    _check_words(before, reason, acceptance)
    _check_values(system, change, before, actor)
    _apply(system, change, before, at)
    _record(system, before, reason, acceptance, actor, at)
    if rests_on := [LEGAL[name] for name in before if name in LEGAL]:
        what = CHANGED[", ".join(rests_on)]
        reopen_for_change(system_id=system.pk, what=what, actor=actor, at=at)
    return system


def _before(system: System, change: SystemChange) -> dict[str, Any]:
    """Return what stands now of the fields that change."""
    found: dict[str, Any] = {}
    for one in fields(change):
        wanted = getattr(change, one.name)
        if wanted is None:
            continue
        present = _reviewers(system) if one.name == "reviewers" else getattr(system, one.name)
        wanted = sorted(set(wanted)) if one.name == "reviewers" else wanted
        if present != wanted:
            found[one.name] = present
    return found


def _reviewers(system: System) -> list[UUID]:
    rows = SystemReviewer.objects.filter(system=system, until_at__isnull=True)
    return sorted(rows.values_list("person_id", flat=True))


def _not_the_record(system: System) -> None:
    if system.kind == System.Kind.RECORD:
        raise Conflict("record_system", "The record's own place in the registry is not edited.")
    if system.sample:
        raise Conflict("sample_system", "A sample is not edited: remove it and register your own.")


def _check_permits(
    system: System, change: SystemChange, before: dict[str, Any], actor: Actor, at: datetime
) -> None:
    acts = ["change"]
    acts += ["hand_over"] if set(before) & {*PEOPLE} else []
    acts += ["move"] if "unit_id" in before else []
    for act in acts:
        require_system_permit(act=act, system=system, actor=actor, at=at)
    if "unit_id" in before:
        if not Unit.objects.filter(pk__in=[change.unit_id]).exists():
            raise Missing("unknown_unit", "There is no such unit.")
        subject = ("system", str(system.pk), system.name)
        require_unit_permit(act="move", unit_id=change.unit_id, actor=actor, at=at, subject=subject)


def _check_words(before: dict[str, Any], reason: str, acceptance: str) -> None:
    if not before:
        raise Invalid("nothing_changed", "Nothing differs from what stands there.")
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    if set(before) & {*PEOPLE} and not acceptance.strip():
        words = "Say how the new person has accepted: by whom told, when, in which words."
        raise Invalid("acceptance_missing", words, fields={"acceptance": words})


def _check_values(
    system: System, change: SystemChange, before: dict[str, Any], actor: Actor
) -> None:
    for name in ("name", "purpose"):
        if name in before and not getattr(change, name).strip():
            raise Invalid(f"{name}_missing", "It is needed.", fields={name: "needed"})
    if "kind" in before and (
        change.kind not in System.Kind.values or change.kind == System.Kind.RECORD
    ):
        raise Invalid("unknown_kind", "There is no such kind.", fields={"kind": "unknown"})
    _check_people(system, change, before, actor)


def _check_people(
    system: System, change: SystemChange, before: dict[str, Any], actor: Actor
) -> None:
    """New people are active; one person has one part; nobody gives a part to themselves."""
    owner, deputy = change.owner_id or system.owner_id, change.deputy_id or system.deputy_id
    reviewers = set(_reviewers(system) if change.reviewers is None else change.reviewers)
    if owner == deputy:
        words = "The deputy is somebody else than the owner."
        raise Invalid("deputy_is_owner", words, fields={"deputy": words})
    if {owner, deputy} & reviewers:
        words = "A reviewer is neither the owner nor the deputy."
        raise Invalid("reviewer_is_owner", words, fields={"reviewers": words})
    new = {getattr(change, name): name.removesuffix("_id") for name in PEOPLE if name in before}
    if "reviewers" in before:
        new |= dict.fromkeys(reviewers - set(before["reviewers"]), "reviewers")
    _check_new(system, new, actor)


def _check_new(system: System, new: dict[UUID, str], actor: Actor) -> None:
    if actor.person in new:
        raise Forbidden(
            "gives_to_oneself",
            "Nobody gives a part in a system to themselves: somebody else hands it over.",
            recorded=True,
            subject=("system", str(system.pk), system.name),
        )
    active = User.objects.filter(pk__in=new, is_active=True, kind=User.Kind.PERSON)
    unknown = set(new) - set(active.values_list("pk", flat=True))
    if unknown:
        words = "Whoever answers is an active person."
        raise Invalid("unknown_person", words, fields={new[pk]: words for pk in unknown})


def _apply(system: System, change: SystemChange, before: dict[str, Any], at: datetime) -> None:
    for name in before:
        if name == "reviewers":
            _set_reviewers(system, set(change.reviewers or ()), set(before[name]), at)
        else:
            setattr(system, name, getattr(change, name))
    system.version += 1
    system.save(at=at)


def _set_reviewers(system: System, wanted: set[UUID], present: set[UUID], at: datetime) -> None:
    rows = SystemReviewer.objects.filter(system=system, until_at__isnull=True)
    for row in rows.filter(person_id__in=present - wanted):
        row.until_at = at
        row.save(update_fields=["until_at"], at=at)
    for person in sorted(wanted - present):
        SystemReviewer(system=system, person_id=person, from_at=at).save(force_insert=True, at=at)


def _record(
    system: System,
    before: dict[str, Any],
    reason: str,
    acceptance: str,
    actor: Actor,
    at: datetime,
) -> None:
    after = {name: getattr(system, name) for name in before if name != "reviewers"}
    if "reviewers" in before:
        after["reviewers"] = _reviewers(system)
    handed_over = bool(set(before) & {*PEOPLE})
    append_entry(
        verb="system.handed_over" if set(before) <= {*PEOPLE} else "system.changed",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        before={name.removesuffix("_id"): value for name, value in before.items()},
        after={name.removesuffix("_id"): value for name, value in after.items()}
        | {"version": system.version},
        reason=reason,
        details={"acceptance": acceptance} if handed_over else None,
        system_id=system.pk,
        touched=[f"registry_system:{system.pk}"],
    )
