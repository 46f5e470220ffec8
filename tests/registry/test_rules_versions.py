"""What a version is, how it is called, when nothing ran; requirements REG-2, REG-10."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.fallbacks import needs_check, still_counts
from registry.rules.identities import Identity, identity_from, identity_hash, problems
from registry.rules.labels import label_from, label_problem
from registry.rules.spans import Span, gap_at, gaps_between

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
HEX = "ab" * 32
HOSTED = Identity(provider="Example AI", hosted_model="large-2", snapshot="2026-05-01")
FIELDS = [name for name in Identity.__slots__ if name != "digest"]


def test_the_hash_of_a_digest_is_the_same_in_every_release():
    found = identity_hash(Identity(digest="sha256:ab"))

    assert found == "6d05f056ac18e02124d9eb356081986ab23233785d33a8907665708578225dc0"


@pytest.mark.parametrize("name", FIELDS)
def test_every_part_of_a_hosted_identity_makes_another_version(name):
    values = {field: getattr(HOSTED, field) for field in Identity.__slots__}

    other = Identity(**(values | {name: HEX}))

    assert identity_hash(other) != identity_hash(HOSTED)


def test_a_hosted_model_without_snapshot_and_fingerprint_is_called_loose():
    assert Identity(provider="Example AI", hosted_model="large-2").loose
    assert not HOSTED.loose
    assert not Identity(digest="sha256:ab").loose


@pytest.mark.parametrize(
    ("identity", "fields"),
    [
        (Identity(), {"digest"}),
        (Identity(digest="x", provider="Example AI", hosted_model="large-2"), {"digest"}),
        (Identity(provider="Example AI"), {"hosted_model"}),
        (Identity(snapshot="2026-05-01"), {"provider", "hosted_model"}),
        (Identity(provider="p", hosted_model="m", prompt_sha256="no hash"), {"prompt_sha256"}),
        (Identity(provider="p\0", hosted_model="m"), {"provider"}),
        (Identity(digest="x" * 81), {"digest"}),
        (HOSTED, set()),
        (Identity(digest="sha256:ab"), set()),
    ],
)
def test_what_is_no_identity_is_told_by_field(identity, fields):
    assert set(problems(identity)) == fields


def test_hashes_are_read_in_capitals_and_with_their_prefix():
    assert identity_from(prompt_sha256=f" SHA256:{HEX.upper()} ").prompt_sha256 == HEX


@pytest.mark.parametrize("label", ["2.3", "2026-11/rc1", "größer", "v1.0+build_7", "..a", "模型"])
def test_labels_are_free(label):
    assert label_problem(label_from(label)) == ""


@pytest.mark.parametrize(
    "label", ["", "  ", "a//b", "/a", "a/", "..", "a/../b", "a/.", "a\0b", "a\nb", "a\\b",
              "x" * 61, "2.3/approve", "2.3/revoke"],
)  # fmt: skip
def test_what_an_address_cannot_carry_is_no_label(label):
    assert label_problem(label_from(label))


def test_two_ways_to_write_one_letter_are_one_label():
    assert label_from("gro\u0308ßer") == label_from("größer")


@pytest.mark.parametrize(
    ("tier", "days", "counts"),
    [("high", 90, True), ("high", 91, False), ("medium", 180, True), ("low", 365, True),
     ("unheard of", 91, False)],
)  # fmt: skip
def test_a_check_counts_for_as_long_as_the_tier_allows(tier, days, counts):
    tested = AT - dt.timedelta(days=days)

    assert still_counts(tested, risk_tier=tier, at=AT) is counts


def test_a_fallback_is_checked_wherever_people_are_affected():
    assert needs_check("production")
    assert needs_check("branch-offices")
    assert not needs_check("staging")


def test_nothing_ran_between_two_deployments_and_after_the_last():
    spans = [Span(AT + 3 * HOUR, AT + 4 * HOUR), Span(AT, AT + HOUR)]

    found = gaps_between(spans, now=AT + 5 * HOUR)

    assert found == [Span(AT + HOUR, AT + 3 * HOUR), Span(AT + 4 * HOUR, None)]
    assert gap_at(spans, AT + 2 * HOUR) == Span(AT + HOUR, AT + 3 * HOUR)
    assert gap_at(spans, AT - HOUR) is None


@given(st.lists(st.integers(0, 50), min_size=2, max_size=12, unique=True).map(sorted))
def test_every_moment_after_the_first_start_lies_in_a_span_or_in_a_gap(edges):
    edges = edges[: len(edges) // 2 * 2]
    spans = [
        Span(AT + a * HOUR, AT + b * HOUR) for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
    now = AT + 60 * HOUR
    gaps = gaps_between(spans, now=now)

    for hour in range(edges[0], 60):
        instant = AT + hour * HOUR
        ran = any(one.since <= instant < one.until for one in spans)
        idle = any(
            one.since <= instant and (one.until is None or instant < one.until) for one in gaps
        )
        assert ran != idle
