"""TEL-3: metrics come in by OTLP, become readings of KPIs by a mapping, and are judged."""

import datetime as dt

import pytest
from django.core.cache import cache
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from governance.models import Arrival, MetricMapping, MetricStream, MetricWindow
from governance.rules.mappings import Mapped
from governance.rules.stated import Stated
from governance.services import otlp_points
from governance.services.doors import end_mapping, map_metric
from governance.services.metric_windows import forget_carried, judge_metric_windows
from incidents.models import Incident
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox import clock
from telemetry.models import Batch, Measurement, Series
from tests.governance.otlp import METRICS, PROTOBUF, sender
from tests.registry import factories as registry
from tests.telemetry.factory import measured, threshold

pytestmark = pytest.mark.django_db
NAME = "gen_ai.client.operation.duration"
DELTA, CUMULATIVE = 1, 2
NS = 10**9


@pytest.fixture(autouse=True)
def no_throttle():
    cache.clear()


@pytest.fixture
def system():
    """A system that is live, without thresholds."""
    return measured(stated=None)


@pytest.fixture
def post(client, system):
    """Send a body to the metrics' door with a token that may."""
    return sender(client, METRICS, [system])


def mapped(system, **changes):
    """State a mapping: by default the p95 of a duration in seconds, over a minute."""
    given = {
        "metric": NAME,
        "unit": "s",
        "kpi_id": "latency_p95",
        "figure": "p95",
        "window": "1m",
    }
    return registry.call(map_metric, system=system, given=Mapped(**(given | changes)))


def ended(minutes=2):
    """The end of a window of a minute that is past, in nanoseconds."""
    now = clock.now().replace(second=0, microsecond=0)
    return int((now - dt.timedelta(minutes=minutes)).timestamp()) * NS


def export(system, *fills, unit="s", name=NAME):
    """A request with one metric, filled by functions of it."""
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add()
    group.resource.attributes.add(key="service.name").value.string_value = system.slug
    metric = group.scope_metrics.add().metrics.add(name=name, unit=unit)
    for fill in fills:
        fill(metric)
    return request


def histogram(counts, at_ns, *, began=60, bounds=(0.5, 1.0, 2.0), delta=True, high=2.0, **told):
    """Return what adds a histogram's point to a metric."""

    def fill(metric):
        metric.histogram.aggregation_temporality = DELTA if delta else CUMULATIVE
        point = metric.histogram.data_points.add(
            start_time_unix_nano=at_ns - began * NS, time_unix_nano=at_ns,
            count=sum(counts), sum=1.0, bucket_counts=counts, explicit_bounds=bounds,
            min=0.1, max=high,
        )  # fmt: skip
        for key, value in told.items():
            point.attributes.add(key=key).value.string_value = value

    return fill


def gauge(value, at_ns, **told):
    """Return what adds a gauge's point to a metric."""

    def fill(metric):
        point = metric.gauge.data_points.add(time_unix_nano=at_ns, as_double=value)
        for key, said in told.items():
            point.attributes.add(key=key).value.string_value = said

    return fill


def answer_of(answer):
    """The decoded answer of a door that took a body."""
    assert (answer.status_code, answer["content-type"]) == (200, PROTOBUF), answer.content
    return ExportMetricsServiceResponse.FromString(answer.content).partial_success


def test_a_histogram_becomes_a_percentile_in_the_unit_of_the_kpi_with_n(post, system):
    mapped(system)
    at = ended()

    said = answer_of(post(export(system, histogram([0, 80, 20, 0], at))))

    reading = Measurement.objects.get()
    assert (said.rejected_data_points, said.error_message) == (0, "")
    assert reading.value == pytest.approx(1750.0)
    assert (reading.n, reading.good) == (100, True)
    assert reading.window_end.timestamp() * NS == at
    assert Batch.objects.get().source == "otlp"


