"""Baselines: agreed by two, never without one an improvement (KPI-6, EVA-23)."""

import datetime as dt
import statistics

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from governance.models import Standing, Threshold, ThresholdVersion
from governance.rules.stated import Stated, is_loosened, rule_as_stated
from governance.selectors.improvements import compare
from governance.selectors.readiness import baseline_stated
from governance.services.baselines import agree_to_baseline, end_baseline
from governance.services.thresholds import approve_threshold, draft_threshold
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from telemetry.models import Baseline
from telemetry.rules.baselines import Window as Taken
from telemetry.rules.baselines import level_of
from telemetry.selectors.baselines import approved_baseline
from telemetry.services.baselines import Window, draft_baseline
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor, sign_in
from tests.telemetry.factory import AT, DAY, START, measured, row, series_of, take

RELATIVE = Stated(direction="below", mode="points", warning=-0.04, critical=-0.08)
SIX_WEEKS = Window(since=START, until=START + 42 * DAY)


@pytest.fixture
def system(db):
    """A live system with a hundred days of accuracy and no threshold."""
    found = measured(stated=None)
    take([row(found, 0.94 + 0.02 * (day % 2), day=day) for day in range(100)])
    return found


def drafted(system, window=SIX_WEEKS, *, by=None, at=AT):
    """A baseline that waits for a second person."""
    return call(
        draft_baseline, series_id=series_of(system).pk, window=window,
        actor=person_as_actor(by or system.owner), at=at,
    )  # fmt: skip


def agreed(system, window=SIX_WEEKS, *, at=AT):
    """A baseline in force."""
    return call(
        agree_to_baseline, baseline_id=drafted(system, window, at=at).pk,
        actor=person_as_actor(system.deputy), at=at,
    )  # fmt: skip


def threshold(system, stated=RELATIVE, *, at=AT, by=None):
    """A threshold of the accuracy, drafted by the owner, approved by the deputy."""
    version = call(
        draft_threshold, system_id=system.pk, kpi_id="accuracy", stated=stated,
        actor=person_as_actor(system.owner), at=at,
    )  # fmt: skip
    return call(
        approve_threshold, version_id=version.pk, actor=person_as_actor(by or system.deputy), at=at
    )


def test_it_is_computed_from_the_stored_readings_of_its_window(system):
    found = drafted(system)

    assert (found.n, found.samples) == (42, 42 * 500)
    assert found.value == pytest.approx(0.95)
    assert found.low < found.value < found.high
    assert found.warnings == []


def test_bad_and_missing_windows_are_told_and_do_not_count(system):
    take([row(system, None, day=day, revision=1) for day in range(20)])

    found = drafted(system)

    assert (found.n, found.excluded) == (22, 20)
    assert any("20 windows do not count" in one for one in found.warnings)


