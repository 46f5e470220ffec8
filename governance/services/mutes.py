"""Silences with an end: asked, agreed, ended early; never changed. Evaluation goes on in them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Mute
from governance.rules.mutes import (
    AHEAD,
    BACK,
    LONGEST,
    SECOND_PERSON,
    longest_in_words,
)
from governance.selectors.mutes import no_such_mute
from governance.services.muted_cases import uncover
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from registry.models import System
from registry.selectors.permits import person_needed, who_can
from registry.services.access import require_system_permit
from telemetry.models import Kpi

LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Cover:
    """What a silence covers: a KPI, environment and segment of a system; '' is every one."""

    kpi_id: str = ""
    environment: str = ""
    segment: str = ""


@transaction.atomic
def ask_mute(
    *,
    system_id: UUID,
    cover: Cover,
    reason: str,
    from_at: datetime,
    until_at: datetime,
    actor: Actor,
    at: datetime,
) -> Mute:
    """Ask for a silence; at low and medium tier it holds at once, at high tier once agreed to.

    Raises Forbidden, Invalid (no reason, no end, too long, in the past, no such KPI).
    """
    rows = System.objects.select_related("owner", "deputy", "unit")
    system: System = rows.get(pk=system_id)
    require_system_permit(act="mute.ask", system=system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("mute.ask", ("system", str(system.pk), system.name))
    _check(system, cover, reason, from_at, until_at, at)
    second = system.risk_tier in SECOND_PERSON
    mute = Mute(
        system=system,
        kpi_id=cover.kpi_id or None,
        environment=cover.environment,
        segment=cover.segment,
        reason=reason.strip(),
        from_at=max(from_at, at),
        until_at=until_at,
        second_person=second,
        asked_by_id=actor.person,
        asked_at=at,
        approved_by_id=None if second else actor.person,
        approved_at=None if second else at,
    )
    mute.save(force_insert=True, at=at)
    _record("mute.asked" if second else "mute.approved", mute, actor, at, mute.reason)
    return mute


@transaction.atomic
def approve_mute(*, mute_id: UUID, actor: Actor, at: datetime) -> Mute:
    """Agree to a silence over a system of high tier; never who asked. What is over stays over.

    Raises Missing, Forbidden, Conflict (decided, or its end has passed).
    """
    mute = _waiting(mute_id, actor, at)
    mute.approved_by_id, mute.approved_at = actor.person, at
    mute.save(at=at)
    _record("mute.approved", mute, actor, at, mute.reason)
    return mute


@transaction.atomic
def refuse_mute(*, mute_id: UUID, reason: str, actor: Actor, at: datetime) -> Mute:
    """Refuse a silence that waits for agreement. Raises Missing, Forbidden, Conflict, Invalid."""
    mute = _waiting(mute_id, actor, at)
    return _end(mute, "mute.refused", reason, actor, at)


@transaction.atomic
def end_mute(*, mute_id: UUID, reason: str, actor: Actor, at: datetime) -> Mute:
    """End a silence before its time: what still breaches starts its timers now.

    Raises Missing, Forbidden, Conflict (over already), Invalid (no reason).
    """
    mute = _locked(mute_id)
    require_system_permit(act="mute.end", system=mute.system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("mute.end", ("mute", str(mute.pk), mute.system.name))
    if mute.ended_at is not None or at >= mute.until_at:
        raise Conflict("silence_over", "This silence is over already.")
    ended = _end(mute, "mute.ended", reason, actor, at)
    uncover(mute=ended, at=at)
    return ended


def _end(mute: Mute, verb: str, reason: str, actor: Actor, at: datetime) -> Mute:
    mute.ended_by_id, mute.ended_at = actor.person, at
    mute.ended_reason = _reason(reason)
    mute.save(at=at)
    _record(verb, mute, actor, at, mute.ended_reason)
    return mute


def _waiting(mute_id: UUID, actor: Actor, at: datetime) -> Mute:
    mute = _locked(mute_id)
    require_system_permit(act="mute.approve", system=mute.system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("mute.approve", ("mute", str(mute.pk), mute.system.name))
    if actor.person == mute.asked_by_id:
        others = who_can(act="mute.approve", system=mute.system, at=at)
        raise Forbidden(
            "own_silence",
            "You cannot decide on this silence: you asked for it.",
            who_can=[name for name in others if name != mute.asked_by.name],
            recorded=True,
            subject=("mute", str(mute.pk), mute.system.name),
        )
    if mute.approved_at is not None or mute.ended_at is not None:
        raise Conflict("decided_already", "This silence was decided on already.")
    if at >= mute.until_at:
        raise Conflict("silence_over", "The end of this silence has passed; ask for another one.")
    return mute


def _locked(mute_id: UUID) -> Mute:
    rows = Mute.objects.select_for_update(of=("self",)).select_related(
        "system__owner", "system__deputy", "system__unit", "asked_by"
    )
    mute = rows.filter(pk=mute_id).first()
    if mute is None:
        raise no_such_mute()
    return mute


def _check(
    system: System,
    cover: Cover,
    reason: str,
    from_at: datetime,
    until_at: datetime,
    at: datetime,
) -> None:
    _reason(reason)
    if cover.kpi_id and not Kpi.objects.filter(pk=cover.kpi_id).exists():
        raise _wrong("kpi", worded("There is no KPI {kpi_id!r}.", kpi_id=cover.kpi_id))
    if from_at < at - BACK:
        raise _wrong("from_at", "A silence begins now or later: what has happened is on record.")
    if from_at > at + AHEAD:
        raise _wrong("from_at", "A silence is announced at most 90 days ahead.")
    if until_at <= max(from_at, at):
        raise _wrong("until_at", "The end lies after the beginning, and in the future.")
    if until_at - from_at > LONGEST[system.risk_tier]:
        longest = longest_in_words(system.risk_tier)
        words = worded(
            "At {risk_tier} tier a silence lasts {longest} at most.",
            risk_tier=term(system.get_risk_tier_display(), lowered=True),
            longest=term(longest),
        )
        raise _wrong("until_at", words)


def _wrong(field: str, words: str) -> Invalid:
    return Invalid("silence_wrong", words, fields={field: words})


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise _wrong(
            "reason",
            worded(
                "Say why, in at most {longest_reason} characters.", longest_reason=LONGEST_REASON
            ),
        )
    return reason


def _record(verb: str, mute: Mute, actor: Actor, at: datetime, reason: str) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("mute", str(mute.pk), mute.system.name),
        reason=reason,
        system_id=mute.system_id,
        after={
            "kpi": mute.kpi_id or "",
            "environment": mute.environment,
            "segment": mute.segment,
            "from": mute.from_at,
            "until": mute.until_at,
            "ended": mute.ended_at,
        },
        touched=[f"governance_mute:{mute.pk}"],
    )
