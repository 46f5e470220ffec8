"""TEL-5: histograms that are nonsense are refused in words, cost little and leave nothing half."""

import datetime as dt
import json
import time
import tracemalloc

import pytest
from django.core.cache import cache

from telemetry.models import Batch, DoorRun, Histogram, Measurement, Series
from telemetry.services.doors import forget_noted
from tests.governance.otlp import sender
from tests.telemetry.factory import measured

pytestmark = [pytest.mark.django_db, pytest.mark.full]
PATH = "/api/v1/histograms"
MEGABYTE = 2**20
DAY = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
STORED = (Histogram, Measurement, Series, Batch)


@pytest.fixture(autouse=True)
def nothing_noted():
    cache.clear()
    forget_noted()


@pytest.fixture
def system():
    """A live system without thresholds."""
    return measured(stated=None)


@pytest.fixture
def attack(client, system):
    """Send a body, see to it that it costs little; return the answer and whether all is as was."""
    post = sender(client, PATH, [system])

    def send(body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        before, began = [model.objects.count() for model in STORED], time.monotonic()
        tracemalloc.start()
        answer = post(data, content_type="application/json")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 160 * MEGABYTE, f"{peak / MEGABYTE:.0f} MiB"
        assert time.monotonic() - began < 20
        return answer, before == [model.objects.count() for model in STORED]

    return send


def histogram(of, /, **changes):
    """A sound one, but for the changes."""
    return {
        "system": of.slug, "feature": "age", "window": "1d", "counts": [25, 25, 25, 25],
        "window_end": DAY.isoformat(), "edges": [0, 25, 40, 60, 120],
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"counts": []}, "counts"),
        ({"counts": [0, 0, 0, 0]}, "counts"),
        ({"counts": [-1, 1, 1, 1]}, "counts"),
        ({"counts": [1.5, 1, 1, 1]}, "counts"),
        ({"counts": ["1", 1, 1, 1]}, "counts"),
        ({"counts": [2**53 + 1, 1, 1, 1]}, "counts"),
        ({"counts": [10**30, 1, 1, 1]}, "counts"),
        ({"counts": [1] * 1001}, "counts"),
        ({"counts": {"0": 1}}, "counts"),
        ({"counts": [[[[1]]]]}, "counts"),
        ({"edges": [0, 1]}, "edges"),
        ({"edges": [0, 1, 1, 2, 3]}, "edges"),
        ({"edges": [4, 3, 2, 1, 0]}, "edges"),
        ({"edges": [0, 1, 2, 3, None]}, "edges"),
        ({"edges": None, "labels": ["a", "a", "b", "c"]}, "labels"),
        ({"edges": None, "labels": ["a", "b", "c", "d\x00"]}, "labels"),
        ({"edges": None, "labels": ["a" * 121, "b", "c", "d"]}, "labels"),
        ({"edges": None}, "edges"),
        ({"labels": ["a", "b", "c", "d"]}, "edges"),
        ({"feature": ""}, "feature"),
        ({"feature": "a\x00"}, "feature"),
        ({"feature": "a" * 61}, "feature"),
        ({"window": "0d"}, "window"),
        ({"window": "999999999d"}, "window"),
        ({"window_end": "2026-11-01T00:00:00"}, "window_end"),
        ({"window_end": "9999-12-31T23:59:59Z"}, "window_end"),
        ({"window_end": "1999-01-01T00:00:00Z"}, "window_end"),
        ({"reference": "yes"}, "reference"),
        ({"extra": {"deep": [1]}}, "extra"),
        ({"system": "elsewhere"}, "system"),
    ],
)
def test_a_row_that_is_no_histogram_is_refused_and_kept_at_the_door(attack, system, changes, field):
    answer, unchanged = attack({"histograms": [histogram(system, **changes)]})

    assert (answer.status_code, unchanged) == (400, True)
    assert answer.json()["rejected"][0]["field"] == field
    assert DoorRun.objects.get().rows[0][1] == field


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
@pytest.mark.parametrize("place", [b"25,25,25,25", b"0,25,40,60,120"])
def test_what_is_no_number_is_refused_in_words(attack, system, word, place):
    body = json.dumps({"histograms": [histogram(system)]}, separators=(",", ":")).encode()

    answer, unchanged = attack(body.replace(place, word + b"," + place.partition(b",")[2]))

    assert (answer.status_code, unchanged) == (400, True)


@pytest.mark.parametrize(
    "body",
    [
        b'{"histograms": ' + b"[" * 100_000,
        b'{"histograms": [' + b"{}," * 200_000 + b"{}]}",
        b'{"histograms": [{"counts": [' + b"1," * 1_000_000 + b"1]}]}",
        b'{"histograms": [{"feature": "' + b'\\"' * 1_000_000,
        b'{"histograms": [{"feature": "' + b"a" * 5_000_000 + b'"}]}',
    ],
)
def test_a_swarm_is_refused_in_words(attack, body):
    answer, unchanged = attack(body)

    assert answer.status_code in (400, 413)
    assert unchanged
    assert answer.json()["detail"]


def test_more_than_a_thousand_at_once_are_refused(attack, system):
    answer, unchanged = attack({"histograms": [histogram(system)] * 1001})

    assert (answer.status_code, unchanged) == (413, True)
    assert "1000 rows" in answer.json()["detail"]


def test_more_than_a_hundred_thousand_counts_at_once_are_refused(attack, system):
    bins = {"counts": [1] * 1000, "edges": list(range(1001))}
    rows = [histogram(system, feature=f"f{number}", **bins) for number in range(101)]

    answer, unchanged = attack({"histograms": rows})

    assert (answer.status_code, unchanged) == (413, True)
    assert answer.json()["code"] == "too_many_values"
    assert "100,000 counts, this one has 101,000" in answer.json()["detail"]


def test_two_members_of_one_name_are_refused(attack, system):
    one = json.dumps(histogram(system))
    body = f'{{"histograms": [{one[:-1]}, "counts": [1, 2, 3, 4]}}]}}'.encode()

    answer, unchanged = attack(body)

    assert (answer.status_code, unchanged) == (400, True)


def test_the_greatest_counts_are_compared_and_stay_finite(attack, system):
    most = [2**53] * 1000
    edges = list(range(1001))
    rows = [
        histogram(system, counts=most, edges=edges, reference=True),
        histogram(
            system,
            counts=[2**53, *[0] * 999],
            edges=edges,
            window_end=(DAY + dt.timedelta(1)).isoformat(),
        ),
    ]

    answer, _ = attack({"histograms": rows})

    assert (answer.status_code, answer.json()["computed"]) == (200, 3)
    assert all(abs(value) < 1e6 for value in Measurement.objects.values_list("value", flat=True))


def test_where_all_or_nothing_is_asked_one_bad_row_leaves_nothing(attack, system):
    rows = [histogram(system, reference=True), histogram(system, counts=[1])]

    answer, unchanged = attack({"on_error": "refuse_all", "histograms": rows})

    assert (answer.status_code, unchanged) == (400, True)
