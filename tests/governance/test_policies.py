"""Policies: shipped profiles, drafts, a second person's approval, and what cannot work."""

import copy

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction

from governance.models import Committee, Policy
from governance.rules.policy import BadPolicy, banners, plain, policy_from
from governance.selectors.policies import PROFILES, document_of, policy_in_force, shipped_profile
from governance.services.plans import freeze_plan
from governance.services.policies import approve_policy, draft_policy, load_profile
from incidents.rules.plan import digest, from_text, stage_time, to_text
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from tests.governance.organisation import AT
from tests.incidents.factory import SETUP, acting, house, person
from tests.net import by_hand


@pytest.fixture
def of(db):
    """A house in set-up: nothing runs yet."""
    made = house()
    with by_hand(), connection.cursor() as cursor:
        cursor.execute("UPDATE registry_deployment SET until_at = now()")
    return made


def load(of, profile="small", at=AT):
    """Load a profile as the set-up does."""
    with acting_as(SETUP):
        return load_profile(
            unit_id=of.unit.pk, profile=profile, author_id=of.compliance.pk, actor=SETUP, at=at
        )


def draft(of, by, **changes):
    """Draft a version of the small profile."""
    with acting_as(acting(by)):
        return draft_policy(
            unit_id=of.unit.pk,
            body=shipped_profile("small") | changes,
            reason="Faster.",
            actor=acting(by),
            at=AT,
        )


def approve(policy, by):
    """Approve a version."""
    with acting_as(acting(by)):
        return approve_policy(policy_id=policy.pk, actor=acting(by), at=AT)


# ---------------------------------------------------------------- the document
@pytest.mark.parametrize("name", PROFILES)
def test_every_shipped_profile_works(name):
    document = policy_from(shipped_profile(name))

    assert document.profile == name


@pytest.mark.parametrize("name", PROFILES)
def test_a_policy_reads_back_as_it_was_written(name):
    document = policy_from(shipped_profile(name))

    assert policy_from(plain(document)) == document


def test_kom_02_a_simple_majority_at_high_tier_has_its_banner():
    assert "simple majority" in banners(policy_from(shipped_profile("small")))[0]
    assert banners(policy_from(shipped_profile("bank"))) == ()


def _without(path):
    body = copy.deepcopy(shipped_profile("small"))
    place = body
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return body


def _with(path, value):
    body = copy.deepcopy(shipped_profile("small"))
    place = body
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (_without(("times", "severe")), "the severity severe is missing"),
        (_with(("times", "minor", "findings"), "soon"), "'soon' is no duration"),
        (_with(("times", "severe", "findings"), "2bd"), "severe runs on elapsed time"),
        (_with(("committee", "minimum"), 4), "0 < minimum <= minimum_high <= seats"),
        (_with(("committee", "majority"), "most"), "'most' is no majority"),
        (_with(("committee", "quorum"), "3/2"), "more than the whole"),
        (_with(("committee", "minimum_acceptance"), 9), "minimum_acceptance <= seats must hold"),
        (_with(("escalation", "ladder"), []), "no step reaches an executive or the board"),
        (_with(("small_cases", "dismiss_persons"), 3), "one or two persons dismiss"),
        (_with(("small_cases", "cases"), ["major/low"]), "takes the full form"),
        (_with(("verification", "counts_from"), "luck"), "'luck' is no counts_from"),
        (_with(("surprise",), 1), "unknown field"),
        (_with(("times", "minor", "findings"), 3), "times"),
    ],
)
def test_what_cannot_work_is_refused_in_words(body, words):
    with pytest.raises(BadPolicy) as problem:
        policy_from(body)

    assert words in str(problem.value)


def test_a_step_that_nobody_can_be_is_refused():
    step = {"level": 1, "offset": "50%", "recipients": ["the boss"]}
    body = _with(("escalation", "ladder", 0), step)

    with pytest.raises(BadPolicy, match="nobody is called 'the boss'"):
        policy_from(body)


def test_a_step_after_the_deadline_is_written_with_a_plus():
    step = {"level": 1, "offset": "150%", "recipients": ["deputy"]}
    body = _with(("escalation", "ladder", 0), step)

    with pytest.raises(BadPolicy, match="lies after the deadline"):
        policy_from(body)


# ---------------------------------------------------------------- versions
def test_in_set_up_the_first_version_is_in_force_at_once_and_marked(of):
    policy = load(of)

    assert (policy.state, policy.number) == ("active", 1)
    assert (policy.set_up, policy.example, policy.approved_by) == (True, True, None)


def test_seg_06_the_second_version_needs_a_second_person(of):
    load(of)

    assert load(of, "bank").state == "draft"


def test_once_a_system_runs_even_the_first_version_is_a_draft(of):
    with by_hand(), connection.cursor() as cursor:
        cursor.execute("UPDATE registry_deployment SET until_at = NULL")

    assert load(of).state == "draft"


