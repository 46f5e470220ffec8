"""Stopping at once by page and API, the ratification on the docket, the call after two failures.

INC-3, INC-8, INC-12.
"""

import datetime as dt

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from governance.models import Call, Committee, Decision, StandingOrder
from governance.services.kill_switch import call_for_undelivered
from governance.services.ratifications import put_missing_on_docket
from incidents.models import Containment, Incident
from incidents.rules.transitions import OPEN
from ledger.context import acting_as
from ledger.models import Entry
from outbox import clock
from outbox.models import Message
from outbox.services.messages import save_endpoint
from tests.governance.organisation import organised
from tests.governance.pages import command, seen, signed_in, stand_at, text_of
from tests.incidents.factory import AT, SETUP, bring, do, fresh, grant, opened

pytestmark = pytest.mark.django_db
STOP = {"kind": "stop", "scope": "everything", "environment": "production", "reason": "It harms."}


@pytest.fixture
def of():
    """An organisation with its committee; the clock stands."""
    stand_at(AT)
    yield organised()
    stand_at(None)


@pytest.fixture
def client_of(client):
    return lambda user: signed_in(client, user)


def stop_page(of):
    return reverse("system-stop", args=[of.house.system.slug])


def orders_page(of):
    return reverse("system-orders", args=[of.house.system.slug])


def api(user):
    found = APIClient()
    found.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = found.session
    session["authenticated_at"] = clock.now().isoformat()
    session.save()
    return found


def test_the_owner_stops_a_system_from_its_page_and_a_case_is_opened(of, client_of):
    response = client_of(of.house.owner).post(stop_page(of), STOP)

    row = Containment.objects.get()
    assert response["Location"] == f"/incidents/{row.incident.number}/"
    assert (row.person, row.scope, row.incident.kind) == (of.house.owner, "everything", "reported")
    assert row.incident.severity == Incident.Severity.MAJOR


def test_the_ratification_stands_on_the_docket_at_once(of, client_of):
    client_of(of.house.owner).post(stop_page(of), STOP)

    motion = Decision.objects.get()
    row = Containment.objects.get()
    assert (motion.matter, motion.about, motion.state) == ("ratification", str(row.pk), "draft")
    assert motion.motion_actions.get().parameters == {"containment_id": str(row.pk)}
    page = text_of(client_of(of.chair).get(f"/incidents/{row.incident.number}/"))
    assert f"Motion {motion.number}" in page


def test_who_may_not_stop_it_reads_who_can(of, client):
    page = seen(client, stop_page(of), of.house.risk)

    assert "You cannot stop a system at once" in page
    assert of.house.owner.name in page


def test_who_may_not_stop_it_is_refused_and_that_is_on_record(of, client_of):
    response = client_of(of.house.risk).post(stop_page(of), STOP)

    assert response.status_code == 403
    assert not Containment.objects.exists()
    assert Entry.objects.filter(verb="request.refused", actor_id=str(of.house.risk.pk)).exists()


def test_an_emergency_actor_stops_without_owning_anything(of, client_of):
    grant(of.house.stranger, "emergency", unit=of.house.unit)

    client_of(of.house.stranger).post(stop_page(of), STOP)

    assert Containment.objects.get().person == of.house.stranger


def test_a_stranger_does_not_see_the_page(of, client_of):
    response = client_of(of.house.stranger).get(stop_page(of))

    assert response.status_code == 404


def test_a_wrong_password_stops_nothing_and_keeps_what_was_typed(of, client):
    signed_in(client, of.house.owner, entered=None)

    response = client.post(stop_page(of), STOP | {"password": "wrong"})

    assert response.status_code == 400
    assert "It harms." in text_of(response)
    assert not Containment.objects.exists()


def test_a_second_stop_joins_the_case_of_the_first(of, client_of):
    client_of(of.house.owner).post(stop_page(of), STOP)

    client_of(of.house.deputy).post(stop_page(of), STOP | {"scope": "the refund tool"})

    assert Incident.objects.count() == 1
    assert Containment.objects.count() == 2


def test_the_incident_page_offers_the_stop_and_shows_what_is_held(of, client_of):
    incident = bring(of.house, OPEN)
    page = f"/incidents/{incident.number}/"

    form = text_of(client_of(of.house.owner).get(f"{page}emergency_contain/"))
    command(client_of(of.house.owner), incident, "emergency_contain", kind="restrict",
            scope="payouts above 500 EUR")  # fmt: skip
    shown = text_of(client_of(of.house.owner).get(page))

    assert "Stop it at once" in form
    assert "Held still" in shown
    assert "payouts above 500 EUR" in shown
    assert "The reason follows by" in shown


