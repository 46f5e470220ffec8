"""The organisation's risk tier: one person proposes, another decides; never below the floor."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import term, word, worded
from ledger.services.entries import append_entry
from registry.models import System, TierChange
from registry.rules.tiers import highest, is_below
from registry.selectors.assessments import tier_floor
from registry.selectors.classification import open_tier_change
from registry.services.access import require_system_permit
from registry.services.lifecycle import check_version, lock_system
from registry.services.second_person import acting_person, check_state, require_second_person


@transaction.atomic
def propose_tier(
    *,
    system_id: UUID,
    to_tier: str,
    reason: str,
    expected_version: int,
    actor: Actor,
    at: datetime,
) -> TierChange:
    """Propose another risk tier. Raising takes effect at once, lowering when it is agreed.

    Raises Missing, Forbidden, Conflict (stale, one is open), Invalid (tier, floor, reason).
    """
    system = lock_system(system_id)
    check_version(system, expected_version)
    person = acting_person(act="tier.propose", actor=actor, subject=_subject(system))
    require_system_permit(act="tier.propose", system=system, actor=actor, at=at)
    _check_proposal(system, to_tier, reason, at)
    raises = is_below(system.risk_tier, to_tier)
    row = TierChange(
        system=system,
        from_tier=system.risk_tier,
        to_tier=to_tier,
        reason=reason,
        proposed_by_id=person,
        proposed_at=at,
        applied_at=at if raises else None,
    )
    row.save(force_insert=True, at=at)
    before = str(system.risk_tier)
    if raises:
        _set(system, to_tier, at)
    _record("proposed", system, row, before, reason, actor, at)
    return row


@transaction.atomic
def decide_tier(
    *, change_id: UUID, agreed: bool, reason: str, actor: Actor, at: datetime
) -> TierChange:
    """Agree with a proposed tier, or decline it; by another person of the second line.

    A raise that is declined goes back to where it was, or to the floor where that has risen.
    Raises Missing, Forbidden, Conflict (decided already, floor has risen above it), Invalid.
    """
    system, row = _locked(change_id)
    words = term(row.get_state_display(), lowered=True)
    check_state(
        what=word("This proposal"),
        state=str(row.state),
        words=words,
        needed=(TierChange.State.PROPOSED,),
    )
    person = require_second_person(
        act="tier.decide", wrote=[row.proposed_by_id], system=system, actor=actor, at=at,
        subject=_subject(system),
    )  # fmt: skip
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    before = str(system.risk_tier)
    _carry_out(system, row, agreed, at)
    row.state = TierChange.State.AGREED if agreed else TierChange.State.DECLINED
    row.decided_by_id, row.decided_at, row.decided_because = person, at, reason
    row.save(at=at)
    _record("agreed" if agreed else "declined", system, row, before, reason, actor, at)
    return row


def _carry_out(system: System, row: TierChange, agreed: bool, at: datetime) -> None:
    floor = tier_floor(system, at)
    if agreed and row.applied_at is None:
        if is_below(row.to_tier, floor):
            raise Conflict(
                "floor_has_risen",
                worded("The floor is {floor} now: decline this proposal.", floor=floor),
            )
        row.applied_at = at
        _set(system, row.to_tier, at)
    elif not agreed and row.applied_at is not None and system.risk_tier == row.to_tier:
        _set(system, highest([row.from_tier, floor]), at)


def _check_proposal(system: System, to_tier: str, reason: str, at: datetime) -> None:
    if open_tier_change(system.pk) is not None:
        raise Conflict("tier_change_open", "A change of the risk tier waits already.")
    if to_tier not in System.Tier.values:
        raise Invalid("unknown_tier", "There is no such tier.", fields={"to_tier": "unknown"})
    if to_tier == system.risk_tier:
        words = "This is the tier that it has."
        raise Invalid("same_tier", words, fields={"to_tier": words})
    floor = tier_floor(system, at)
    if is_below(to_tier, floor):
        words = worded(
            "The floor is {floor}: set by its legal class, or by an impact assessment.", floor=floor
        )
        raise Invalid("tier_below_floor", words, fields={"to_tier": words})
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})


def _locked(change_id: UUID) -> tuple[System, TierChange]:
    system_id = TierChange.objects.filter(pk=change_id).values_list("system_id", flat=True).first()
    if system_id is None:
        raise Missing("unknown_tier_change", "There is no such proposal.")
    system = lock_system(system_id)
    rows = TierChange.objects.select_for_update(no_key=True, of=("self",))
    return system, rows.get(pk=change_id)


def _set(system: System, tier: str, at: datetime) -> None:
    if system.risk_tier != tier:
        system.risk_tier = tier
        system.version += 1
        system.save(at=at)


def _subject(system: System) -> tuple[str, str, str]:
    return ("system", str(system.pk), system.name)


def _record(
    verb: str,
    system: System,
    row: TierChange,
    before: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    append_entry(
        verb=f"tier.{verb}",
        actor=actor,
        at=at,
        subject=_subject(system),
        before={"risk_tier": before},
        after={"risk_tier": str(system.risk_tier), "version": system.version},
        reason=reason,
        details={"change": row.pk, "from": row.from_tier, "to": row.to_tier},
        system_id=system.pk,
        touched=[f"registry_tierchange:{row.pk}", f"registry_system:{system.pk}"],
    )
