"""TEL-3, TEL-9: spans come in by OTLP over HTTP, as decision events judged in the same request."""

import datetime as dt
import gzip
import json

import pytest
from django.core.cache import cache
from django.db import OperationalError
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from governance.models import Arrival, OtlpDoor, SpanPart
from governance.services.doors import set_otlp_door
from governance.services.metric_windows import forget_carried
from incidents.models import Incident
from outbox import clock
from registry.rules.identities import Identity
from telemetry.models import DecisionEvent
from tests.governance.otlp import PROTOBUF, TRACES, hex_ids, sender, status_of
from tests.registry import factories as registry
from tests.telemetry.factory import measured
from tests.telemetry.otlp import TRACE, export_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_throttle():
    cache.clear()


@pytest.fixture
def system():
    """An assistant that is live, without thresholds."""
    return measured(stated=None, kind="assistant")


@pytest.fixture
def post(client, system):
    """Send a body to the traces' door with a token that may."""
    return sender(client, TRACES, [system])


def minute_ago():
    """An instant that is past, in nanoseconds."""
    return int((clock.now() - dt.timedelta(minutes=1)).timestamp() * 1e9)


def chats(system, *numbers, **more):
    """A request with chats of a system a minute ago."""
    live = system.deployments.get(until_at=None).version.label
    arguments = {"service": system.slug, "at_ns": minute_ago(), "version": live}
    return export_of(*numbers, **(arguments | more))


def answer_of(answer):
    """The decoded answer of a door that took a body."""
    assert (answer.status_code, answer["content-type"]) == (200, PROTOBUF), answer.content
    return ExportTraceServiceResponse.FromString(answer.content).partial_success


def test_a_chat_becomes_a_decision_event(post, system):
    said = answer_of(post(chats(system, 7, **{"gen_ai.conversation.id": "c-1"})))

    event = DecisionEvent.objects.get()
    assert (said.rejected_spans, said.error_message) == (0, "")
    assert (event.system_id, event.event_id) == (system.pk, f"{TRACE}-{7:016x}")
    assert (event.environment, event.latency_ms) == ("production", 100.0)


def test_json_says_the_same_as_protobuf(post, system):
    request = chats(system, 7, **{"gen_ai.usage.note": "x"})
    told = hex_ids(json_format.MessageToDict(request))

    answer = post(json.dumps(told).encode(), content_type="application/json")
    again = answer_of(post(request))

    assert (answer.status_code, answer["content-type"]) == (200, "application/json")
    assert answer.json() == {}
    assert again.rejected_spans == 0
    assert DecisionEvent.objects.count() == 1


def test_sending_again_is_harmless(post, system):
    request = chats(system, 1, 2)
    post(request)

    said = answer_of(post(request))

    assert said.rejected_spans == 0
    assert DecisionEvent.objects.count() == 2


def test_a_compressed_body_is_taken(post, system):
    body = gzip.compress(chats(system, 1).SerializeToString())

    answer_of(post(body, HTTP_CONTENT_ENCODING="gzip"))

    assert DecisionEvent.objects.count() == 1


def test_a_hosted_model_that_changes_its_name_opens_an_incident_within_one_request(client):
    system = measured(stated=None, kind="assistant")
    _hosted(system, model="m-1")
    post = sender(client, TRACES, [system])
    post(chats(system, 1, model="m-1"))
    before = Incident.objects.count()

    post(chats(system, 2, 3, model="m-2"))

    incident = Incident.objects.get(kind="version")
    assert before == 0
    assert incident.system == system
    assert DecisionEvent.objects.count() == 3


def _hosted(system, *, model):
    """Make a hosted model live whose approval names this model."""
    version = registry.call(
        registry.services.register_version,
        system_id=system.pk,
        label="hosted-1",
        identity=Identity(provider="maker", hosted_model=model),
        author_id=registry.user().pk,
    )
    approver = registry.person_as_actor(system.deputy)
    registry.call(registry.services.approve_version, version_id=version.pk, actor=approver)
    registry.call(
        registry.services.make_live,
        system_id=system.pk,
        environment="production",
        version_id=version.pk,
        fallback_id=None,
        reason="first release",
    )


def test_spans_that_are_no_decisions_are_ignored_and_noted_never_errors(post, system):
    request = chats(system, 1)
    scope = request.resource_spans[0].scope_spans[0]
    scope.spans.add(trace_id=b"\1" * 16, span_id=b"\2" * 8, name="GET /health")

    said = answer_of(post(request))

    assert said.rejected_spans == 0
    assert DecisionEvent.objects.count() == 1
    assert Arrival.objects.get(name="(other spans)").not_taken == 1
    assert Arrival.objects.get(name="chat").taken == 1


def test_what_is_not_good_is_counted_with_the_reason_and_the_rest_kept(post, system):
    request = chats(system, 1, 2, 3)
    spans = request.resource_spans[0].scope_spans[0].spans
    spans[1].attributes.add(key="countersign.confidence").value.double_value = float("nan")
    spans[2].end_time_unix_nano = minute_ago() + 3600 * 10**9

    said = answer_of(post(request))

    assert said.rejected_spans == 2
    assert "1 spans: confidence: NaN and Infinity are no numbers." in said.error_message
    assert "lies in the future" in said.error_message
    assert DecisionEvent.objects.count() == 1


