"""Pages and API of silences, voids and canary sets (EVA-17, EVA-18, TEL-9)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.urls import reverse

from governance.models import Mute
from governance.services.mutes import Cover, ask_mute
from incidents.models import Incident
from outbox import clock
from registry.models import User
from telemetry.models import CanarySet, VoidedReading, VoidRequest
from telemetry.services.canaries import approve_canary_set, draft_canary_set
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor, sign_in
from tests.telemetry.factory import DAY, START, measured, row, series_of, take, take_events

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def system():
    """A system that is measured."""
    made = measured()
    take([row(made, 0.95, day=day) for day in range(3)])
    return made


def owner(system):
    """Its owner."""
    return User.objects.get(pk=system.owner_id)


def officer(system):
    """A risk officer of it."""
    found = registry.user(of=system.unit)
    registry.role(found, "risk", system=system)
    return found


def local(instant):
    """An instant as a form sends it, in the readers' zone."""
    return instant.astimezone(ZoneInfo(settings.SEAT_ZONE)).strftime("%Y-%m-%dT%H:%M")


def asked(client, system, **changes):
    """Ask for a silence on the page."""
    given = {
        "system": system.slug,
        "kpi": "",
        "environment": "",
        "segment": "",
        "reason": "migration",
        "from_at": "",
        "until_at": local(clock.now() + 20 * HOUR),
    }
    return client.post("/silences/", given | changes)


def test_an_empty_list_says_what_a_silence_is_for(client, system):
    page = sign_in(client, owner(system)).get("/silences/")

    assert page.status_code == 200
    assert "Nothing is silenced" in page.text


def test_a_silence_is_asked_for_on_the_page_and_listed(client, system):
    sign_in(client, owner(system))

    answer = asked(client, system)

    mute = Mute.objects.get()
    assert answer.url == f"/silences/{mute.pk}/"
    assert "Silent now" in client.get("/silences/").text


def test_a_silence_that_is_too_long_is_refused_at_its_field(client, system):
    sign_in(client, owner(system))

    answer = asked(client, system, until_at=local(clock.now() + 80 * HOUR))

    assert answer.status_code == 400
    assert "72 hours at most" in answer.text


def test_a_stranger_sees_no_silence(client, system):
    mute = _silence(system)
    sign_in(client, registry.user(of=registry.unit()))

    page = client.get(f"/silences/{mute.pk}/")

    assert page.status_code == 404


def test_at_high_tier_the_second_person_agrees_on_the_page(client):
    system = measured(risk_tier="high")
    mute = _silence(system)
    sign_in(client, officer(system))

    before = client.get(f"/silences/{mute.pk}/")
    client.post(f"/silences/{mute.pk}/", {"act": "approve"})

    assert "Agree" in before.text
    assert Mute.objects.get().approved_at is not None


@pytest.mark.parametrize(("act", "state"), [("end", "ended"), ("nonsense", "running")])
def test_a_silence_is_ended_on_the_page(client, system, act, state):
    mute = _silence(system)
    sign_in(client, owner(system))

    client.post(f"/silences/{mute.pk}/", {"act": act, "reason": "done"})

    api = client.get(f"/api/v1/silences/{mute.pk}/").json()
    assert api["state"] == state


def test_a_silence_by_the_api_names_what_is_wrong(client, system):
    sign_in(client, owner(system))
    given = {"system": system.slug, "reason": "x", "until_at": "2020-01-01T00:00:00Z"}

    answer = client.post("/api/v1/silences/", given, content_type="application/json")

    assert answer.status_code in (400, 422)
    assert "until_at" in answer.text


def test_a_silence_is_asked_for_listed_and_ended_by_the_api(client, system):
    sign_in(client, owner(system))
    until = (clock.now() + 5 * HOUR).isoformat()
    given = {"system": system.slug, "kpi": "accuracy", "reason": "x", "until_at": until}

    made = client.post("/api/v1/silences/", given, content_type="application/json")
    listed = client.get("/api/v1/silences/").json()["results"]
    ended = client.post(
        f"/api/v1/silences/{made.json()['id']}/end",
        {"reason": "done"},
        content_type="application/json",
    )

    assert made.status_code == 201
    assert [one["kpi"] for one in listed] == ["accuracy"]
    assert ended.json()["state"] == "ended"


def test_readings_are_voided_on_the_page_by_two_persons(client, system):
    series = series_of(system)
    address = reverse("kpi-voids", args=[system.slug, series.pk])
    sign_in(client, owner(system))
    until = local(START + DAY)
    client.post(address, {"since": local(START), "until": until, "reason": "a broken job"})
    request = VoidRequest.objects.get()

    sign_in(client, officer(system))
    page = client.get(address)
    client.post(f"/voids/{request.pk}/", {"act": "confirm", "reason": "seen"})

    assert "a broken job" in page.text
    assert VoidedReading.objects.count() == 2
    assert "Readings that count nowhere" in client.get(address).text


def test_who_asked_gets_no_button_to_confirm(client, system):
    series, by = series_of(system), officer(system)
    address = reverse("kpi-voids", args=[system.slug, series.pk])
    sign_in(client, by)

    client.post(address, {"since": local(START), "until": local(START), "reason": "x"})

    assert VoidRequest.objects.count() == 1
    assert 'value="confirm"' not in client.get(address).text


