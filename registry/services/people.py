"""People and units: accounts, the organisation's tree, calendars."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.rules.calendars import BadCalendar
from registry.models import RoleAssignment, System, Unit, User, WorkCalendar
from registry.rules.calendars import Intervals, calendar_of_record
from registry.services.access import Subject, require_calendar, require_unit_permit
from registry.services.administrators import keep_an_administrator
from registry.services.sessions import close_sessions


@transaction.atomic
def create_calendar(
    *,
    name: str,
    zone: str,
    hours: Mapping[str, Intervals],
    exceptions: Mapping[str, Intervals],
    actor: Actor,
    at: datetime,
) -> WorkCalendar:
    """Create a calendar, or its next version under the same name. Raises Invalid.

    Hours by ISO weekday '1'..'7' as [['09:00', '17:00'], …], exceptions by ISO date.
    """
    require_calendar(name=name, key=name, actor=actor, at=at)
    try:
        calendar_of_record(zone=zone, hours=hours, exceptions=exceptions)
    except (BadCalendar, ValueError) as error:
        raise Invalid("bad_calendar", str(error), fields={"hours": str(error)}) from error
    newest = WorkCalendar.objects.filter(name=name).order_by("-version").first()
    calendar = WorkCalendar(
        name=name,
        version=newest.version + 1 if newest else 1,
        zone=zone,
        hours=dict(hours),
        exceptions=dict(exceptions),
    )
    calendar.save(force_insert=True, at=at)
    append_entry(
        verb="calendar.created",
        actor=actor,
        at=at,
        subject=("calendar", str(calendar.pk), str(calendar)),
        after={"zone": zone, "hours": dict(hours), "exceptions": dict(exceptions)},
        touched=[f"registry_workcalendar:{calendar.pk}"],
    )
    return calendar


@transaction.atomic
def create_unit(
    *, name: str, parent_id: UUID | None, calendar_id: UUID, actor: Actor, at: datetime
) -> Unit:
    """Create a unit below another one, or at the top. Raises Forbidden, Missing, Conflict."""
    require_unit_permit(
        act="administer", unit_id=parent_id, actor=actor, at=at, subject=("unit", name, name)
    )
    if Unit.objects.filter(name=name).exists():
        raise Conflict("unit_exists", worded("There is a unit {name!r} already.", name=name))
    if not WorkCalendar.objects.filter(pk=calendar_id).exists():
        raise Missing("unknown_calendar", "There is no such calendar.")
    unit = Unit(name=name, parent_id=parent_id, calendar_id=calendar_id)
    unit.save(force_insert=True, at=at)
    append_entry(
        verb="unit.created",
        actor=actor,
        at=at,
        subject=("unit", str(unit.pk), name),
        after={"name": name, "parent": parent_id, "calendar": calendar_id},
        touched=[f"registry_unit:{unit.pk}"],
    )
    return unit


@transaction.atomic
def create_user(
    *,
    email: str,
    name: str,
    unit_id: UUID | None,
    kind: str = User.Kind.PERSON,
    title: str = "",
    zone: str = "Europe/Berlin",
    language: str = "en",
    password: str | None = None,
    demo: bool = False,
    actor: Actor,
    at: datetime,
) -> User:
    """Create the account of a person or a service; without a password nobody signs in as it.

    Raises Forbidden, Invalid (address, password), Conflict (address in use).
    """
    address = email.strip().lower()
    subject = ("user", "new", Personal(name, kind="text"))
    require_unit_permit(act="administer", unit_id=unit_id, actor=actor, at=at, subject=subject)
    if User.objects.filter(email__iexact=address).exists():
        raise Conflict(
            "address_in_use", worded("{address} has an account already.", address=address)
        )
    user = User(
        email=address,
        name=name,
        unit_id=unit_id,
        kind=kind,
        title=title,
        zone=zone,
        language=language,
        demo=demo,
        joined_at=at,
    )
    _set_password(user, password)
    user.save(force_insert=True, at=at)
    append_entry(
        verb="user.created",
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
        after=_kept_of(user),
        touched=[f"registry_user:{user.pk}"],
    )
    return user


@transaction.atomic
def deactivate_user(*, user_id: UUID, reason: str, actor: Actor, at: datetime) -> User:
    """End a person's access for good; what they did stays as it is.

    Raises Forbidden, Missing, Conflict for who is the owner or deputy of a system.
    """
    rows = User.objects.select_for_update(no_key=True, of=("self",))
    user: User | None = rows.filter(pk=user_id).first()
    if user is None:
        raise Missing("unknown_person", "There is no such person.")
    subject = ("user", str(user.pk), user.on_record)
    require_unit_permit(act="administer", unit_id=user.unit_id, actor=actor, at=at, subject=subject)
    _refuse_oneself(user, actor, subject)
    _refuse_while_answering(user)
    user.is_active, user.deactivated_at = False, at
    user.save(update_fields=["is_active", "deactivated_at"], at=at)
    keep_an_administrator(lost=_administered(user, at), subject=subject)
    close_sessions(user_id=user.pk)
    append_entry(
        verb="user.deactivated",
        actor=actor,
        at=at,
        subject=subject,
        before={"active": True},
        after={"active": False},
        reason=reason,
        touched=[f"registry_user:{user.pk}"],
    )
    return user


def _refuse_oneself(user: User, actor: Actor, subject: Subject) -> None:
    if actor.person == user.pk:
        raise Forbidden(
            "own_account",
            "You cannot end your own account.",
            who_can=["another administrator"],
            recorded=True,
            subject=subject,
        )


def _administered(user: User, at: datetime) -> list[tuple[UUID, datetime | None]]:
    """Return the units that a person administers, with the end of the role there."""
    rows = RoleAssignment.objects.filter(user=user, role=RoleAssignment.Role.ADMINISTRATOR)
    held = rows.filter(Q(until_at__isnull=True) | Q(until_at__gt=at), unit__isnull=False)
    return [(unit, until) for unit, until in held.values_list("unit_id", "until_at") if unit]


def _refuse_while_answering(user: User) -> None:
    systems = [*user.owned_systems.all(), *user.deputised_systems.all()]
    # The record's own system passes to the next compliance officer by itself.
    running = sorted(
        system.name
        for system in systems
        if system.lifecycle != "retired" and system.kind != System.Kind.RECORD
    )
    if running:
        words = worded(
            "{user_name} still answers for {running}: name a successor first.",
            user_name=user.name,
            running=", ".join(running),
        )
        raise Conflict("still_answers", words, extra={"systems": running})


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            "weak_password", " ".join(error.messages), fields={"password": error.messages[0]}
        ) from error
    user.set_password(password)


def _kept_of(user: User) -> dict[str, Any]:
    about = str(user.pk)
    return {
        "kind": str(user.kind),
        "email": Personal(user.email, subject=about, kind="email"),
        "title": Personal(user.title, subject=about, kind="title"),
        "unit": user.unit_id,
        "demo": user.demo,
    }
