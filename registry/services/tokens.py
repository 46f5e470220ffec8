"""Service tokens: scopes, systems and an end; shown once, replaced, revoked, never deleted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from ledger import touches
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import ServiceToken, System, User
from registry.rules.scopes import unknown_scopes
from registry.services.access import require_unit_permit
from registry.services.people import create_user

PREFIX = "csn_"
LONGEST = timedelta(days=366)
LONGEST_OVERLAP = timedelta(days=14)
SERVICES = "services.invalid"


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
    _require(user, systems, actor, at)
    _check(user, scopes, expires_at, at)
    token, plaintext = _make(user, name, scopes, systems, expires_at)
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
def issue_first_token(
    *,
    account: str,
    unit_id: UUID,
    name: str,
    scopes: Sequence[str],
    systems: Sequence[System],
    expires_at: datetime,
    actor: Actor,
    at: datetime,
) -> tuple[ServiceToken, str]:
    """Open a service account in a unit and issue its first token. Raises Forbidden, Invalid."""
    user = create_user(
        # Nobody writes to a machine and it signs in nowhere; the address is only a key.
        email=f"{uuid4().hex}@{SERVICES}",
        name=account,
        kind=User.Kind.SERVICE,
        unit_id=unit_id,
        actor=actor,
        at=at,
    )
    return issue_token(
        user=user,
        name=name,
        scopes=scopes,
        systems=systems,
        expires_at=expires_at,
        actor=actor,
        at=at,
    )


@transaction.atomic
def rotate_token(
    *,
    token_key: str,
    overlap_until: datetime,
    expires_at: datetime,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> tuple[ServiceToken, str]:
    """Replace a token by a new one with the same account, scopes and systems.

    The old one works until `overlap_until`, 14 days at most, or its own end if that comes first;
    `at` ends it now. Returns the new one and its plaintext. Raises Forbidden, Missing, Invalid,
    Conflict (revoked, expired, replaced already).
    """
    old = locked_token(token_key)
    systems = list(old.systems.order_by("slug"))
    _require(old.user, systems, actor, at)
    _check_replaceable(old, at)
    _check(old.user, old.scopes, expires_at, at)
    if not at <= overlap_until <= at + LONGEST_OVERLAP:
        words = "Both tokens work side by side for 14 days at most, from now on."
        raise Invalid("bad_overlap", words, fields={"overlap_until": words})
    new, plaintext = _make(old.user, old.name, old.scopes, systems, expires_at, replaces=old)
    old.overlap_until = overlap_until
    old.save(update_fields=["overlap_until"])
    append_entry(
        verb="token.rotated",
        actor=actor,
        at=at,
        subject=("token", old.token_key, old.name),
        after={"overlap_until": overlap_until, "replaced_by": new.token_key, "expires": expires_at},
        reason=reason.strip(),
        details={"account": old.user_id, "account_name": old.user.on_record},
        touched=[
            f"registry_servicetoken:{old.token_key}",
            f"registry_servicetoken:{new.token_key}",
        ],
    )
    return new, plaintext


@transaction.atomic
def revoke_token(*, token_key: str, reason: str, actor: Actor, at: datetime) -> ServiceToken:
    """Revoke a token by its public first characters; a revoked one stays so. Raises Missing."""
    token = locked_token(token_key)
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
        reason=reason.strip(),
        touched=[f"registry_servicetoken:{token.token_key}"],
    )
    return token


def locked_token(token_key: str) -> ServiceToken:
    """Return a token by its public first characters, locked. Raises Missing."""
    rows = ServiceToken.objects.select_for_update(no_key=True, of=("self",))
    token: ServiceToken | None = rows.select_related("user").filter(token_key=token_key).first()
    if token is None:
        raise Missing("unknown_token", "There is no such token.")
    return token


def _require(user: User, systems: Sequence[System], actor: Actor, at: datetime) -> None:
    """Refuse who does not administer the account's unit and every system's."""
    subject = ("user", str(user.pk), user.on_record)
    for unit_id in {user.unit_id, *(system.unit_id for system in systems)}:
        require_unit_permit(act="administer", unit_id=unit_id, actor=actor, at=at, subject=subject)


def _make(
    user: User,
    name: str,
    scopes: Sequence[str],
    systems: Sequence[System],
    expires_at: datetime,
    replaces: ServiceToken | None = None,
) -> tuple[ServiceToken, str]:
    digest, plaintext = get_digest_token(PREFIX)
    token = ServiceToken(
        digest=digest,
        token_key=plaintext[: CONSTANTS.TOKEN_KEY_LENGTH],
        user=user,
        name=name,
        scopes=sorted(set(scopes)),
        expiry=expires_at,
        replaces=replaces,
    )
    token.save(force_insert=True)
    token.systems.set(systems)
    touches.note(ServiceToken.systems.through.objects.filter(servicetoken_id=token.pk))
    return token, plaintext


def _check_replaceable(token: ServiceToken, at: datetime) -> None:
    words = ""
    if token.revoked_at is not None:
        words = "This token was revoked."
    elif token.overlap_until is not None:
        words = "This token was replaced already."
    elif token.expiry is None or token.expiry <= at:
        words = "This token has expired."
    if words:
        raise Conflict("token_ended", worded("{words} Issue a new one.", words=words))


def _check(user: User, scopes: Sequence[str], expires_at: datetime, at: datetime) -> None:
    if user.kind != User.Kind.SERVICE:
        raise Invalid(
            "not_a_service",
            worded("{user_name} is a person; tokens are for services.", user_name=user.name),
        )
    unknown = unknown_scopes(list(scopes))
    if unknown or not scopes:
        words = (
            worded("There is no scope {unknown!r}.", unknown=unknown[0])
            if unknown
            else "A token needs a scope."
        )
        raise Invalid("unknown_scope", words, fields={"scopes": words})
    if not at < expires_at <= at + LONGEST:
        words = "A token ends in the future, within 366 days."
        raise Invalid("bad_expiry", words, fields={"expires_at": words})
