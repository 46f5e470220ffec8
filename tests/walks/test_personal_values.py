"""The whole story leaves no name, address or title of anybody in the bytes of the ledger."""

import datetime as dt

import pytest
from django.test import Client

from ledger.context import acting_as
from ledger.models import Entry
from ledger.selectors.lines import lines_in_period
from outbox import clock
from registry import services as registry
from tests.walks import steps
from tests.walks import test_whole_chain as chain
from tests.walks.stage import MONDAY, SETUP, let_pass, set_up
from tests.walks.visitor import House, Machine, answered

TYPED = "somebody.unknown@elsewhere.example"
COLUMNS = ("object_type", "object_id", "object_label", "actor_id", "actor_name", "verb")


@pytest.mark.full
def test_no_name_address_or_title_of_anybody_stands_in_the_bytes_of_the_ledger(
    monday, gateway, files
):
    stage = set_up(gateway_url=gateway.url)
    house, machine = House(stage), Machine(stage.token)

    away(stage)
    number = chain.measured(machine)
    let_pass(hours=30)
    steps.tick()
    chain.investigated(house, number)
    chain.validated(house, number)
    motion = sent_up_and_recused(house, number)
    house.auditor.client.get("/incidents/list.csv?q=Olivia+Owner")
    failed_sign_ins(house)

    assert motion["state"] == "lapsed"
    assert found(stage) == []


@pytest.mark.full
def test_the_story_reads_with_everybody_s_names(monday, gateway, files):
    stage = set_up(gateway_url=gateway.url)
    house, machine = House(stage), Machine(stage.token)
    number = chain.measured(machine)
    chain.investigated(house, number)
    chain.validated(house, number)

    lines = list(lines_in_period(since=MONDAY, until=clock.now()))

    told = {(line.verb, line.actor) for line in lines}
    assert ("incident.acknowledged", "Olivia Owner") in told
    owners = {line.body["after"]["owner"] for line in lines if line.verb == "incident.opened"}
    assert owners == {"Olivia Owner"}
    created = {line.label for line in lines if line.verb == "user.created"}
    assert "Alma Auditor" in created
    who = {name for line in lines if line.refused for name in line.body["details"]["who_can"]}
    assert "Carla Compliance" in who


def away(stage):
    """The deputy is away and the owner has a delegate; the scientist has a title."""
    at = clock.now()
    people = stage.people
    with acting_as(SETUP):
        registry.record_leave(
            user_id=people["deputy"].pk,
            from_at=at,
            until_at=at + dt.timedelta(days=9),
            actor=SETUP,
            at=at,
        )
        registry.record_delegation(
            principal_id=people["owner"].pk,
            delegate_id=people["engineer"].pk,
            from_at=at,
            until_at=at + dt.timedelta(days=20),
            reason="holidays",
            actor=SETUP,
            at=at,
        )
        registry.create_user(
            email="titled@example.org", name="Tilda Titled", title="Head of everything",
            unit_id=stage.unit.pk, demo=True, actor=SETUP, at=at,
        )  # fmt: skip


def sent_up_and_recused(house, number):
    """A round in which one recuses, one votes, and the secretary sends it up."""
    motion = steps.convene(house, steps.put_motion(house, number, steps.ROLL_BACK))
    path = f"/motions/{motion['number']}"
    answered(house.external.send(f"{path}/recusals", {"reason": "I know the supplier."}))
    answered(house.chair.send(f"{path}/ballots", steps.ballot(motion)))
    now = house.secretary.get(f"{path}/")
    answered(house.secretary.send(f"{path}/send-up", {"reason": "too few"}, version=now["version"]))
    return house.secretary.get(f"{path}/")


def failed_sign_ins(house):
    """Two fail to sign in: a stranger, and somebody who is known."""
    for address in (TYPED, house.stage.email("owner")):
        Client().post("/accounts/login/", {"login": address, "password": "guessed-wrongly"})


def found(stage):
    """What of anybody stands in the clear in a body or a column, with the verb it stands in."""
    people = [*stage.people.values()]
    wanted = {value for one in people for value in (one.name, one.email)}
    wanted |= {TYPED, "127.0.0.1", "Tilda Titled", "titled@example.org", "Head of everything"}
    return [
        (entry.verb, value)
        for entry in Entry.objects.exclude(verb="webhook_endpoint.saved")  # a gateway's address
        for value in wanted
        if value.encode() in bytes(entry.body)
        or any(value in str(getattr(entry, column)) for column in COLUMNS)
    ]
