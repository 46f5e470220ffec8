"""Standing orders: a stop decided in advance, drilled, ratified after. INC-12, INC-8."""

import datetime as dt

import pytest

from governance.models import Call, Decision, StandingOrder
from governance.rules.stated import Stated
from governance.selectors.orders import drill_within, show
from governance.services.committees import SeatPlan, found_committee
from governance.services.order_firing import fire_missed
from governance.services.order_votes import vote_on_order
from governance.services.standing_orders import Order, put_order, record_drill, withdraw_order
from incidents.models import Containment, Incident
from incidents.selectors.serving import serving_state
from ledger.context import acting_as
from ledger.models import Entry
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox.models import Message
from outbox.services.messages import save_endpoint
from outbox.services.sweeps import sweep
from registry.models import Deployment
from tests.incidents import factory as cases
from tests.incidents.factory import acting, ceremony, do
from tests.registry import factories as registry
from tests.registry.factories import AT, call
from tests.telemetry.factory import DAY, SENDER, measured, row, take

SUNDAY = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
SPEND = Stated(
    direction="above",
    warning=0.8,
    instant_critical=1.0,
    recover_warning=0.75,
    least_n=1,
    fires_k=1,
    fires_n=1,
)


@pytest.fixture
def agent(db):
    """An agent in production whose spending is measured, with a committee of three."""
    return seated(measured(stated=SPEND, kpi="budget_consumption", kind="agent", risk_tier="high"))


def seated(system):
    """A system whose unit has a committee of three."""
    system.members = [registry.user(of=system.unit) for _ in range(3)]
    functions = ("chair", "data science", "external")
    call(
        found_committee,
        unit_id=system.unit_id,
        name="Committee",
        level="committee",
        seats=[
            SeatPlan(function=name, person_id=one.pk, chair=name == "chair")
            for name, one in zip(functions, system.members, strict=True)
        ],
    )
    return system


def as_person(service, who, **arguments):
    with acting_as(acting(who)):
        return service(actor=acting(who), **arguments)


def put(system, *, at=AT, by=None, **changes):
    arguments = {
        "rule": "limit",
        "kpi_id": "budget_consumption",
        "limit_value": 1.1,
        "action": "stop",
        "scope": "everything",
        "reason": "Nobody is awake on Sundays.",
        "valid_from": at,
        "valid_until": at + 300 * DAY,
    }
    return as_person(
        put_order,
        by or system.owner,
        system_id=system.pk,
        given=Order(**(arguments | changes)),
        at=at,
    )


def vote(order, who, *, in_favour=True, reason="", at=AT):
    return as_person(
        vote_on_order,
        who,
        order_id=order.pk,
        in_favour=in_favour,
        reason=reason,
        ceremony=ceremony(at),
        at=at,
    )


def adopted(system, **changes):
    order = put(system, **changes)
    for member in system.members[:2]:
        vote(order, member)
    return StandingOrder.objects.get(pk=order.pk)


def spend(system, value, *, end, at, kind="budget_consumption"):
    return take([row(system, value, kpi=kind, window_end=end.isoformat(), n=1)], at=at)


def live(system):
    return Deployment.objects.get(system=system, until_at__isnull=True)


def test_more_than_half_of_the_seats_adopt_an_order(agent):
    order = put(agent)

    vote(order, agent.members[0])
    between = StandingOrder.objects.get(pk=order.pk).state
    vote(order, agent.members[1])

    found = StandingOrder.objects.get(pk=order.pk)
    assert (between, found.state, found.decided_at) == ("put", "adopted", AT)


def test_an_order_that_cannot_be_carried_any_more_is_not(agent):
    order = put(agent)

    for member in agent.members[:2]:
        vote(order, member, in_favour=False, reason="Too blunt.")

    assert StandingOrder.objects.get(pk=order.pk).state == "rejected"


def test_neither_the_owner_nor_who_put_it_votes_and_a_seat_votes_once(agent):
    order = put(agent, by=agent.owner)
    vote(order, agent.members[0])

    with pytest.raises(Forbidden, match="no vote"):
        vote(order, agent.owner)
    with pytest.raises(Conflict, match="votes once"):
        vote(order, agent.members[0])


def test_a_vote_against_says_why(agent):
    order = put(agent)

    with pytest.raises(Invalid, match="why you are against"):
        vote(order, agent.members[0], in_favour=False)


def test_an_order_has_an_end_and_a_limit_names_its_kpi(agent):
    with pytest.raises(Invalid) as caught:
        put(agent, kpi_id="", limit_value=None, valid_until=AT + 800 * DAY)

    assert set(caught.value.fields) == {"kpi", "limit_value", "valid_until"}


def test_a_spending_limit_passed_on_sunday_at_three_is_stopped_by_a_sweep_alone(agent):
    order = adopted(agent)
    with acting_as(registry.SETUP):
        save_endpoint(
            name=f"gateway:{agent.slug}",
            url="https://gateway.example.org/",
            secret="whsec_c2VjcmV0c2VjcmV0c2VjcmV0",
            actor=registry.SETUP,
            at=AT,
        )
    spend(agent, 1.15, end=SUNDAY, at=SUNDAY - dt.timedelta(hours=3))
    assert not Incident.objects.filter(system=agent).exists()

    sweep(at=SUNDAY + dt.timedelta(seconds=30))

    row = Containment.objects.get(standing_order=order.pk)
    assert (row.kind, row.person, row.by_rule) == ("stop", None, f"standing order {order.number}")
    assert live(agent).suspended
    state = serving_state(
        system=agent, environment="production", version=None, at=SUNDAY + dt.timedelta(seconds=31)
    )
    assert not state.may_serve
    assert Message.objects.get(channel="webhook").short_schedule
    assert set(Call.objects.values_list("person", flat=True)) == {agent.owner_id, agent.deputy_id}
    motion = Decision.objects.get(incident=row.incident)
    assert (motion.matter, motion.state, motion.about) == ("ratification", "draft", str(row.pk))