def test_the_reason_is_given_on_the_incident_page(of, client_of):
    incident = bring(of.house, OPEN)
    do(incident, "emergency_contain", of.house.owner, reason="")
    row = Containment.objects.get()

    command(client_of(of.house.owner), fresh(incident), "explain_containment",
            containment_id=str(row.pk), reason="It paid twice.")  # fmt: skip

    row.refresh_from_db()
    assert row.reason == "It paid twice."


def test_evidence_is_held_and_released_on_the_incident_page(of, client_of):
    incident = bring(of.house, OPEN)

    command(client_of(of.house.compliance), incident, "set_hold", reason="They may ask.")
    held = text_of(client_of(of.house.owner).get(f"/incidents/{incident.number}/"))
    command(client_of(of.house.compliance), fresh(incident), "release_hold", reason="Copied.")

    assert "What alters the system needs a snapshot; a stop never does." in held
    assert incident.evidence_holds.get().released_reason == "Copied."


def test_the_api_stops_a_system_and_tells_no_nonce(of):
    slug = of.house.system.slug

    made = api(of.house.owner).post(f"/api/v1/systems/{slug}/stop", {"reason": "It harms."},
                                    format="json")  # fmt: skip
    read = api(of.house.auditor).get(f"/api/v1/systems/{slug}/stop")

    assert made.status_code == 201, made.content
    assert made.data["containment"]["in_force"]
    assert [row["scope"] for row in read.data] == ["everything"]
    assert "nonce" not in read.data[0]
    held = api(of.house.auditor).get(f"/api/v1/incidents/{made.data['incident']}/held")
    assert len(held.data["containments"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "explode"},
        {"scope": "a\x00b"},
        {"scope": "x" * 301},
        {"environment": ["production"]},
        {"assertion": {"id": "x"}},
        [],
    ],
)
def test_the_api_refuses_nonsense_in_words(of, body):
    slug = of.house.system.slug

    response = api(of.house.owner).post(f"/api/v1/systems/{slug}/stop", body, format="json")

    assert 400 <= response.status_code < 500
    assert not Containment.objects.exists()


def test_a_second_person_confirms_over_the_api_once(of):
    do(opened(of.house), "emergency_contain", of.house.owner)
    row = Containment.objects.get()
    address = f"/api/v1/containments/{row.pk}/receipts"

    first = api(of.house.executive).post(address, {"evidence": "log 4"}, format="json")
    again = api(of.house.executive).post(address, {"evidence": "log 5"}, format="json")

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.data["confirmed_at"] == again.data["confirmed_at"]
    assert Entry.objects.filter(verb="incident.containment_confirmed").count() == 1


def test_what_was_stopped_before_there_was_a_committee_comes_on_the_docket_with_it(of):
    bodies = list(Committee.objects.all())
    with acting_as(SETUP):
        for body in bodies:
            body.active = False
            body.save(at=AT)
    do(opened(of.house), "emergency_contain", of.house.owner)
    before = Decision.objects.count()
    with acting_as(SETUP):
        for body in bodies:
            body.active = True
            body.save(at=AT)

    put = put_missing_on_docket(AT + dt.timedelta(minutes=1))

    assert (before, put, Decision.objects.count()) == (0, 1, 1)


@pytest.mark.parametrize(("attempts", "called"), [(1, 0), (2, 2)])
def test_a_person_is_called_after_the_second_failed_delivery(of, attempts, called):
    with acting_as(SETUP):
        save_endpoint(
            name=f"gateway:{of.house.system.slug}",
            url="https://gateway.example.org/",
            secret="whsec_c2VjcmV0c2VjcmV0c2VjcmV0",
            actor=SETUP,
            at=AT,
        )
    do(opened(of.house), "emergency_contain", of.house.owner)
    Message.objects.filter(channel="webhook").update(attempts=attempts)

    call_for_undelivered(AT + dt.timedelta(seconds=5))
    call_for_undelivered(AT + dt.timedelta(seconds=9))

    assert Call.objects.filter(why="Stop the system by hand").count() == called


