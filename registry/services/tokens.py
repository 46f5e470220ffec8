"""Service tokens: issued with scopes, systems and an expiry, shown once, revoked, never deleted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from ledger import touches
from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid, Missing
from ledger.services.entries import append_entry
from registry.models import ServiceToken, System, User
from registry.rules.scopes import unknown_scopes
from registry.services.access import require_unit_permit

PREFIX = "csn_"
LONGEST = timedelta(days=366)


@transaction.atomic
def issue_token(
    *,
    user: User,
    name: str,
    scopes: Sequence[str],
    systems: Sequence[System],
    expires_at: datetime,
    actor: Actor,
    at: datetime,
) -> tuple[ServiceToken, str]:
    """Issue a token to a service account; return it and its plaintext, which is kept nowhere.

    It reaches only `systems`. At most 366 days. Raises Forbidden, Invalid.
    """
    subject = ("user", str(user.pk), user.on_record)
    for unit_id in {user.unit_id, *(system.unit_id for system in systems)}:
        require_unit_permit(act="administer", unit_id=unit_id, actor=actor, at=at, subject=subject)
    _check(user, scopes, expires_at, at)
    digest, plaintext = get_digest_token(PREFIX)
    token = ServiceToken(
        digest=digest,
        token_key=plaintext[: CONSTANTS.TOKEN_KEY_LENGTH],
        user=user,
        name=name,
        scopes=sorted(set(scopes)),
        expiry=expires_at,
    )
    token.save(force_insert=True)
    token.systems.set(systems)
    touches.note(ServiceToken.systems.through.objects.filter(servicetoken_id=token.pk))
    append_entry(
        verb="token.issued",
        actor=actor,
        at=at,
        subject=("token", token.token_key, name),
        after={
            "scopes": token.scopes,
            "systems": sorted(system.slug for system in systems),
            "expires": expires_at,
        },
        details={"account": user.pk, "account_name": user.on_record},
        touched=[f"registry_servicetoken:{token.token_key}"],
    )
    return token, plaintext


@transaction.atomic
def revoke_token(*, token_key: str, reason: str, actor: Actor, at: datetime) -> ServiceToken:
    """Revoke a token by its public first characters; a revoked one stays so. Raises Missing."""
    rows = ServiceToken.objects.select_for_update(no_key=True, of=("self",))
    token: ServiceToken | None = rows.select_related("user").filter(token_key=token_key).first()
    if token is None:
        raise Missing("unknown_token", "There is no such token.")
    subject = ("token", token.token_key, token.name)
    require_unit_permit(
        act="administer", unit_id=token.user.unit_id, actor=actor, at=at, subject=subject
    )
    if token.revoked_at is not None:
        return token
    token.revoked_at = at
    token.save(update_fields=["revoked_at"])
    append_entry(
        verb="token.revoked",
        actor=actor,
        at=at,
        subject=subject,
        after={"revoked": at},
        reason=reason,
        touched=[f"registry_servicetoken:{token.token_key}"],
    )
    return token


def _check(user: User, scopes: Sequence[str], expires_at: datetime, at: datetime) -> None:
    if user.kind != User.Kind.SERVICE:
        raise Invalid("not_a_service", f"{user.name} is a person; tokens are for services.")
    unknown = unknown_scopes(list(scopes))
    if unknown or not scopes:
        words = f"There is no scope {unknown[0]!r}." if unknown else "A token needs a scope."
        raise Invalid("unknown_scope", words, fields={"scopes": words})
    if not at < expires_at <= at + LONGEST:
        words = "A token ends in the future, within 366 days."
        raise Invalid("bad_expiry", words, fields={"expires_at": words})
