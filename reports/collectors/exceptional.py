"""What is out of the ordinary: drills, conditions, silences, recorded votes, approvals alone."""

from collections.abc import Sequence
from datetime import datetime

from governance.models import DecisionCondition, Drill, Mute, RecordedVote, Resolution
from registry.models import SetupException
from reports.collectors.decisions import WITHHELD
from reports.collectors.instant import at_its_instant
from reports.collectors.words import name
from reports.rules.conduct import (
    ConditionRecord,
    DrillRecord,
    MuteRecord,
    RecordedVoteRecord,
    SetupRecord,
)
from reports.rules.things import Scope


@at_its_instant
def collect_drills(scope: Scope) -> list[DrillRecord]:
    """Return the fire drills of the system that ran in the period, oldest first."""
    rows = Drill.objects.filter(
        system_id=scope.system_id, started_at__lt=scope.until, started_at__gte=scope.since
    )
    return [
        DrillRecord(
            id=str(row.pk),
            incident=row.incident.number,
            purpose=row.purpose,
            severity=row.severity,
            factor=row.factor,
            started_by=row.started_by.name,
            started_at=row.started_at,
            state=row.state,
            ended_by=name(row.ended_by),
            ended_at=row.ended_at,
            lessons=row.lessons,
            report=row.report,
        )
        for row in rows.select_related("incident", "started_by", "ended_by").order_by(
            "started_at", "pk"
        )
    ]


@at_its_instant
def collect_conditions(scope: Scope, decision_ids: Sequence[str]) -> list[ConditionRecord]:
    """Return the conditions of these motions, by motion and number."""
    rows = DecisionCondition.objects.filter(decision_id__in=decision_ids).select_related(
        "decision", "owner", "verifier", "shown_by", "settled_by"
    )
    return [
        ConditionRecord(
            decision=row.decision.number,
            number=row.number,
            text=row.text,
            owner=name(row.owner),
            verifier=name(row.verifier),
            evidence=row.evidence,
            due_at=row.due_at,
            on_overdue=row.get_on_overdue_display(),
            state=row.state,
            reference=row.reference,
            shown_by=name(row.shown_by),
            shown_at=row.shown_at,
            settled_by=name(row.settled_by),
            settled_at=row.settled_at,
            settled_reason=row.settled_reason,
        )
        for row in rows.order_by("decision__number", "number")
    ]


@at_its_instant
def collect_mutes(scope: Scope) -> list[MuteRecord]:
    """Return the silences of the system that touch the period, and what opened in them."""
    rows = (
        Mute.objects.filter(
            system_id=scope.system_id,
            asked_at__lte=scope.as_of,
            from_at__lt=scope.until,
            until_at__gte=scope.since,
        )
        .select_related("asked_by", "approved_by", "ended_by")
        .prefetch_related("cases__incident")
        .order_by("from_at", "pk")
    )
    return [
        MuteRecord(
            kpi=row.kpi_id or "",
            environment=row.environment,
            segment=row.segment,
            reason=row.reason,
            from_at=row.from_at,
            until_at=row.until_at,
            asked_by=row.asked_by.name,
            asked_at=row.asked_at,
            approved_by=name(row.approved_by),
            approved_at=row.approved_at,
            ended_by=name(row.ended_by),
            ended_at=row.ended_at,
            ended_reason=row.ended_reason,
            incidents=sorted(case.incident.number for case in row.cases.all()),
        )
        for row in rows
    ]


@at_its_instant
def collect_votes(scope: Scope, decision_ids: Sequence[str]) -> list[RecordedVoteRecord]:
    """Return the votes that a secretary recorded, with when they were countersigned.

    Like ballots, they say how they fell once the round is counted.
    """
    counted = Resolution.objects.filter(decision_id__in=decision_ids, at__lte=scope.as_of)
    told = set(counted.values_list("decision_id", flat=True))
    rows = RecordedVote.objects.filter(
        decision_id__in=decision_ids, at__lte=scope.as_of
    ).select_related("meeting", "decision", "person", "recorded_by", "countersignature")
    return [
        RecordedVoteRecord(
            meeting=row.meeting.number,
            decision=row.decision.number,
            seat=row.seat_number,
            person=row.person.name,
            vote=row.vote if row.decision_id in told else WITHHELD,
            reason=row.reason if row.decision_id in told else "",
            recorded_by=row.recorded_by.name,
            at=row.at,
            countersigned_at=_countersigned(row),
            entry=row.entry_number,
        )
        for row in rows.order_by("at", "pk")
    ]


@at_its_instant
def collect_setups(scope: Scope) -> list[SetupRecord]:
    """Return the first versions of the system that nobody else could approve, oldest first."""
    rows = SetupException.objects.filter(system_id=scope.system_id, at__lte=scope.as_of)
    return [
        SetupRecord(
            kind=row.kind,
            label=row.label,
            person=row.person.name,
            at=row.at,
            confirmed_by=name(row.confirmed_by),
            confirmed_at=row.confirmed_at,
        )
        for row in rows.select_related("person", "confirmed_by").order_by("at", "pk")
    ]


def _countersigned(row: RecordedVote) -> datetime | None:
    found = getattr(row, "countersignature", None)
    return found.at if found is not None else None
