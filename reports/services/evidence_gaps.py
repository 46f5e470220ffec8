"""Gaps of controls: assigned to somebody until a day, changed, closed with the reason."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from governance.selectors.permissions import person_of
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import System, User
from reports.models import EvidenceGap
from reports.selectors.control_reading import control_provisions
from reports.selectors.statements import refusal_for_gap
from reports.services.factors import reason_of

State = EvidenceGap.State
LONGEST_NOTE = 2000


@transaction.atomic
def assign_gap(
    *,
    provision: str,
    owner_id: UUID,
    due_at: datetime,
    note: str = "",
    system_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> EvidenceGap:
    """Assign the gap of a control, of one system or of them all, to who closes it until a day.

    Raises Missing, Forbidden, Invalid (fields by name), Conflict where one is open already.
    """
    row = control_provisions().filter(pk=provision.replace("\x00", "")).first()
    system = System.objects.filter(pk=system_id).first() if system_id else None
    if row is None or (system_id is not None and system is None):
        raise Missing("unknown_control", "There is no such control, or no such system.")
    _require(None, system, actor, at)
    subject = ("provision", row.pk, row.reference)
    person = person_of(actor, words="assign a gap", subject=subject)
    _check(owner_id, due_at, note, at)
    open_rows = EvidenceGap.objects.filter(provision=row, system=system, state=State.OPEN)
    if known := open_rows.first():
        raise Conflict(
            "gap_is_open",
            "This gap is assigned already: change it there.",
            extra={"present": {"id": str(known.pk)}},
        )
    made = EvidenceGap(
        id=uuid4(),
        provision=row,
        system=system,
        owner_id=owner_id,
        due_at=due_at,
        note=note.strip(),
        assigned_by_id=person,
        assigned_at=at,
    )
    made.save(force_insert=True, at=at)
    _record("gap.assigned", made, actor, at, after=_said(made))
    return made


@transaction.atomic
def change_gap(
    *,
    gap_id: UUID,
    owner_id: UUID,
    due_at: datetime,
    note: str,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> EvidenceGap:
    """Give an open gap another owner, day or note; not by its owner without the right to assign.

    Raises Missing, Forbidden, Invalid, Conflict.
    """
    row = _locked(gap_id)
    _require(None, row.system, actor, at)
    _check_open(row)
    if expected_version != row.version:
        raise Conflict(
            "version_stale",
            "Somebody else changed it meanwhile. Look at it again.",
            extra={"present": {"version": row.version}},
        )
    _check(owner_id, due_at, note, at)
    before = _said(row)
    row.owner_id, row.due_at, row.note = owner_id, due_at, note.strip()
    if _said(row) == before:
        return row
    row.version += 1
    row.save(at=at)
    _record("gap.changed", row, actor, at, before=before, after=_said(row))
    return row


@transaction.atomic
def close_gap(*, gap_id: UUID, reason: str, actor: Actor, at: datetime) -> EvidenceGap:
    """Close a gap with the reason; by its owner, or who may assign. It changes no control's state.

    Raises Missing, Forbidden, Invalid, Conflict.
    """
    row = _locked(gap_id)
    _require(row, row.system, actor, at)
    subject = ("provision", row.provision_id, row.provision.reference)
    person = person_of(actor, words="close a gap", subject=subject)
    _check_open(row)
    row.state, row.closed_reason = State.CLOSED, reason_of(reason)
    row.closed_by_id, row.closed_at = person, at
    row.version += 1
    row.save(at=at)
    states = {"before": {"state": "open"}, "after": {"state": "closed"}}
    _record("gap.closed", row, actor, at, reason=row.closed_reason, **states)
    return row


def _require(row: EvidenceGap | None, system: System | None, actor: Actor, at: datetime) -> None:
    refusal = refusal_for_gap(row=row, system=system, actor=actor, at=at)
    if refusal is not None:
        raise refusal


def _check(owner_id: UUID, due_at: datetime, note: str, at: datetime) -> None:
    faults = {}
    people = User.objects.filter(pk=owner_id, is_active=True, kind=User.Kind.PERSON)
    if not people.exists():
        faults["owner"] = "There is no such person."
    if due_at <= at:
        faults["due_at"] = "It is due after now."
    if len(note) > LONGEST_NOTE or "\x00" in note:
        faults["note"] = worded("At most {longest_note} characters.", longest_note=LONGEST_NOTE)
    if faults:
        raise Invalid("not_understood", "Something needs mending.", fields=faults)


def _check_open(row: EvidenceGap) -> None:
    if row.state != State.OPEN:
        raise Conflict(
            "gap_is_closed", "This gap is closed.", extra={"present": {"state": "closed"}}
        )


def _locked(gap_id: UUID) -> EvidenceGap:
    rows = EvidenceGap.objects.select_for_update(of=("self",))
    row = rows.select_related("provision", "system").filter(pk=gap_id).first()
    if row is None:
        raise Missing("unknown_gap", "There is no such gap.")
    return row


def _said(row: EvidenceGap) -> dict[str, Any]:
    return {"owner": row.owner_id, "due_at": row.due_at, "note": row.note}


def _record(
    verb: str,
    row: EvidenceGap,
    actor: Actor,
    at: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=("provision", row.provision_id, row.provision.reference),
        before=before,
        after=after,
        reason=reason,
        system_id=row.system_id,
        details={"gap": row.pk},
    )
