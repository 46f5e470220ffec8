"""What follows from decisions and readings: orders, lapses, observation, severity."""

import datetime as dt

import pytest
from django.db import connection

from incidents.models import Participation
from incidents.rules.transitions import (
    DECISION,
    EXECUTION,
    VERIFICATION,
)
from ledger.rules.refusals import Conflict, Invalid
from outbox.models import Timer
from tests.incidents import factory
from tests.incidents.factory import (
    AT,
    EVALUATOR,
    bring,
    do,
    fresh,
    opened,
    order,
)

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def armed(incident, stage=""):
    rows = Timer.objects.filter(subject_id=incident.pk, state="armed", payload__stage__gt="")
    return sorted(
        (row.kind, row.payload.get("stage"), row.due_at)
        for row in rows
        if stage in ("", row.payload.get("stage"))
    )


def refused(kind, *arguments, **changes):
    with pytest.raises(kind) as caught:
        do(*arguments, **changes)
    return caught.value


def test_t09_orders_every_action_with_executor_due_proof_and_nonce(house):
    incident = bring(house, DECISION)

    done = do(
        incident,
        "adopt",
        EVALUATOR,
        actions=[
            order(incident, position=1),
            order(incident, type="compensate", position=2, due_at=AT + 90 * DAY),
        ],
    )

    first, second = incident.actions.order_by("position")
    assert done.incident.state == EXECUTION
    assert (first.stopping, second.stopping) == (True, False)
    assert first.nonce != second.nonce
    assert done.incident.stage_due_at == AT + 2 * DAY
    assert Participation.objects.filter(incident=incident, act="executes").count() == 2


def test_inc_d_without_a_stopping_action_the_verification_begins_at_once(house):
    incident = bring(house, DECISION)

    do(incident, "adopt", EVALUATOR, actions=[order(incident, type="compensate")])

    after = fresh(incident)
    assert after.state == VERIFICATION
    assert list(incident.transitions.order_by("-version").values_list("code", flat=True))[:2] == [
        "T13",
        "T09",
    ]
    assert after.stage_due_at == AT + 2 * DAY
    connection.check_constraints()


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"target_version_id": None}, Invalid, "target_missing"),
        ({"executor_id": "3f6c2a52-3d0e-4f0c-9a0e-0c6a1a3d5b11"}, Invalid, "unknown_executor"),
        ({"type": "continue"}, Invalid, "not_an_action"),
        ({"proof": "measured"}, Invalid, "proof_cannot_be_judged"),
        (
            {"proof": "measured", "verification": [{"above": 1.0}]},
            Invalid,
            "proof_cannot_be_judged",
        ),
    ],
)
def test_an_order_that_cannot_be_carried_out_is_refused_whole(house, changes, kind, code):
    incident = bring(house, DECISION)

    refusal = refused(
        kind,
        incident,
        "adopt",
        EVALUATOR,
        actions=[
            order(incident, position=1),
            order(incident, position=2, **changes),
        ],
    )

    assert refusal.code == code
    assert incident.actions.count() == 0


def test_f36_a_target_that_is_not_approved_or_is_the_cause_is_refused(house):
    incident = bring(house, DECISION)
    bad = order(incident, target_version_id=house.bad.pk)

    assert refused(Conflict, incident, "adopt", EVALUATOR, actions=[bad]).code == (
        "target_is_the_cause"
    )


def test_an_executor_who_voted_is_refused(house):
    incident = bring(house, DECISION)
    factory.took_part(incident, house.engineer, "voted")

    refusal = refused(Conflict, incident, "adopt", EVALUATOR)

    assert refusal.reason.endswith("voted on it.")


def test_t12_a_lapse_approves_nothing_and_may_go_up_a_level(house):
    incident = bring(house, DECISION)

    done = do(incident, "lapse", EVALUATOR)

    assert (done.incident.state, done.incident.level) == (DECISION, 1)


def test_t24_observes_at_once(house):
    incident = bring(house, DECISION)

    done = do(incident, "keep_running", EVALUATOR)

    window = incident.windows.get()
    assert done.incident.state == VERIFICATION
    assert (window.starts_at, window.outcome) == (AT, "RUNNING")
    assert done.incident.stage_due_at == window.ends_at


@pytest.mark.django_db
@pytest.mark.parametrize("severity", ["major", "severe"])
def test_kom_24_at_high_tier_a_grave_case_does_not_simply_go_on(severity):
    of = factory.house(risk_tier="high")
    incident = bring(of, DECISION, severity=severity)

    refusal = refused(Conflict, incident, "keep_running", EVALUATOR)

    assert refusal.code == "too_severe_to_keep_running"
    assert "suspend, restrict or retire" in refusal.reason


def test_t22_raising_makes_running_deadlines_shorter(house):
    incident = opened(house, severity="moderate")

    done = do(incident, "raise_severity", house.deputy, severity="severe")

    assert done.incident.stage_due_at == AT + HOUR
    assert {stage: due for kind, stage, due in armed(incident) if "deadline" in kind} == {
        "acknowledge": AT + HOUR,
        "first_assessment": AT + 8 * HOUR,
        "findings": AT + 48 * HOUR,
    }


def test_raising_never_gives_more_time(house):
    incident = opened(house, severity="major", at=AT)
    late = fresh(incident).stage_due_at - dt.timedelta(minutes=1)

    done = do(incident, "raise_severity", house.owner, severity="severe", at=late)

    assert done.incident.stage_due_at <= AT + HOUR


@pytest.mark.parametrize("severity", ["minor", "moderate"])
def test_a_severity_is_not_lowered_by_raising(house, severity):
    incident = opened(house, severity="moderate")

    assert (
        refused(Conflict, incident, "raise_severity", house.compliance, severity=severity).code
        == "not_raised"
    )


def test_a_worse_breach_joins_and_raises(house):
    incident = opened(house, severity="minor")

    milder = do(incident, "join_breach", EVALUATOR, severity="minor")
    worse = do(incident, "join_breach", EVALUATOR, severity="major")

    assert (milder.incident.severity, worse.incident.severity) == ("minor", "major")
    assert worse.transition.code == "T01a"
