"""Roles: granted from when until when, confirmed at a review, ended; never one's own."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import RoleAssignment, System, Unit, User
from registry.models.people import LONGEST_AUDIT
from registry.services.access import Subject, active_person, require_unit_permit
from registry.services.administrators import keep_an_administrator
from registry.services.sessions import close_sessions

USUAL_AUDIT = timedelta(days=90)
Role = RoleAssignment.Role


@transaction.atomic
def grant_role(
    *,
    user_id: UUID,
    role: str,
    unit_id: UUID | None = None,
    system_id: UUID | None = None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> RoleAssignment:
    """Give a person a role for a unit (and all below it) or for one system, from now or later on.

    An auditor's role ends: after 90 days unless told otherwise, after 366 at the latest. Raises
    Forbidden (nobody gives a role to themselves), Invalid, Missing, Conflict (held already).
    """
    user, begins = active_person(user_id), from_at or at
    scope = _scope(unit_id, system_id)
    subject = ("user", str(user.pk), user.on_record)
    _not_oneself(user, actor, subject)
    require_unit_permit(act="administer", unit_id=scope[0], actor=actor, at=at, subject=subject)
    ends = _end_of(role, begins, until_at)
    _check_role(user, role, begins, ends, at)
    assignment = RoleAssignment(
        user=user,
        role=role,
        unit_id=unit_id,
        system_id=system_id,
        from_at=begins,
        until_at=ends,
        granted_by_id=actor.person,
        reason=reason.strip(),
    )
    assignment.save(force_insert=True, at=at)
    append_entry(
        verb="role.granted",
        actor=actor,
        at=at,
        subject=subject,
        after={"role": role, "unit": unit_id, "system": system_id, "from": begins, "until": ends},
        reason=reason,
        system_id=system_id,
        details={"scope": scope[1], "assignment": assignment.pk},
        touched=[f"registry_roleassignment:{assignment.pk}"],
    )
    return assignment


@transaction.atomic
def end_role(*, assignment_id: UUID, reason: str, actor: Actor, at: datetime) -> RoleAssignment:
    """End a role now; the row stays. Ending an ended one changes nothing.

    Raises Missing, Forbidden (one's own), Conflict (the last administrator's).
    """
    row, subject = _locked(assignment_id, actor, at, own="end")
    if row.until_at is not None and row.until_at <= at:
        return row
    before, row.until_at = row.until_at, max(at, row.from_at)
    row.save(update_fields=["until_at"], at=at)
    if row.role == Role.ADMINISTRATOR and row.unit_id is not None:
        keep_an_administrator(lost=[(row.unit_id, before)], subject=subject)
    # What is open in a browser was opened by who held it.
    close_sessions(user_id=row.user_id)
    append_entry(
        verb="role.ended",
        actor=actor,
        at=at,
        subject=subject,
        before={"until": before},
        after={"until": row.until_at, "role": row.role},
        reason=reason,
        system_id=row.system_id,
        touched=[f"registry_roleassignment:{row.pk}"],
    )
    return row


@transaction.atomic
def confirm_role(*, assignment_id: UUID, actor: Actor, at: datetime) -> RoleAssignment:
    """Say that somebody still needs a role: the review of access, with who and when.

    By an administrator or a compliance officer of the unit, never of one's own. Raises Missing,
    Forbidden, Conflict (it has ended).
    """
    row, subject = _locked(assignment_id, actor, at, own="confirm", act="access.review")
    if row.until_at is not None and row.until_at <= at:
        raise Conflict("role_ended", "This role has ended.")
    before = {"confirmed": row.confirmed_at}
    row.confirmed_at, row.confirmed_by_id = at, actor.person
    row.save(update_fields=["confirmed_at", "confirmed_by"], at=at)
    append_entry(
        verb="role.confirmed",
        actor=actor,
        at=at,
        subject=subject,
        before=before,
        after={"confirmed": at, "role": row.role},
        system_id=row.system_id,
        touched=[f"registry_roleassignment:{row.pk}"],
    )
    return row


def _locked(
    assignment_id: UUID, actor: Actor, at: datetime, *, own: str, act: str = "administer"
) -> tuple[RoleAssignment, Subject]:
    """Return a role under lock, once it is clear that the actor may act on it."""
    rows = RoleAssignment.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("user").filter(pk=assignment_id).first()
    if row is None:
        raise Missing("unknown_role", "There is no such role.")
    subject: Subject = ("user", str(row.user_id), row.user.on_record)
    unit_id, _ = _scope(row.unit_id, row.system_id)
    require_unit_permit(act=act, unit_id=unit_id, actor=actor, at=at, subject=subject)
    _not_oneself(row.user, actor, subject, own=own)
    return row, subject


def _scope(unit_id: UUID | None, system_id: UUID | None) -> tuple[UUID, str]:
    """Return the unit whose administrator decides, and the scope in words."""
    if (unit_id is None) == (system_id is None):
        raise Invalid("role_for_unit_or_system", "A role is for one unit or for one system.")
    if system_id is not None:
        system: System | None = System.objects.filter(pk=system_id).first()
        if system is None:
            raise Missing("unknown_system", "There is no such system.")
        return system.unit_id, system.name
    unit: Unit | None = Unit.objects.filter(pk=unit_id).first() if unit_id else None
    if unit is None:
        raise Missing("unknown_unit", "There is no such unit.")
    return unit.pk, unit.name


def _end_of(role: str, begins: datetime, until_at: datetime | None) -> datetime | None:
    return begins + USUAL_AUDIT if until_at is None and role == Role.AUDITOR else until_at


def _check_role(
    user: User, role: str, begins: datetime, ends: datetime | None, at: datetime
) -> None:
    if role not in Role.values:
        raise Invalid(
            "unknown_role",
            worded("There is no role {role!r}.", role=role),
            fields={"role": "unknown"},
        )
    if user.kind != User.Kind.PERSON:
        words = worded(
            "{user_name} is a service account: it has tokens with scopes, no roles.",
            user_name=user.name,
        )
        raise Invalid("not_a_person", words, fields={"user": words})
    if ends is not None and (ends <= begins or ends <= at):
        words = "The role would end before it begins."
        raise Invalid("ends_before_start", words, fields={"until": words})
    if role == Role.AUDITOR and ends is not None and ends > begins + LONGEST_AUDIT:
        words = "An auditor's role ends after 366 days at the latest."
        raise Invalid("auditor_has_an_end", words, fields={"until": words})


def _not_oneself(user: User, actor: Actor, subject: Subject, *, own: str = "change") -> None:
    if actor.person == user.pk:
        raise Forbidden(
            "own_role",
            worded("You cannot {own} your own roles.", own=own),
            recorded=True,
            subject=subject,
            who_can=["another administrator"],
        )
