"""TEL-3: alerts of Alertmanager open, join and tell incidents; said again they are nothing new."""

import datetime as dt
import json

import pytest
from django.core.cache import cache

from governance.models import AlertNotice, Arrival
from governance.rules.alerts import cause_key, severity_of
from governance.services.mutes import Cover, ask_mute
from incidents.models import Incident
from ledger.selectors.lines import lines_of_object
from outbox import clock
from telemetry.models import Measurement
from tests.governance.otlp import sender
from tests.registry import factories as registry
from tests.telemetry.factory import measured

pytestmark = pytest.mark.django_db
ALERTS = "/api/v1/alerts"
BEGAN = dt.datetime(2026, 11, 20, 8, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def no_throttle():
    cache.clear()


@pytest.fixture
def system():
    """A system of medium tier that is live."""
    return measured(stated=None)


@pytest.fixture
def post(client, system):
    """Send alerts with a token that may write to the system."""
    send = sender(client, ALERTS, [system])

    def deliver(*alerts, **changes):
        body = {"version": "4", "groupKey": "{}", "receiver": "r", "alerts": list(alerts)} | changes
        return send(json.dumps(body).encode(), content_type="application/json")

    return deliver


def alert(of, /, *, name="SlowAnswers", status="firing", fingerprint="f1", began=BEGAN,
          annotations=None, **labels):  # fmt: skip
    """An alert as Alertmanager writes it."""
    over = status == "resolved"
    return {
        "status": status,
        "labels": {"alertname": name, "system": of.slug, "severity": "critical"} | labels,
        "annotations": annotations or {"summary": "Answers take too long."},
        "startsAt": began.isoformat(),
        "endsAt": (began + dt.timedelta(hours=1)).isoformat() if over else "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": fingerprint,
    }


def test_an_alert_opens_an_incident_with_when_it_began(post, system):
    body = post(alert(system)).json()

    incident = Incident.objects.get()
    assert body["opened"] == [incident.number]
    assert (incident.system, incident.kind, incident.severity) == (system, "breach", "moderate")
    assert (incident.onset_at, incident.summary) == (BEGAN, "Answers take too long.")
    assert incident.title.startswith("Alert SlowAnswers on")
    assert lines_of_object(object_type="alert", object_id="f1")[0].actor_kind == "token"


def test_said_again_it_is_nothing_new(post, system):
    post(alert(system))

    body = post(alert(system)).json()

    assert (body["opened"], body["joined"], body["repeated"]) == ([], [], 1)
    assert (Incident.objects.count(), AlertNotice.objects.count()) == (1, 1)


def test_the_same_rule_on_another_host_joins_and_a_worse_one_raises(post, system):
    post(alert(system, severity="warning"))

    body = post(alert(system, fingerprint="f2", instance="b")).json()

    incident = Incident.objects.get()
    assert body["joined"] == [incident.number]
    assert incident.severity == "moderate"
    assert incident.proposed_severity == "minor"


def test_an_incident_is_told_once_all_of_its_alerts_are_over_and_stays_open(post, system):
    post(alert(system), alert(system, fingerprint="f2"))

    first = post(alert(system, status="resolved")).json()
    last = post(alert(system, status="resolved", fingerprint="f2")).json()

    incident = Incident.objects.get()
    assert (first["recovered"], last["recovered"]) == ([], [incident.number])
    assert incident.recovered_at == BEGAN + dt.timedelta(hours=1)
    assert incident.state == "OPEN"


def test_an_alert_that_comes_back_joins_and_the_recovery_is_taken_back(post, system):
    post(alert(system))
    post(alert(system, status="resolved"))

    body = post(alert(system, began=BEGAN + dt.timedelta(hours=2))).json()

    incident = Incident.objects.get()
    assert body["joined"] == [incident.number]
    assert incident.recovered_at is None


def test_the_end_of_an_alert_that_never_came_is_kept_and_opens_nothing(post, system):
    body = post(alert(system, status="resolved")).json()

    assert "never came as firing" in body["nothing"][0]["reason"]
    assert AlertNotice.objects.get().became == "nothing"
    assert not Incident.objects.exists()


def test_who_need_not_answer_is_not_asked(post, system):
    body = post(alert(system, severity="info")).json()

    assert body["opened"] == []
    assert "nobody" not in body["nothing"][0]["reason"].lower()
    assert AlertNotice.objects.get().incident is None
    assert Arrival.objects.get().reason == body["nothing"][0]["reason"]


def test_a_system_that_is_not_live_opens_nothing(client):
    system = registry.system()
    send = sender(client, ALERTS, [system])
    body = {"version": "4", "alerts": [alert(system)]}

    answer = send(json.dumps(body).encode(), content_type="application/json")

    assert "no incident is opened" in answer.json()["nothing"][0]["reason"]
    assert not Incident.objects.exists()


def test_an_alert_that_carries_a_reading_is_judged_by_the_bands_of_its_kpi(client):
    system = measured()
    send = sender(client, ALERTS, [system])
    told = alert(
        system, countersign_kpi="accuracy", countersign_window="1d",
        annotations={"countersign_value": "0.71"},
    )  # fmt: skip

    answers = [
        send(json.dumps({"version": "4", "alerts": [told]}).encode(),
             content_type="application/json").json()
        for _ in range(2)
    ]  # fmt: skip

    reading = Measurement.objects.get()
    assert reading.value == 0.71
    assert [(one["readings"], one["repeated"]) for one in answers] == [(1, 0), (0, 1)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"system": ""}, "says which system"),
        ({"system": "no-such"}, "There is no system 'no-such'"),
        ({"system": "a\x00"}, "NUL"),
        ({"env": "e" * 31}, "30 characters"),
        ({"countersign_kpi": "accuracy", "annotations": {"countersign_value": "NaN"}}, "no number"),
        ({"countersign_kpi": "accuracy", "annotations": {"countersign_value": "x"}}, "no number"),
        ({"countersign_kpi": "none", "annotations": {"countersign_value": "1"}}, "no KPI"),
        ({"countersign_kpi": "accuracy", "countersign_window": "soon",
          "annotations": {"countersign_value": "1"}}, "such as 5m"),
        ({"began": dt.datetime(1990, 1, 1, tzinfo=dt.UTC)}, "before the year 2000"),
    ],
)  # fmt: skip
def test_what_is_not_good_is_refused_in_words_and_the_rest_kept(post, system, changes, reason):
    alone = post(alert(system, fingerprint="bad", **changes))
    nothing = AlertNotice.objects.count() + Measurement.objects.count()
    mixed = post(alert(system), alert(system, fingerprint="bad", **changes)).json()

    assert (alone.status_code, nothing) == (400, 0)
    assert reason in alone.json()["detail"]
    assert [one["alert"] for one in mixed["rejected"]] == [2]
    assert len(mixed["opened"]) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Content-Length"),
        (b"[]", "Expected an object"),
        (b'{"version": "4"}', "required"),
        (b'{"version": "3", "alerts": []}', "version is 4"),
        (b'{"version": "4", "version": "4", "alerts": []}', "stands twice"),
        (b'{"version": "4", "alerts": ' + b"[" * 50_000, "list"),
        (b'{"version": "4", "alerts": [{}]}', "required"),
        (b"\xff", "JSON"),
        (b" " * (2 * 2**20 + 1), "2 MiB"),
    ],
)
def test_a_body_that_is_no_delivery_is_refused(client, system, body, reason):
    answer = sender(client, ALERTS, [system])(body, content_type="application/json")

    assert answer.status_code in (400, 413)
    assert reason in answer.json()["detail"]


