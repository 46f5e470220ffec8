"""Who signed in, out, in vain, and what they changed of their own means to do so: on record."""

from datetime import datetime

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.commitments import Personal
from ledger.services.entries import append_entry
from registry.models import ServiceToken, User

# What a person can change of how they prove who they are, and the verb that says so.
MEANS = {
    "account/email/password_changed": "user.password_changed",
    "account/email/password_set": "user.password_changed",
    "account/email/password_reset": "user.password_reset",
    "account/email/email_changed": "user.address_changed",
    "mfa/email/totp_activated": "user.second_factor_added",
    "mfa/email/totp_deactivated": "user.second_factor_removed",
    "mfa/email/webauthn_added": "user.second_factor_added",
    "mfa/email/webauthn_removed": "user.second_factor_removed",
    "mfa/email/recovery_codes_generated": "user.recovery_codes_made",
}


@transaction.atomic
def record_sign_in(*, user: User, actor: Actor, at: datetime) -> None:
    """Put a sign-in on record."""
    _append("user.signed_in", user, actor, at)


@transaction.atomic
def record_sign_out(*, user: User, actor: Actor, at: datetime) -> None:
    """Put a sign-out on record."""
    _append("user.signed_out", user, actor, at)


@transaction.atomic
def record_failed_sign_in(*, tried: str, known: User | None, actor: Actor, at: datetime) -> None:
    """Put a failed sign-in on record: the address as typed, under the person if it is theirs.

    A stranger's has a salt for itself each time, so that it ends by its own time limit.
    """
    subject = str(known.pk) if known else ""
    kind = "email" if known else "typed"
    typed = Personal(tried[:120], subject=subject, kind=kind, fresh=not known)
    append_entry(
        verb="user.sign_in_failed",
        actor=actor,
        at=at,
        subject=("user", subject or "unknown", typed),
    )


@transaction.atomic
def record_means(*, change: str, user: User, actor: Actor, at: datetime) -> None:
    """Put on record that a person changed how they prove who they are; `change` as in MEANS.

    Raises KeyError for a change that has no verb: none may pass unrecorded.
    """
    _append(MEANS[change], user, actor, at)


@transaction.atomic
def record_token_use(*, token: ServiceToken, actor: Actor, at: datetime) -> None:
    """Put on record that a token opened the door, once a day and address."""
    append_entry(
        verb="token.used",
        actor=actor,
        at=at,
        subject=("token", token.token_key, token.name),
    )


def _append(verb: str, user: User, actor: Actor, at: datetime) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
    )
