"""The frozen plan: deadlines by severity, the remaining time after a return, steps of a ladder."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.rules.plan import (
    BadPlan,
    Deadline,
    LadderStep,
    deadline,
    deadline_after,
    digest,
    from_text,
    stage_time,
    step_due,
    steps_for,
    time_after_return,
    time_left,
    to_text,
)
from outbox.rules.durations import Duration
from tests.incidents.factory import AT, TIMES, plan

MONDAY_9 = AT


def test_a_plan_reads_back_as_it_was_written():
    written = to_text(plan())

    assert from_text(written) == plan()
    assert to_text(from_text(written)) == written


def test_another_time_makes_another_hash():
    changed = plan(times=TIMES | {"major": TIMES["major"] | {"findings": "4bd"}})

    assert digest(changed) != digest(plan())


@pytest.mark.parametrize(
    ("severity", "stage", "due"),
    [
        ("major", "acknowledge", dt.datetime(2026, 11, 16, 13, 0, tzinfo=dt.UTC)),
        ("major", "findings", dt.datetime(2026, 11, 18, 17, 0, tzinfo=dt.UTC)),
        ("severe", "acknowledge", dt.datetime(2026, 11, 16, 10, 0, tzinfo=dt.UTC)),
        ("minor", "first_assessment", dt.datetime(2026, 11, 18, 17, 0, tzinfo=dt.UTC)),
    ],
)
def test_a_deadline_is_the_stage_s_time_in_the_frozen_calendar(severity, stage, due):
    found = deadline(plan(), severity=severity, stage=stage, starts_at=MONDAY_9)

    assert found.due_at == due


def test_agents_run_on_elapsed_time_at_major_too():
    of_an_agent = plan(elapsed_at=("major", "severe"))

    assert stage_time(of_an_agent, severity="major", stage="acknowledge") == Duration.parse("4h")


@pytest.mark.parametrize("text", [None, ""])
def test_a_stage_without_a_time_has_no_deadline(text):
    times = TIMES | {"minor": TIMES["minor"] | {"execution": text}}
    if text is None:
        del times["minor"]["execution"]

    assert deadline(plan(times=times), severity="minor", stage="execution", starts_at=AT) is None


def test_a_deadline_explains_itself():
    agreed = plan(policy_id="policy")

    inputs = deadline(agreed, severity="major", stage="validation", starts_at=AT).inputs(agreed)

    assert (inputs["duration"], inputs["calendar"], inputs["zone"]) == ("2bd", "office v1", "UTC")
    assert inputs["policy"] == "policy"


def test_what_is_left_counts_in_business_time_only():
    stage = Duration.parse("3bd")
    due = deadline_after(plan(), "findings", MONDAY_9, stage).due_at
    tuesday_evening = dt.datetime(2026, 11, 17, 22, 0, tzinfo=dt.UTC)

    left = time_left(plan(), duration=stage, due_at=due, at=tuesday_evening)

    assert left == Duration(Fraction(480), "bmin")


def test_nothing_is_left_after_the_deadline():
    assert time_left(
        plan(), duration=Duration.parse("48h"), due_at=AT, at=AT + dt.timedelta(hours=1)
    ) == Duration(Fraction(0), "s")


@pytest.mark.parametrize(
    ("severity", "left", "expected"),
    [
        ("moderate", "600bmin", "600bmin"),
        ("moderate", "10bmin", "1bd"),
        ("major", "10bmin", "3/4bd"),
        ("severe", "60s", "28800s"),
        ("severe", "40000s", "40000s"),
    ],
)
def test_inc_a_a_return_leaves_what_was_left_but_not_under_the_floor(severity, left, expected):
    found = time_after_return(plan(), severity=severity, left=Duration.parse(left))

    assert found == Duration.parse(expected)


@pytest.mark.parametrize(
    ("offset", "due"),
    [
        ("0%", dt.datetime(2026, 11, 16, 9, 0, tzinfo=dt.UTC)),
        ("50%", dt.datetime(2026, 11, 16, 17, 0, tzinfo=dt.UTC)),
        ("100%", dt.datetime(2026, 11, 17, 17, 0, tzinfo=dt.UTC)),
        ("+4bh", dt.datetime(2026, 11, 18, 13, 0, tzinfo=dt.UTC)),
        ("+1d", dt.datetime(2026, 11, 18, 17, 0, tzinfo=dt.UTC)),
    ],
)
def test_a_step_fires_at_its_share_of_the_stage_or_after_the_deadline(offset, due):
    stage = deadline(plan(), severity="major", stage="validation", starts_at=MONDAY_9)

    assert step_due(plan(), LadderStep(0, offset, ("owner",)), stage) == due


@given(st.integers(0, 99), st.integers(1, 100))
def test_a_larger_share_never_fires_earlier(smaller, more):
    stage = Deadline("findings", AT, AT + dt.timedelta(hours=48), Duration.parse("48h"))
    larger = min(100, smaller + more)

    early = step_due(plan(), LadderStep(0, f"{smaller}%", ("owner",)), stage)
    late = step_due(plan(), LadderStep(0, f"{larger}%", ("owner",)), stage)

    assert early <= late <= stage.due_at


def test_steps_of_other_severities_and_stages_stay_out():
    ladder = (
        LadderStep(0, "50%", ("deputy",), stages=("findings",)),
        LadderStep(1, "0%", ("role:executive",), severities=("severe",)),
        LadderStep(2, "100%", ("role:executive",)),
    )

    found = steps_for(plan(ladder=ladder), severity="major", stage="validation")

    assert [step.step for step in found] == [2]


@pytest.mark.parametrize("offset", ["half", "101%", "-5%", "", "50"])
def test_an_offset_that_is_none_is_refused(offset):
    with pytest.raises(BadPlan, match="no offset"):
        plan(ladder=(LadderStep(0, offset, ("owner",)),))


def test_a_plan_has_times_for_every_severity():
    with pytest.raises(BadPlan, match="severe"):
        plan(times={name: TIMES[name] for name in ("minor", "moderate", "major")})
