"""Thresholds: who may draft and approve, what is refused, and what never changes again."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from governance.models import Standing, ThresholdVersion
from governance.rules.figures import measure_of
from governance.rules.stated import Stated, bands_as_stated, is_looser, resolved
from governance.selectors.pages.pictures import drawn_bands
from governance.selectors.thresholds import active_version
from governance.services.thresholds import approve_threshold, draft_threshold
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.selectors.lines import lines_of_object
from telemetry.models import SeriesState
from tests.registry import factories as registry
from tests.registry.factories import call, person_as_actor
from tests.telemetry.factory import (
    AT,
    BANDS,
    DAY,
    START,
    catalogue,
    measured,
    row,
    series_of,
    take,
    threshold,
)


def drafted(system, *, by=None, stated=BANDS, **changes):
    """A draft by the owner."""
    return call(
        draft_threshold,
        system_id=system.pk,
        kpi_id="accuracy",
        stated=stated,
        actor=person_as_actor(by or system.owner),
        **changes,
    )


def approved(version, by, **changes):
    """The approval of a draft by a person."""
    return call(approve_threshold, version_id=version.pk, actor=person_as_actor(by), **changes)


@pytest.fixture
def system(db):
    """A live system without a threshold."""
    return measured(stated=None)


def test_a_draft_judges_nothing(system):
    drafted(system)

    take([row(system, 0.1, day=day) for day in range(3)])

    assert not Standing.objects.exists()


def test_a_second_person_puts_it_in_force(system):
    version = approved(drafted(system), system.deputy)

    assert (version.state, version.approved_by) == ("active", system.deputy)
    take([row(system, 0.1, day=day) for day in range(200, 203)], at=AT + 200 * DAY)
    assert active_version(series=series_of(system)) == version
    assert Standing.objects.get().state == "CRITICAL"


def test_an_author_cannot_approve_their_own(system):
    version = drafted(system)

    with pytest.raises(Forbidden, match="you drafted it") as refused:
        approved(version, system.owner)

    assert refused.value.recorded
    assert refused.value.who_can


def test_an_author_may_approve_their_own_before_anything_is_live(db):
    catalogue()
    system = registry.system_in("approved")

    version = approved(drafted(system), system.owner)

    assert (version.state, version.set_up) == ("active", True)


def test_a_stranger_can_neither_draft_nor_approve(system):
    stranger = registry.user(of=system.unit)

    with pytest.raises(Forbidden, match="cannot draft"):
        drafted(system, by=stranger)
    with pytest.raises(Forbidden, match="cannot approve"):
        approved(drafted(system), stranger)


def test_a_version_is_approved_once(system):
    version = approved(drafted(system), system.deputy)

    with pytest.raises(Conflict, match="active already"):
        approved(version, system.deputy)


def test_what_is_not_there_is_missing(system):
    with pytest.raises(Missing):
        call(draft_threshold, system_id=system.pk, kpi_id="no_such", stated=BANDS,
             author_id=system.owner_id)  # fmt: skip


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        (Stated(direction="below", warning=0.8, critical=0.9), "critical must lie beyond warning"),
        (Stated(direction="below", warning=0.9, recover_warning=0.8), "safe side"),
        (Stated(direction="below", warning=1.0), "Recovery can never be reached"),
        (Stated(direction="below"), "at least one of warning"),
        (Stated(direction="outside", warning=0.9), "needs both"),
        (Stated(direction="below", warning=0.9, fires_k=4, fires_n=3), "can never be counted"),
        (Stated(direction="below", mode="points", warning=-0.04), "need a baseline"),
    ],
)
def test_bands_that_cannot_work_are_refused_with_the_reason(system, stated, words):
    with pytest.raises(Invalid, match=words):
        drafted(system, stated=stated)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE governance_thresholdversion SET warning = 0.5",
        "UPDATE governance_thresholdversion SET state = 'draft'",
        "UPDATE governance_thresholdversion SET author_id = approved_by_id",
        "DELETE FROM governance_thresholdversion",
    ],
)
def test_a_version_in_force_is_immutable(system, statement):
    threshold(system)

    with (
        pytest.raises(DatabaseError, match="has been in force|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_new_version_supersedes_and_begins_now_at_the_earliest(system):
    first = threshold(system)

    second = threshold(system, stated=Stated(direction="below", warning=0.5), valid_from=START)

    first.refresh_from_db()
    assert (first.state, second.state, second.number) == ("superseded", "active", 2)
    assert second.valid_from == AT


def test_the_record_holds_the_bands_as_text(system):
    version = threshold(system)

    entries = lines_of_object(object_type="threshold", object_id=str(version.threshold_id))
    assert [line.verb for line in entries] == ["threshold.approved", "threshold.drafted"]
    assert entries[0].body["after"]["bands"]["side"]["warning"] == "0.9"


def test_limits_relative_to_a_baseline_are_resolved_when_drafted(system):
    version = drafted(
        system,
        stated=Stated(
            direction="below", mode="points", baseline=0.97, warning=-0.04, critical=-0.08
        ),
    )

    assert version.warning == pytest.approx(0.93)
    assert version.critical == pytest.approx(0.89)
    assert version.stated["warning"] == -0.04


def test_limits_on_both_sides_judge_both_sides(system):
    threshold(
        system,
        stated=Stated(
            direction="outside", warning=0.98, low={"warning": 0.5}, fires_k=1, fires_n=1
        ),
    )

    take([row(system, 0.4)])

    assert Standing.objects.get().state == "WARNING"


def test_while_a_breach_stands_only_a_validator_may_loosen(system):
    threshold(system)
    take([row(system, 0.7, day=day) for day in range(2)])
    version = drafted(system, stated=Stated(direction="below", warning=0.5))
    officer = registry.user(of=system.unit)
    registry.role(officer, "compliance", unit=system.unit)

    with pytest.raises(Forbidden, match="loosen"):
        approved(version, system.deputy)
    version = approved(version, officer)

    assert version.state == "active"
    assert Standing.objects.get().state == "CRITICAL"


def test_a_stricter_version_needs_no_validator(system):
    threshold(system)
    take([row(system, 0.7, day=day) for day in range(2)])

    version = approved(
        drafted(system, stated=Stated(direction="below", warning=0.95, critical=0.9)),
        system.deputy,
    )

    assert version.state == "active"


def test_a_new_version_is_what_the_next_reading_is_judged_by(system):
    threshold(system)
    take([row(system, 0.95)])

    version = threshold(system, stated=Stated(direction="below", warning=0.99))

    assert SeriesState.objects.get().judged_by == version.pk


def test_edges_for_a_chart_go_from_the_good_side_out(system):
    version = threshold(system)

    drawn = drawn_bands(version, measure_of(unit="ratio", neutral=None))

    assert [(one.kind, one.low, one.high) for one in drawn] == [
        ("warning", 0.8, 0.9), ("critical", None, 0.8),
    ]  # fmt: skip


LIMIT = st.floats(-10, 10, allow_nan=False)


@given(LIMIT, st.floats(0.01, 5))
def test_moving_a_limit_outwards_is_looser_and_inwards_is_not(limit, step):
    bands = [
        bands_as_stated(Stated(direction="above", warning=limit + moved))
        for moved in (-step, 0, step)
    ]

    assert [is_looser(one, bands[1]) for one in bands] == [False, False, True]


@given(st.floats(0.1, 10), st.floats(-0.5, 0.5))
def test_points_and_shares_resolve_against_the_baseline(baseline, limit):
    points = resolved(Stated(direction="above", mode="points", baseline=baseline, warning=limit))
    share = resolved(Stated(direction="above", mode="share", baseline=baseline, warning=limit))

    assert points.warning == baseline + limit
    assert share.warning == pytest.approx(baseline + baseline * limit)


def test_the_api_drafts_and_approves(client, system):
    registry.sign_in(client, system.owner)
    draft = client.post(
        "/api/v1/thresholds/",
        {"system": system.slug, "kpi": "accuracy", "direction": "below", "warning": 0.9},
        content_type="application/json",
    )
    approval = f"/api/v1/thresholds/versions/{draft.json()['id']}/approve"
    own = client.post(approval, {}, content_type="application/json")

    registry.sign_in(client, system.deputy)
    other = client.post(approval, {}, content_type="application/json")
    (listed,) = client.get(f"/api/v1/thresholds/?system={system.slug}").json()["results"]

    assert (draft.status_code, own.status_code, other.status_code) == (201, 403, 200)
    assert listed["versions"][0]["state"] == "active"
    assert ThresholdVersion.objects.get().valid_from <= dt.datetime.now(dt.UTC)


def test_a_token_cannot_draft(client, system):
    _, plaintext = registry.token(scopes=("read",), systems=[system])

    answer = client.post(
        "/api/v1/thresholds/", {}, content_type="application/json",
        headers={"authorization": f"Token {plaintext}"},
    )  # fmt: skip

    assert (answer.status_code, answer.json()["code"]) == (403, "person_needed")


def tier_of(*names):
    """Systems of the high tier in one unit that measure the accuracy, all of one owner."""
    first = measured(stated=None, risk_tier="high", name=names[0])
    rest = [
        registry.system_in(
            "production", of=first.unit, owner=first.owner, deputy=first.deputy, risk_tier="high",
            name=name,
        )
        for name in names[1:]
    ]  # fmt: skip
    take([row(system, 0.95) for system in (first, *rest)])
    return [first, *rest]


def draft_by_api(client, system, **changes):
    """Draft for a tier as its owner."""
    registry.sign_in(client, system.owner)
    body = {"system": system.slug, "kpi": "accuracy", "direction": "below", "warning": 0.9,
            "for_tier": True} | changes  # fmt: skip
    return client.post("/api/v1/thresholds/", body, content_type="application/json").json()


@pytest.mark.django_db
def test_the_same_limits_are_drafted_for_a_risk_tier_and_each_waits_for_its_own_approval(client):
    first, second, third = tier_of("One", "Two", "Three")
    other = registry.system_in("production", of=first.unit, owner=first.owner, risk_tier="low")
    take([row(other, 0.95)])

    said = draft_by_api(client, first)

    drafted = {one.threshold.system: one for one in ThresholdVersion.objects.all()}
    assert set(drafted) == {first, second, third}
    assert {one.warning for one in drafted.values()} == {0.9}
    assert {one.state for one in drafted.values()} == {"draft"}
    assert {one["system"] for one in said["also"]} == {second.slug, third.slug}
    assert said["left"] == []


@pytest.mark.django_db
def test_a_system_of_the_tier_that_its_author_may_not_draft_for_is_left_out_with_the_reason(
    client,
):
    first, second = tier_of("One", "Two")
    stranger = registry.user(of=first.unit)
    registry.role(stranger, "auditor", unit=first.unit)
    registry.role(stranger, "engineer", system=first)
    registry.sign_in(client, stranger)
    body = {"system": first.slug, "kpi": "accuracy", "direction": "below", "warning": 0.9,
            "for_tier": True}  # fmt: skip

    said = client.post("/api/v1/thresholds/", body, content_type="application/json").json()

    assert said["also"] == []
    assert [one["system"] for one in said["left"]] == [second.slug]
    assert "draft thresholds" in said["left"][0]["why"]
    assert not second.thresholds.exists()


@pytest.mark.django_db
def test_relative_limits_of_a_tier_are_taken_over_each_system_s_own_baseline(client):
    first, second = tier_of("One", "Two")

    said = draft_by_api(client, first, mode="points", warning=-0.05, baseline=0.95)

    assert [one["system"] for one in said["left"]] == [second.slug]
    assert "baseline" in said["left"][0]["why"]
