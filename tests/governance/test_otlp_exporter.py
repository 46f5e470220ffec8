"""TEL-3, TEL-9 against the real thing: OpenTelemetry's SDK and its exporter over a live server."""

import datetime as dt
import json
import logging
import threading
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.db import connection, connections
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Status, StatusCode

from governance.models import Arrival, MetricWindow
from governance.rules.mappings import Mapped
from governance.services.doors import map_metric
from governance.services.metric_windows import judge_metric_windows
from governance.services.otlp_points import take_in_points
from incidents.models import Incident
from ledger.context import acting_as
from outbox import clock
from registry.models import System
from telemetry.models import DecisionEvent, Measurement
from tests.governance.otlp import METRICS, TRACES, token
from tests.governance.test_otlp_metrics import ended
from tests.governance.test_otlp_traces import _hosted as hosted
from tests.registry.factories import call
from tests.telemetry.factory import SENDER, measured
from tests.telemetry.otlp import total
from tests.walks.browser import serving


@pytest.fixture
def served(own_database):
    """The address of a server of this process, in a database of the test's own."""
    cache.clear()
    with serving() as address:
        yield address
    connections.close_all()


def resource(system):
    """What the sender says of itself."""
    return Resource.create({"service.name": system.slug, "service.version": "hosted-1"})


def tracing(served, system, **options):
    """A tracer whose spans go out one by one, and its provider."""
    headers = {"Authorization": f"Token {token([system])}"}
    exporter = OTLPSpanExporter(endpoint=served + TRACES, headers=headers, **options)
    provider = TracerProvider(resource=resource(system))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, provider.get_tracer("app")


def test_an_agent_with_its_tools_and_models_becomes_one_decision(served):
    system = measured(stated=None, kind="agent")
    provider, tracer = tracing(served, system, compression=Compression.Gzip)

    with tracer.start_as_current_span("invoke_agent") as run:
        run.set_attribute("gen_ai.operation.name", "invoke_agent")
        run.set_attribute("gen_ai.conversation.id", "c-1")
        with tracer.start_as_current_span("chat") as chat:
            chat.set_attribute("gen_ai.operation.name", "chat")
            chat.set_attribute("gen_ai.response.model", "m-1")
            chat.set_attribute("gen_ai.usage.input_tokens", 30)
            chat.set_attribute("gen_ai.usage.output_tokens", 12)
        with tracer.start_as_current_span("execute_tool pay") as tool:
            tool.set_attribute("gen_ai.operation.name", "execute_tool")
            tool.set_attribute("gen_ai.tool.name", "pay")
            tool.set_attribute("error.type", "TimeoutError")
            tool.set_status(Status(StatusCode.ERROR))
        run.set_attribute(
            "gen_ai.output.messages",
            json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "Paid."}]}]),
        )
    provider.shutdown()

    event = DecisionEvent.objects.get()
    assert event.answer == "Paid."
    assert [(one["tool"], one["error"]) for one in event.tool_calls] == [("pay", "timeout")]


def test_a_model_that_changes_behind_its_name_opens_an_incident(served):
    system = measured(stated=None, kind="assistant")
    hosted(system, model="m-1")
    provider, tracer = tracing(served, system)

    for model in ("m-1", "m-2", "m-2"):
        with tracer.start_as_current_span("chat") as chat:
            chat.set_attribute("gen_ai.operation.name", "chat")
            chat.set_attribute("gen_ai.response.model", model)
    provider.shutdown()

    assert DecisionEvent.objects.count() == 3
    assert Incident.objects.get(kind="version").system == system


def test_what_is_not_taken_is_told_to_the_exporter(served, caplog):
    system = measured(stated=None)
    provider, tracer = tracing(served, system)

    with caplog.at_level(logging.WARNING), tracer.start_as_current_span("chat") as chat:
        chat.set_attribute("gen_ai.operation.name", "chat")
        chat.set_attribute("countersign.confidence", "high")
    provider.shutdown()

    assert Arrival.objects.get().not_taken == 1
    assert not DecisionEvent.objects.exists()


HOUR = dt.timedelta(hours=1)
DELTAS = {Counter: AggregationTemporality.DELTA, Histogram: AggregationTemporality.DELTA}


@pytest.mark.parametrize("temporality", [{}, DELTAS], ids=["cumulative", "delta"])
@pytest.mark.parametrize("exponential", [False, True], ids=["explicit", "exponential"])
def test_histograms_of_the_sdk_become_percentiles(served, temporality, exponential):
    system = measured(stated=None)
    given = Mapped("gen_ai.client.operation.duration", "latency_p95", "p95", "1h", unit="s")
    call(map_metric, system=system, given=given)
    exporter = OTLPMetricExporter(
        endpoint=served + METRICS,
        headers={"Authorization": f"Token {token([system])}"},
        preferred_temporality=temporality,
    )
    view = View(instrument_name="*", aggregation=ExponentialBucketHistogramAggregation())
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider(
        [reader], resource=resource(system), views=[view] if exponential else []
    )
    duration = provider.get_meter("app").create_histogram(
        "gen_ai.client.operation.duration",
        unit="s",
        explicit_bucket_boundaries_advisory=[0.1, 0.2, 0.4, 0.8, 1.6],
    )

    for number in range(100):
        duration.record(number / 100)
        if number == 60:
            provider.force_flush()
    provider.shutdown()
    waiting = MetricWindow.objects.count()
    judge_metric_windows(max(one.window_end for one in MetricWindow.objects.all()) + HOUR)

    readings = list(Measurement.objects.all())
    assert waiting == len(readings)
    assert sum(reading.n for reading in readings) == 100
    if len(readings) == 1:
        assert readings[0].value == pytest.approx(950, rel=0.12)


def test_two_senders_at_once_lose_and_double_nothing(own_database):
    system = measured(stated=None)
    given = Mapped("app.answers", "decision_volume", "increase", "1m")
    call(map_metric, system=system, given=given)
    at = ended(minutes=10)
    reach, failures = System.objects.filter(pk=system.pk), []

    def send(host):
        try:
            for number in range(20):
                point = total(
                    1.0, seconds=0, delta=True, resource={"service.name": system.slug, "host": host}
                )
                moved = replace(
                    point, at_ns=at + number * 10**9, began_ns=at + (number - 1) * 10**9
                )
                with acting_as(SENDER):
                    take_in_points(points=[moved] * 2, reach=reach, actor=SENDER, at=clock.now())
        except Exception as error:  # noqa: BLE001  shown below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(host,)) for host in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failures == []
    newest = {}
    for row in Measurement.objects.order_by("revision"):
        newest[row.window_end] = row.value
    assert sum(newest.values()) == 60
