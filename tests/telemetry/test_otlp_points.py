"""TEL-3: points of metrics add up by window; resets, repeats, histograms, percentiles with n."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.rules.otlp.points import (
    FIRST,
    REPEATED,
    Refused,
    Stream,
    matches,
    segment_of,
    stream_key,
    take,
    window_end_of,
)
from telemetry.rules.otlp.shapes import CUMULATIVE, DELTA, Buckets, Point
from telemetry.rules.otlp.tallies import Tally, figure_of
from telemetry.rules.otlp.units import factor_between
from tests.telemetry.otlp import AT_NS, SECOND, gauge, histogram, total

WINDOW = 300


def taken(*points, window=WINDOW):
    """The tally of points of one stream, and the notes that they gave."""
    stream, tally = Stream(), Tally()
    notes = [take(point, stream, tally, window) for point in points]
    return tally, notes


def value_of(tally, figure):
    """The figure of a tally over five minutes."""
    return figure_of(tally, figure, WINDOW)[0]


def test_gauges_have_a_last_value_a_mean_a_lowest_and_a_highest():
    tally, _ = taken(gauge(0.9), gauge(0.7, seconds=60), gauge(0.8, seconds=120))

    assert value_of(tally, "last") == 0.8
    assert value_of(tally, "mean") == pytest.approx(0.8)
    assert (value_of(tally, "lowest"), value_of(tally, "highest")) == (0.7, 0.9)
    assert figure_of(tally, "last", WINDOW)[1] is None


def test_deltas_add_up():
    tally, _ = taken(
        total(10, delta=True),
        total(5, seconds=60, began=0, delta=True),
        total(15, seconds=120, began=60, delta=True),
    )

    assert value_of(tally, "increase") == 30
    assert value_of(tally, "rate") == pytest.approx(0.1)


def test_a_running_total_counts_from_its_first_point_when_its_beginning_is_long_past():
    tally, notes = taken(total(1000, began=-90_000), total(1010, seconds=60, began=-90_000))

    assert notes == [FIRST, ""]
    assert value_of(tally, "increase") == 10


def test_a_running_total_that_begins_within_the_window_counts_whole():
    tally, notes = taken(total(7, began=-30))

    assert (notes, value_of(tally, "increase")) == ([""], 7)


def test_a_reset_counts_what_came_since_it():
    tally, _ = taken(
        total(1000, began=-90_000),
        total(1010, seconds=60, began=-90_000),
        total(4, seconds=120, began=90),
    )

    assert value_of(tally, "increase") == 14


def test_a_total_that_falls_without_saying_so_began_anew():
    tally, _ = taken(total(1000, began=None), total(1010, seconds=60, began=None),
                     total(3, seconds=120, began=None))  # fmt: skip

    assert value_of(tally, "increase") == 13


def test_a_point_that_came_before_adds_nothing():
    tally, notes = taken(total(10, delta=True), total(10, delta=True), total(9, seconds=-10))

    assert notes[1:] == [REPEATED, REPEATED]
    assert value_of(tally, "increase") == 10


def test_a_total_that_may_fall_has_values_and_a_difference():
    tally, _ = taken(total(5, monotonic=False), total(3, seconds=60, began=-30, monotonic=False))

    assert (value_of(tally, "last"), value_of(tally, "increase")) == (3, 3)


def test_percentiles_are_interpolated_within_their_bucket_and_come_with_n():
    tally, _ = taken(histogram([0, 50, 50, 0], lowest=11.0, highest=44.0))

    assert figure_of(tally, "p50", WINDOW) == (20.0, 100)
    assert value_of(tally, "p95") == pytest.approx(20 + 24 * 0.9)
    assert value_of(tally, "count") == 100
    assert value_of(tally, "mean") == 25.0


def test_histograms_of_several_senders_add_up():
    one, other, tally = Stream(), Stream(), Tally()

    take(histogram([10, 0, 0, 0]), one, tally, WINDOW)
    take(histogram([0, 0, 30, 0], seconds=5, attributes={"host": "b"}), other, tally, WINDOW)

    assert tally.count == 40
    assert 20 < value_of(tally, "p50") < 50


def test_a_percentile_beyond_the_last_bound_is_unknown_without_the_highest_value():
    known, _ = taken(histogram([0, 0, 0, 10], lowest=60.0, highest=90.0))
    unknown, _ = taken(histogram([0, 0, 0, 10]))

    assert 50 < value_of(known, "p95") <= 90
    assert value_of(unknown, "p95") is None


def test_running_histograms_are_counted_since_the_last_point():
    tally, notes = taken(
        histogram([100, 0, 0, 0], began=-90_000, delta=False),
        histogram([100, 10, 0, 0], seconds=60, began=-90_000, delta=False),
    )

    assert notes == [FIRST, ""]
    assert (tally.count, tally.histogram.counts) == (10, [0, 10, 0, 0])
    assert 10 < value_of(tally, "p50") <= 20


def exponential(positive, *, scale=3, seconds=0, zero=0, temporality=DELTA, began=-30):
    """A point of an exponential histogram."""
    return Point(
        metric="latency", unit="ms", kind="exponential_histogram", attributes={}, resource={},
        began_ns=AT_NS + began * SECOND, at_ns=AT_NS + seconds * SECOND, temporality=temporality,
        count=sum(positive.values()) + zero, total=1.0,
        buckets=Buckets(scale=scale, zero=zero, positive=positive),
    )  # fmt: skip


def index_of(value, scale):
    """The bucket of a value, by OpenTelemetry's definition."""
    return math.ceil(math.log2(value) * 2**scale) - 1


