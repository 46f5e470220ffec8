"""F34, F35, F36 and the state API against a gateway that is a real process, over real HTTP.

The gateway verifies signatures, obeys `ttl_seconds` and `fail_mode`, and calls back (INC-8).
"""

import datetime as dt
from contextlib import ExitStack

import pytest
from django.core.wsgi import get_wsgi_application

from incidents.rules.transitions import DECISION, EXECUTION, VERIFICATION
from incidents.services.probe_endpoints import Wanted, set_probe
from ledger.context import acting_as
from ledger.selectors.lines import lines_of_incident
from outbox import clock
from outbox.models import Message
from outbox.services.messages import save_endpoint
from outbox.services.sweeps import sweep
from registry.selectors import live_deployment
from registry.services.tokens import issue_token
from tests.faults.gateway import product_api, running
from tests.faults.processes import wait_until
from tests.incidents import factory
from tests.incidents.factory import EVALUATOR, SETUP, bring, do, fresh, order
from tests.walks.stage import SECRET

pytestmark = pytest.mark.full
SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def house(own_database):
    """An organisation with a system at high tier, whose gateway fails closed."""
    return factory.house(risk_tier="high")


def token_for(of):
    account = factory.person(unit=of.unit)
    account.kind = "service"
    at = clock.now()
    with acting_as(SETUP):
        account.save()
        _, plain = issue_token(
            user=account,
            name="gateway",
            scopes=["state:read", "actions:confirm"],
            systems=[of.system],
            expires_at=at + dt.timedelta(days=1),
            actor=SETUP,
            at=at,
        )
    return plain


@pytest.fixture
def api():
    """The product's API on loopback."""
    with product_api(get_wsgi_application()) as url:
        yield url


@pytest.fixture
def gateway(house, api):
    """The system's gateway, which runs version 2.3 and gets its orders."""
    options = {
        "api": api,
        "token": token_for(house),
        "system": house.system.slug,
        "secret": SECRET,
        "version": "2.3",
    }
    with running(**options) as handle:
        with acting_as(SETUP):
            save_endpoint(
                name=f"gateway:{house.system.slug}",
                url=f"{handle.url}/orders",
                secret=SECRET,
                actor=SETUP,
                at=clock.now(),
            )
        yield handle


def adopted(of, **changes):
    at = clock.now()
    incident = bring(of, DECISION, at=at)
    do(incident, "adopt", EVALUATOR, at=at, actions=[order(incident, at=at, **changes)])
    return incident


def stands_at(incident, state):
    return lambda: fresh(incident).state == state


def test_a_signed_order_is_carried_out_and_confirmed_by_callback(house, gateway):
    incident = adopted(house)

    sweep(at=clock.now())
    wait_until(stands_at(incident, VERIFICATION))

    assert gateway.state()["version"] == "2.2"
    assert live_deployment(system_id=house.system.pk).version == house.good
    assert incident.actions.get().confirmed_how == "callback"


def test_f34_a_gateway_that_answers_200_and_does_nothing_leaves_it_in_execution(house, gateway):
    incident = adopted(house)
    gateway.behave("idle")

    sweep(at=clock.now())
    sent = Message.objects.get(channel="webhook").state
    sweep(at=incident.actions.get().due_at + SECOND)

    verbs = [line.verb for line in lines_of_incident(incident_id=incident.pk)]
    assert sent == "sent"
    assert fresh(incident).state == EXECUTION
    assert {"action.overdue", "incident.stage_overdue"} <= set(verbs)


def test_f34_an_independent_probe_says_that_nothing_happened(house, gateway):
    incident = adopted(house)
    engineer = factory.acting(house.engineer)
    with acting_as(engineer):
        set_probe(
            system_id=house.system.pk,
            wanted=Wanted(url=f"{gateway.url}/state"),
            expected_version=None,
            actor=engineer,
            at=clock.now(),
        )
    gateway.behave("idle")

    sweep(at=clock.now())

    receipt = incident.actions.get().receipts.get()
    assert (receipt.how, receipt.matches) == ("probe", False)
    assert fresh(incident).state == EXECUTION


