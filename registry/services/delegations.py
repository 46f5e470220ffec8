"""Leave and delegation: who is away, who acts for them, for what, until when."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from registry.models import Delegation, Leave, RoleAssignment, System, Unit, User
from registry.selectors.conflicts import why_no_delegate
from registry.services.access import active_person, require_unit_permit

LONGEST = timedelta(days=366)


@transaction.atomic
def record_leave(
    *, user_id: UUID, from_at: datetime, until_at: datetime, actor: Actor, at: datetime
) -> Leave:
    """Record that a person is away; by the person or an administrator. Raises Invalid."""
    user = active_person(user_id)
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
def end_leave(*, leave_id: UUID, actor: Actor, at: datetime) -> Leave:
    """Say that a person is back, or will not go: by the person or an administrator.

    Raises Missing, Forbidden, Conflict (it is over).
    """
    rows = Leave.objects.select_for_update(no_key=True, of=("self",)).select_related("user")
    leave = rows.filter(pk=leave_id).first()
    if leave is None:
        raise Missing("unknown_leave", "There is no such leave.")
    _self_or_administrator(leave.user, actor, at)
    if leave.until_at <= at:
        raise Conflict("leave_over", "This leave is over.")
    before = {"from": leave.from_at, "until": leave.until_at}
    if leave.from_at >= at:
        # It never held: the shortest time that a leave may have, before it would have begun.
        leave.from_at, leave.until_at = at - timedelta(microseconds=1), at
    leave.until_at = at
    leave.save(update_fields=["from_at", "until_at"], at=at)
    append_entry(
        verb="leave.ended",
        actor=actor,
        at=at,
        subject=("user", str(leave.user_id), leave.user.on_record),
        before=before,
        after={"until": at},
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
    unit_id: UUID | None = None,
    system_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> Delegation:
    """Let one person act for another for a time; by the principal or an administrator.

    An administrator lends nobody's part to themselves, nor what is held beyond their own units.
    For everything, or for one unit with those below it, or one system. One hop: what somebody does
    for another they cannot pass on. Raises Forbidden, Invalid, Missing, Conflict (the delegate's
    own part stands against it).
    """
    principal, delegate = active_person(principal_id), active_person(delegate_id)
    _self_or_administrator(principal, actor, at)
    _in_order(from_at, until_at)
    _check_pair(principal, delegate, reason, until_at - from_at)
    _check_scope(unit_id, system_id)
    _require_disinterested(principal, delegate, actor)
    _require_reach(principal, unit_id, system_id, actor, at)
    row = Delegation(
        principal=principal,
        delegate=delegate,
        unit_id=unit_id,
        system_id=system_id,
        from_at=from_at,
        until_at=until_at,
        reason=reason.strip(),
        approved_by_id=actor.person,
    )
    why = why_no_delegate(delegation=row, at=at)
    if why:
        raise Conflict(
            "conflicted_delegate",
            worded(
                "{delegate_name} cannot act for them: {why}.",
                delegate_name=delegate.name,
                why=term(why),
            ),
        )
    row.save(force_insert=True, at=at)
    append_entry(
        verb="delegation.recorded",
        actor=actor,
        at=at,
        subject=("user", str(principal.pk), principal.on_record),
        after={
            "delegate": delegate.pk,
            "from": from_at,
            "until": until_at,
            "unit": unit_id,
            "system": system_id,
        },
        reason=row.reason,
        details={"delegate_name": delegate.on_record},
        touched=[f"registry_delegation:{row.pk}"],
    )
    return row


@transaction.atomic
def end_delegation(*, delegation_id: UUID, reason: str, actor: Actor, at: datetime) -> Delegation:
    """End a delegation early: by the principal, the delegate or an administrator.

    What was done under it stays as it is. Raises Missing, Forbidden, Conflict (it is over).
    """
    rows = Delegation.objects.select_for_update(no_key=True, of=("self",))
    found = rows.select_related("principal", "delegate").filter(pk=delegation_id).first()
    if found is None:
        raise Missing("unknown_delegation", "There is no such delegation.")
    if actor.person != found.delegate_id:
        _self_or_administrator(found.principal, actor, at)
    if found.until_at <= at or found.until_at <= found.from_at:
        raise Conflict("delegation_over", "This delegation is over.")
    before, found.until_at = found.until_at, max(at, found.from_at)
    found.save(update_fields=["until_at"], at=at)
    append_entry(
        verb="delegation.ended",
        actor=actor,
        at=at,
        subject=("user", str(found.principal_id), found.principal.on_record),
        before={"until": before},
        after={"until": found.until_at, "delegate": found.delegate_id},
        reason=reason,
        details={"delegate_name": found.delegate.on_record},
        touched=[f"registry_delegation:{found.pk}"],
    )
    return found


def _require_disinterested(principal: User, delegate: User, actor: Actor) -> None:
    """Refuse that an administrator lends themselves what somebody else holds."""
    if actor.person == delegate.pk and actor.person != principal.pk:
        raise Forbidden(
            "delegate_by_another",
            "You cannot let yourself act for somebody else: they do, or another administrator.",
            recorded=True,
            subject=("user", str(principal.pk), principal.on_record),
        )


def _require_reach(
    principal: User, unit_id: UUID | None, system_id: UUID | None, actor: Actor, at: datetime
) -> None:
    """Refuse that an administrator lends what the principal holds where they do not administer."""
    if actor.person is None or actor.person == principal.pk:
        return
    subject = ("user", str(principal.pk), principal.on_record)
    for reached in _units_reached(principal, unit_id, system_id, at):
        require_unit_permit(act="administer", unit_id=reached, actor=actor, at=at, subject=subject)


def _units_reached(
    principal: User, unit_id: UUID | None, system_id: UUID | None, at: datetime
) -> set[UUID]:
    if unit_id is not None:
        return {unit_id}
    if system_id is not None:
        return set(System.objects.filter(pk=system_id).values_list("unit_id", flat=True))
    ended = Q(until_at__isnull=False, until_at__lte=at)
    roles = RoleAssignment.objects.filter(user=principal).exclude(ended)
    owned = System.objects.filter(Q(owner=principal) | Q(deputy=principal))
    held = [
        roles.values_list("unit_id", flat=True),
        roles.values_list("system__unit_id", flat=True),
        owned.values_list("unit_id", flat=True),
    ]
    return {unit for rows in held for unit in rows if unit is not None}


def _check_pair(principal: User, delegate: User, reason: str, length: timedelta) -> None:
    if principal.pk == delegate.pk:
        raise Invalid("delegate_is_other", "A person does not act for themselves.")
    if User.Kind.SERVICE in (principal.kind, delegate.kind):
        raise Invalid("not_a_person", "Persons act for persons; a service account has tokens.")
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    if length > LONGEST:
        words = "A delegation ends after 366 days at the latest."
        raise Invalid("too_long", words, fields={"until_at": words})


def _check_scope(unit_id: UUID | None, system_id: UUID | None) -> None:
    if unit_id is not None and system_id is not None:
        raise Invalid("delegation_for_unit_or_system", "Name a unit or a system, not both.")
    if unit_id is not None and not Unit.objects.filter(pk=unit_id).exists():
        raise Missing("unknown_unit", "There is no such unit.")
    if system_id is not None and not System.objects.filter(pk=system_id).exists():
        raise Missing("unknown_system", "There is no such system.")


def _in_order(from_at: datetime, until_at: datetime) -> None:
    if until_at <= from_at:
        raise Invalid(
            "ends_before_start",
            "The end lies before the beginning.",
            fields={"until_at": "must be later than from_at"},
        )


def _self_or_administrator(user: User, actor: Actor, at: datetime) -> None:
    if actor.person == user.pk:
        return
    subject = ("user", str(user.pk), user.on_record)
    if user.unit_id is None and actor.person is not None:
        raise Forbidden("role_missing", "This person has no unit.", recorded=True, subject=subject)
    require_unit_permit(act="administer", unit_id=user.unit_id, actor=actor, at=at, subject=subject)
