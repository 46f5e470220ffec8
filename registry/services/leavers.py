"""A person leaves: every duty goes to somebody or ends, then the account; all or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Invalid, Missing, Refused
from ledger.rules.worded import joined, worded
from ledger.services.entries import append_entry
from registry import duties
from registry.duties import Duty, Source
from registry.models import User
from registry.services.access import require_unit_permit
from registry.services.people import deactivate_user


@dataclass(frozen=True, slots=True)
class Held:
    """A duty of a person, with the source that knows how it is handed over."""

    source: Source
    duty: Duty

    @property
    def key(self) -> str:
        """The name of the duty among all."""
        return f"{self.source.name}:{self.duty.id}"


def duties_of(*, user_id: UUID, at: datetime) -> list[Held]:
    """Return everything that a person has, in the order of the sources."""
    sources = duties.registered().values()
    return [Held(source, duty) for source in sources for duty in source.find(user_id, at)]


@transaction.atomic
def let_go(
    *,
    user_id: UUID,
    successors: Mapping[str, UUID],
    reason: str,
    actor: Actor,
    at: datetime,
) -> User:
    """Hand every duty of a person to its successor, end the rest, and deactivate the account.

    `successors` by `Held.key`. What is held is found again here, so nothing that came meanwhile is
    forgotten. Raises Missing, Forbidden (role, oneself), Invalid naming each duty that lacks a
    successor or refuses the one named, Conflict (the last administrator).
    """
    rows = User.objects.select_for_update(no_key=True, of=("self",))
    user: User | None = rows.filter(pk=user_id, is_active=True, kind=User.Kind.PERSON).first()
    if user is None:
        raise Missing("unknown_person", "There is no such active person.")
    _check(user, reason, actor, at)
    held = duties_of(user_id=user_id, at=at)
    _refuse_gaps(held, successors)
    handed = _hand_over(held, user, successors, reason, actor, at)
    append_entry(
        verb="duties.handed_over",
        actor=actor,
        at=at,
        subject=("user", str(user.pk), user.on_record),
        reason=reason,
        after={"duties": handed},
    )
    return deactivate_user(user_id=user_id, reason=reason, actor=actor, at=at)


def _check(user: User, reason: str, actor: Actor, at: datetime) -> None:
    subject = ("user", str(user.pk), user.on_record)
    require_unit_permit(act="administer", unit_id=user.unit_id, actor=actor, at=at, subject=subject)
    if actor.person == user.pk:
        raise Forbidden(
            "own_account",
            "You cannot end your own account.",
            who_can=["another administrator"],
            recorded=True,
            subject=subject,
        )
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})


def _refuse_gaps(held: list[Held], successors: Mapping[str, UUID]) -> None:
    missing = {
        one.key: "Name who takes this over."
        for one in held
        if one.duty.successor == "needed" and one.key not in successors
    }
    if missing:
        words = worded("{count} of the duties still lack a successor.", count=len(missing))
        raise Invalid("successor_missing", words, fields=missing)


def _hand_over(
    held: list[Held],
    user: User,
    successors: Mapping[str, UUID],
    reason: str,
    actor: Actor,
    at: datetime,
) -> list[str]:
    handed = []
    for one in held:
        if one.source.hand_over is None:
            continue
        to_id = successors.get(one.key)
        if to_id is None and one.duty.successor == "needed":
            continue
        _refuse_leaver(one, to_id, user)
        try:
            one.source.hand_over(
                duty_id=one.duty.id,
                from_id=user.pk,
                to_id=to_id,
                reason=reason,
                actor=actor,
                at=at,
            )
        except Refused as refusal:
            raise _named(one, refusal) from refusal
        handed.append(one.key)
    return handed


def _refuse_leaver(one: Held, to_id: UUID | None, user: User) -> None:
    if to_id == user.pk:
        words = "This is who leaves."
        raise Invalid("successor_leaves", words, fields={one.key: words})
    if (
        to_id is not None
        and not User.objects.filter(pk=to_id, is_active=True, kind=User.Kind.PERSON).exists()
    ):
        words = "There is no such active person."
        raise Invalid("unknown_person", words, fields={one.key: words})


def _named(one: Held, refusal: Refused) -> Refused:
    """Say of a refusal which duty it is about; nothing has been handed over."""
    refusal.fields = {one.key: _sentence(refusal)}
    refusal.reason = joined(": ", [one.duty.words, refusal.reason])
    return refusal


def _sentence(refusal: Refused) -> str:
    if not refusal.who_can:
        return refusal.reason
    who = joined(", ", refusal.who_can)
    return joined(" ", [refusal.reason, worded("Who can: {who}.", who=who)])
