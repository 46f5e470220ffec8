"""Who signed in, out, in vain, and what they changed of their own means to do so: on record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

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
    "socialaccount/email/account_connected": "user.identity_linked",
    "socialaccount/email/account_disconnected": "user.identity_unlinked",
}


@transaction.atomic
def record_sign_in(
    *, user: User, methods: Sequence[str] = (), issuer: str = "", actor: Actor, at: datetime
) -> None:
    """Put a sign-in on record: by which methods, and who vouched where single sign-on was used."""
    details = {"methods": list(methods)} | ({"issuer": issuer} if issuer else {})
    _append("user.signed_in", user, actor, at, details)


@transaction.atomic
def record_confirmation(*, user: User, method: str, actor: Actor, at: datetime) -> None:
    """Put on record that a person proved again, on a page of its own, that they are there."""
    _append("user.confirmed", user, actor, at, {"method": method})


@transaction.atomic
def record_failed_factor(*, user: User, method: str, actor: Actor, at: datetime) -> None:
    """Put a wrong second factor on record: the password or the session before it was right."""
    _append("user.second_factor_failed", user, actor, at, {"method": method})


@transaction.atomic
def record_used_code(*, user: User, left: int, actor: Actor, at: datetime) -> None:
    """Put on record that a recovery code was used up, and how many are left."""
    _append("user.recovery_code_used", user, actor, at, {"left": left})


@transaction.atomic
def record_renamed_key(*, user: User, actor: Actor, at: datetime) -> None:
    """Put on record that a passkey has another name; the name is the person's own affair."""
    _append("user.passkey_renamed", user, actor, at)


@transaction.atomic
def record_lock(*, user: User, actor: Actor, at: datetime) -> None:
    """Put on record that an account is locked for one address, after too many failures."""
    _append("user.locked_out", user, actor, at)


@transaction.atomic
def record_sign_out(*, user: User, actor: Actor, at: datetime) -> None:
    """Put a sign-out on record."""
    _append("user.signed_out", user, actor, at)


@transaction.atomic
def record_failed_sign_in(
    *, tried: str, known: User | None, why: str = "", actor: Actor, at: datetime
) -> None:
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
        reason=why,
    )


@transaction.atomic
def record_means(*, change: str, user: User, sessions: int = 0, actor: Actor, at: datetime) -> None:
    """Put on record that a person changed how they prove who they are; `change` as in MEANS.

    `sessions` of theirs ended with it. Raises KeyError for a change that has no verb: none may
    pass unrecorded.
    """
    _append(MEANS[change], user, actor, at, {"sessions_ended": sessions} if sessions else None)


@transaction.atomic
def record_token_use(*, token: ServiceToken, actor: Actor, at: datetime) -> None:
    """Put on record that a token opened the door, once a day and address."""
    append_entry(
        verb="token.used",
        actor=actor,
        at=at,
        subject=("token", token.token_key, token.name),
    )


def _append(
    verb: str, user: User, actor: Actor, at: datetime, details: Mapping[str, Any] | None = None
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
        details=details,
    )
