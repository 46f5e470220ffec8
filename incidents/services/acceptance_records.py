"""Rows of accepted risks: begun by a decision, ended once, each with its entry."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from incidents.models import AcceptanceProposal, Incident, RiskAcceptance
from incidents.rules.acceptances import EXPIRED, number_in, review_at
from incidents.rules.plan import FrozenPlan
from incidents.selectors.acceptances import environment_of, scope_of
from incidents.services.acceptance_timers import cancel_acceptance
from ledger.rules.actors import Actor
from ledger.rules.worded import worded
from ledger.services.entries import append_entry

State = RiskAcceptance.State
STATES = {EXPIRED: State.EXPIRED, "renewed": State.SUPERSEDED, "fulfilled": State.FULFILLED}


def next_number(prefix: str, at: datetime) -> str:
    """Return the number of a new acceptance or proposal, such as RA-2026-0007."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('incidents_acceptance_number')")
        return f"{prefix}-{at.year}-{cursor.fetchone()[0]:04d}"


def build_acceptance(
    incident: Incident,
    plan: FrozenPlan,
    decided: Mapping[str, Any],
    read: Mapping[str, Any],
    before: RiskAcceptance | None,
    at: datetime,
) -> RiskAcceptance:
    """Return the acceptance that a decision begins at `at`, not saved; a renewal keeps its dates.

    `decided` are the fields of accept_risk, `read` the terms as rules.acceptances.FIELDS.
    """
    return RiskAcceptance(
        number=next_number("RA", at),
        incident=incident,
        cycle=incident.cycle,
        decision_id=decided["decision_id"],
        motion_sha256=decided["motion_sha256"],
        title=decided["title"],
        treatment=read["treatment"],
        residual_risk=read["residual_risk"],
        controls=read["controls"],
        versions=[one.strip() for one in read["versions"]],
        kpi=read["kpi"] or "",
        segment=read["segment"] or "",
        environment=environment_of(incident, read),
        limit_value=number_in(read["limit_value"]),
        limit_words=read["limit_words"] or "",
        severity=incident.severity,
        risk_tier=incident.risk_tier,
        owner_id=read["owner_id"],
        from_at=at,
        until_at=read["until_at"],
        original_from=before.original_from if before else at,
        original_until=before.original_until if before else read["until_at"],
        renewal_of=before,
        renewals=before.renewals + 1 if before else 0,
        stops_serving=plan.limits.get("acceptance_stops") == "yes",
        review_at=review_at(at, read["until_at"]),
    )


def record_beginning(row: RiskAcceptance, *, actor: Actor, at: datetime) -> None:
    """Write the entry of an acceptance that begins."""
    append_entry(
        verb="acceptance.began",
        actor=actor,
        at=at,
        subject=("acceptance", str(row.pk), row.number),
        after={
            "state": row.state,
            "from_at": row.from_at,
            "until_at": row.until_at,
            "owner": row.owner.on_record,
            "renewals": row.renewals,
        },
        reason=row.title,
        incident_id=row.incident_id,
        system_id=row.incident.system_id,
        details={
            "treatment": row.treatment,
            "scope": scope_of(row),
            "limit_value": None if row.limit_value is None else repr(row.limit_value),
            "limit_words": row.limit_words,
            "residual_risk": row.residual_risk,
            "controls": row.controls,
            "decision": row.decision_id,
            "renewal_of": row.renewal_of.number if row.renewal_of else None,
            "original_from": row.original_from,
            "original_until": row.original_until,
        },
    )


def end_active(
    incident: Incident, ground: str, *, since: datetime, words: str, at: datetime
) -> RiskAcceptance:
    """End the acceptance that stands on an incident, which is locked, as of an instant.

    The caller writes the entry. Raises DoesNotExist where none stands.
    """
    rows = RiskAcceptance.objects.select_for_update(no_key=True, of=("self",))
    row = rows.get(incident=incident, state=State.ACTIVE)
    row.state = STATES.get(ground, State.REVOKED)
    row.ground, row.ended_words = ground, words
    row.ended_at, row.recorded_at = min(max(since, row.from_at), at), at
    row.version += 1
    row.save(
        update_fields=["state", "ground", "ended_words", "ended_at", "recorded_at", "version"],
        at=at,
    )
    cancel_acceptance(row, reason=f"the acceptance ended: {ground}", at=at)
    return row


def record_end(row: RiskAcceptance, *, actor: Actor, at: datetime) -> None:
    """Write the entry of an acceptance that ended beside a transition of its own."""
    append_entry(
        verb="acceptance.ended",
        actor=actor,
        at=at,
        subject=("acceptance", str(row.pk), row.number),
        before={"state": State.ACTIVE},
        after={"state": row.state, "ended_at": row.ended_at},
        reason=row.ended_words,
        incident_id=row.incident_id,
        system_id=row.incident.system_id,
        details={"ground": row.ground},
    )


def take_up_proposals(row: RiskAcceptance, *, number: str | None, at: datetime) -> None:
    """Settle the proposals on an incident: the one that was decided on, and all others."""
    rows = AcceptanceProposal.objects.select_for_update(no_key=True, of=("self",)).filter(
        incident_id=row.incident_id, state=AcceptanceProposal.State.PROPOSED
    )
    for proposal in rows.order_by("pk"):
        taken = proposal.number == number
        proposal.state = (
            AcceptanceProposal.State.APPROVED if taken else AcceptanceProposal.State.REJECTED
        )
        proposal.acceptance_id = row.pk if taken else None
        proposal.decided_at = at
        proposal.decided_because = worded("Decided by {number}.", number=row.number)
        proposal.version += 1
        proposal.save(at=at)


def acceptance_of(key: UUID) -> RiskAcceptance:
    """Return an acceptance by its id, with what its timers need."""
    rows = RiskAcceptance.objects.select_related(
        "incident__system", "incident__owner", "incident__deputy", "owner"
    )
    return rows.get(pk=key)
