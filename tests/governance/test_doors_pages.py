"""TEL-3: the page and the API of how a system's telemetry is read, and who may say it."""

import datetime as dt

import pytest
from django.core.cache import cache

from governance.models import MetricMapping, OtlpDoor, ServiceName
from ledger.selectors.lines import lines_of_object
from outbox import clock
from tests.governance.otlp import METRICS, sender
from tests.governance.test_otlp_metrics import ended, export, gauge, mapped
from tests.registry import factories as registry
from tests.telemetry.factory import measured

pytestmark = pytest.mark.django_db
MAPPING = {
    "what": "mapping",
    "metric": "gen_ai.client.operation.duration",
    "unit": "s",
    "kpi": "latency_p95",
    "figure": "p95",
    "window": "5m",
    "attributes": "gen_ai.operation.name=chat\n",
    "segment_attribute": "",
    "factor": "",
}
DOOR = {"what": "door", "version": "0", "decisions": "marked", "service_names": "bot-a\nbot-b\n"}


@pytest.fixture(autouse=True)
def no_throttle():
    cache.clear()


@pytest.fixture
def system():
    """A system that is live, without thresholds."""
    return measured(stated=None)


@pytest.fixture
def owner(client, system):
    """A client with the owner signed in."""
    return registry.sign_in(client, system.owner)


def page(system):
    return f"/systems/{system.slug}/telemetry/"


def api(system, tail="telemetry"):
    return f"/api/v1/systems/{system.slug}/{tail}"


def test_the_page_teaches_how_to_send_before_anything_came(owner, system):
    body = owner.get(page(system)).content.decode()

    assert "Nothing has come in yet" in body
    assert f"OTEL_SERVICE_NAME={system.slug}" in body
    assert "/api/v1/otlp" in body
    assert "decisions:write" in body


def test_the_page_shows_what_came_and_why_it_became_nothing(owner, system, client):
    request = export(system, gauge(0.9, ended()), name="<b>cpu</b>", unit="%")
    sender(client, METRICS, [system])(request)

    body = owner.get(page(system)).content.decode()

    assert "&lt;b&gt;cpu&lt;/b&gt;" in body
    assert "No mapping names this metric" in body


def test_a_metric_is_mapped_and_ended_by_the_pages(owner, system):
    made = owner.post(page(system), MAPPING)
    row = MetricMapping.objects.get()
    shown = owner.get(page(system)).content.decode()
    asked = owner.get(f"{page(system)}{row.pk}/end/")
    done = owner.post(f"{page(system)}{row.pk}/end/", {"reason": "the sender changed"})

    row.refresh_from_db()
    assert (made.status_code, asked.status_code, done.status_code) == (302, 200, 302)
    assert (row.factor, row.attributes) == (1000.0, {"gen_ai.operation.name": "chat"})
    assert "gen_ai.client.operation.duration" in shown
    assert row.ended_reason == "the sender changed"
    entries = lines_of_object(object_type="metric_mapping", object_id=str(row.pk))
    assert len(entries) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit": "furlong"}, "state the factor"),
        ({"attributes": "no sign"}, "Write name=value"),
        ({"window": "soon"}, "such as 5m"),
        ({"kpi": "none"}, "Select a valid choice"),
        ({"metric": "a\x00"}, "Null characters"),
    ],
)
def test_what_cannot_be_followed_is_told_at_its_field(owner, system, changes, words):
    answer = owner.post(page(system), MAPPING | changes)

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not MetricMapping.objects.exists()


def test_how_spans_are_read_is_said_on_the_page(owner, system):
    first = owner.post(page(system), DOOR)
    stale = owner.post(page(system), DOOR)
    owner.post(page(system), DOOR | {"version": "1", "service_names": "bot-b\nbot-c"})

    live = ServiceName.objects.filter(system=system, ended_at=None)
    assert (first.status_code, stale.status_code) == (302, 400)
    assert "Somebody changed this meanwhile" in stale.content.decode()
    assert OtlpDoor.objects.get().version == 2
    assert sorted(live.values_list("name", flat=True)) == ["bot-b", "bot-c"]


def test_who_may_see_the_system_but_not_change_it_reads_and_is_told_why(client, system):
    auditor = registry.user(of=system.unit)
    registry.role(auditor, "auditor", unit=system.unit, until_at=clock.now() + dt.timedelta(90))
    registry.sign_in(client, auditor)

    shown = client.get(page(system)).content.decode()
    refused = client.post(page(system), MAPPING)

    assert "You cannot say how telemetry is read" in shown
    assert 'name="metric"' not in shown
    assert refused.status_code == 403


def test_a_stranger_finds_nothing(client, system):
    registry.sign_in(client, registry.user())

    assert client.get(page(system)).status_code == 404
    assert client.get(api(system)).status_code == 404


def test_the_api_says_and_shows_the_same(owner, system):
    before = owner.get(api(system))
    said = owner.put(
        api(system),
        {"decisions": "agent_runs", "service_names": ["bot"]},
        content_type="application/json",
        headers={"if-match": before["etag"]},
    )
    without = owner.put(api(system), {"decisions": "marked"}, content_type="application/json")

    assert (before.json()["decisions"], before.json()["decisions_in_force"]) == (
        "by_kind",
        "model_calls",
    )
    assert (said.status_code, said.json()["service_names"]) == (200, ["bot"])
    assert without.status_code == 428


def test_mappings_are_added_listed_and_ended_by_the_api(owner, system):
    given = {"metric": "a.b", "kpi": "latency_p95", "figure": "p95", "window": "5m", "unit": "s"}
    made = owner.post(api(system, "metric-mappings"), given, content_type="application/json")
    twice = owner.post(api(system, "metric-mappings"), given, content_type="application/json")
    listed = owner.get(api(system, "metric-mappings")).json()
    ended_ = owner.post(
        api(system, f"metric-mappings/{made.json()['id']}/end"),
        {"reason": "over"},
        content_type="application/json",
    )

    assert (made.status_code, twice.status_code, ended_.status_code) == (201, 409, 200)
    assert [one["factor"] for one in listed] == [1000.0]
    assert owner.get(api(system, "metric-mappings")).json() == []


def test_a_token_reads_and_does_not_map(client, system):
    _, plaintext = registry.token(scopes=("read",), systems=[system], at=clock.now())
    headers = {"authorization": f"Token {plaintext}"}

    shown = client.get(api(system), headers=headers)
    refused = client.post(
        api(system, "metric-mappings"), {}, content_type="application/json", headers=headers
    )

    assert (shown.status_code, refused.status_code) == (200, 403)


def test_the_page_asks_a_constant_number_of_questions(owner, system, django_assert_max_num_queries):
    for number in range(3):
        mapped(system, metric=f"m.{number}", window=f"{number + 1}m")

    with django_assert_max_num_queries(30):
        owner.get(page(system))
