"""Drift of data, of rules, of use (TEL-5); histograms compared with their reference."""

import msgspec
import pytest

from governance.models import Standing
from governance.rules.stated import Stated
from governance.selectors.drift import changed_rules, digest_of, moved_use, rules_in_force
from governance.services.baselines import agree_to_baseline
from governance.services.drift import attest_rules, take_in_histograms
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from registry.models import System
from telemetry.models import Histogram, Measurement, Series
from telemetry.rules.histograms import HistogramRow, distances
from telemetry.rules.metrics.drift import psi
from telemetry.rules.parsing import parse_json
from telemetry.services.baselines import Window, draft_baseline
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor, sign_in
from tests.telemetry.factory import (
    AT,
    DAY,
    SENDER,
    START,
    measured,
    row,
    series_of,
    take,
    threshold,
)

EVEN = [250, 250, 250, 250]
MOVED = [700, 100, 100, 100]


@pytest.fixture
def system(db):
    """A live system without a threshold."""
    return measured(stated=None)


def histogram(system, counts=EVEN, *, day=1, **changes):
    """The age of the people of one day."""
    return {
        "system": system.slug, "feature": "age", "window": "1d", "counts": list(counts),
        "window_end": (START + day * DAY).isoformat(), "edges": [0, 25, 40, 60, 120],
    } | changes  # fmt: skip


def send(*rows, on_error="keep_good"):
    """Send histograms as a token does."""
    body = msgspec.json.encode({"histograms": list(rows), "on_error": on_error})
    delivery = parse_json(body, key="histograms", row=HistogramRow, most_rows=1000)
    with acting_as(SENDER):
        return take_in_histograms(
            delivery=delivery, reach=System.objects.all(), actor=SENDER, at=AT
        )


def test_a_histogram_becomes_three_readings_by_feature(system):
    receipt = send(histogram(system, reference=True, day=0), histogram(system, MOVED))

    values = dict(Measurement.objects.values_list("series__kpi_id", "value"))
    assert (receipt.accepted, receipt.computed) == (2, 3)
    assert values["psi"] == pytest.approx(psi(EVEN, MOVED))
    assert values["ks_statistic"] == pytest.approx(0.45)
    assert set(Series.objects.values_list("segment", flat=True)) == {"feature=age"}
    assert set(Measurement.objects.values_list("n", flat=True)) == {1000}


def test_without_a_reference_nothing_is_known_of_the_drift(system):
    receipt = send(histogram(system))

    assert (receipt.accepted, receipt.uncompared, receipt.computed) == (1, 1, 0)
    assert not Measurement.objects.exists()


def test_sending_it_again_changes_nothing_and_another_one_is_refused(system):
    send(histogram(system, reference=True, day=0), histogram(system, MOVED))

    again = send(histogram(system, MOVED), histogram(system, EVEN, day=2))
    other = send(histogram(system, EVEN), histogram(system, EVEN, day=3))

    assert (again.repeated, again.accepted) == (1, 1)
    assert [one.field for one in other.rejected] == ["counts"]


def test_drift_past_a_threshold_is_a_breach_of_that_feature(system):
    stated = Stated(direction="above", warning=0.1, critical=0.25, fires_k=1, fires_n=1)
    threshold(system, stated=stated, kpi="psi", segment="feature=age")

    receipt = send(histogram(system, reference=True, day=0), histogram(system, MOVED))

    assert Standing.objects.get().state == "CRITICAL"
    assert [one.kind for one in receipt.incidents] == ["drift"]


def test_labels_that_are_new_count_as_drift(system):
    first = {"edges": None, "labels": ["car", "home"], "reference": True, "day": 0}
    then = {"edges": None, "labels": ["car", "boat"]}

    receipt = send(histogram(system, [50, 50], **first), histogram(system, [50, 50], **then))

    kpis = set(Measurement.objects.values_list("series__kpi_id", flat=True))
    assert receipt.computed == 2
    assert kpis == {"psi", "js_divergence"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"edges": [0, 1]}, "edges"),
        ({"edges": [0, 25, 25, 60, 120]}, "edges"),
        ({"labels": ["a", "b", "c", "d"]}, "edges"),
        ({"edges": None}, "edges"),
        ({"edges": None, "labels": ["a", "a", "b", "c"]}, "labels"),
        ({"counts": [0, 0, 0, 0]}, "counts"),
        ({"window": "1 day"}, "window"),
        ({"window_end": "1999-01-01T00:00:00Z"}, "window_end"),
        ({"window_end": "2030-01-01T00:00:00Z"}, "window_end"),
        ({"feature": "a\x00b"}, "feature"),
        ({"system": "nobody"}, "system"),
        ({"counts": [-1, 1, 1, 1]}, "counts"),
    ],
)
def test_a_row_that_is_no_histogram_is_told_with_its_reason(system, changes, field):
    with pytest.raises(Invalid) as refused:
        send(histogram(system) | changes)

    assert refused.value.extra["rejected"][0]["field"] == field
    assert not Histogram.objects.exists()


