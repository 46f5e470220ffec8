"""Canary sets: written, approved by a second person, asked every day (TEL-9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import System
from registry.selectors.permits import person_needed, who_can
from registry.services.access import require_system_permit
from telemetry.models import CanaryRun, CanarySet
from telemetry.rules.canaries import item_faults, judged
from telemetry.rules.rows import EARLIEST
from telemetry.rules.statistics import wilson
from telemetry.selectors.canaries import no_such_set
from telemetry.services.measurements import Recorded, record_rows
from telemetry.services.series import series_for
from telemetry.services.states import Row

KPI = "canary_agreement"
DAY = 86400
LONGEST_ANSWER = 4000
EVENTS, API = "events", "api"


@dataclass(frozen=True, slots=True)
class Ran:
    """A run with the reading that it gave, for whoever judges it."""

    run: CanaryRun
    recorded: Recorded


@transaction.atomic
def draft_canary_set(
    *,
    system_id: UUID,
    environment: str,
    items: Sequence[Mapping[str, Any]],
    reason: str,
    actor: Actor,
    at: datetime,
) -> CanarySet:
    """Write the next version of a system's set as a draft. Raises Forbidden, Invalid."""
    system: System = System.objects.select_for_update(no_key=True).get(pk=system_id)
    require_system_permit(act="canary.write", system=system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("canary.write", ("system", str(system.pk), system.name))
    words = item_faults(items)
    if words:
        raise Invalid("items_wrong", words, fields={"items": words})
    rows = CanarySet.objects.filter(system=system, environment=environment)
    newest = rows.aggregate(newest=Max("number"))["newest"] or 0
    row = CanarySet(
        system=system,
        environment=environment,
        number=newest + 1,
        items=[dict(item) for item in items],
        reason=reason.strip(),
        author_id=actor.person,
        created_at=at,
    )
    row.save(force_insert=True, at=at)
    _record("canary.drafted", row, actor, at, {"number": row.number, "questions": len(items)})
    return row


@transaction.atomic
def approve_canary_set(*, set_id: UUID, actor: Actor, at: datetime) -> CanarySet:
    """Put a version in force; the one before it is superseded. Never by its author.

    Raises Missing, Forbidden, Conflict.
    """
    row = _locked(set_id)
    require_system_permit(act="canary.approve", system=row.system, actor=actor, at=at)
    if actor.person is None:
        raise person_needed("canary.approve", ("canary_set", str(row.pk), row.system.name))
    if actor.person == row.author_id:
        others = who_can(act="canary.approve", system=row.system, at=at)
        raise Forbidden(
            "own_canary_set",
            "You cannot approve this set: you wrote it.",
            who_can=[name for name in others if name != row.author.name],
            recorded=True,
            subject=("canary_set", str(row.pk), row.system.name),
        )
    if row.state != CanarySet.State.DRAFT:
        raise Conflict(
            "decided_already", worded("This version is {state} already.", state=row.state)
        )
    before = CanarySet.objects.filter(
        system=row.system, environment=row.environment, state=CanarySet.State.ACTIVE
    ).first()
    if before is not None:
        before.state = CanarySet.State.SUPERSEDED
        before.save(update_fields=["state"], at=at)
    row.state, row.approved_by_id, row.approved_at = CanarySet.State.ACTIVE, actor.person, at
    row.save(at=at)
    _series(row, at)
    superseded = before.number if before else None
    _record("canary.approved", row, actor, at, {"number": row.number, "superseded": superseded})
    return row


@transaction.atomic
def record_canary_run(
    *,
    set_id: UUID,
    answers: Mapping[str, str],
    window_end: datetime,
    source: str,
    actor: Actor,
    at: datetime,
) -> Ran:
    """Keep what a set in force was answered, with its share of agreement as a reading.

    An item without an answer does not agree. Raises Missing, Conflict (not in force, that run is
    there), Invalid (an unknown item, a future run, no answer at all).
    """
    row = _locked(set_id)
    if actor.kind == "person":
        require_system_permit(act="canary.write", system=row.system, actor=actor, at=at)
    _check(row, answers, window_end, at)
    found = judged(row.items, answers)
    run = CanaryRun(
        canary_set=row,
        window_end=window_end,
        source=source,
        asked=len(found),
        agreed=sum(one.agrees for one in found),
        answers=[one.plain for one in found],
        recorded_at=at,
    )
    run.save(force_insert=True, at=at)
    after = {"asked": run.asked, "agreed": run.agreed, "window_end": window_end}
    _record("canary.ran", row, actor, at, after)
    return Ran(run, _store(row, run, actor, at))


def _check(row: CanarySet, answers: Mapping[str, str], window_end: datetime, at: datetime) -> None:
    if row.state != CanarySet.State.ACTIVE:
        raise Conflict(
            "not_in_force",
            worded("This version is {state}; only one in force is asked.", state=row.state),
        )
    unknown = sorted(set(answers) - {item["id"] for item in row.items})
    if unknown or not answers:
        words = (
            worded("The set has no question {unknown!r}.", unknown=unknown[0])
            if unknown
            else "No answer was given."
        )
        raise Invalid("answers_wrong", words, fields={"answers": words})
    if any(len(text) > LONGEST_ANSWER or "\x00" in text for text in answers.values()):
        words = worded(
            "An answer has at most {longest_answer} characters.", longest_answer=LONGEST_ANSWER
        )
        raise Invalid("answers_wrong", words, fields={"answers": words})
    if not EARLIEST <= window_end <= at:
        words = "A run lies in the past, not before the year 2000."
        raise Invalid("run_in_future", words, fields={"ran_at": words})
    if CanaryRun.objects.filter(canary_set=row, window_end=window_end).exists():
        raise Conflict("run_known", "That run is on record already.")


def _store(row: CanarySet, run: CanaryRun, actor: Actor, at: datetime) -> Recorded:
    share = wilson(run.agreed, run.asked)
    reading: Row = (
        _series(row, at),
        run.window_end,
        0,
        share.value,
        run.asked,
        share.low,
        share.high,
        True,
    )
    return record_rows(
        rows=[reading],
        kind="computed" if run.source == EVENTS else "canary",
        source=f"canary set {row.number}",
        system_ids=[row.system_id],
        actor=actor,
        at=at,
    )


def _series(row: CanarySet, at: datetime) -> int:
    """Return the series of the agreement; it is expected every day."""
    identity = (row.system_id, KPI, row.environment, "", DAY)
    return series_for(cadences={identity: DAY}, at=at)[identity]


def _locked(set_id: UUID) -> CanarySet:
    rows = CanarySet.objects.select_for_update(of=("self",)).select_related(
        "system__owner", "system__deputy", "author"
    )
    row = rows.filter(pk=set_id).first()
    if row is None:
        raise no_such_set()
    return row


def _record(
    verb: str, row: CanarySet, actor: Actor, at: datetime, after: Mapping[str, Any]
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("canary_set", str(row.pk), row.system.name),
        reason=row.reason if verb == "canary.drafted" else "",
        system_id=row.system_id,
        after=dict(after),
    )