@pytest.mark.parametrize(("days", "words"), [(14, "under four weeks"), (70, "over eight weeks")])
def test_another_length_than_four_to_eight_weeks_is_warned_of(system, days, words):
    found = drafted(system, Window(since=START, until=START + days * DAY))

    assert any(words in one for one in found.warnings)


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (Window(since=AT, until=START), "ends before"),
        (Window(since=START, until=AT + DAY), "ends now at the latest"),
        (Window(since=START - 9 * DAY, until=START), "needs 2 windows"),
        (Window(since=START, until=AT, method="control_group"), "names the series"),
        (Window(since=START, until=AT, notes="\x00"), "without NUL"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(system, window, words):
    with pytest.raises(Invalid, match=words):
        drafted(system, window)


def test_its_author_cannot_agree_to_it(system):
    found = drafted(system)

    with pytest.raises(Forbidden, match="you drafted it"):
        call(agree_to_baseline, baseline_id=found.pk, actor=person_as_actor(system.owner))


def test_the_next_one_takes_the_place_of_the_first(system):
    first = agreed(system)
    second = agreed(system, Window(since=START + 42 * DAY, until=AT), at=AT + DAY)

    first.refresh_from_db()
    assert (first.state, second.state, second.number) == ("superseded", "approved", 2)
    assert approved_baseline(series_of(system), AT) == first
    assert approved_baseline(series_of(system), AT + DAY) == second


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE telemetry_baseline SET value = 0.5",
        "UPDATE telemetry_baseline SET state = 'draft'",
        "DELETE FROM telemetry_baseline",
    ],
)
def test_an_agreed_one_is_immutable(system, statement):
    agreed(system)

    with (
        pytest.raises(DatabaseError, match="has been agreed|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_relative_limits_are_taken_over_the_approved_one(system):
    baseline = agreed(system)

    version = threshold(system)

    assert version.agreed_baseline == baseline
    assert version.warning == pytest.approx(0.91)
    assert "Baseline 1" in version.baseline_note


def test_relative_limits_without_one_are_refused_when_saved(system):
    with pytest.raises(Invalid, match="need a baseline"):
        threshold(system)


def test_a_number_stated_by_hand_is_marked_so(system):
    stated = Stated(direction="below", mode="points", warning=-0.04, baseline=0.95)

    version = threshold(system, stated)

    assert (version.baseline, version.agreed_baseline) == (0.95, None)


def test_a_stricter_baseline_moves_its_limits_at_once(system):
    agreed(system)
    first = threshold(system)
    take([row(system, 0.98, day=100 + day) for day in range(42)], at=AT + 42 * DAY)

    agreed(system, Window(since=AT, until=AT + 42 * DAY), at=AT + 42 * DAY)

    first.refresh_from_db()
    second = ThresholdVersion.objects.get(state="active")
    assert (first.state, second.number) == ("superseded", 2)
    assert second.warning == pytest.approx(0.94)
    assert (second.author, second.approved_by) == (system.owner, system.deputy)


def test_a_looser_baseline_makes_a_draft_and_the_old_limits_judge_on(system):
    agreed(system)
    first = threshold(system)
    take([row(system, 0.92, day=100 + day) for day in range(42)], at=AT + 42 * DAY)

    agreed(system, Window(since=AT, until=AT + 42 * DAY), at=AT + 42 * DAY)

    first.refresh_from_db()
    draft = ThresholdVersion.objects.get(state="draft")
    assert first.state == "active"
    assert draft.backtests.get().state == "done"


def test_eva_23_a_baseline_changed_while_a_breach_stands_ends_judging(system):
    agreed(system)
    threshold(system)
    take([row(system, 0.7, day=100 + day) for day in range(3)], at=AT + 3 * DAY)

    agreed(system, Window(since=START + DAY, until=AT), at=AT + 4 * DAY)
    take([row(system, 0.95, day=104)], at=AT + 5 * DAY)

    assert Standing.objects.get().state == "NO_DATA"
    assert Threshold.objects.get().waits_for == "baseline"
    assert [gap.words for gap in baseline_stated(system, AT + 5 * DAY)] == [
        "A threshold relative to a baseline has none."
    ]


def test_eva_23_limits_over_the_new_one_judge_again(system):
    agreed(system)
    threshold(system)
    take([row(system, 0.7, day=100 + day) for day in range(3)], at=AT + 3 * DAY)
    agreed(system, Window(since=START + DAY, until=AT), at=AT + 4 * DAY)
    officer = registry.user(of=system.unit)
    registry.role(officer, "compliance", unit=system.unit)

    threshold(system, at=AT + 5 * DAY, by=officer)
    take([row(system, 0.7, day=105)], at=AT + 6 * DAY)

    assert Threshold.objects.get().waits_for == ""
    assert Standing.objects.get().state == "CRITICAL"


def test_eva_23_a_withdrawn_one_leaves_nothing_judged(system):
    baseline = agreed(system)
    threshold(system)
    officer = registry.user(of=system.unit)
    registry.role(officer, "risk", unit=system.unit)

    call(end_baseline, baseline_id=baseline.pk, reason="Wrong scale.",
         actor=person_as_actor(officer))  # fmt: skip
    take([row(system, 0.1, day=100 + day) for day in range(3)], at=AT + 3 * DAY)

    assert not Standing.objects.exclude(state="NO_DATA").exists()
    assert Threshold.objects.get().waits_for == "baseline"


def test_a_series_born_while_its_threshold_waits_is_not_judged_either(system):
    baseline = agreed(system)
    threshold(system)
    officer = registry.user(of=system.unit)
    registry.role(officer, "risk", unit=system.unit)
    call(end_baseline, baseline_id=baseline.pk, reason="Wrong.", actor=person_as_actor(officer))

    take([row(system, 0.1, day=100 + day, window="7d") for day in range(3)], at=AT + 3 * DAY)

    assert not Standing.objects.filter(series__window_seconds=7 * 86400).exists()


def test_limits_drafted_over_a_baseline_that_is_gone_are_not_approved(system):
    agreed(system)
    draft = call(draft_threshold, system_id=system.pk, kpi_id="accuracy", stated=RELATIVE,
                 actor=person_as_actor(system.owner))  # fmt: skip
    agreed(system, Window(since=START + DAY, until=AT), at=AT + DAY)

    with pytest.raises(Conflict, match="draft the threshold again"):
        call(approve_threshold, version_id=draft.pk, actor=person_as_actor(system.deputy))


def test_improved_is_refused_without_a_baseline(system):
    spans = {"before": (START, START + 42 * DAY), "after": (START + 42 * DAY, AT)}

    with pytest.raises(Conflict, match="cannot be said"):
        compare(series=series_of(system), at=AT, **spans)


def test_improved_is_said_only_where_the_interval_leaves_out_zero(system):
    agreed(system)
    take([row(system, 0.98, day=100 + day) for day in range(20)], at=AT + 20 * DAY)
    before = (START, START + 42 * DAY)

    same = compare(series=series_of(system), before=before, after=(START + 42 * DAY, AT), at=AT)
    better = compare(
        series=series_of(system), before=before, after=(AT, AT + 20 * DAY), at=AT + 20 * DAY
    )

    assert (same.word, same.improved) == ("unclear", False)
    assert (better.word, better.improved) == ("improved", True)
    assert better.change.low > 0


def test_with_a_control_group_only_what_is_beyond_it_counts(system):
    take([row(system, 0.94 + 0.02 * (day % 2), day=day, segment="group=control")
          for day in range(100)])  # fmt: skip
    both = ({}, {"segment": "group=control"})
    take([row(system, 0.98, day=100 + day, **one) for day in range(20) for one in both],
         at=AT + 20 * DAY)  # fmt: skip
    control = series_of(system, segment="group=control")
    window = Window(START, START + 42 * DAY, "control_group", control.pk)
    agreed(system, window, at=AT + 20 * DAY)

    found = compare(
        series=series_of(system), before=(START, START + 42 * DAY), after=(AT, AT + 20 * DAY),
        at=AT + 20 * DAY,
    )  # fmt: skip

    assert (found.word, found.beyond_control) == ("unclear", True)
    assert found.change.value == pytest.approx(0.0, abs=1e-9)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=50))
