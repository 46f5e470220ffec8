"""Access: roles, leave, delegation; and the check that services ask before they write."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.commitments import Label
from ledger.rules.refusals import Forbidden, Invalid, Missing
from ledger.services.entries import append_entry
from registry.models import Delegation, Leave, RoleAssignment, System, Unit, User
from registry.selectors.permits import refusal_anywhere, refusal_for_system, refusal_for_unit

Subject = tuple[str, str, Label]


def require_system_permit(*, act: str, system: System, actor: Actor, at: datetime) -> None:
    """Raise Forbidden unless the actor may do this to the system."""
    refusal = refusal_for_system(act=act, system=system, actor=actor, at=at)
    if refusal is not None:
        raise refusal


def require_unit_permit(
    *, act: str, unit_id: UUID | None, actor: Actor, at: datetime, subject: Subject
) -> None:
    """Raise Forbidden unless the actor may do this within the unit."""
    refusal = refusal_for_unit(act=act, unit_id=unit_id, actor=actor, at=at, subject=subject)
    if refusal is not None:
        raise refusal


def require_anywhere(*, act: str, actor: Actor, at: datetime, subject: Subject) -> None:
    """Raise Forbidden unless the actor holds a role for this somewhere in the organisation."""
    refusal = refusal_anywhere(act=act, actor=actor, at=at, subject=subject)
    if refusal is not None:
        raise refusal


@transaction.atomic
def grant_role(
    *,
    user_id: UUID,
    role: str,
    unit_id: UUID | None = None,
    system_id: UUID | None = None,
    until_at: datetime | None = None,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> RoleAssignment:
    """Give a person a role for a unit (and all below it) or for one system, from now on.

    Raises Forbidden (nobody gives a role to themselves), Invalid, Missing.
    """
    user = _person(user_id)
    scope = _scope(unit_id, system_id)
    subject = ("user", str(user.pk), user.on_record)
    _not_oneself(user, actor, subject)
    require_unit_permit(act="administer", unit_id=scope[0], actor=actor, at=at, subject=subject)
    _check_role(role, until_at, at)
    assignment = RoleAssignment(
        user=user,
        role=role,
        unit_id=unit_id,
        system_id=system_id,
        from_at=at,
        until_at=until_at,
        granted_by_id=actor.person,
    )
    assignment.save(force_insert=True, at=at)
    append_entry(
        verb="role.granted",
        actor=actor,
        at=at,
        subject=subject,
        after={"role": role, "unit": unit_id, "system": system_id, "until": until_at},
        reason=reason,
        system_id=system_id,
        details={"scope": scope[1], "assignment": assignment.pk},
        touched=[f"registry_roleassignment:{assignment.pk}"],
    )
    return assignment


@transaction.atomic
def end_role(*, assignment_id: UUID, reason: str, actor: Actor, at: datetime) -> RoleAssignment:
    """End a role now; the row stays. Ending an ended one changes nothing. Raises Missing."""
    rows = RoleAssignment.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("user").filter(pk=assignment_id).first()
    if row is None:
        raise Missing("unknown_role", "There is no such role.")
    subject = ("user", str(row.user_id), row.user.on_record)
    unit_id, _ = _scope(row.unit_id, row.system_id)
    require_unit_permit(act="administer", unit_id=unit_id, actor=actor, at=at, subject=subject)
    if row.until_at is not None and row.until_at <= at:
        return row
    before, row.until_at = row.until_at, at
    row.save(update_fields=["until_at"], at=at)
    append_entry(
        verb="role.ended",
        actor=actor,
        at=at,
        subject=subject,
        before={"until": before},
        after={"until": at, "role": row.role},
        reason=reason,
        system_id=row.system_id,
        touched=[f"registry_roleassignment:{row.pk}"],
    )
    return row


@transaction.atomic
def record_leave(
    *, user_id: UUID, from_at: datetime, until_at: datetime, actor: Actor, at: datetime
) -> Leave:
    """Record that a person is away; by the person or an administrator. Raises Invalid."""
    user = _person(user_id)
    _self_or_administrator(user, actor, at)
    _in_order(from_at, until_at)
    leave = Leave(user=user, from_at=from_at, until_at=until_at)
    leave.save(force_insert=True, at=at)
    append_entry(
        verb="leave.recorded",
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
        after={"from": from_at, "until": until_at},
        touched=[f"registry_leave:{leave.pk}"],
    )
    return leave


@transaction.atomic
def record_delegation(
    *,
    principal_id: UUID,
    delegate_id: UUID,
    from_at: datetime,
    until_at: datetime,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Delegation:
    """Let one person act for another for a time; by the principal or an administrator.

    Raises Forbidden, Invalid, Missing.
    """
    principal, delegate = _person(principal_id), _person(delegate_id)
    _self_or_administrator(principal, actor, at)
    _in_order(from_at, until_at)
    if principal.pk == delegate.pk:
        raise Invalid("delegate_is_other", "A person does not act for themselves.")
    row = Delegation(
        principal=principal,
        delegate=delegate,
        from_at=from_at,
        until_at=until_at,
        reason=reason,
        approved_by_id=actor.person,
    )
    row.save(force_insert=True, at=at)
    append_entry(
        verb="delegation.recorded",
        actor=actor,
        at=at,
        subject=("user", str(principal.pk), principal.on_record),
        after={"delegate": delegate.pk, "from": from_at, "until": until_at},
        reason=reason,
        details={"delegate_name": delegate.on_record},
        touched=[f"registry_delegation:{row.pk}"],
    )
    return row


def _person(user_id: UUID) -> User:
    user: User | None = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise Missing("unknown_person", "There is no such active person.")
    return user


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


def _check_role(role: str, until_at: datetime | None, at: datetime) -> None:
    if role not in RoleAssignment.Role.values:
        raise Invalid("unknown_role", f"There is no role {role!r}.", fields={"role": "unknown"})
    if until_at is not None and until_at <= at:
        raise Invalid("ends_before_start", "The role would end before it begins.")


def _in_order(from_at: datetime, until_at: datetime) -> None:
    if until_at <= from_at:
        raise Invalid(
            "ends_before_start",
            "The end lies before the beginning.",
            fields={"until_at": "must be later than from_at"},
        )


def _not_oneself(user: User, actor: Actor, subject: Subject) -> None:
    if actor.person == user.pk:
        raise Forbidden(
            "own_role",
            "You cannot change your own roles.",
            recorded=True,
            subject=subject,
            who_can=["another administrator"],
        )


def _self_or_administrator(user: User, actor: Actor, at: datetime) -> None:
    if actor.person != user.pk:
        require_unit_permit(
            act="administer",
            unit_id=user.unit_id,
            actor=actor,
            at=at,
            subject=("user", str(user.pk), user.on_record),
        )