def test_nothing_good_at_all_is_told_the_same_way(post, system):
    said = answer_of(post(chats(system, 1, **{"countersign.confidence": "high"})))

    assert said.rejected_spans == 1
    assert "confidence" in said.error_message
    assert not DecisionEvent.objects.exists()


def test_a_sender_that_nobody_knows_is_told(post, system):
    said = answer_of(post(chats(system, 1, service="other-bot")))

    assert said.rejected_spans == 1
    assert "goes by the service name 'other-bot'" in said.error_message


def test_a_service_name_stands_for_the_system_that_says_so(post, system):
    _state(system, service_names=["claims-bot"])

    answer_of(post(chats(system, 1, service="claims-bot")))

    assert DecisionEvent.objects.get().system_id == system.pk


def test_a_name_that_two_systems_go_by_stands_for_neither(client, system):
    other = measured(stated=None)
    for one in (system, other):
        _state(one, service_names=["claims-bot"])

    said = answer_of(
        sender(client, TRACES, [system, other])(chats(system, 1, service="claims-bot"))
    )

    assert "Several systems go by the service name 'claims-bot'" in said.error_message
    assert not DecisionEvent.objects.exists()


def test_a_token_reaches_only_its_own_systems(post):
    other = measured(stated=None)

    said = answer_of(post(chats(other, 1)))

    assert said.rejected_spans == 1
    assert not DecisionEvent.objects.exists()


def _state(system, *, decisions="by_kind", service_names=(), version=0):
    return registry.call(
        set_otlp_door,
        system=system,
        decisions=decisions,
        service_names=list(service_names),
        expected_version=version,
    )


def test_steps_of_an_agent_wait_for_its_run_across_requests(client):
    agent = measured(stated=None, kind="agent")
    post = sender(client, TRACES, [agent])
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "pay"}
    step = chats(agent, 2, **tool)
    step.resource_spans[0].scope_spans[0].spans[0].parent_span_id = (1).to_bytes(8, "big")

    answer_of(post(step))
    waiting = SpanPart.objects.count()
    answer_of(post(chats(agent, 1, **{"gen_ai.operation.name": "invoke_agent"})))

    event = DecisionEvent.objects.get()
    assert waiting == 1
    assert [call["tool"] for call in event.tool_calls] == ["pay"]


def test_a_step_that_waits_in_vain_is_forgotten_after_an_hour(client):
    agent = measured(stated=None, kind="agent")
    sender(client, TRACES, [agent])(chats(agent, 2, **{"gen_ai.operation.name": "chat"}))

    early = forget_carried(clock.now() + dt.timedelta(minutes=50))
    late = forget_carried(clock.now() + dt.timedelta(minutes=70))

    assert (early, late, SpanPart.objects.count()) == (0, 1, 0)


def test_what_the_system_says_of_its_spans_counts(post, system):
    _state(system, decisions=OtlpDoor.Decisions.MARKED)

    answer_of(post(chats(system, 1)))

    assert not DecisionEvent.objects.exists()
    assert "countersign.decision" in Arrival.objects.get(name="chat").reason


def test_nobody_and_the_wrong_scope_are_refused_in_the_format_of_the_request(client, system):
    body = chats(system, 1).SerializeToString()
    nobody = client.post(TRACES, body, content_type=PROTOBUF)
    wrong = sender(client, TRACES, [system], scopes=["measurements:write"])(body)

    assert (nobody.status_code, status_of(nobody)[0]) == (401, 16)
    assert (wrong.status_code, status_of(wrong)[0]) == (403, 7)
    assert "decisions:write" in status_of(wrong)[1]
    assert not DecisionEvent.objects.exists()


def test_a_person_is_told_to_use_a_token(client, system):
    registry.sign_in(client, system.owner)

    answer = client.post(TRACES, b"", content_type=PROTOBUF)

    assert (answer.status_code, status_of(answer)[0]) == (403, 7)


def test_another_format_is_refused(post):
    assert post(b"x", content_type="text/plain").status_code == 415


def test_answers_say_that_they_are_no_pages(post, system):
    answer = post(chats(system, 1))

    assert answer["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer["content-security-policy"]


def test_who_sends_too_much_is_told_when_to_come_again(post, system, monkeypatch):
    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.rate", "1/min", raising=False)
    post(chats(system, 1))

    answer = post(chats(system, 2))

    assert answer.status_code == 429
    assert int(answer["retry-after"]) > 0
    assert status_of(answer)[0] == 8


def test_a_database_out_of_reach_is_told_so_that_the_sender_comes_again(post, system, monkeypatch):
    def fail(**_):
        raise OperationalError("the connection is lost")

    monkeypatch.setattr("governance.api.otlp.take_in_spans", fail)

    answer = post(chats(system, 1))

    assert (answer.status_code, answer["retry-after"]) == (503, "5")
    assert status_of(answer) == (
        14,
        "The record cannot be reached at the moment; nothing was stored.",
    )


def test_an_empty_request_is_fine(post):
    answer = post(b"{}", content_type="application/json")

    assert (answer.status_code, answer.json()) == (200, {})
    assert not DecisionEvent.objects.exists()