@given(
    st.lists(st.floats(0.01, 1e6), min_size=1, max_size=60), st.integers(0, 6), st.integers(0, 6)
)
def test_an_exponential_percentile_lies_within_a_bucket_of_the_true_one(values, one, other):
    halves = (values[::2], one), (values[1::2], other)
    stream, tally = Stream(), Tally()
    for place, (half, scale) in enumerate(halves):
        counts = {}
        for value in half:
            counts[index_of(value, scale)] = counts.get(index_of(value, scale), 0) + 1
        point = exponential(counts, scale=scale, seconds=place * 10, began=place * 10 - 5)
        take(point, stream, tally, WINDOW)

    found, n = figure_of(tally, "p95", WINDOW)
    ordered = sorted(values)
    exact = ordered[math.ceil(0.95 * len(ordered)) - 1]
    width = 2.0 ** (2.0 ** -min(one, other if len(values) > 1 else one))
    assert n == len(values)
    assert exact / width * 0.999 <= found <= exact * width * 1.001


def test_zeros_and_running_exponential_histograms_are_counted():
    tally, _ = taken(
        exponential({4: 10}, temporality=CUMULATIVE, began=-90_000, zero=1),
        exponential(
            {2: 30, 1: 4}, scale=2, seconds=9, temporality=CUMULATIVE, began=-90_000, zero=9
        ),
    )

    assert tally.count == 32
    assert (tally.histogram.scale, tally.histogram.zero) == (2, 8)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([gauge(float("nan"))], "no numbers"),
        ([gauge(float("inf"))], "no numbers"),
        ([gauge(None)], "no numbers"),
        ([total(-1, delta=True)], "not negative"),
        ([histogram([1, 2])], "one bucket more"),
        ([histogram([1, 2, 3, 4], bounds=(3.0, 2.0, 1.0))], "rise"),
        ([histogram([1, 2, 3, 4], bounds=(1.0, 2.0, float("inf")))], "are numbers"),
        ([histogram([0] * 2002, bounds=tuple(map(float, range(2001))))], "at most 2000"),
        ([exponential({1: 1}, scale=99)], "scale"),
        ([exponential(dict.fromkeys(range(2001), 1))], "at most 2000"),
        (
            [histogram([1, 0, 0, 0]), histogram([1, 0], bounds=(9.0,), seconds=9, began=5)],
            "changed",
        ),
        ([histogram([1, 0, 0, 0]), histogram([1, 0, 0, 0], seconds=9, began=-9)], "overlaps"),
        ([gauge(1, seconds=-2 * 10**9)], "surely a mistake"),
        ([gauge(1, seconds=2**35)], "surely a mistake"),
    ],
)
def test_what_cannot_be_added_is_refused_in_words(points, reason):
    stream, tally = Stream(), Tally()

    with pytest.raises(Refused) as refused:
        for point in points:
            take(point, stream, tally, WINDOW)

    assert reason in str(refused.value)


