"""Standing orders: which are in force, who may vote, what makes one unproven or unable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from governance.models import StandingOrder
from governance.rules.orders import When, is_proven, who_votes
from governance.selectors.on_call import on_call_now
from governance.selectors.policies import document_of, policy_in_force
from ledger.rules.refusals import Missing
from ledger.rules.worded import term, word, worded
from outbox.models import WebhookEndpoint
from outbox.rules.durations import Duration
from registry.models import OperatingControls, System, User
from registry.selectors import live_deployment
from registry.selectors.profile import in_force

State = StandingOrder.State


@dataclass(frozen=True, slots=True)
class Shown:
    """An order as a reader meets it: where it stands, whether it is proven, what it lacks."""

    order: StandingOrder
    word: str
    mark: str
    proven: bool
    gaps: Sequence[str]
    in_favour: int
    against: int
    seats: int


def orders_in_force(
    *, system_ids: Sequence[UUID] = (), environment: str = "", at: datetime
) -> QuerySet[StandingOrder]:
    """Return the adopted orders that are valid now, of some systems or of all."""
    rows = StandingOrder.objects.filter(state=State.ADOPTED, valid_from__lte=at, valid_until__gt=at)
    if system_ids:
        rows = rows.filter(system_id__in=system_ids)
    if environment:
        rows = rows.filter(environment=environment)
    return rows.select_related("kpi").order_by("number")


def systems_with_orders(*, system_ids: Sequence[UUID], at: datetime) -> frozenset[UUID]:
    """Return which of these systems have an order in force, in one query."""
    rows = orders_in_force(system_ids=system_ids, at=at)
    return frozenset(rows.values_list("system_id", flat=True))


def places_with_silence_orders(
    *, system_ids: Sequence[UUID], at: datetime
) -> dict[tuple[UUID, str], frozenset[str]]:
    """Return where an order waits for a silence: of which KPIs by system and environment.

    '' among the KPIs stands for any. One query.
    """
    rows = orders_in_force(system_ids=system_ids, at=at).filter(rule=StandingOrder.Rule.SILENCE)
    found: dict[tuple[UUID, str], frozenset[str]] = {}
    for order in rows:
        place = (order.system_id, order.environment)
        found[place] = found.get(place, frozenset()) | {order.kpi_id or ""}
    return found


def orders_of(*, systems: QuerySet[System]) -> QuerySet[StandingOrder]:
    """Return the orders of the systems that a reader may see, the newest first."""
    rows = StandingOrder.objects.filter(system__in=systems)
    related = ("system", "committee", "kpi", "put_by", "withdrawn_by")
    rows = rows.select_related(*related).prefetch_related("votes__person")
    return rows.order_by("-put_at", "-id")


def visible_order(
    *, order_id: UUID, systems: QuerySet[System], person: UUID | None
) -> StandingOrder:
    """Return an order of a system that the reader sees, or on which they vote. Raises Missing."""
    found = orders_of(systems=System.objects.all()).filter(pk=order_id).first()
    if found is None or not (
        systems.filter(pk=found.system_id).exists() or _has_seat(found, person)
    ):
        raise Missing("unknown_order", "There is no such standing order that you may see.")
    return found


def _has_seat(order: StandingOrder, person: UUID | None) -> bool:
    seats = [one for seat in order.electorate for one in (seat["person"], seat["substitute"])]
    return person is not None and str(person) in seats


def when_of(order: StandingOrder) -> When:
    """Return when an order fires, as the rules read it."""
    lower_is_worse = order.kpi is not None and order.kpi.better == "higher"
    return When(
        order.rule,
        order.kpi_id or "",
        order.limit_value,
        not lower_is_worse,
        frozenset(order.case_kinds),
        order.least_severity,
    )


def drill_within(*, system: System, at: datetime) -> timedelta:
    """Return how long a drill proves an order, by the policy in force."""
    policy = document_of(policy_in_force(unit_id=system.unit_id, at=at))
    seconds = Duration.parse(policy.containment.drill_within).seconds(standard_day=86400)
    return timedelta(seconds=int(seconds))


def electorate_of(order: StandingOrder) -> list[tuple[int, list[str]]]:
    """Return who may vote on each seat, as frozen when the order was put."""
    barred = {str(order.put_by_id), *order_owners(order)}
    return who_votes(order.electorate, frozenset(barred))


def order_owners(order: StandingOrder) -> set[str]:
    """Return who owns the system now: they do not vote on what stops it."""
    return {str(order.system.owner_id), str(order.system.deputy_id)}


def seat_of_voter(order: StandingOrder, person: UUID) -> int | None:
    """Return the seat that a person may vote on, None where there is none."""
    for number, people in electorate_of(order):
        if str(person) in people:
            return number
    return None


def state_words(order: StandingOrder, at: datetime) -> tuple[str, str]:
    """Return where an order stands in a word, and the mark that goes with it."""
    if order.state == State.ADOPTED and order.valid_until <= at:
        return word("over"), "none"
    if order.state == State.ADOPTED and order.valid_from > at:
        return word("planned"), "pending"
    known = {
        State.PUT: (word("put to the vote"), "pending"),
        State.ADOPTED: (word("in force"), "ok"),
        State.REJECTED: (word("not carried"), "none"),
        State.WITHDRAWN: (word("withdrawn"), "none"),
    }
    return known[State(order.state)]


def gaps_of(order: StandingOrder, at: datetime) -> list[str]:
    """Return what would keep an order from doing what it says, each in a sentence."""
    system = order.system
    found = []
    if not WebhookEndpoint.objects.filter(name=f"gateway:{system.slug}", active=True).exists():
        found.append("No gateway is told: it works only as soon as the gateway asks the state API.")
    if live_deployment(system_id=system.pk, environment=order.environment) is None:
        place = term(order.environment)
        found.append(worded("Nothing is on record as live in {place}.", place=place))
    controls = in_force(OperatingControls, system.pk)
    named = controls is not None and controls.on_call_id is not None
    if not named and not on_call_now(unit_id=system.unit_id, at=at):
        found.append("Nobody is on call: owner and deputy would be woken.")
    return found


def shown(orders: Sequence[StandingOrder], *, at: datetime, past: bool = False) -> list[Shown]:
    """Return orders as a reader meets them; all are of one system."""
    if not orders:
        return []
    within = drill_within(system=orders[0].system, at=at)
    return [show(order, within=within, at=at, past=past) for order in orders]


def show(order: StandingOrder, *, within: timedelta, at: datetime, past: bool = False) -> Shown:
    """Return one order as a reader meets it.

    What keeps it from working is asked now only: at a `past` instant nobody has kept that.
    """
    word, mark = state_words(order, at)
    votes = [vote.in_favour for vote in order.votes.all()]
    return Shown(
        order=order,
        word=word,
        mark=mark,
        proven=is_proven(drilled_at=order.drilled_at, at=at, within=within),
        gaps=gaps_of(order, at) if word == "in force" and not past else [],
        in_favour=sum(votes),
        against=len(votes) - sum(votes),
        seats=len(electorate_of(order)),
    )


def names_on(order: StandingOrder) -> list[str]:
    """Return by name who may vote, the holder of each seat first."""
    ids = [person for _, people in electorate_of(order) for person in people]
    names = {
        str(pk): name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "name")
    }
    return [names[one] for one in ids if one in names]


def text_of(order: StandingOrder) -> dict[str, object]:
    """Return the order as it was signed."""
    found: dict[str, object] = msgspec.json.decode(order.text)
    return found
