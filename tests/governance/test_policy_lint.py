"""What stands against a policy (INC-5): high tier reaches the top, calendars reach far enough."""

import datetime as dt

import pytest

from governance.rules.policy import BadPolicy, policy_from
from governance.rules.policy_lint import calendar_faults, tier_faults
from governance.selectors.policies import shipped_profile
from governance.selectors.recipients import resolve
from governance.services.plans import freeze_plan
from governance.services.policies import approve_policy, draft_policy
from ledger.context import acting_as
from ledger.rules.refusals import Invalid
from outbox.models import DeliveryAttempt, Message
from outbox.rules.calendars import Calendar
from tests.governance.organisation import AT, organised, read
from tests.incidents.factory import SETUP, acting, house

OFFICE = (((9 * 60, 17 * 60),),) * 5 + ((), ())


def body(**changes):
    """The small profile, changed."""
    return shipped_profile("small") | changes


def without_board(made):
    """A policy whose ladder never reaches the board at minor severity."""
    ladder = [step for step in made["escalation"]["ladder"] if "tiers" not in step]
    return made | {"escalation": made["escalation"] | {"ladder": ladder}}


@pytest.mark.parametrize("profile", ["small", "bank", "demo"])
def test_every_shipped_profile_reaches_executive_and_board_at_high_tier(profile):
    assert list(tier_faults(policy_from(shipped_profile(profile)))) == []


def test_a_ladder_without_the_board_is_named_by_severity():
    found = list(tier_faults(policy_from(without_board(body()))))

    assert found[0].startswith("At minor the ladder does not reach the board")
    assert len(found) == 3


def test_a_step_of_one_tier_stands_in_the_plans_of_that_tier_alone(db):
    plans = [
        freeze_plan(unit=made.unit, system=made.system, severity="minor", at=AT)
        for made in (house(risk_tier="medium"), house(risk_tier="high"))
    ]

    assert [any(step.level == 4 and step.severities != ("severe",) for step in one.ladder)
            for one in plans] == [False, True]  # fmt: skip


def test_a_calendar_reaches_until_the_end_of_its_last_year_with_an_exception():
    calendar = Calendar("UTC", OFFICE, {dt.date(2027, 1, 1): ()})

    assert calendar_faults(calendar, name="Office", years=1, on=AT) == ()
    assert calendar_faults(calendar, name="Office", years=2, on=AT) == (
        "Office: The holidays are entered until 2027-12-31 only; they must reach 2 years ahead.",
    )
    assert calendar_faults(Calendar("UTC", OFFICE), name="Office", years=0, on=AT) == ()


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"wakes": ["major"]}, "severe always wakes people"),
        ({"wakes": ["severe", "huge"]}, "'huge' is no severity"),
        ({"again": ["4bh"]}, "must be elapsed time"),
        ({"again": ["soon"]}, "'soon' is no duration"),
        ({"lapses": {"minor": "0h"}}, "longer than nothing"),
        ({"calendar_years": 99}, "0 to 10 years"),
    ],
)
def test_rules_by_which_nobody_could_be_called_are_refused(part, words):
    with pytest.raises(BadPolicy) as refused:
        policy_from(body(on_call=part))

    assert words in str(refused.value)


def activated(of, made):
    """Draft a policy and put it in force."""
    author, approver = of.house.compliance, of.house.risk
    with acting_as(acting(author)):
        drafted = draft_policy(
            unit_id=of.house.unit.pk, body=made, reason="new", actor=acting(author), at=AT
        )
    with acting_as(acting(approver)):
        return approve_policy(policy_id=drafted.pk, actor=acting(approver), at=AT)


def test_where_a_system_of_high_tier_runs_a_ladder_without_the_board_is_not_put_in_force(db):
    of = organised(risk_tier="high")

    with pytest.raises(Invalid) as refused:
        activated(of, without_board(body()))

    assert refused.value.code == "policy_does_not_serve"


def test_without_a_system_of_high_tier_it_is(db):
    assert activated(organised(), without_board(body())).state == "active"


def test_a_calendar_that_ends_too_soon_stands_against_a_policy(db):
    of = organised()
    calendar = of.house.unit.calendar
    calendar.exceptions = {"2026-12-25": []}
    with acting_as(SETUP):
        calendar.save()

    with pytest.raises(Invalid) as refused:
        activated(of, body())

    assert "they must reach 1 years ahead" in refused.value.reason


def test_who_is_reached_on_no_channel_counts_as_absent(db):
    of = organised()
    (incident,) = read(of)
    message = Message.objects.create(
        channel="mail",
        key="bounced",
        address=of.house.deputy.email,
        person_id=of.house.deputy.pk,
        state="failed",
        attempts=1,
        created_at=AT,
        next_attempt_at=AT,
    )
    DeliveryAttempt.objects.create(message=message, number=1, at=AT, ok=False, status=550)

    found = resolve(expression="deputy", incident=incident, at=AT)

    assert [one.person for one in found] == [of.house.owner]
