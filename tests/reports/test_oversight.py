"""The oversight log: who could intervene and who did, set-wise and as it was (ACT-14, ACT-26)."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outbox import clock
from registry.models import System
from registry.services.delegations import record_leave
from reports.selectors.oversight import oversight_of, with_people
from reports.selectors.oversight_did import Period, singles_of
from tests.incidents import factory as cases
from tests.registry.factories import AT, call, person_as_actor, role, system, unit, user
from tests.registry.law_house import words_of
from tests.telemetry.factory import event, label, take_events, take_labels

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock_stands():
    clock.shift(AT - dt.datetime.now(dt.UTC))
    yield
    clock.shift(dt.timedelta(0))


@pytest.fixture
def of():
    return system(name="Claims")


def told(*systems, at=AT, since=None, until=None):
    """Return the records of systems for the 30 days before an instant."""
    rows = with_people(System.objects.filter(pk__in=[one.pk for one in systems])).order_by("name")
    since, until = since or at - 30 * DAY, until or at
    return oversight_of(systems=list(rows), since=since, until=until, at=at)


def client_of(who):
    """Return a client of somebody who is signed in."""
    found = Client()
    found.force_login(who)
    return found


def names(power):
    """Return the names of who has a power."""
    return {one.name for one in power.people}


def test_owner_deputy_and_emergency_actors_of_the_unit_and_above_could_stop_it():
    top = unit()
    below = unit(parent=top)
    one = system(of=below)
    actor, other = user(of=top), user(of=unit())
    role(actor, "emergency", unit=top)
    role(other, "emergency", unit=other.unit)

    (record,) = told(one)

    assert names(record.power("stop")) == {one.owner.name, one.deputy.name, actor.name}


def test_who_is_on_leave_is_shown_as_away(of):
    times = {"from_at": AT - DAY, "until_at": AT + DAY}
    call(record_leave, user_id=of.owner.pk, actor=person_as_actor(of.owner), **times)

    (record,) = told(of)

    away = [one.name for one in record.power("stop").people if not one.present]
    assert away == [of.owner.name]


def test_the_counts_are_those_of_a_plain_computation(of):
    start = AT - 3 * DAY
    rows = [
        event(of, 0, at=start, overridden=True),
        event(of, 1, at=start, overridden=False, blocked=True),
        event(of, 2, at=start + DAY, approvals=[{"granted": True}, {"granted": False}]),
        event(of, 3, at=start + DAY, approvals=[{"what": "refund"}], escalated=True),
        event(of, 4, at=AT - 60 * DAY, overridden=True),
    ]
    take_events(rows)

    (record,) = told(of)

    kept = rows[:4]
    said = [one for row in kept for one in row.get("approvals", []) if "granted" in one]
    assert record.total.events == len(kept)
    assert record.total.reviewed == sum("overridden" in row for row in kept)
    assert record.total.overridden == sum(bool(row.get("overridden")) for row in kept)
    assert record.total.approvals == len(said)
    assert record.total.granted == sum(one["granted"] for one in said)
    assert record.total.blocked == sum(bool(row.get("blocked")) for row in kept)
    assert record.total.escalated == sum(bool(row.get("escalated")) for row in kept)
    assert [one.counts.events for one in record.days] == [2, 2]


def test_a_later_finding_counts_before_what_the_event_said(of):
    start = AT - 3 * DAY
    take_events([event(of, 0, at=start, overridden=False), event(of, 1, at=start)])
    take_labels([label(of, 0, at=start, kind="overridden", value=True, labelled_at=AT - HOUR)])

    (record,) = told(of)
    period = Period((of.pk,), AT - 30 * DAY, AT, AT)
    found = singles_of(period=period, slug=of.slug)

    assert (record.total.reviewed, record.total.overridden) == (1, 1)
    assert [(one.event_id, one.words) for one in found] == [
        ("e-0", "changed or rejected by a person")
    ]
    assert found[0].url.startswith(f"/answers/{of.slug}/")


def test_an_emergency_stop_is_in_the_log_with_its_ratification():
    house = cases.house()
    incident = cases.opened(house)
    cases.do(incident, "emergency_contain", house.owner)
    later = cases.AT + 30 * DAY

    (record,) = told(house.system, at=later, since=cases.AT - DAY)

    (act,) = [one for one in record.acts if one.kind == "emergency stop"]
    assert (act.incident, act.who) == (incident.number, house.owner.name)
    assert act.outcome == "Waits for its ratification"
    assert act.late
    assert "unratified" in [one.key for one in record.findings]


def test_the_queries_are_the_same_for_any_number_of_systems():
    several = [system() for _ in range(6)]
    take_events([event(one, 0, at=AT - DAY, overridden=True) for one in several])
    with CaptureQueriesContext(connection) as one:
        told(several[0])
    with CaptureQueriesContext(connection) as six:
        told(*several)

    assert len(six) == len(one) < 30


def test_the_pages_show_who_could_and_who_did(of):
    take_events([event(of, 0, at=AT - DAY, overridden=True)])
    client = client_of(of.owner)

    alone = words_of(client.get(f"/systems/{of.slug}/oversight/").content.decode())
    listed = words_of(client.get(f"/oversight/?system={of.slug}").content.decode())

    assert of.deputy.name in alone
    assert "e-0 changed or rejected by a person" in alone
    assert "Claims" in listed


def test_a_system_that_the_reader_does_not_see_is_not_there(of):
    client = client_of(user(of=unit()))

    answers = [
        client.get(f"/systems/{of.slug}/oversight/"),
        client.get(f"/oversight/?system={of.slug}"),
        client.get(f"/systems/{of.slug}/oversight/days.csv"),
        client.get(f"/api/v1/systems/{of.slug}/oversight"),
    ]

    assert [one.status_code for one in answers] == [404] * 4
    assert client.get("/api/v1/oversight/").json() == []


def test_as_it_was_leaves_out_what_arrived_later(of):
    take_events([event(of, 0, at=AT - 3 * DAY, overridden=True)], at=AT - HOUR)
    url, client = f"/api/v1/systems/{of.slug}/oversight", client_of(of.owner)
    clock.shift(AT + HOUR - dt.datetime.now(dt.UTC))

    now = client.get(url).json()
    then = client.get(url, {"as_of": (AT - 2 * HOUR).isoformat()})

    assert now["total"]["overridden"] == 1
    assert then.status_code == 404 or then.json()["total"]["overridden"] == 0


def test_interventions_come_down_as_csv():
    house = cases.house()
    incident = cases.opened(house)
    cases.do(incident, "emergency_contain", house.owner)
    clock.shift(cases.AT + DAY - dt.datetime.now(dt.UTC))

    answer = client_of(house.system.owner).get(f"/oversight/list.csv?system={house.system.slug}")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert incident.number in [one["incident"] for one in rows]


@pytest.mark.parametrize(
    "query",
    ["since=x", "since=0001-01-01", "until=9999-12-31", "since=2026-03-02&until=2026-03-01"],
)
def test_days_that_cannot_be_are_refused(of, query):
    answer = client_of(of.owner).get(f"/api/v1/systems/{of.slug}/oversight?{query}")

    assert answer.status_code == 400
