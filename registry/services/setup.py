"""The exception of setting up: what one person approved alone stands out until another agrees.

`may_approve_own` (registry.selectors.setup) says whether it is allowed; the service that approves
writes it down here in the same transaction.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Missing
from ledger.rules.worded import word
from ledger.services.entries import append_entry
from registry.models import SetupException, System
from registry.selectors.permits import MACHINES
from registry.selectors.setup import may_approve_own
from registry.services.access import require_system_permit, require_unit_permit

__all__ = [
    "confirm_setup_exception",
    "except_setup",
    "may_approve_own",
    "on_confirmation",
    "settle",
]

Confirmed = Callable[[UUID, Actor, datetime], None]
_confirmed: dict[str, Confirmed] = {}


def on_confirmation(kind: str, call: Confirmed) -> None:
    """Register what else is done once an exception of a kind is confirmed. Raises ValueError."""
    if _confirmed.setdefault(kind, call) is not call:
        raise ValueError(f"the confirmation of {kind!r} is registered twice")


@transaction.atomic
def except_setup(
    *,
    kind: str,
    object_id: UUID,
    label: str,
    url: str,
    unit_id: UUID,
    system_id: UUID | None = None,
    person_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> SetupException:
    """Put on record that a person approved their own first version; the caller has asked whether.

    `person_id` is for the product's own commands, which name whom they act for. Raises Forbidden
    for nobody, Conflict where the object has its exception already.
    """
    subject = (kind, str(object_id), label)
    person = actor.person or (person_id if actor.kind in MACHINES else None)
    if person is None:
        raise Forbidden("person_needed", "A person approves, not a machine.", subject=subject)
    if SetupException.objects.filter(kind=kind, object_id=object_id).exists():
        raise Conflict("excepted_already", "This was approved at set-up already.", subject=subject)
    row = SetupException(
        kind=kind,
        object_id=object_id,
        label=label[:240],
        url=url,
        unit_id=unit_id,
        system_id=system_id,
        person_id=person,
        at=at,
    )
    row.save(force_insert=True, at=at)
    append_entry(
        verb="setup.excepted",
        actor=actor,
        at=at,
        subject=subject,
        after={"exception": row.pk, "kind": kind},
        reason=word("set-up exception: no live system yet, and no second person who could"),
        system_id=system_id,
        touched=[f"registry_setupexception:{row.pk}"],
    )
    return row


@transaction.atomic
def confirm_setup_exception(*, exception_id: UUID, actor: Actor, at: datetime) -> SetupException:
    """Agree, as a second person, with what was approved alone; the banner goes with the last one.

    Owner and deputy are one side (SEG-12). Raises Missing, Forbidden, Conflict (confirmed already).
    """
    rows = SetupException.objects.select_for_update(no_key=True, of=("self",))
    row = rows.select_related("system").filter(pk=exception_id).first()
    if row is None:
        raise Missing("unknown_exception", "There is no such exception.")
    subject = (row.kind, str(row.object_id), row.label)
    if row.system is not None:
        require_system_permit(act="setup.confirm", system=row.system, actor=actor, at=at)
    else:
        require_unit_permit(
            act="setup.confirm", unit_id=row.unit_id, actor=actor, at=at, subject=subject
        )
    if row.confirmed_at is not None:
        raise Conflict("confirmed_already", "A second person has confirmed this already.")
    _refuse_same_side(row, row.system, actor, subject)
    _confirm(row, actor, at)
    if row.kind in _confirmed:
        _confirmed[row.kind](row.object_id, actor, at)
    return row


@transaction.atomic
def settle(*, kind: str, object_id: UUID, actor: Actor, at: datetime) -> None:
    """Confirm the open exception of an object that a second person has just approved, if any."""
    rows = SetupException.objects.select_for_update(no_key=True, of=("self",))
    row = rows.filter(kind=kind, object_id=object_id, confirmed_at__isnull=True).first()
    if row is not None and actor.person not in (None, row.person_id):
        _confirm(row, actor, at)


def _confirm(row: SetupException, actor: Actor, at: datetime) -> None:
    row.confirmed_by_id, row.confirmed_at = actor.person, at
    row.save(update_fields=["confirmed_by", "confirmed_at"], at=at)
    append_entry(
        verb="setup.confirmed",
        actor=actor,
        at=at,
        subject=(row.kind, str(row.object_id), row.label),
        after={"exception": row.pk, "confirmed": at},
        system_id=row.system_id,
        touched=[f"registry_setupexception:{row.pk}"],
    )


def _refuse_same_side(
    row: SetupException, system: System | None, actor: Actor, subject: tuple[str, str, str]
) -> None:
    side = {row.person_id}
    if system is not None and row.person_id in (system.owner_id, system.deputy_id):
        side |= {system.owner_id, system.deputy_id}
    if actor.person is None or actor.person in side:
        raise Forbidden(
            "second_person_needed",
            "You cannot confirm this: you approved it, or are of the same side.",
            who_can=["a second person"],
            recorded=True,
            subject=subject,
        )
