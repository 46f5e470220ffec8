"""Break-glass: reading in an emergency, at once, for a reason; told to compliance and reviewed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.commitments import Label
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.services.messages import queue_mail
from registry.models import BreakGlass, System, Unit, User
from registry.models.access import LONGEST_GLASS
from registry.rules.instants import in_utc
from registry.selectors.break_glass import reviewers_of
from registry.services.access import require_anywhere, require_unit_permit

REVIEW_WITHIN = timedelta(days=3)
LEAST_WORDS = 5
Subject = tuple[str, str, Label]


@transaction.atomic
def break_glass(
    *,
    reason: str,
    hours: int,
    unit_id: UUID | None = None,
    system_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> BreakGlass:
    """Let an administrator or an emergency actor read a unit or a system for up to four hours.

    A role for any unit is enough: that is what the glass is for. Reading alone; every read is on
    record, compliance is told at once. Raises Forbidden, Invalid, Missing, Conflict (open already).
    """
    unit, system, subject = _target(unit_id, system_id)
    require_anywhere(act="glass.break", actor=actor, at=at, subject=subject)
    person = _person(actor, subject)
    _check(reason, hours)
    _refuse_twice(person, unit, system, at)
    glass = BreakGlass(
        person=person,
        unit=unit,
        system=system,
        reason=reason.strip(),
        from_at=at,
        until_at=at + timedelta(hours=hours),
        review_due_at=at + REVIEW_WITHIN,
    )
    glass.save(force_insert=True, at=at)
    append_entry(
        verb="break_glass.taken",
        actor=actor,
        at=at,
        subject=subject,
        after={"glass": glass.pk, "until": glass.until_at, "review_due": glass.review_due_at},
        reason=glass.reason,
        system_id=system_id,
        touched=[f"registry_breakglass:{glass.pk}"],
    )
    _tell(glass, str(subject[2]), at)
    return glass


@transaction.atomic
def end_break_glass(*, glass_id: UUID, actor: Actor, at: datetime) -> BreakGlass:
    """Close the glass before its time: whoever broke it, or compliance of the unit.

    Raises Missing, Forbidden, Conflict (it has ended).
    """
    glass, subject = _locked(glass_id)
    if actor.person != glass.person_id:
        _require_reviewer(glass, subject, actor, at)
    if glass.until_at <= at:
        raise Conflict("glass_ended", "This access has ended already.")
    before, glass.until_at = glass.until_at, at
    glass.save(update_fields=["until_at"], at=at)
    append_entry(
        verb="break_glass.ended",
        actor=actor,
        at=at,
        subject=subject,
        before={"until": before},
        after={"glass": glass.pk, "until": at},
        system_id=glass.system_id,
        touched=[f"registry_breakglass:{glass.pk}"],
    )
    return glass


@transaction.atomic
def review_break_glass(
    *, glass_id: UUID, verdict: str, review: str, actor: Actor, at: datetime
) -> BreakGlass:
    """Say whether an access was justified, and why: compliance, never whoever broke the glass.

    An access that still runs is closed by it. Raises Missing, Forbidden, Invalid, Conflict.
    """
    glass, subject = _locked(glass_id)
    _require_reviewer(glass, subject, actor, at)
    if glass.reviewed_at is not None:
        raise Conflict("glass_reviewed", "This access has been reviewed already.")
    if verdict not in BreakGlass.Verdict.values:
        raise Invalid("unknown_verdict", "Say whether it was justified.", fields={"verdict": "?"})
    if not review.strip():
        raise Invalid("reason_needed", "Say why.", fields={"review": "This is required."})
    glass.reviewed_at, glass.reviewed_by_id = at, actor.person
    glass.verdict, glass.review = verdict, review.strip()
    glass.until_at = min(glass.until_at, at)
    fields = ["reviewed_at", "reviewed_by", "verdict", "review", "until_at"]
    glass.save(update_fields=fields, at=at)
    append_entry(
        verb="break_glass.reviewed",
        actor=actor,
        at=at,
        subject=subject,
        after={"glass": glass.pk, "verdict": verdict, "until": glass.until_at},
        reason=glass.review,
        system_id=glass.system_id,
        touched=[f"registry_breakglass:{glass.pk}"],
    )
    return glass


@transaction.atomic
def record_glass_read(*, glass_ids: Iterable[UUID], path: str, actor: Actor, at: datetime) -> None:
    """Put on record that an answer was made while these accesses were open, one entry for each."""
    rows = BreakGlass.objects.filter(pk__in=list(glass_ids)).select_related("unit", "system")
    for glass in rows.order_by("from_at", "pk"):
        append_entry(
            verb="break_glass.read",
            actor=actor,
            at=at,
            subject=_subject(glass),
            system_id=glass.system_id,
            details={"glass": glass.pk, "read": path[:300]},
        )


def _target(
    unit_id: UUID | None, system_id: UUID | None
) -> tuple[Unit | None, System | None, Subject]:
    if (unit_id is None) == (system_id is None):
        raise Invalid("glass_for_unit_or_system", "Name one unit or one system.")
    if system_id is not None:
        system: System | None = System.objects.filter(pk=system_id).first()
        if system is None:
            raise Missing("unknown_system", "There is no such system.")
        return None, system, ("system", str(system.pk), system.name)
    unit: Unit | None = Unit.objects.filter(pk=unit_id).first() if unit_id else None
    if unit is None:
        raise Missing("unknown_unit", "There is no such unit.")
    return unit, None, ("unit", str(unit.pk), unit.name)


def _subject(glass: BreakGlass) -> Subject:
    if glass.system is not None:
        return "system", str(glass.system_id), glass.system.name
    return "unit", str(glass.unit_id), glass.unit.name if glass.unit else ""


def _person(actor: Actor, subject: Subject) -> User:
    found: User | None = User.objects.filter(pk=actor.person, is_active=True).first()
    if found is None:
        raise Forbidden("person_needed", "A person breaks the glass.", subject=subject)
    return found


def _check(reason: str, hours: int) -> None:
    if len(reason.split()) < LEAST_WORDS:
        words = "Say in a sentence what has happened and what you need to see."
        raise Invalid("reason_needed", words, fields={"reason": words})
    if not 1 <= hours <= LONGEST_GLASS // timedelta(hours=1):
        words = "One to four hours."
        raise Invalid("too_long", words, fields={"hours": words})


def _refuse_twice(person: User, unit: Unit | None, system: System | None, at: datetime) -> None:
    running = BreakGlass.objects.filter(person=person, unit=unit, system=system, until_at__gt=at)
    if running.exists():
        raise Conflict("glass_open", "You have opened this already; it has not ended yet.")


def _locked(glass_id: UUID) -> tuple[BreakGlass, Subject]:
    rows = BreakGlass.objects.select_for_update(no_key=True, of=("self",))
    glass = rows.select_related("unit", "system", "person").filter(pk=glass_id).first()
    if glass is None:
        raise Missing("unknown_glass", "There is no such access.")
    return glass, _subject(glass)


def _require_reviewer(glass: BreakGlass, subject: Subject, actor: Actor, at: datetime) -> None:
    if actor.person == glass.person_id:
        raise Forbidden(
            "own_glass",
            "You cannot review this access: it was yours.",
            who_can=[one.name for one in reviewers_of(glass=glass, at=at)],
            recorded=True,
            subject=subject,
        )
    unit_id = glass.system.unit_id if glass.system else glass.unit_id
    require_unit_permit(act="glass.review", unit_id=unit_id, actor=actor, at=at, subject=subject)


def _tell(glass: BreakGlass, name: str, at: datetime) -> None:
    """Write to every compliance officer of the unit, and above, at once."""
    link = f"{settings.PUBLIC_URL}/people/glass/{glass.pk}/"
    for officer in reviewers_of(glass=glass, at=at):
        queue_mail(
            key=f"break-glass:{glass.pk}:{officer.pk}",
            person_id=officer.pk,
            address=officer.email,
            subject=worded("Review break-glass access to {name}", name=name),
            body=worded(
                "{person} reads {name} in an emergency until {until}.\n\nReason: {reason}\n\n"
                "Close it or review it by {when}: {url}\n",
                person=glass.person.name,
                name=name,
                until=in_utc(glass.until_at, ZoneInfo(officer.zone)),
                reason=glass.reason,
                when=in_utc(glass.review_due_at, ZoneInfo(officer.zone)),
                url=link,
            ),
            at=at,
            subject_id=glass.pk,
        )
