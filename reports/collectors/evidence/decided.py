"""Evidence of rules and decisions: bodies, decisions, standing orders, interventions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from governance.models import Decision, Policy, Seat, StandingOrder
from incidents.models import Containment, Validation
from incidents.selectors.instances import asked_columns, instances_of, most_columns
from ledger.rules.worded import word, worded
from ledger.selectors.at_once import Question, Rows, instant
from registry.models import System
from reports.collectors.evidence.incidents import began, of_cases
from reports.collectors.evidence.lines import line, newest_piece, read_lines, tallied, together
from reports.rules.evidence import Found, Piece
from reports.selectors.control_ground import Footing, Ground

SOURCES = (
    "committees", "decisions", "standing_orders", "policies", "policy_review", "oversight_acts",
)  # fmt: skip
TAKEN = (Decision.State.ADOPTED, Decision.State.REJECTED)
UNDECIDED = (Decision.State.DRAFT, Decision.State.VOID)
NEVER_TRIED = worded("a standing order was never tried")
POLICY = {"": most_columns(Policy, "body")}


def asked(ground: Footing) -> Mapping[str, Question]:
    """Return what to ask of bodies, rules and decisions."""
    policies = Policy.objects.filter(
        unit_id__in=ground.units, state=Policy.State.ACTIVE, valid_from__lte=ground.at
    )
    return {
        "lines": together(*_lines(ground)),
        "policies": asked_columns(policies.order_by("number"), POLICY),
        "seats": Seat.objects.filter(
            Q(until_at__isnull=True) | Q(until_at__gt=ground.at),
            from_at__lte=ground.at,
            committee__active=True,
            committee__unit_id__in=ground.units,
        ).values_list("committee__unit_id", "from_at"),
    }


def told(ground: Ground, answers: Mapping[str, Rows]) -> Mapping[str, Found]:
    """Return what was decided, by whom, under which rules."""
    rows = read_lines(answers["lines"])
    rules = {row.unit_id: row for row in instances_of(Policy, POLICY, answers["policies"])}
    tried = {
        key: newest_piece(found, NEVER_TRIED)
        for key, found in rows.get("standing_orders", {}).items()
    }
    concerned = [one for one in ground.running() if one.risk_tier == System.Tier.HIGH]
    return {
        "committees": _committees(ground, answers["seats"]),
        "decisions": tallied(rows.get("decisions"), word("lapsed or past their time")),
        "standing_orders": ground.found(tried, among=concerned),
        "policies": ground.each(lambda one: _policy(_nearest(ground, one, rules))),
        "policy_review": ground.each(lambda one: _reviewed(_nearest(ground, one, rules))),
        "oversight_acts": tallied(rows.get("oversight_acts")),
    }


def _lines(ground: Footing) -> list[QuerySet[Any]]:
    """Return decisions, standing orders, and what people did: reviews, stops, decisions."""
    rounds = Decision.objects.filter(of_cases(ground))
    convened = rounds.filter(began(ground, "created_at")).exclude(state__in=UNDECIDED)
    late = Q(closes_at__isnull=True) | Q(closes_at__lt=ground.at)
    orders = StandingOrder.objects.filter(
        system_id__in=ground.ids,
        state=StandingOrder.State.ADOPTED,
        valid_from__lte=ground.at,
        valid_until__gt=ground.at,
    )
    acts = (
        (rounds.filter(began(ground, "closed_at"), state__in=TAKEN), "closed_at"),
        (
            Validation.objects.filter(of_cases(ground), began(ground, "validated_at")),
            "validated_at",
        ),
        (Containment.objects.filter(of_cases(ground), began(ground, "at")), "at"),
    )
    of = "incident__system_id"
    return [
        line("decisions", convened, system=of, at="closed_at", wanting=~Q(state__in=TAKEN) & late),
        line("standing_orders", orders, at="drilled_at", wanting=Q(drilled_at__isnull=True)),
        *(line("oversight_acts", rows, system=of, at=at) for rows, at in acts),
    ]


def _committees(ground: Ground, rows: Rows) -> Found:
    seats: dict[UUID, list[datetime]] = {}
    for unit, begun in rows:
        seats.setdefault(UUID(unit), []).append(instant(begun))

    def say(one: System) -> Piece:
        found = [at for unit in ground.above[one.unit_id] for at in seats.get(unit, ())]
        lacks = "" if found else worded("no committee for its unit")
        return Piece(count=len(found), newest=max(found, default=None), lacks=lacks)

    return ground.each(say)


def _nearest(ground: Ground, one: System, rules: Mapping[UUID, Policy]) -> Policy | None:
    units = ground.above[one.unit_id]
    return next((rules[unit] for unit in units if unit in rules), None)


def _policy(row: Policy | None) -> Piece:
    if row is None:
        return Piece(lacks=worded("no rules in force for its unit"))
    alone = row.approved_by_id is None or row.approved_by_id == row.author_id
    lacks = worded("shipped example, not approved") if row.example else ""
    lacks = lacks or (worded("approved by their author alone") if alone else "")
    return Piece(count=1, newest=row.valid_from, lacks=lacks)


def _reviewed(row: Policy | None) -> Piece:
    return (
        Piece(lacks=worded("no rules in force"))
        if row is None
        else Piece(count=1, newest=row.valid_from)
    )