def test_a_reading_beyond_its_band_opens_an_incident_within_the_request(post, system):
    limits = Stated(direction="above", warning=800.0, critical=1200.0, recover_warning=700.0,
                    recover_critical=1000.0, fires_k=1, fires_n=1)  # fmt: skip
    mapped(system)
    threshold(system, kpi="latency_p95", stated=limits)

    answer_of(post(export(system, histogram([0, 0, 100, 0], ended()))))

    assert Incident.objects.get().system == system


def test_points_of_several_senders_make_one_reading_of_their_window(post, system):
    mapped(system, figure="count", kpi_id="decision_volume")
    at = ended()

    answer_of(
        post(
            export(
                system,
                histogram([10, 0, 0, 0], at - 20 * NS, began=10, host="a"),
                histogram([7, 0, 0, 0], at - 20 * NS, began=10, host="b"),
                histogram([3, 0, 0, 0], at, began=20, host="a"),
            )
        )
    )

    assert Measurement.objects.get().value == 20.0


def test_a_late_point_makes_a_further_revision(post, system):
    mapped(system, figure="count", kpi_id="decision_volume")
    at = ended()
    post(export(system, histogram([10, 0, 0, 0], at, host="a")))

    post(export(system, histogram([5, 0, 0, 0], at, host="b")))

    rows = Measurement.objects.order_by("revision").values_list("revision", "value")
    assert list(rows) == [(0, 10.0), (1, 15.0)]


def test_sending_again_changes_nothing(post, system):
    mapped(system, figure="count", kpi_id="decision_volume")
    request = export(system, histogram([10, 0, 0, 0], ended()))
    post(request)

    said = answer_of(post(request))

    assert said.rejected_data_points == 0
    assert Measurement.objects.count() == 1


def test_a_window_that_runs_still_waits_for_the_sweep(post, system):
    mapped(system, figure="count", kpi_id="decision_volume")
    now = clock.now()

    post(export(system, histogram([4, 0, 0, 0], int(now.timestamp()) * NS)))
    before = Measurement.objects.count()
    stored = judge_metric_windows(now + dt.timedelta(minutes=2))

    assert (before, stored) == (0, 1)
    assert judge_metric_windows(now + dt.timedelta(minutes=3)) == 0


def test_running_totals_survive_from_request_to_request_and_a_reset(post, system):
    mapped(system, metric="app.answers", unit="", figure="increase", kpi_id="decision_volume")
    at = ended(minutes=5)

    for value, began, after in [(100, 9000, 0), (130, 9060, 60), (5, 30, 120)]:
        fill = _total(value, at + after * NS, began)
        answer_of(post(export(system, fill, name="app.answers", unit="")))

    values = Measurement.objects.order_by("window_end").values_list("value", flat=True)
    assert list(values) == [30.0, 5.0]


def _total(value, at_ns, began):
    def fill(metric):
        metric.sum.aggregation_temporality = CUMULATIVE
        metric.sum.is_monotonic = True
        metric.sum.data_points.add(
            start_time_unix_nano=at_ns - began * NS, time_unix_nano=at_ns, as_int=value
        )

    return fill


def test_segments_come_of_an_attribute(post, system):
    mapped(system, segment_attribute="gen_ai.request.model", figure="last", unit="1",
           kpi_id="accuracy")  # fmt: skip
    at = ended()
    fills = [gauge(0.9, at, **{"gen_ai.request.model": "m-1"}),
             gauge(0.8, at, **{"gen_ai.request.model": "m-2"})]  # fmt: skip

    answer_of(post(export(system, *fills, unit="1")))

    segments = Series.objects.order_by("segment").values_list("segment", flat=True)
    assert list(segments) == ["gen_ai.request.model=m-1", "gen_ai.request.model=m-2"]


def test_only_points_with_the_attributes_of_the_mapping_count(post, system):
    mapped(system, figure="last", unit="1", kpi_id="accuracy", attributes={"split": "live"})
    at = ended()

    answer_of(post(export(system, gauge(0.9, at, split="live"), gauge(0.1, at, split="shadow"),
                          unit="1")))  # fmt: skip

    assert Measurement.objects.get().value == 0.9