def test_a_confirmed_stop_calls_nobody(of):
    with acting_as(SETUP):
        save_endpoint(
            name=f"gateway:{of.house.system.slug}",
            url="https://gateway.example.org/",
            secret="whsec_c2VjcmV0c2VjcmV0c2VjcmV0",
            actor=SETUP,
            at=AT,
        )
    incident = opened(of.house)
    do(incident, "emergency_contain", of.house.owner)
    do(incident, "confirm_containment", of.house.executive)
    Message.objects.filter(channel="webhook").update(attempts=4)

    called = call_for_undelivered(AT + dt.timedelta(seconds=5))

    assert called == 0


def order_fields(**changes):
    fields = {
        "rule": "instant",
        "kpi": "accuracy",
        "action": "stop",
        "scope": "everything",
        "environment": "production",
        "valid_until": "2027-06-01T09:00",
        "reason": "Nobody is awake on Sundays.",
    }
    return fields | changes


def test_an_order_is_put_voted_on_and_drilled_on_its_pages(of, client_of):
    client_of(of.house.owner).post(orders_page(of), order_fields())
    order = StandingOrder.objects.get()
    page = reverse("standing-order", args=[order.pk])

    for member in of.members[:2]:
        client_of(member).post(page, {"act": "vote", "vote": "for"})
    client_of(of.house.owner).post(page, {"act": "drill", "passed": "yes", "seconds": "12",
                                          "evidence": "log"})  # fmt: skip

    shown = text_of(client_of(of.house.owner).get(page))
    order.refresh_from_db()
    assert (order.state, order.drilled_at is None) == ("adopted", False)
    assert "2 for, 0 against, of 3 seats" in shown
    assert "drilled" in text_of(client_of(of.house.owner).get(orders_page(of)))


def test_voters_are_asked_by_mail_and_see_the_order_without_seeing_the_system(of, client_of):
    client_of(of.house.owner).post(orders_page(of), order_fields())
    order = StandingOrder.objects.get()

    page = client_of(of.members[0]).get(reverse("standing-order", args=[order.pk]))

    asked = Message.objects.filter(subject__startswith=f"Vote on {order.number}")
    assert set(asked.values_list("person_id", flat=True)) == {
        one.pk for one in [*of.members, *of.substitutes]
    }
    assert page.status_code == 200
    assert "Vote and sign" in text_of(page)


def test_an_order_that_is_not_right_is_told_at_its_fields(of, client_of):
    response = client_of(of.house.owner).post(
        orders_page(of), order_fields(rule="limit", kpi="", valid_until="2026-01-01T09:00")
    )

    assert response.status_code == 400
    text = text_of(response)
    assert "Name the KPI whose reading stops it." in text
    assert "in the future" in text
    assert not StandingOrder.objects.exists()


def test_orders_go_the_same_way_over_the_api(of):
    slug = of.house.system.slug
    body = order_fields(valid_until="2027-06-01T09:00:00Z")

    made = api(of.house.owner).post(f"/api/v1/systems/{slug}/standing-orders", body, format="json")
    address = f"/api/v1/standing-orders/{made.data['id']}"
    for member in of.members[:2]:
        voted = api(member).post(f"{address}/votes", {"in_favour": True}, format="json")
        assert voted.status_code == 200, voted.content
    drilled = api(of.house.owner).post(
        f"{address}/drills", {"passed": True, "seconds": 9, "evidence": "log"}, format="json"
    )
    ended = api(of.chair).post(f"{address}/withdrawal", {"reason": "Replaced."}, format="json")

    assert made.status_code == 201, made.content
    assert (drilled.data["state"], drilled.data["proven"]) == ("in force", True)
    assert ended.data["state"] == "withdrawn"
    listed = api(of.house.auditor).get(f"/api/v1/systems/{slug}/standing-orders")
    assert [row["number"] for row in listed.data] == [made.data["number"]]


@pytest.mark.parametrize(
    "changes",
    [{"limit_value": "1e400"}, {"kpi": "no_such"}, {"rule": "never"}, {"valid_until": "soon"},
     {"scope": "a\x00b"}],
)  # fmt: skip
def test_an_order_with_nonsense_is_refused_in_words(of, changes):
    slug = of.house.system.slug
    body = order_fields(valid_until="2027-06-01T09:00:00Z") | changes

    response = api(of.house.owner).post(
        f"/api/v1/systems/{slug}/standing-orders", body, format="json"
    )

    assert response.status_code == 400
    assert not StandingOrder.objects.exists()


def test_the_pages_of_a_system_lead_to_stop_and_standing_orders(of, client):
    page = signed_in(client, of.house.owner).get(stop_page(of)).content.decode()

    assert orders_page(of) in page
