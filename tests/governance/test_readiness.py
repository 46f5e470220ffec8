"""What governance asks for at the gate of production; KPI-4, KPI-6, INC-5, EVA-23."""

import datetime as dt

import pytest

from governance.models import ThresholdVersion
from governance.plugs import CHECKS
from governance.rules.policy import kept_policy
from governance.selectors import readiness
from registry import gates
from tests.governance.organisation import policy, threshold
from tests.incidents.factory import AT, house

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    return house(risk_tier="medium")


def words(check, of, at=AT):
    return [gap.words for gap in check(of.system, at)]


def test_the_checks_stand_at_the_gate_of_production():
    names = ("thresholds approved", "baseline", "escalation rule")

    assert set(CHECKS) == {("go_live", name) for name in names}
    assert CHECKS.items() <= gates.registered().items()


def test_without_a_threshold_nothing_goes_live(of):
    assert words(readiness.thresholds_approved, of) == [
        "No threshold is approved for any KPI in production."
    ]
    assert words(readiness.baseline_stated, of) == [
        "No baseline is agreed for any KPI in production."
    ]


def test_a_threshold_in_force_with_its_baseline_is_enough(of):
    threshold(of)

    assert words(readiness.thresholds_approved, of) == []
    assert words(readiness.baseline_stated, of) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"state": ThresholdVersion.State.DRAFT, "approved_by": None},
        {"valid_from": AT + dt.timedelta(days=1)},
    ],
)
def test_a_draft_or_one_that_holds_from_tomorrow_does_not_count(of, changes):
    threshold(of, **changes)

    assert words(readiness.thresholds_approved, of)


def test_bands_without_a_baseline_are_no_baseline(of):
    threshold(of, baseline=None)

    assert words(readiness.baseline_stated, of) == [
        "No baseline is agreed for any KPI in production."
    ]


def test_a_band_relative_to_nothing_is_told(of):
    threshold(of, baseline=None, mode="points")

    assert words(readiness.baseline_stated, of) == ["A threshold relative to a baseline has none."]


def test_without_a_policy_there_is_nobody_to_escalate_to(of):
    assert words(readiness.escalation_agreed, of) == [
        "No escalation policy is in force for the system's unit."
    ]


@pytest.mark.parametrize("tier", ["low", "medium", "high"])
def test_a_shipped_policy_reaches_executive_and_board(tier):
    of = house(risk_tier=tier)
    policy(of)

    assert words(readiness.escalation_agreed, of) == []


def test_at_high_tier_a_ladder_that_stops_below_the_board_is_refused(monkeypatch):
    of = house(risk_tier="high")
    loaded = policy(of)
    body = {**loaded.body, "escalation": {**loaded.body["escalation"]}}
    body["escalation"]["ladder"] = [
        step | {"recipients": [one for one in step["recipients"] if one != "role:board"] or ["x"]}
        for step in body["escalation"]["ladder"]
    ]
    monkeypatch.setattr(readiness, "document_of", lambda found: kept_policy(body))

    assert words(readiness.escalation_agreed, of) == [
        "The escalation policy does not reach the board, as high tier asks."
    ]
