"""What held the system before a decision: emergency stops, interim measures, standing orders."""

from collections.abc import Iterable, Sequence

from governance.models import Decision, OrderDrill, OrderVote, StandingOrder
from incidents.models import Containment, InterimMeasure
from reports.collectors.instant import at_its_instant
from reports.collectors.words import name
from reports.rules.conduct import (
    ContainmentRecord,
    InterimRecord,
    OrderDrillRecord,
    OrderRecord,
    OrderVoteRecord,
)
from reports.rules.things import Scope


@at_its_instant
def collect_containments(scope: Scope, incident_ids: Sequence[str]) -> list[ContainmentRecord]:
    """Return every stop of these incidents with its ratification and lifting, oldest first."""
    rows = list(
        Containment.objects.filter(incident_id__in=incident_ids, at__lte=scope.as_of)
        .select_related("incident", "person")
        .order_by("at", "pk")
    )
    named = {row.ratified_by for row in rows} | {row.lifted_by for row in rows}
    motions = Decision.objects.filter(pk__in=named - {None}).values_list("pk", "number")
    orders = StandingOrder.objects.filter(pk__in={row.standing_order for row in rows} - {None})
    numbers: dict[object, str] = {None: ""}
    numbers |= dict(motions)
    numbers |= dict(orders.values_list("pk", "number"))
    return [_containment(row, numbers) for row in rows]


@at_its_instant
def collect_interims(scope: Scope, incident_ids: Sequence[str]) -> list[InterimRecord]:
    """Return the interim measures of these incidents, oldest first."""
    rows = InterimMeasure.objects.filter(incident_id__in=incident_ids, at__lte=scope.as_of)
    return [
        InterimRecord(
            incident=row.incident.number,
            cycle=row.cycle,
            measure=row.measure,
            reason=row.reason,
            environment=row.environment,
            taken_by=row.taken_by.name,
            at=row.at,
            until_at=row.until_at,
            state=row.state,
            ended_at=row.ended_at,
            ended_reason=row.ended_reason,
            entry=row.entry_number,
        )
        for row in rows.select_related("incident", "taken_by").order_by("at", "pk")
    ]


@at_its_instant
def collect_orders(scope: Scope) -> list[OrderRecord]:
    """Return the standing orders of the system that touch the period, with votes and trials.

    How the votes fell is left out until all are counted.
    """
    rows = (
        StandingOrder.objects.filter(
            system_id=scope.system_id,
            put_at__lte=scope.as_of,
            valid_from__lt=scope.until,
            valid_until__gte=scope.since,
        )
        .select_related("committee", "put_by", "withdrawn_by")
        .prefetch_related("votes__person", "drills__person")
        .order_by("number")
    )
    return [_order(row) for row in rows]


def _containment(row: Containment, numbers: dict[object, str]) -> ContainmentRecord:
    return ContainmentRecord(
        id=str(row.pk),
        incident=row.incident.number,
        cycle=row.cycle,
        kind=row.get_kind_display(),
        scope=row.scope,
        environment=row.environment,
        person=name(row.person),
        by_rule=row.by_rule,
        standing_order=numbers.get(row.standing_order, ""),
        reason=row.reason,
        reason_at=row.reason_at,
        at=row.at,
        confirmed_at=row.confirmed_at,
        confirmed_how=row.confirmed_how,
        ratify_by=row.ratify_by,
        overdue_at=row.overdue_at,
        ratified_by=numbers.get(row.ratified_by, ""),
        ratified_at=row.ratified_at,
        lifted_by=numbers.get(row.lifted_by, ""),
        lifted_at=row.lifted_at,
        state=row.get_state_display(),
        entry=row.entry_number,
    )


def _order(row: StandingOrder) -> OrderRecord:
    return OrderRecord(
        id=str(row.pk),
        number=row.number,
        committee=row.committee.name,
        environment=row.environment,
        rule=row.get_rule_display(),
        kpi=row.kpi_id or "",
        limit_value=row.limit_value,
        action=row.get_action_display(),
        scope=row.scope,
        reason=row.reason,
        text=row.text,
        text_sha256=row.text_sha256,
        put_by=row.put_by.name,
        put_at=row.put_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        decided_at=row.decided_at,
        state=row.state,
        withdrawn_by=name(row.withdrawn_by),
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
        votes=_votes(row.votes.all()) if row.decided_at is not None else [],
        drills=_drills(row.drills.all()),
    )


def _votes(rows: Iterable[OrderVote]) -> list[OrderVoteRecord]:
    return [
        OrderVoteRecord(
            seat=row.seat_number,
            person=row.person.name,
            in_favour=row.in_favour,
            reason=row.reason,
            signature=str(row.signature_id),
            at=row.at,
            entry=row.entry_number,
        )
        for row in sorted(rows, key=lambda one: one.seat_number)
    ]


def _drills(rows: Iterable[OrderDrill]) -> list[OrderDrillRecord]:
    return [
        OrderDrillRecord(
            person=row.person.name,
            passed=row.passed,
            seconds=row.seconds,
            found=row.found,
            evidence=row.evidence,
            at=row.at,
            entry=row.entry_number,
        )
        for row in sorted(rows, key=lambda one: one.entry_number)
    ]
