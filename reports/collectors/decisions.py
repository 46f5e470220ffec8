"""Rounds of the committee on the incidents of the pack: motion, electorate, ballots, outcome."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from governance.models import Ballot, Decision, ElectorSeat, MotionAction, Recusal, Resolution
from reports.collectors.instant import at_its_instant
from reports.collectors.words import label, name, parsed
from reports.rules.decided import (
    BallotRecord,
    DecisionRecord,
    ElectorRecord,
    MotionActionRecord,
    RecusalRecord,
    ResolutionRecord,
)
from reports.rules.things import Scope

WITHHELD = "withheld until the round is counted"


@at_its_instant
def collect_decisions(scope: Scope, incident_ids: Sequence[str]) -> list[DecisionRecord]:
    """Return the rounds on these incidents that were begun by the pack's instant, by number."""
    rows = (
        Decision.objects.filter(incident_id__in=incident_ids, created_at__lte=scope.as_of)
        .select_related("incident", "committee", "proposed_by", "convened_by")
        .prefetch_related(*_parts(scope.as_of))
        .order_by("number")
    )
    return [_decision(row, scope.as_of) for row in rows]


def _parts(as_of: datetime) -> list["Prefetch[Any, Any, Any]"]:
    orders = MotionAction.objects.select_related("executor", "target_version")
    seats = ElectorSeat.objects.select_related("holder", "substitute", "seated")
    recusals = Recusal.objects.filter(at__lte=as_of).select_related("person")
    ballots = Ballot.objects.filter(at__lte=as_of).select_related("person")
    return [
        Prefetch("motion_actions", orders.order_by("position")),
        Prefetch("electors", seats.order_by("number")),
        Prefetch("recusals", recusals.order_by("id")),
        Prefetch("ballots", ballots.order_by("id")),
        Prefetch("resolution", Resolution.objects.select_related("certified_by")),
    ]


def _decision(row: Decision, as_of: datetime) -> DecisionRecord:
    later = row.closed_at is not None and row.closed_at > as_of
    resolution = _resolution(getattr(row, "resolution", None), as_of)
    return DecisionRecord(
        id=str(row.pk),
        number=row.number,
        incident=row.incident.number,
        cycle=row.cycle,
        round=row.round,
        committee=row.committee.name,
        level=row.committee.get_level_display(),
        title=row.title,
        reason=row.reason,
        conditions=row.conditions,
        procedure=row.procedure,
        charter=parsed(row.charter),
        motion=parsed(row.motion),
        motion_sha256=row.motion_sha256,
        findings_sha256=row.findings_sha256,
        state=Decision.State.OPEN if later else row.state,
        feasible=row.feasible,
        feasibility=row.feasibility,
        proposed_by=row.proposed_by.name,
        convened_by=name(row.convened_by),
        convened_at=row.convened_at,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        closed_at=None if later else row.closed_at,
        actions=_orders(row.motion_actions.all()),
        electors=_electors(row.electors.all()),
        recusals=_recusals(row.recusals.all()),
        ballots=_ballots(list(row.ballots.all()), told=resolution is not None),
        resolution=resolution,
    )


def _orders(rows: Iterable[MotionAction]) -> list[MotionActionRecord]:
    return [
        MotionActionRecord(
            position=row.position,
            type=row.get_type_display(),
            words=row.words,
            target_version=label(row.target_version),
            executor=row.executor.name,
            due=row.due,
            proof=row.get_proof_display(),
            parameters=row.parameters,
        )
        for row in rows
    ]


def _electors(rows: Iterable[ElectorSeat]) -> list[ElectorRecord]:
    return [
        ElectorRecord(
            number=row.number,
            function=row.function,
            required=row.required,
            chair=row.chair,
            vice_chair=row.vice_chair,
            holder=row.holder.name,
            substitute=name(row.substitute),
            seated=name(row.seated),
            state=row.state,
            note=row.note,
        )
        for row in rows
    ]


def _recusals(rows: Iterable[Recusal]) -> list[RecusalRecord]:
    return [
        RecusalRecord(person=row.person.name, by_rule=row.by_rule, reason=row.reason, at=row.at)
        for row in rows
    ]


def _ballots(rows: Sequence[Ballot], *, told: bool) -> list[BallotRecord]:
    """Return the ballots; how they fell is withheld until the round is counted."""
    counting = {row.seat_number: row.pk for row in rows}
    return [
        BallotRecord(
            seat=row.seat_number,
            person=row.person.name,
            vote=row.vote if told else WITHHELD,
            reason=row.reason if told else "",
            motion_sha256=row.motion_sha256,
            final=row.final,
            counts=counting[row.seat_number] == row.pk,
            signature=str(row.signature_id) if told else "",
            at=row.at,
            entry=row.entry_number,
        )
        for row in rows
    ]


def _resolution(row: Resolution | None, as_of: datetime) -> ResolutionRecord | None:
    if row is None or row.at > as_of:
        return None
    return ResolutionRecord(
        outcome=row.outcome,
        eligible=row.eligible,
        present=row.present,
        votes_for=row.votes_for,
        votes_against=row.votes_against,
        abstentions=row.abstentions,
        early=row.early,
        words=row.words,
        certified_by=name(row.certified_by),
        signature=str(row.signature_id) if row.signature_id else "",
        at=row.at,
        entry=row.entry_number,
    )