def test_a_void_of_nothing_is_refused_at_its_field(client, system):
    address = reverse("kpi-voids", args=[system.slug, series_of(system).pk])
    sign_in(client, owner(system))
    long_ago = local(START - 90 * DAY)

    answer = client.post(address, {"since": long_ago, "until": long_ago, "reason": "x"})

    assert answer.status_code == 400
    assert "No reading of this series" in answer.text


def test_readings_are_voided_by_the_api(client, system):
    sign_in(client, owner(system))
    given = {"since": START.isoformat(), "until": START.isoformat(), "reason": "x"}
    address = f"/api/v1/series/{series_of(system).pk}/voids"
    made = client.post(address, given, content_type="application/json")

    sign_in(client, officer(system))
    decided = client.post(
        f"/api/v1/voids/{made.json()['id']}/decision",
        {"confirmed": True},
        content_type="application/json",
    )

    assert made.status_code == 201
    assert (decided.json()["state"], decided.json()["readings"]) == ("confirmed", 1)
    assert client.get(address).json()[0]["readings"] == 1


def test_a_segment_is_retired_on_the_page(client):
    system = measured()
    take([row(system, 0.95, segment="region=north")])
    series = series_of(system, segment="region=north")
    sign_in(client, owner(system))

    client.post(reverse("series-retire", args=[system.slug, series.pk]), {"reason": "sold"})

    address = reverse("kpi-voids", args=[system.slug, series.pk])
    assert "Nothing is expected of this series" in client.get(address).text


def test_a_canary_set_is_written_and_approved_on_the_page(client, system):
    address = reverse("system-canary", args=[system.slug])
    sign_in(client, owner(system))
    lines = "a | Is it ten? | yes | Yes, ten\nb | Is it two? | no"
    client.post(address, {"environment": "production", "lines": lines, "reason": "first"})
    made = CanarySet.objects.get()

    sign_in(client, User.objects.get(pk=system.deputy_id))
    client.post(reverse("canary-approve", args=[system.slug, made.pk]))

    made.refresh_from_db()
    assert made.items[0]["expected"] == ["yes", "Yes, ten"]
    assert made.state == "active"
    assert "Is it ten?" in client.get(address).text


def test_a_line_without_an_expected_answer_is_refused(client, system):
    sign_in(client, owner(system))
    address = reverse("system-canary", args=[system.slug])

    answer = client.post(address, {"environment": "production", "lines": "a | Is it ten?"})

    assert answer.status_code == 400
    assert "Question 1" in answer.text


def test_a_canary_run_is_sent_by_a_token(client, system):
    made = _canary_set(system)
    _, plain = registry.token(
        scopes=("measurements:write", "read"), systems=[system], at=clock.now()
    )
    headers = {"Authorization": f"Token {plain}"}

    answer = client.post(
        f"/api/v1/canary-sets/{made.pk}/runs",
        {"answers": {"a": "YES"}},
        content_type="application/json",
        headers=headers,
    )

    assert answer.status_code == 201
    assert (answer.json()["agreed"], answer.json()["asked"]) == (1, 1)


def test_who_answered_without_an_approval_is_listed_with_its_decisions(client, system):
    at = clock.now()
    event = {"system": system.slug, "event_id": "e", "at": at.isoformat(), "version": "9.9"}
    take_events([event], at=at)
    incident = Incident.objects.get(system=system, kind="version")
    sign_in(client, owner(system))

    rows = client.get(f"/api/v1/incidents/{incident.number}/mismatches").json()

    assert [(one["version"], one["decisions"]) for one in rows] == [("9.9", 1)]


def test_the_incident_shows_who_answered_and_how_often(client, system):
    at = clock.now()
    event = {"system": system.slug, "event_id": "e", "at": at.isoformat(), "version": "9.9"}
    take_events([event], at=at)
    sign_in(client, owner(system))

    page = client.get(f"/incidents/{Incident.objects.get(system=system).number}/")

    assert "Decisions since" in page.text
    assert "No version 9.9 is registered" in page.text


def test_what_passed_in_a_silence_is_answered_on_its_page(client, system):
    _silence(system)
    at = clock.now()
    take([row(system, 0.7, day=day) for day in (3, 4)], at=at)
    take([row(system, 0.97, day=day) for day in range(5, 10)], at=at)
    incident = Incident.objects.get(system=system)
    sign_in(client, owner(system))
    page = client.get(f"/incidents/{incident.number}/")

    client.post(
        f"/incidents/{incident.number}/answer_silenced/",
        {"line": "the migration", "version": incident.version, "key": "once"},
    )

    assert "It opened in a silence" in page.text
    assert "Answer and close" in page.text
    assert Incident.objects.get(pk=incident.pk).state == "CLOSED"


def _silence(system):
    at = clock.now()
    return call(
        ask_mute,
        system_id=system.pk,
        cover=Cover(),
        reason="migration",
        from_at=at,
        until_at=at + 5 * HOUR,
        actor=person_as_actor(owner(system)),
        at=at,
    )


def _canary_set(system):
    made = call(
        draft_canary_set,
        system_id=system.pk,
        environment="production",
        items=[{"id": "a", "question": "ten?", "expected": ["yes"]}],
        reason="",
        actor=person_as_actor(owner(system)),
        at=clock.now() - HOUR,
    )
    deputy = person_as_actor(User.objects.get(pk=system.deputy_id))
    return call(approve_canary_set, set_id=made.pk, actor=deputy, at=clock.now() - HOUR)