def test_f35_after_a_timeout_the_same_id_comes_again_and_nothing_is_done_twice(
    house, gateway, monkeypatch
):
    incident = adopted(house)
    monkeypatch.setattr("outbox.channels.webhook.TIMEOUT", 1.0)
    gateway.behave("hang")
    now = clock.now()
    sweep(at=now)

    gateway.behave("obey")
    sweep(at=Message.objects.get(channel="webhook").next_attempt_at + SECOND)
    wait_until(stands_at(incident, VERIFICATION))

    orders = gateway.log("order")
    assert len(orders) == 2
    assert len({row["id"] for row in orders}) == 1
    assert len(gateway.log("carried out")) == 1
    assert incident.actions.get().receipts.filter(matches=True).count() == 1


def test_f36_a_target_revoked_before_the_attempt_is_never_sent(house, gateway):
    incident = adopted(house)
    house.good.state = "revoked"
    with acting_as(SETUP):
        house.good.save()

    sweep(at=clock.now())

    assert gateway.log("order") == []
    assert fresh(incident).state == DECISION


def test_410_stops_at_once_and_leaves_it_to_a_person(house, gateway):
    incident = adopted(house)
    gateway.behave("gone")

    sweep(at=clock.now())
    sweep(at=clock.now() + HOUR)

    assert len(gateway.log("order")) == 1
    assert incident.actions.get().state == "ordered"
    assert fresh(incident).state == EXECUTION


def test_a_refusal_in_words_stops_at_once_and_leaves_it_to_a_person(house, gateway):
    incident = adopted(house)
    gateway.behave("decline")

    sweep(at=clock.now())
    sweep(at=clock.now() + HOUR)

    assert len(gateway.log("order")) == 1
    assert incident.actions.get().state == "ordered"
    reason = incident.transitions.latest("version").reason
    assert "a human holds the switch" in reason


def test_a_forged_order_is_refused_by_the_gateway(house, gateway):
    with acting_as(SETUP):
        save_endpoint(
            name=f"gateway:{house.system.slug}",
            url=f"{gateway.url}/orders",
            secret="whsec_" + "b" * 32,
            actor=SETUP,
            at=clock.now(),
        )
        save_endpoint(
            name=f"gateway:{house.system.slug}",
            url=f"{gateway.url}/orders",
            secret="whsec_" + "c" * 32,
            actor=SETUP,
            at=clock.now(),
        )
    incident = adopted(house)

    sweep(at=clock.now())

    assert gateway.log("carried out") == []
    assert fresh(incident).state == EXECUTION


def test_the_gateway_serves_while_it_may_and_stands_once_the_system_is_suspended(house, gateway):
    wait_until(gateway.serves)
    incident = adopted(house, type="suspend")

    sweep(at=clock.now())
    wait_until(stands_at(incident, VERIFICATION))

    assert not gateway.serves()


def test_without_a_fresh_answer_it_fails_closed(house):
    options = {"token": token_for(house), "system": house.system.slug, "secret": SECRET}
    with ExitStack() as stack:
        url = stack.enter_context(product_api(get_wsgi_application()))
        with running(api=url, version="2.3", longest_ttl=1, **options) as handle:
            wait_until(handle.serves)
            stack.close()

            wait_until(lambda: not handle.serves())


def test_without_a_fresh_answer_it_serves_where_that_is_agreed(own_database):
    house = factory.house(risk_tier="low")
    options = {"token": token_for(house), "system": house.system.slug, "secret": SECRET}
    with ExitStack() as stack:
        url = stack.enter_context(product_api(get_wsgi_application()))
        with running(api=url, version="2.3", longest_ttl=1, **options) as handle:
            wait_until(lambda: handle.log("learnt"))
            stack.close()

            wait_until(lambda: handle.log("too old"))
            assert handle.serves()