def test_a_second_person_confirms_the_version_of_the_set_up(of):
    policy = approve(load(of), of.risk)

    assert (policy.set_up, policy.example, policy.approved_by) == (False, False, of.risk)


def test_the_author_cannot_approve_and_is_told_who_can(of):
    drafted = draft(of, of.compliance)

    with pytest.raises(Forbidden) as refusal:
        approve(drafted, of.compliance)

    assert refusal.value.code == "second_person_needed"
    assert of.risk.name in refusal.value.who_can
    assert of.compliance.name not in refusal.value.who_can


def test_an_approved_draft_supersedes_the_one_in_force(of):
    first = load(of)

    second = approve(draft(of, of.compliance), of.risk)

    assert policy_in_force(unit_id=of.unit.pk, at=AT) == second
    assert Policy.objects.get(pk=first.pk).state == "superseded"


def test_a_settled_version_is_not_approved_again(of):
    policy = approve(load(of), of.risk)

    with pytest.raises(Conflict):
        approve(policy, of.executive)


def test_an_owner_drafts_no_policy(of):
    with pytest.raises(Forbidden) as refusal:
        draft(of, of.owner)

    assert of.compliance.name in refusal.value.who_can


def test_a_draft_that_cannot_work_is_refused_with_every_problem(of):
    with pytest.raises(Invalid) as refusal:
        draft(of, of.compliance, times={})

    assert len(refusal.value.extra["problems"]) == 4


def test_an_administrator_drafts_but_does_not_approve(of):
    admin = person(unit=of.unit, role="administrator")
    drafted = draft(of, admin)

    with pytest.raises(Forbidden):
        approve(drafted, admin)

    assert approve(drafted, of.compliance).state == "active"


def test_the_database_refuses_to_change_a_version_that_was_in_force(of):
    policy = load(of)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE governance_policy SET sha256 = 'x' WHERE id = %s", [policy.pk])


# ---------------------------------------------------------------- plans
def test_inc_i_the_plan_of_an_agent_runs_on_elapsed_time_at_major(of):
    load(of)
    of.system.kind = "agent"

    plan = freeze_plan(unit=of.unit, system=of.system, severity="major", at=AT)

    assert str(stage_time(plan, severity="major", stage="acknowledge")) == "4h"
    assert str(stage_time(plan, severity="moderate", stage="acknowledge")) == "1bd"


def test_a_plan_is_equal_byte_for_byte_when_nothing_changed(of):
    load(of)

    plans = [freeze_plan(unit=of.unit, system=of.system, severity="minor", at=AT) for _ in range(2)]

    assert to_text(plans[0]) == to_text(plans[1])
    assert from_text(to_text(plans[0])) == plans[0]


def test_an_edited_policy_gives_another_plan(of):
    load(of)
    before = freeze_plan(unit=of.unit, system=of.system, severity="minor", at=AT)
    times = copy.deepcopy(shipped_profile("small")["times"])
    times["minor"]["findings"] = "5bd"
    approve(draft(of, of.compliance, times=times), of.risk)

    after = freeze_plan(unit=of.unit, system=of.system, severity="minor", at=AT)

    assert digest(before) != digest(after)
    assert after.times["minor"]["findings"] == "5bd"


def test_seg_07_the_bank_keeps_validator_and_verifier_apart(of):
    load(of, "bank")

    plan = freeze_plan(unit=of.unit, system=of.system, severity="minor", at=AT)

    assert ("validator", "verifier") in plan.segregation.extra_pairs


# ---------------------------------------------------------------- the command
def test_one_command_loads_a_profile_with_its_committee(of, capsys):
    people = [person(unit=of.unit) for _ in range(4)]

    call_command(
        "load_profile",
        "demo",
        unit=of.unit.name,
        author=of.compliance.email,
        committee="AI committee",
        seat=[
            f"chair,{people[0].email},{people[3].email}",
            f"data science,{people[1].email}",
            f"external,{people[2].email}",
        ],
        delegate=of.risk.email,
    )

    levels = Committee.objects.filter(unit=of.unit).values_list("level", flat=True)
    assert set(levels) == {"committee", "executive", "board", "delegate"}
    assert Committee.objects.get(level="committee", unit=of.unit).seats.count() == 3
    assert "is in force" in capsys.readouterr().out


def test_the_command_says_who_is_unknown(of):
    with pytest.raises(CommandError, match="no active person with the address 'x@y.example'"):
        call_command("load_profile", "small", unit=of.unit.name, author="x@y.example")


def test_in_the_demo_nobody_waits():
    document = document_of(None)
    demo = policy_from(shipped_profile("demo"))

    assert (demo.committee.min_open, demo.verification.settle) == ("0s", "0s")
    assert demo.verification.counts_from == "received"
    assert document.committee.min_open == "24h"
