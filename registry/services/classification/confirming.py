"""The second half: another person confirms, and the class stands; or sends it back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from registry.models import Classification, System
from registry.rules.tiers import highest
from registry.selectors.assessments import tier_floor
from registry.selectors.classification import current_classification
from registry.services.access import require_system_permit
from registry.services.classification.rows import (
    check_row,
    lock_classification,
    payload_of,
    record,
    save_row,
    subject_of,
)
from registry.services.lifecycle import present_state
from registry.services.second_person import require_second_person, sign_as
from registry.services.signatures import Ceremony, is_valid


@transaction.atomic
def confirm_classification(
    *,
    classification_id: UUID,
    expected_version: int,
    reason: str,
    ceremony: Ceremony | None = None,
    actor: Actor,
    at: datetime,
) -> Classification:
    """Confirm what somebody else has answered: the class stands, the tier is raised to its floor.

    What stood before is superseded. Raises Missing, Forbidden (role; an author, the owner's side,
    or who acts for them), Conflict (stale, not submitted, prohibited and running), Invalid.
    """
    system, row = lock_classification(classification_id)
    check_row(row, expected_version=expected_version, state=Classification.State.SUBMITTED)
    person = require_second_person(
        act="classification.confirm", wrote=_authors(row), system=system, actor=actor, at=at,
        subject=subject_of(system, row),
    )  # fmt: skip
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    _check_runs(system, row)
    _check_unchanged(row)
    row.approval = sign_as(
        meaning="approval", payload=payload_of(row), reason=reason, system=system,
        subject=("classification", row.pk), ceremony=ceremony, actor=actor, at=at,
    )  # fmt: skip
    replaced = _supersede(system, at)
    row.confirmed_by_id, row.confirmed_at, row.confirmed_because = person, at, reason
    row.state = Classification.State.CONFIRMED
    save_row(row, at)
    before, after = _apply(system, row, at)
    record(
        verb="confirmed", system=system, row=row, actor=actor, at=at, reason=reason,
        before={"state": "submitted"} | before, after=after, details={"replaces": replaced},
    )  # fmt: skip
    return row


@transaction.atomic
def send_back_classification(
    *, classification_id: UUID, expected_version: int, reason: str, actor: Actor, at: datetime
) -> Classification:
    """Send a submitted one back to be answered anew, or take back one's own; with the reason.

    Raises Missing, Forbidden, Conflict (stale, not submitted), Invalid.
    """
    system, row = lock_classification(classification_id)
    check_row(row, expected_version=expected_version, state=Classification.State.SUBMITTED)
    own = actor.person is not None and actor.person == row.submitted_by_id
    act = "classification.write" if own else "classification.confirm"
    require_system_permit(act=act, system=system, actor=actor, at=at)
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    take_back(row, reason, at)
    record(
        verb="returned", system=system, row=row, actor=actor, at=at, reason=reason,
        before={"state": "submitted"},
    )  # fmt: skip
    return row


def take_back(row: Classification, reason: str, at: datetime) -> None:
    """Turn a submitted one into a draft again; the caller has locked it and writes the entry."""
    row.state, row.returned_because = Classification.State.DRAFT, reason
    row.outcome, row.legal_class, row.record_sha256, row.rests_on = {}, "", "", []
    row.submitted_by, row.submitted_at, row.authorship = None, None, None
    save_row(row, at)


def _authors(row: Classification) -> list[UUID]:
    return [*row.writers, *([row.submitted_by_id] if row.submitted_by_id else [])]


def _check_runs(system: System, row: Classification) -> None:
    runs = system.lifecycle in ("pilot", "production")
    if row.legal_class == System.LegalClass.PROHIBITED and runs:
        raise Conflict(
            "prohibited_runs",
            worded(
                "{system_name} runs: suspend it first. What is prohibited may not run.",
                system_name=system.name,
            ),
            extra=present_state(system),
        )


def _check_unchanged(row: Classification) -> None:
    """A row that was changed beside the services is not what its author signed."""
    if row.authorship is None or not is_valid(row.authorship, payload_of(row)):
        raise Conflict("record_changed", "This is not what its author signed. Send it back.")


def _supersede(system: System, at: datetime) -> int | None:
    standing = current_classification(system.pk)
    if standing is None:
        return None
    standing.state, standing.superseded_at = Classification.State.SUPERSEDED, at
    save_row(standing, at)
    return standing.number


def _apply(
    system: System, row: Classification, at: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set the class of the system and raise its tier to the floor; return before and after."""
    before = {"legal_class": str(system.legal_class), "risk_tier": str(system.risk_tier)}
    system.legal_class = row.legal_class
    system.risk_tier = highest([system.risk_tier, tier_floor(system, at)])
    system.version += 1
    system.save(at=at)
    after = {"legal_class": str(system.legal_class), "risk_tier": str(system.risk_tier)}
    return before, after | {"system_version": system.version}
