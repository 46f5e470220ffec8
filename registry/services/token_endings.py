"""Tokens that end soon: their administrators are told in time, by mail and on record."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from ledger.context import acting_as
from ledger.rules.actors import machine
from ledger.rules.worded import as_moment, worded
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
    here = token.expiry.astimezone(ZoneInfo(person.zone))
    day, instant = f"{token.expiry:%d %B %Y}", f"{token.expiry:%d %B %Y at %H:%M} UTC"
    queue_mail(
        key=f"token-ends:{token.token_key}:{person.pk}",
        person_id=person.pk,
        address=person.email,
        subject=worded(
            "The token {name} ends on {day}",
            name=token.name,
            day=as_moment(day, at=here, form="INSTANT_WORDS_DATE"),
        ),
        body=worded(
            "The token {name} ({key}…) of {owner} ends on {when}. Whoever uses it is refused from "
            "then on.\n\nReplace it: {url}\nOld and new then work side by side for up to 14 days.",
            name=token.name,
            key=token.token_key,
            owner=token.user.name,
            when=as_moment(instant, at=here, form="INSTANT_WORDS_ZONED"),
            url=f"{settings.PUBLIC_URL}/tokens/{token.token_key}/",
        ),
        at=at,
    )
