"""Rules of proofs: read from data, refused where they could never be judged, compared in words."""

import datetime as dt

import pytest

from incidents.rules.proofs import (
    BadProof,
    ProofRule,
    check_rule,
    differs,
    length_of,
    limits_of,
    read_rule,
    terms_of,
    unfinished_programme,
)
from incidents.rules.verification import Limits

START = dt.datetime(2026, 11, 16, tzinfo=dt.UTC)


def test_a_rule_ignores_what_it_does_not_know():
    rule = read_rule({"series_id": 4, "above": 0.9, "threshold_version": "x", "unit": "share"})

    assert (rule.series_id, rule.above) == (4, 0.9)


@pytest.mark.parametrize("data", [{"series_id": "four"}, {"windows": "three"}])
def test_a_rule_of_the_wrong_kind_is_refused(data):
    with pytest.raises(BadProof):
        read_rule(data)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (ProofRule(above=0.9), "names the series"),
        (ProofRule(series_id=1), "where a reading must lie"),
        (ProofRule(series_id=1, above=0.9, windows=0), "at least one reading"),
        (ProofRule(series_id=1, above=0.9, fail_windows=0), "at least one reading"),
    ],
)
def test_a_measured_proof_that_could_never_be_judged_is_refused(rule, words):
    with pytest.raises(BadProof, match=words):
        check_rule("measured", rule)


@pytest.mark.parametrize(
    ("rule", "limits"),
    [
        (
            ProofRule(direction="below", recover=0.9, instant_critical=0.5),
            Limits(above=0.9, instant_low=0.5),
        ),
        (
            ProofRule(direction="above", recover=0.05, instant_critical=0.3),
            Limits(below=0.05, instant_high=0.3),
        ),
        (
            ProofRule(direction="outside", recover=1.2, low_side={"recover_warning": 0.8}),
            Limits(above=0.8, below=1.2),
        ),
        (
            ProofRule(direction="outside", recover=1.2, low_side={"warning": 0.7, "critical": 0.6}),
            Limits(above=0.7, below=1.2),
        ),
        (ProofRule(above=1.0, below=2.0, instant_low=0.0), Limits(1.0, 2.0, 0.0)),
    ],
)
def test_a_threshold_s_form_gives_the_safe_side(rule, limits):
    assert limits_of(rule) == limits


@pytest.mark.parametrize(
    ("proof", "rule", "length"),
    [
        ("measured", ProofRule(lasts_seconds=500), dt.timedelta(seconds=500)),
        (
            "measured",
            ProofRule(windows=3, fail_windows=1, window_seconds=100, cadence_seconds=100),
            dt.timedelta(seconds=800),
        ),
        ("measured", ProofRule(windows=1, least_seconds=10_000), dt.timedelta(seconds=10_000)),
        (
            "proven_stopped",
            ProofRule(stopped_seconds=60, lasts_seconds=5),
            dt.timedelta(seconds=60),
        ),
        ("document", ProofRule(document_seconds=30), dt.timedelta(seconds=30)),
    ],
)
def test_a_proof_runs_as_long_as_its_rule_says(proof, rule, length):
    assert length_of(proof, rule) == length


def test_a_proof_that_counts_by_arrival_lets_windows_of_the_past_count():
    by_arrival = ProofRule(counts_from="received", above=1.0, least_seconds=60)
    end = START + dt.timedelta(days=1)

    terms = terms_of(by_arrival, starts_at=START, ends_at=end)

    assert terms.starts_at < START - dt.timedelta(days=365)
    assert terms.ends_at == end


@pytest.mark.parametrize(
    ("kind", "observed"),
    [
        ("rollback", {"version": "2.2"}),
        ("rollback", {"version": "2.2", "digest": "sha256:22"}),
        ("retrain", {"version": "2.2"}),
        ("suspend", {"serving": False}),
        ("restrict", {"restricted": True}),
        ("inform", {"done": True}),
        ("compensate", {"population": 100, "contacted": 100, "settled": 100}),
    ],
)
def test_what_is_carried_out_does_not_differ(kind, observed):
    assert differs(kind, target="2.2", digest="sha256:22", observed=observed) is None


@pytest.mark.parametrize(
    ("kind", "observed"),
    [
        ("rollback", {"version": "2.3"}),
        ("rollback", {}),
        ("rollback", {"version": "2.2", "digest": "sha256:99"}),
        ("suspend", {"serving": True}),
        ("suspend", {}),
        ("suspend", {"serving": 0}),
        ("restrict", {"restricted": "yes"}),
        ("inform", {"done": "almost"}),
        ("compensate", {}),
    ],
)
def test_unknown_is_never_carried_out(kind, observed):
    assert differs(kind, target="2.2", digest="sha256:22", observed=observed)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"population": 100, "contacted": 94, "settled": 94}, "95 % are needed"),
        ({"population": 100, "contacted": 100, "settled": 89}, "90 % are needed"),
        ({"population": 100, "contacted": 100, "settled": 95}, "no reason"),
        ({"population": 100, "contacted": 90, "settled": 95}, "do not reconcile"),
        ({"population": 100, "contacted": 101, "settled": 95}, "do not reconcile"),
        ({"population": 100, "contacted": True, "settled": 1}, "whole numbers"),
        ({"population": 100, "contacted": -1, "settled": -2}, "whole numbers"),
    ],
)
def test_a_programme_that_is_not_done_says_what_it_lacks(counts, words):
    assert words in unfinished_programme(counts)


def test_a_programme_is_done_at_95_contacted_and_90_settled_with_reasons_for_the_rest():
    counts = {"population": 100, "contacted": 95, "settled": 90, "rest": "5 moved, 5 refused"}

    assert unfinished_programme(counts) is None