def test_other_edges_than_the_reference_are_refused(system):
    send(histogram(system, reference=True, day=0))

    with pytest.raises(Invalid, match="not those of the reference"):
        send(histogram(system, edges=[0, 20, 40, 60, 120]))


def test_distances_of_equal_histograms_are_zero():
    assert distances(expected=EVEN, actual=EVEN) == pytest.approx(
        {"psi": 0, "ks_statistic": 0, "js_divergence": 0}
    )


def attested(system, *, by=None, sha256=None):
    """The rules as they are now, attested by the owner."""
    digest = sha256 or digest_of(rules_in_force(system=system, at=AT))
    return call(
        attest_rules, system_id=system.pk, sha256=digest, statement="read",
        actor=person_as_actor(by or system.owner),
    )  # fmt: skip


def test_a_rule_changed_since_it_was_attested_is_drift(system):
    threshold(system)
    attested(system)
    before = changed_rules(system=system, at=AT)

    threshold(system, stated=Stated(direction="below", warning=0.95, critical=0.9))

    (change,) = changed_rules(system=system, at=AT).changes
    assert before.count == 0
    assert change[2:] == ("version 1", "version 2")


def test_nothing_is_known_of_rules_that_nobody_attested(system):
    assert changed_rules(system=system, at=AT).attested_at is None


def test_other_rules_than_those_that_were_read_are_not_attested(system):
    with pytest.raises(Conflict, match="changed since you looked"):
        attested(system, sha256="0" * 64)


def test_a_stranger_attests_nothing(system):
    with pytest.raises(Forbidden):
        attested(system, by=registry.user(of=system.unit))


def test_use_is_told_against_its_baseline(system):
    rates = [(day, 0.10 + 0.01 * (day % 2)) for day in range(70)]
    rates += [(day, 0.30 + 0.01 * (day % 2)) for day in range(70, 100)]
    take([row(system, rate, day=day, kpi="human_override_rate") for day, rate in rates])
    series = series_of(system, kpi="human_override_rate")
    (unknown,) = moved_use(system=system, at=AT)
    drafted = call(draft_baseline, series_id=series.pk, author_id=system.owner_id,
                   window=Window(since=START, until=START + 42 * DAY))  # fmt: skip
    call(agree_to_baseline, baseline_id=drafted.pk, approver_id=system.deputy_id)

    (moved,) = moved_use(system=system, at=AT)

    assert (unknown.change, unknown.why_not) == (None, "no baseline")
    assert moved.change.change.low > 0.15
    assert moved.change.word != "unclear"


def test_the_api_takes_histograms_of_a_token_and_tells_the_drift(client, system):
    _, plaintext = registry.token(scopes=("measurements:write", "read"), systems=[system])
    machine = {"authorization": f"Token {plaintext}"}
    rows = [histogram(system, reference=True, day=0), histogram(system, MOVED)]

    sent = client.post("/api/v1/histograms", {"histograms": rows},
                       content_type="application/json", headers=machine)  # fmt: skip
    told = client.get(f"/api/v1/systems/{system.slug}/drift", headers=machine)

    assert (sent.status_code, sent.json()["computed"]) == (200, 3)
    assert told.json()["features"][0]["feature"] == "age"
    assert told.json()["rules"]["attested_at"] is None


def test_a_person_attests_over_the_api(client, system):
    sign_in(client, system.owner)
    rules = client.get(f"/api/v1/systems/{system.slug}/drift").json()["rules"]

    answer = client.post(
        f"/api/v1/systems/{system.slug}/rule-attestations", {"sha256": rules["sha256"]},
        content_type="application/json",
    )  # fmt: skip

    assert answer.status_code == 201
