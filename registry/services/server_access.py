"""The way in for who has the server when nobody can sign in as administrator: on record."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from axes.utils import reset
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import Unit, User
from registry.services.roles import grant_role
from registry.services.sessions import close_sessions


@transaction.atomic
def open_access(
    *,
    email: str,
    reason: str,
    password: str | None = None,
    drop_factors: bool = False,
    unit: str = "",
    actor: Actor,
    at: datetime,
) -> User:
    """Let a person in again: unlocked, with a new password, without factors, as administrator.

    `unit` names the unit that they administer from now on; '' leaves their roles. Their sessions
    end. Only the product's own command calls it. An exception on record, in the group of broken
    glass. Raises Forbidden, Missing, Invalid.
    """
    if actor.kind != "command":
        raise Forbidden("server_only", "Only who has the server opens access like this.")
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    rows = User.objects.select_for_update(no_key=True, of=("self",))
    user: User | None = rows.filter(email__iexact=email, kind=User.Kind.PERSON).first()
    if user is None:
        raise Missing("unknown_person", "There is no person with this address.")
    done = _do(user, password, drop_factors, at)
    append_entry(
        verb="access.opened",
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
        reason=reason.strip(),
        details=done | {"administrator_of": unit},
        touched=[f"registry_user:{user.pk}"],
    )
    if unit:
        _make_administrator(user, unit, reason, actor, at)
    return user


def _do(user: User, password: str | None, drop_factors: bool, at: datetime) -> dict[str, object]:
    done: dict[str, object] = {"unlocked": reset(username=user.email), "new_password": False}
    if password is not None:
        _check(password, user)
        user.set_password(password)
        done["new_password"] = True
    if not user.is_active:
        user.is_active, user.deactivated_at = True, None
        done["activated"] = True
    user.save(at=at)
    if drop_factors:
        done["factors"], _ = Authenticator.objects.filter(user=user).delete()
    done["sessions"] = close_sessions(user_id=user.pk)
    return done


def _check(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("weak_password", " ".join(error.messages)) from error


def _make_administrator(user: User, name: str, reason: str, actor: Actor, at: datetime) -> None:
    unit: Unit | None = Unit.objects.filter(name=name).first()
    if unit is None:
        raise Missing("unknown_unit", worded("There is no unit {name!r}.", name=name))
    grant_role(
        user_id=user.pk,
        role="administrator",
        unit_id=unit.pk,
        reason=reason.strip(),
        actor=actor,
        at=at,
    )