def test_a_summary_is_refused_and_a_gap_adds_nothing():
    summary = Point(metric="m", unit="", kind="summary", attributes={}, resource={}, began_ns=0,
                    at_ns=AT_NS, count=3)  # fmt: skip

    tally, notes = taken(gauge(None, flags=1))

    assert (tally.points, notes) == (0, ["The point says that nothing was recorded."])
    with pytest.raises(Refused):
        taken(summary)


def test_a_window_holds_its_end_and_not_its_beginning():
    ends = [window_end_of(AT_NS + ns, 300) for ns in (0, 1, 300 * SECOND, 300 * SECOND + 1)]

    assert [end.isoformat()[11:16] for end in ends] == ["12:00", "12:05", "12:05", "12:10"]


def test_streams_differ_by_their_attributes_and_by_who_sends_them():
    points = [gauge(), gauge(attributes={"a": "1"}), gauge(attributes={"a": 1}),
              gauge(resource={"host": "b"})]  # fmt: skip

    assert len({stream_key(point) for point in points}) == 4
    assert stream_key(gauge(seconds=5)) == stream_key(gauge(0.1))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, True),
        ({"kind": "a"}, True),
        ({"n": "3"}, True),
        ({"yes": "true"}, True),
        ({"service.name": "claims-bot"}, True),
        ({"kind": "b"}, False),
        ({"kind": "a", "gone": "x"}, False),
    ],
)
def test_a_mapping_names_points_by_attributes(wanted, found):
    point = gauge(attributes={"kind": "a", "n": 3, "yes": True})

    assert matches(point, wanted) is found


def test_a_segment_is_named_by_an_attribute_and_refused_without_it():
    point = gauge(attributes={"model": "m-1", "list": [1]})

    assert (segment_of(point, ""), segment_of(point, "model")) == ("", "model=m-1")
    for name in ("gone", "list"):
        with pytest.raises(Refused):
            segment_of(point, name)


@pytest.mark.parametrize(
    ("metric", "kpi", "factor"),
    [
        ("s", "ms", 1000.0),
        ("ms", "ms", 1.0),
        ("ms", "seconds", 0.001),
        ("h", "minutes", 60.0),
        ("%", "ratio", 0.01),
        ("1", "ratio", 1.0),
        ("{token}", "tokens", 1.0),
        ("furlong", "ms", None),
        ("s", "ratio", None),
        ("By", "count", None),
    ],
)
def test_units_are_turned_where_they_are_known(metric, kpi, factor):
    found = factor_between(metric, kpi)

    assert found == factor if factor is None else found == pytest.approx(factor)


deltas = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12)


@given(deltas)
def test_running_totals_and_deltas_of_the_same_recordings_give_the_same(parts):
    running = [0, 0]
    points, cumulative = [], [histogram([0, 0], bounds=(1.0,), began=-60, seconds=-1, delta=False)]
    for place, part in enumerate(parts):
        running = [running[0] + part[0], running[1] + part[1]]
        points.append(histogram(list(part), bounds=(1.0,), seconds=place + 1, began=place))
        cumulative.append(
            histogram(list(running), bounds=(1.0,), seconds=place + 1, began=-60, delta=False)
        )

    by_delta, _ = taken(*points)
    by_total, _ = taken(*cumulative)

    assert by_delta.histogram.counts == by_total.histogram.counts
    assert by_delta.count == by_total.count