def test_unweighted_it_is_the_mean_with_students_interval(values):
    found = level_of([Taken(AT, value) for value in values])

    assert found.value == pytest.approx(statistics.fmean(values), abs=1e-9)
    assert found.spread == pytest.approx(statistics.stdev(values), abs=1e-6)
    assert found.low <= found.value + 1e-9
    assert found.value <= found.high + 1e-9


def test_the_interval_is_that_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    values = [0.91, 0.93, 0.95, 0.90, 0.97, 0.94]

    found = level_of([Taken(AT, value) for value in values])

    expected = stats.t.interval(0.95, len(values) - 1, statistics.fmean(values), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("changes", "looser"),
    [
        ({}, False),
        ({"warning": 0.85}, True),
        ({"fires_k": 3, "fires_n": 3}, True),
        ({"fires_k": 2, "fires_n": 2}, True),
        ({"fires_k": 1, "fires_n": 1}, False),
        ({"fires_k": 2, "fires_n": 5}, False),
        ({"least_n": 100}, True),
        ({"grace_seconds": 60}, True),
        ({"judged_by": "lower_bound"}, True),
    ],
)
def test_whatever_lets_a_breach_pass_is_a_loosening(changes, looser):
    usual = {"direction": "below", "warning": 0.9, "fires_k": 2, "fires_n": 3}
    ends = {"neutral": None, "lowest": 0.0, "highest": 1.0}

    old = rule_as_stated(Stated(**usual), **ends)
    new = rule_as_stated(Stated(**(usual | changes)), **ends)

    assert is_loosened(new, old) is looser


def test_the_api_drafts_agrees_compares_and_refuses(client, system):
    series = series_of(system).pk
    spans = "&".join(
        f"{name}={at:%Y-%m-%dT%H:%M:%SZ}"
        for name, at in (
            ("before_since", START), ("before_until", START + 42 * DAY),
            ("after_since", START + 42 * DAY), ("after_until", AT),
        )
    )  # fmt: skip
    sign_in(client, system.owner)
    refused = client.get(f"/api/v1/series/{series}/improvement?{spans}")
    given = {"series": series, "since": START.isoformat(),
             "until": (START + 42 * DAY).isoformat()}  # fmt: skip
    draft = client.post("/api/v1/baselines/", given, content_type="application/json")
    approval = f"/api/v1/baselines/{draft.json()['id']}/approve"
    own = client.post(approval, {}, content_type="application/json")

    sign_in(client, system.deputy)
    other = client.post(approval, {}, content_type="application/json")
    compared = client.get(f"/api/v1/series/{series}/improvement?{spans}")
    listed = client.get(f"/api/v1/baselines/?system={system.slug}").json()["results"]

    assert (refused.status_code, refused.json()["code"]) == (409, "no_baseline")
    assert (draft.status_code, own.status_code, other.status_code) == (201, 403, 200)
    assert compared.json()["word"] == "unclear"
    assert listed[0]["state"] == Baseline.State.APPROVED
    assert dt.datetime.fromisoformat(listed[0]["since"]) == START