def test_a_metric_that_nobody_mapped_is_ignored_and_noted(post, system):
    said = answer_of(post(export(system, gauge(0.9, ended()), name="process.cpu", unit="%")))

    arrival = Arrival.objects.get()
    assert said.rejected_data_points == 0
    assert (arrival.name, arrival.unit, arrival.not_taken) == ("process.cpu", "%", 1)
    assert "No mapping" in arrival.reason


REFUSED = [
    (lambda: gauge(float("nan"), ended()), "s", "NaN and Infinity are no numbers"),
    (lambda: gauge(1.0, ended(-60)), "s", "lies in the future"),
    (lambda: gauge(1.0, ended(3 * 1440)), "s", "older than two days"),
    (lambda: gauge(1.0, ended()), "furlong", "Its unit is 'furlong', and it is mapped as 's'"),
]


@pytest.mark.parametrize(("fill", "unit", "reason"), REFUSED)
def test_what_is_not_good_is_counted_with_the_reason(post, system, fill, unit, reason):
    mapped(system, figure="last")

    said = answer_of(post(export(system, fill(), unit=unit)))

    assert said.rejected_data_points == 1
    assert reason in said.error_message
    assert not MetricWindow.objects.exists()


def test_too_many_combinations_of_attributes_are_refused(post, system, monkeypatch):
    monkeypatch.setattr(otlp_points, "MOST_STREAMS", 2)
    mapped(system, figure="last")
    fills = [gauge(1.0, ended(), host=str(number)) for number in range(4)]

    said = answer_of(post(export(system, *fills)))

    assert said.rejected_data_points == 2
    assert "combinations of attributes" in said.error_message
    assert MetricStream.objects.count() == 2


def test_a_sender_that_nobody_knows_is_told(client, post):
    said = answer_of(post(export(measured(stated=None), gauge(1.0, ended()))))

    assert said.rejected_data_points == 1


def test_what_no_point_may_join_is_forgotten(post, system):
    mapped(system, figure="last")
    post(export(system, gauge(1.0, ended())))

    kept = forget_carried(clock.now())
    gone = forget_carried(clock.now() + dt.timedelta(days=8))

    assert (kept, gone) == (0, 2)
    assert Measurement.objects.exists()


BAD = [
    ({"metric": ""}, "metric"),
    ({"metric": "x" * 201}, "metric"),
    ({"window": "1 fortnight"}, "window"),
    ({"window": "5s"}, "window"),
    ({"figure": "p12"}, "figure"),
    ({"unit": "furlong"}, "factor"),
    ({"factor": 0.0}, "factor"),
    ({"factor": float("nan")}, "factor"),
    ({"segment_attribute": "a=b"}, "segment_attribute"),
    ({"attributes": {"a": 3}}, "attributes"),
    ({"kpi_id": "no_such_kpi"}, "kpi"),
    ({"kpi_id": "a\x00"}, "kpi"),
]


@pytest.mark.parametrize(("changes", "field"), BAD)
def test_a_mapping_that_cannot_be_followed_is_refused_by_field(system, changes, field):
    with pytest.raises(Invalid) as refused:
        mapped(system, **changes)

    assert field in refused.value.fields


def test_two_mappings_cannot_fill_one_series(system):
    mapped(system)

    with pytest.raises(Conflict):
        mapped(system, metric="another.metric")


def test_a_mapping_is_ended_with_a_reason_and_takes_nothing_more(post, system):
    row = mapped(system, figure="last")
    arguments = {"system": system, "mapping_id": row.pk}

    with pytest.raises(Invalid):
        registry.call(end_mapping, **arguments, reason=" ")
    registry.call(end_mapping, **arguments, reason="the sender changed")
    post(export(system, gauge(1.0, ended())))

    assert MetricMapping.objects.get().ended_reason == "the sender changed"
    assert not Measurement.objects.exists()


def test_only_who_answers_for_the_system_maps(system):
    stranger = registry.person_as_actor(registry.user())

    with pytest.raises(Forbidden):
        registry.call(map_metric, system=system, given=Mapped(NAME, "latency_p95", "p95", "1m"),
                      actor=stranger)  # fmt: skip
