"""An organisation's own KPIs: drafted by one person, in force when another one has approved them.

Each approval is a definition of its own; the one before stays as it was (KPI-1).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import System, Unit
from registry.rules.permits import PERMITS, in_words
from registry.selectors.permits import person_needed, refusal_for_unit
from registry.selectors.units import units_above, units_below
from telemetry.models import Kpi, KpiDefinition
from telemetry.rules.kpi_checks import Meaning, key_fault, meaning_faults
from telemetry.selectors.catalogue import kpis_seen

State = KpiDefinition.State
Subject = tuple[str, str, str]
TOLD = (
    "name", "category", "unit", "better", "formula", "window", "timing", "cadence_seconds",
    "owner_role", "perspective", "counter_metric_id", "explanation",
)  # fmt: skip


@transaction.atomic
def draft_kpi(
    *, key: str, unit_id: UUID, meaning: Meaning, reason: str, actor: Actor, at: datetime
) -> KpiDefinition:
    """Draft a KPI of a unit, or the next definition of one that it has. Nothing is in force yet.

    Raises Missing (unit), Forbidden, Invalid (fields by name), Conflict (shipped, of another unit,
    or a draft waits already).
    """
    subject = ("kpi", key[:60], meaning.name[:120])
    _require(act="kpi.draft", unit_id=unit_id, actor=actor, at=at, subject=subject)
    if not Unit.objects.filter(pk=unit_id).exists():
        raise Missing("unknown_unit", "There is no such unit.")
    _check(key, unit_id, meaning, reason)
    newest = KpiDefinition.objects.filter(key=key).aggregate(newest=Max("number"))["newest"] or 0
    draft = KpiDefinition(
        key=key,
        number=newest + 1,
        of_unit_id=unit_id,
        reason=reason.strip(),
        author_id=actor.person,
        drafted_at=at,
        **meaning.columns,
    )
    _insert(draft, at)
    append_entry(
        verb="kpi.drafted",
        actor=actor,
        at=at,
        subject=_subject(draft),
        after=_told(draft),
        reason=draft.reason,
    )
    return draft


@transaction.atomic
def approve_kpi(*, definition_id: UUID, note: str = "", actor: Actor, at: datetime) -> Kpi:
    """Put a drafted definition in force: readings of the KPI are taken in from now on.

    Raises Missing, Forbidden (role, or one's own draft), Conflict (decided already), Invalid (its
    counter-metric is no longer there).
    """
    draft = _locked(definition_id)
    _require(act="kpi.approve", unit_id=draft.of_unit_id, actor=actor, at=at,
             subject=_subject(draft))  # fmt: skip
    _refuse_author(draft, actor)
    former = KpiDefinition.objects.filter(key=draft.key, state=State.ACTIVE).first()
    if former is not None:
        former.state = State.SUPERSEDED
        former.save(at=at)
    _decide(draft, State.ACTIVE, note, actor, at)
    kpi = _in_force(draft, actor, at)
    append_entry(
        verb="kpi.approved",
        actor=actor,
        at=at,
        subject=_subject(draft),
        before=None if former is None else _told(former),
        after=_told(draft),
        reason=draft.note,
    )
    return kpi


@transaction.atomic
def decline_kpi(*, definition_id: UUID, note: str, actor: Actor, at: datetime) -> KpiDefinition:
    """Put a draft aside, with the reason; its author may withdraw it so. Raises as above."""
    draft = _locked(definition_id)
    if actor.person != draft.author_id:
        _require(act="kpi.approve", unit_id=draft.of_unit_id, actor=actor, at=at,
                 subject=_subject(draft))  # fmt: skip
    if not note.strip():
        raise Invalid("reason_missing", "Say why.", fields={"note": "Say why."})
    _decide(draft, State.DECLINED, note, actor, at)
    append_entry(
        verb="kpi.declined",
        actor=actor,
        at=at,
        subject=_subject(draft),
        after={"definition": draft.number, "state": str(draft.state)},
        reason=draft.note,
    )
    return draft


def may_in_unit(*, act: str, unit_id: UUID | None, actor: Actor, at: datetime) -> bool:
    """Whether an actor may do this with the KPIs of a unit."""
    return _refusal(act, unit_id, actor, at, ("kpi", "", "")) is None


def _require(
    *, act: str, unit_id: UUID | None, actor: Actor, at: datetime, subject: Subject
) -> None:
    refusal = _refusal(act, unit_id, actor, at, subject)
    if refusal is not None:
        raise refusal


def _refusal(
    act: str, unit_id: UUID | None, actor: Actor, at: datetime, subject: Subject
) -> Forbidden | None:
    """Return why not; whoever answers for a system of the unit may as its owner."""
    if actor.person is None:
        return person_needed(act, subject)
    refusal = refusal_for_unit(act=act, unit_id=unit_id, actor=actor, at=at, subject=subject)
    if refusal is None or unit_id is None:
        return refusal
    mine = Q(owner_id=actor.person) | Q(deputy_id=actor.person)
    below = units_below(unit_ids=[unit_id])
    return None if System.objects.filter(mine, unit_id__in=below).exists() else refusal


def _check(key: str, unit_id: UUID, meaning: Meaning, reason: str) -> None:
    faults: dict[str, str] = {}
    if words := key_fault(key):
        faults["id"] = words
    seen = kpis_seen(units=units_above(unit_id=unit_id)).filter(off=False)
    faults |= meaning_faults(meaning, key=key, kpis=set(seen.values_list("pk", flat=True)))
    if not reason.strip() or len(reason) > 2000:
        faults["reason"] = "Say what it is for, in at most 2000 characters."
    if faults:
        raise Invalid("kpi_not_right", next(iter(faults.values())), fields=faults)
    _check_place(key, unit_id)


def _check_place(key: str, unit_id: UUID) -> None:
    """Refuse what belongs to another unit, and a second draft beside one that waits."""
    others = KpiDefinition.objects.filter(key=key).exclude(of_unit_id=unit_id)
    if others.exclude(state=State.DECLINED).exists():
        words = "This id is taken."
        raise Conflict("id_in_use", words, fields={"id": words})
    if KpiDefinition.objects.filter(key=key, state=State.DRAFT).exists():
        raise _waits()


def _insert(draft: KpiDefinition, at: datetime) -> None:
    try:
        with transaction.atomic():
            draft.save(force_insert=True, at=at)
    except IntegrityError as error:
        # Two people drafted in the same moment: the other one was first.
        raise _waits() from error


def _waits() -> Conflict:
    return Conflict("draft_waits", "A draft of this KPI waits for approval: decide on it first.")


def _locked(definition_id: UUID) -> KpiDefinition:
    rows = KpiDefinition.objects.select_for_update(no_key=True).filter(pk=definition_id)
    draft = rows.exclude(of_unit=None).first()
    if draft is None:
        raise Missing("unknown_definition", "There is no such definition.")
    if draft.state != State.DRAFT:
        words = worded("This definition is decided: {state}.", state=draft.get_state_display())
        raise Conflict("decided_already", words, extra={"state": str(draft.state)})
    return draft


def _refuse_author(draft: KpiDefinition, actor: Actor) -> None:
    if actor.person != draft.author_id:
        return
    raise Forbidden(
        "own_kpi_draft",
        "You cannot approve this KPI: you drafted it.",
        who_can=[in_words(PERMITS["kpi.approve"].roles)],
        recorded=True,
        subject=_subject(draft),
    )


def _decide(draft: KpiDefinition, state: str, note: str, actor: Actor, at: datetime) -> None:
    if len(note) > 2000:
        raise Invalid("note_too_long", "At most 2000 characters.", fields={"note": "Too long."})
    draft.state, draft.note = state, note.strip()
    draft.decided_by_id, draft.decided_at = actor.person, at
    draft.save(at=at)


def _in_force(draft: KpiDefinition, actor: Actor, at: datetime) -> Kpi:
    known: Kpi | None = Kpi.objects.filter(pk=draft.key).first()
    kpi = known or Kpi(pk=draft.key, own=True, of_unit_id=draft.of_unit_id)
    for name in Meaning.__dataclass_fields__:
        setattr(kpi, name, getattr(draft, name))
    kpi.author_id, kpi.approved_by_id, kpi.approved_at = draft.author_id, actor.person, at
    kpi.definition_number, kpi.catalogue_version = draft.number, f"own {draft.number}"
    kpi.save(force_insert=known is None, at=at)
    return kpi


def _subject(draft: KpiDefinition) -> Subject:
    return ("kpi", draft.key, draft.name)


def _told(draft: KpiDefinition) -> dict[str, Any]:
    """Return a definition as the record tells it: numbers that may be broken ones as text."""
    told: dict[str, Any] = {name: getattr(draft, name) for name in TOLD}
    ends = {name: getattr(draft, name) for name in ("lowest", "highest", "neutral")}
    told |= {name: None if value is None else repr(value) for name, value in ends.items()}
    return told | {"definition": draft.number, "bands": repr(draft.bands), "of": draft.of_unit_id}
