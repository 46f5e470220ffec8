"""Legal holds: set and ended by compliance, each with a reason and an owner."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.commitments import Label
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import LegalHold, System, User
from registry.services.access import require_anywhere

Scope = LegalHold.Scope


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold shall cover: everything, a system, an incident with its system, or a person."""

    scope: str
    system_id: UUID | None = None
    incident_id: UUID | None = None
    incident_number: str = ""
    person_id: UUID | None = None


@transaction.atomic
def set_hold(
    *,
    held: Held,
    reason: str,
    actor: Actor,
    at: datetime,
    owner_id: UUID | None = None,
    until_at: datetime | None = None,
) -> LegalHold:
    """Hold what is named: nothing of it is dropped or erased until the hold ends.

    Its owner is told when retention meets it; without one named it is who sets it. Raises
    Forbidden, Invalid, Missing.
    """
    system, person = _system(held), _person(held.person_id)
    subject = _subject(held, system, person)
    require_anywhere(act="hold.set", actor=actor, at=at, subject=subject)
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    if until_at is not None and until_at <= at:
        raise Invalid("ends_before_start", "It would end before it begins.")
    hold = LegalHold(
        scope=held.scope,
        system=system,
        incident_id=held.incident_id,
        incident_number=held.incident_number,
        person=person,
        reason=reason.strip(),
        owner=_owner(owner_id or actor.person),
        from_at=at,
        until_at=until_at,
    )
    hold.save(force_insert=True, at=at)
    append_entry(
        verb="legal_hold.set",
        actor=actor,
        at=at,
        subject=subject,
        after={"hold": hold.pk, "scope": hold.scope, "until": until_at},
        reason=hold.reason,
        incident_id=hold.incident_id,
        system_id=hold.system_id,
        details={"owner": hold.owner_id, "owner_name": hold.owner.on_record},
        touched=[f"registry_legalhold:{hold.pk}"],
    )
    return hold


@transaction.atomic
def end_hold(*, hold_id: UUID, reason: str, actor: Actor, at: datetime) -> LegalHold:
    """End a hold, with the reason; by compliance. Raises Missing, Forbidden, Conflict, Invalid."""
    rows = LegalHold.objects.select_for_update(no_key=True, of=("self",))
    hold = rows.select_related("system", "person").filter(pk=hold_id).first()
    if hold is None:
        raise Missing("unknown_hold", "There is no such hold.")
    held = Held(hold.scope, hold.system_id, hold.incident_id, hold.incident_number, hold.person_id)
    subject = _subject(held, hold.system, hold.person)
    require_anywhere(act="hold.end", actor=actor, at=at, subject=subject)
    if hold.ended_at is not None or (hold.until_at is not None and hold.until_at <= at):
        raise Conflict("hold_ended", "This hold has ended already.")
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    hold.ended_at, hold.ended_by_id, hold.ended_reason = at, actor.person, reason.strip()
    hold.save(update_fields=["ended_at", "ended_by", "ended_reason"], at=at)
    append_entry(
        verb="legal_hold.ended",
        actor=actor,
        at=at,
        subject=subject,
        before={"hold": hold.pk, "since": hold.from_at},
        after={"ended": at},
        reason=hold.ended_reason,
        incident_id=hold.incident_id,
        system_id=hold.system_id,
        touched=[f"registry_legalhold:{hold.pk}"],
    )
    return hold


def _system(held: Held) -> System | None:
    if held.scope not in Scope.values:
        raise Invalid("unknown_scope", worded("There is no hold of {scope!r}.", scope=held.scope))
    if held.scope not in (Scope.SYSTEM, Scope.INCIDENT):
        return None
    system: System | None = System.objects.filter(pk=held.system_id).first()
    if system is None or (held.scope == Scope.INCIDENT and held.incident_id is None):
        raise Missing("unknown_object", "There is no such system or incident.")
    return system


def _person(person_id: UUID | None) -> User | None:
    if person_id is None:
        return None
    person: User | None = User.objects.filter(pk=person_id, kind=User.Kind.PERSON).first()
    if person is None:
        raise Missing("unknown_person", "There is no such person.")
    return person


def _owner(person_id: UUID | None) -> User:
    owner: User | None = User.objects.filter(
        pk=person_id, is_active=True, kind=User.Kind.PERSON
    ).first()
    if owner is None:
        raise Forbidden("person_needed", "A hold has an active person as its owner.")
    return owner


def _subject(held: Held, system: System | None, person: User | None) -> tuple[str, str, Label]:
    """Return what is held as an object. Raises Missing for a person who is not named."""
    if held.scope == Scope.INCIDENT:
        return "incident", str(held.incident_id), held.incident_number
    if system is not None:
        return "system", str(system.pk), system.name
    if held.scope == Scope.EVERYTHING:
        return "organisation", "everything", "everything"
    if person is None:
        raise Missing("unknown_person", "There is no such person.")
    return "user", str(person.pk), person.on_record