def test_a_token_writes_only_about_its_own_systems(post):
    answer = post(alert(measured(stated=None)))

    assert answer.status_code == 400
    assert not Incident.objects.exists()


def test_nobody_is_refused(client, system):
    answer = client.post(ALERTS, {"version": "4", "alerts": []}, content_type="application/json")

    assert answer.status_code == 401


@pytest.mark.parametrize(("kpi", "suppressed"), [("", True), ("accuracy", False)])
def test_a_silence_over_the_whole_system_covers_its_alerts(post, system, kpi, suppressed):
    now = clock.now()
    registry.call(
        ask_mute,
        system_id=system.pk,
        cover=Cover(kpi_id=kpi),
        reason="migration",
        from_at=now,
        until_at=now + dt.timedelta(hours=2),
        actor=registry.person_as_actor(system.owner),
        at=now,
    )

    post(alert(system))

    assert Incident.objects.get().suppressed is suppressed


@pytest.mark.parametrize(
    ("word", "tier", "severity"),
    [
        ("critical", "high", "major"),
        ("critical", "low", "minor"),
        ("warning", "high", "moderate"),
        ("page", "medium", "moderate"),
        ("info", "high", None),
        ("", "high", None),
    ],
)
def test_the_label_and_the_tier_propose_the_severity(word, tier, severity):
    assert severity_of(word, tier) == severity


def test_one_cause_is_a_rule_of_a_system_in_an_environment():
    keys = {cause_key(1, "a", "production"), cause_key(2, "a", "production"),
            cause_key(1, "b", "production"), cause_key(1, "a", "staging")}  # fmt: skip

    assert len(keys) == 4


def test_an_alert_from_the_future_began_no_later_than_it_was_heard_of(post, system):
    post(alert(system, began=clock.now() + dt.timedelta(days=2)))

    incident = Incident.objects.get()
    assert incident.onset_at <= incident.detected_at
