"""Tokens that end soon: their administrators are told in time, by mail and on record."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.services.entries import append_entry
from outbox.services.messages import queue_mail
from registry.models import ServiceToken, User
from registry.selectors.people import people_with_role
from registry.services.tokens import locked_token

WARNED_BEFORE = timedelta(days=14)


def announce_endings(at: datetime) -> int:
    """Tell the administrators of tokens that end within 14 days, once each; a job of the sweep.

    Returns how many were told of.
    """
    ending = ServiceToken.objects.filter(
        warned_at__isnull=True,
        revoked_at__isnull=True,
        overlap_until__isnull=True,
        expiry__gt=at,
        expiry__lte=at + WARNED_BEFORE,
        user__is_active=True,
    )
    keys = ending.values_list("token_key", flat=True)
    return sum(_announce(key, at) for key in list(keys))


@transaction.atomic
def _announce(token_key: str, at: datetime) -> int:
    token = locked_token(token_key)
    if token.warned_at is not None:
        return 0
    with acting_as(machine("tokens", kind="task", channel="sweep")) as actor:
        token.warned_at = at
        token.save(update_fields=["warned_at"])
        told = _administrators(token.user, at)
        for person in told:
            _tell(token, person, at)
        append_entry(
            verb="token.expiry_announced",
            actor=actor,
            at=at,
            subject=("token", token.token_key, token.name),
            details={"expires": token.expiry, "told": sorted(str(one.pk) for one in told)},
            touched=[f"registry_servicetoken:{token.token_key}"],
        )
    return 1


def _administrators(account: User, at: datetime) -> list[User]:
    if account.unit_id is None:
        return []
    return people_with_role(role="administrator", unit_id=account.unit_id, at=at)


def _tell(token: ServiceToken, person: User, at: datetime) -> None:
    queue_mail(
        key=f"token-ends:{token.token_key}:{person.pk}",
        person_id=person.pk,
        address=person.email,
        subject=f"The token {token.name} ends on {token.expiry:%d %B %Y}",
        body=f"The token {token.name} ({token.token_key}…) of {token.user.name} ends on "
        f"{token.expiry:%d %B %Y at %H:%M} UTC. Whoever uses it is refused from then on.\n\n"
        f"Replace it: {settings.PUBLIC_URL}/tokens/{token.token_key}/\n"
        "Old and new then work side by side for up to 14 days.",
        at=at,
    )
