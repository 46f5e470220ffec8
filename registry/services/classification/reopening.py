"""Opened again: the system changed, or the law's data did. The class stands until another does."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from registry.models import Classification, System
from registry.selectors.classification import QUESTIONNAIRE
from registry.services.access import require_system_permit
from registry.services.assessments.due import find_due_again
from registry.services.classification.confirming import take_back
from registry.services.classification.rows import record, save_row
from registry.services.lifecycle import lock_system

LONGEST = 20_000


@transaction.atomic
def reopen_classification(
    *, system_id: UUID, reason: str, actor: Actor, at: datetime
) -> Classification:
    """Open the classification that stands again, by a person's own judgement.

    Raises Missing, Forbidden, Invalid, Conflict (none stands).
    """
    system = lock_system(system_id)
    require_system_permit(act="classification.reopen", system=system, actor=actor, at=at)
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    row = _locked(system, Classification.STANDING)
    if row is None:
        raise Conflict("nothing_stands", "No confirmed classification stands yet.")
    _reopen(system, row, reason, actor, at)
    return row


@transaction.atomic
def reopen_for_change(*, system_id: UUID, what: str, actor: Actor, at: datetime) -> bool:
    """Open again what rests on a system that has changed, and return whether anything did.

    The caller has checked the act that changed it. A submitted one goes back to its author;
    impact assessments in force fall due again. `what` says in words what has changed.
    """
    system = lock_system(system_id)
    due = find_due_again(system=system, what=what, actor=actor, at=at)
    return _open_all(system, what, actor, at) or due


@transaction.atomic
def reopen_for_reference(
    *, release: str, changed: Sequence[str], actor: Actor, at: datetime
) -> list[str]:
    """Open again every classification that rests on reference data that changed; return slugs.

    `changed` are ids of provisions, or of the questionnaire ('ai_act_classification@…').
    """
    keys = {*changed, *(key.partition("@")[0] for key in changed if key.startswith(QUESTIONNAIRE))}
    rows = Classification.objects.filter(
        state__in=["confirmed", "reopened", "submitted"], rests_on__overlap=sorted(keys)
    )
    systems = System.objects.filter(pk__in=rows.values("system_id")).order_by("slug")
    slugs = []
    for system in systems:
        named = _named(system, keys)
        what = worded(
            "The law's data changed ({release}): {names}.", release=release, names=", ".join(named)
        )
        if _open_all(lock_system(system.pk), what, actor, at):
            slugs.append(system.slug)
    return slugs


def _named(system: System, keys: set[str]) -> list[str]:
    rests = Classification.objects.filter(
        system=system, state__in=["confirmed", "reopened", "submitted"]
    ).values_list("rests_on", flat=True)
    return sorted({key for row in rests for key in row} & keys)[:20]


def _open_all(system: System, what: str, actor: Actor, at: datetime) -> bool:
    standing = _locked(system, Classification.STANDING)
    if standing is not None:
        _reopen(system, standing, what, actor, at)
    waiting = _locked(system, (Classification.State.SUBMITTED,))
    if waiting is not None:
        take_back(waiting, what, at)
        record(
            verb="returned", system=system, row=waiting, actor=actor, at=at, reason=what,
            before={"state": "submitted"},
        )  # fmt: skip
    return standing is not None or waiting is not None


def _reopen(system: System, row: Classification, what: str, actor: Actor, at: datetime) -> None:
    """Mark it, and keep every reason: a line each."""
    before = str(row.state)
    row.state = Classification.State.REOPENED
    row.reopened_at = row.reopened_at or at
    lines = [*row.reopened_because.splitlines(), " ".join(what.split())]
    row.reopened_because = "\n".join(dict.fromkeys(lines))[-LONGEST:]
    save_row(row, at)
    record(
        verb="reopened", system=system, row=row, actor=actor, at=at, reason=what,
        before={"state": before},
    )  # fmt: skip


def _locked(system: System, states: Sequence[str]) -> Classification | None:
    rows = Classification.objects.select_for_update(no_key=True, of=("self",))
    found: Classification | None = rows.filter(system=system, state__in=states).first()
    return found
