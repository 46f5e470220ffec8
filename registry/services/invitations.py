"""People: invited by mail to set their own password, and what is said of them changed."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Invalid, Missing
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from outbox.services.messages import queue_mail
from registry.models import User
from registry.services.access import require_unit_permit
from registry.services.people import create_user


@transaction.atomic
def invite_person(
    *, email: str, name: str, title: str, unit_id: UUID, actor: Actor, at: datetime
) -> User:
    """Create an account without a password and write to the person how they set one.

    The mail holds no secret: it names the page that sends a link to this address. Raises
    Forbidden, Invalid, Conflict (address in use).
    """
    _check(email, name)
    user = create_user(email=email, name=name, title=title, unit_id=unit_id, actor=actor, at=at)
    _write_to(user, actor, at)
    return user


@transaction.atomic
def invite_again(*, user_id: UUID, actor: Actor, at: datetime) -> User:
    """Write the invitation once more, to who has never signed in. Raises Missing, Forbidden."""
    user: User | None = User.objects.filter(
        pk=user_id, is_active=True, kind=User.Kind.PERSON, last_login__isnull=True
    ).first()
    if user is None:
        raise Missing("unknown_person", "There is nobody here who has not signed in yet.")
    subject = ("user", str(user.pk), user.on_record)
    require_unit_permit(act="administer", unit_id=user.unit_id, actor=actor, at=at, subject=subject)
    _write_to(user, actor, at)
    return user


@transaction.atomic
def change_person(
    *,
    user_id: UUID,
    name: str,
    title: str,
    unit_id: UUID,
    zone: str,
    actor: Actor,
    at: datetime,
) -> User:
    """Change a person's name, title, unit or zone; by an administrator of both units.

    What is on record keeps the name as it was. Raises Missing, Forbidden, Invalid.
    """
    rows = User.objects.select_for_update(no_key=True, of=("self",))
    user: User | None = rows.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise Missing("unknown_person", "There is no such active person.")
    subject = ("user", str(user.pk), user.on_record)
    for unit in {user.unit_id, unit_id}:
        require_unit_permit(act="administer", unit_id=unit, actor=actor, at=at, subject=subject)
    _check("x@example.org", name)
    _check_zone(zone)
    before = _said(user)
    user.name, user.title, user.unit_id, user.zone = name.strip(), title.strip(), unit_id, zone
    user.save(update_fields=["name", "title", "unit", "zone"], at=at)
    append_entry(
        verb="user.changed",
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
        before=before,
        after=_said(user),
        touched=[f"registry_user:{user.pk}"],
    )
    return user


def _said(user: User) -> dict[str, object]:
    about = str(user.pk)
    return {
        "name": Personal(user.name, subject=about),
        "title": Personal(user.title, subject=about, kind="title"),
        "unit": user.unit_id,
        "zone": user.zone,
    }


def _check(email: str, name: str) -> None:
    try:
        validate_email(email.strip())
    except ValidationError as error:
        words = "This is no mail address."
        raise Invalid("bad_address", words, fields={"email": words}) from error
    if not name.strip():
        raise Invalid("name_needed", "Say the name.", fields={"name": "This is required."})


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        words = worded("There is no time zone {zone!r}; Europe/Berlin is one.", zone=zone)
        raise Invalid("unknown_zone", words, fields={"zone": words}) from error


def _write_to(user: User, actor: Actor, at: datetime) -> None:
    body = worded(
        "{name},\n\n{who} has made an account for you in Countersign at {organisation}.\n\n"
        "Set your password: open {url} and enter this address, {address}. You are sent a link "
        "that works once.\n",
        name=user.name,
        who=actor.name,
        organisation=settings.ORGANISATION,
        url=f"{settings.PUBLIC_URL}/accounts/password/reset/",
        address=user.email,
    )
    queue_mail(
        key=f"invitation:{user.pk}:{at.isoformat()}",
        person_id=user.pk,
        address=user.email,
        subject=term("Set your password for Countersign"),
        body=body,
        at=at,
        subject_id=user.pk,
    )
    append_entry(
        verb="user.invited",
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
    )