def test_a_reading_under_the_limit_of_the_order_stops_nothing(agent):
    adopted(agent)

    spend(agent, 1.05, end=SUNDAY, at=SUNDAY + dt.timedelta(seconds=1))

    assert Incident.objects.filter(system=agent).exists()
    assert not Containment.objects.exists()


def test_a_later_reading_that_reaches_the_limit_stops_it_although_the_case_is_open(agent):
    adopted(agent)
    spend(agent, 1.05, end=SUNDAY, at=SUNDAY + dt.timedelta(seconds=1))

    spend(agent, 1.2, end=SUNDAY + DAY, at=SUNDAY + DAY + dt.timedelta(seconds=1))

    assert Containment.objects.count() == 1


def test_an_order_fires_once_and_not_over_a_stop_that_stands(agent):
    adopted(agent)
    adopted(agent, rule="instant", limit_value=None, scope="payments")

    spend(agent, 1.2, end=SUNDAY, at=SUNDAY + dt.timedelta(seconds=1))
    with acting_as(SENDER):
        again = fire_missed(SUNDAY + dt.timedelta(seconds=31))

    assert (Containment.objects.count(), again) == (1, 0)


def test_what_the_judging_missed_the_next_sweep_stops(agent):
    spend(agent, 1.2, end=SUNDAY, at=SUNDAY + dt.timedelta(seconds=1))
    adopted(agent)

    sweep(at=SUNDAY + dt.timedelta(seconds=31))

    assert Containment.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from": SUNDAY + 2 * DAY},
        {"valid_until": SUNDAY - DAY},
        {"environment": "staging"},
    ],
)
def test_an_order_that_does_not_hold_here_and_now_stops_nothing(agent, changes):
    adopted(agent, **changes)

    spend(agent, 1.2, end=SUNDAY, at=SUNDAY + dt.timedelta(seconds=1))

    assert not Containment.objects.exists()


def test_an_order_is_unproven_until_it_was_drilled_and_again_after_ninety_days(agent):
    order = adopted(agent)
    within = drill_within(system=agent, at=AT)
    before = show(order, within=within, at=AT).proven

    as_person(
        record_drill,
        agent.owner,
        order_id=order.pk,
        passed=True,
        seconds=20,
        found="",
        evidence="gateway log of the drill",
        at=AT,
    )

    drilled = StandingOrder.objects.get(pk=order.pk)
    proven = [show(drilled, within=within, at=AT + days * DAY).proven for days in (90, 91)]
    assert (before, proven) == (False, [True, False])


def test_a_drill_that_failed_proves_nothing_and_says_what_was_found(agent):
    order = adopted(agent)
    drill = {"order_id": order.pk, "passed": False, "seconds": 600, "evidence": "log", "at": AT}

    with pytest.raises(Invalid):
        as_person(record_drill, agent.owner, found="", **drill)
    as_person(record_drill, agent.owner, found="The gateway did not answer.", **drill)

    assert StandingOrder.objects.get(pk=order.pk).drilled_at is None


def test_the_owner_s_side_cannot_withdraw_what_protects_from_its_system(agent):
    order = adopted(agent)

    with pytest.raises(Forbidden):
        as_person(withdraw_order, agent.owner, order_id=order.pk, reason="In the way.", at=AT)
    as_person(withdraw_order, agent.members[0], order_id=order.pk, reason="Replaced.", at=AT)

    assert StandingOrder.objects.get(pk=order.pk).state == "withdrawn"
    assert Entry.objects.filter(verb="order.withdrawn").exists()


def lifted(row, at):
    """Let a decision lift a containment."""
    do(row.incident, "lift_containment", cases.EVALUATOR, at=at, containment_id=row.pk)


def test_after_a_decision_lifted_its_stop_only_a_younger_reading_fires_it_again(agent):
    adopted(agent)
    spend(agent, 1.2, end=SUNDAY, at=SUNDAY + dt.timedelta(seconds=1))
    lifted(Containment.objects.get(), SUNDAY + dt.timedelta(hours=9))

    sweep(at=SUNDAY + dt.timedelta(hours=10))
    between = Containment.objects.count()
    spend(agent, 1.3, end=SUNDAY + DAY, at=SUNDAY + DAY + dt.timedelta(seconds=1))

    assert (between, Containment.objects.count()) == (1, 2)


def test_a_refused_stop_does_not_break_the_judging_of_a_reading(agent, monkeypatch):
    adopted(agent)

    def refuse(**arguments):
        raise Conflict("contained_already", "It stands already.")

    monkeypatch.setattr("governance.services.order_firing.execute", refuse)
    spend(agent, 1.2, end=SUNDAY, at=SUNDAY + dt.timedelta(seconds=1))

    assert Incident.objects.filter(system=agent).exists()
    assert not Containment.objects.exists()
