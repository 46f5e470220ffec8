"""What an administrator does about a person's means to sign in, always with a reason."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from axes.utils import reset
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Invalid, Missing
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from outbox.services.messages import queue_mail
from registry.models import User
from registry.services.access import require_unit_permit
from registry.services.sessions import close_sessions


@transaction.atomic
def unlock_person(*, user_id: UUID, reason: str, actor: Actor, at: datetime) -> int:
    """Let a person try again before the lock ends; returns how many counters were set back.

    Raises Forbidden, Invalid, Missing.
    """
    user = _person(user_id, reason, actor, at)
    counters: int = reset(username=user.email)
    _record("user.unlocked", user, reason, actor, at, {"counters": counters})
    return counters


@transaction.atomic
def reset_second_factors(*, user_id: UUID, reason: str, actor: Actor, at: datetime) -> int:
    """Take away every second factor of somebody who lost theirs, and end their sessions.

    Nobody does it for themselves. The person is told by mail. Returns how many factors went.
    Raises Forbidden, Invalid, Missing.
    """
    user = _person(user_id, reason, actor, at)
    factors: int = Authenticator.objects.filter(user=user).delete()[0]
    sessions = close_sessions(user_id=user.pk)
    _record(
        "user.second_factors_reset",
        user,
        reason,
        actor,
        at,
        {"factors": factors, "sessions": sessions},
    )
    queue_mail(
        key=f"second-factors-reset:{user.pk}:{at.isoformat()}",
        person_id=user.pk,
        address=user.email,
        subject=term("Your second factors were removed"),
        body=worded(
            "{who} removed every second factor of your account and ended its sessions.\n"
            "Reason: {reason}\nIf you did not ask for this, tell compliance at once.",
            who=actor.name,
            reason=reason.strip(),
        ),
        at=at,
    )
    return factors


@transaction.atomic
def unlink_identity(*, user_id: UUID, reason: str, actor: Actor, at: datetime) -> int:
    """Cut the link to the identity that single sign-on vouches for; the next sign-in links anew.

    Raises Forbidden, Invalid, Missing.
    """
    user = _person(user_id, reason, actor, at)
    links: int = SocialAccount.objects.filter(user=user).delete()[0]
    sessions = close_sessions(user_id=user.pk)
    _record("user.identity_unlinked", user, reason, actor, at, {"sessions": sessions})
    return links


def _person(user_id: UUID, reason: str, actor: Actor, at: datetime) -> User:
    user: User | None = User.objects.filter(pk=user_id, kind=User.Kind.PERSON).first()
    if user is None:
        raise Missing("unknown_person", "There is no such person.")
    subject = ("user", str(user.pk), user.on_record)
    require_unit_permit(act="administer", unit_id=user.unit_id, actor=actor, at=at, subject=subject)
    if actor.person == user.pk:
        raise Forbidden(
            "own_means",
            "You cannot do this for yourself.",
            who_can=["another administrator"],
            recorded=True,
            subject=subject,
        )
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    return user


def _record(
    verb: str, user: User, reason: str, actor: Actor, at: datetime, details: dict[str, int]
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
        reason=reason.strip(),
        details=details,
    )
