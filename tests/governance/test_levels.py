"""INC-4, KOM-22, SEG-10, SEG-15: which level decides what, in both profiles, and only upwards."""

import pytest

from governance.rules.charters import charter_data, rules_from, voting_charter
from governance.rules.levels import LEVELS, Matter, higher, level_of, level_problems, lowered
from governance.rules.motion_kinds import KINDS
from governance.rules.policy import banners, policy_from
from governance.rules.policy_parts.levels import LevelRule, Levels, SeatRule
from governance.selectors.levels import body_of
from governance.selectors.policies import shipped_profile
from governance.services.policies import approve_policy, draft_policy
from governance.services.rounds import send_up
from ledger.context import acting_as
from ledger.rules.refusals import Conflict, Forbidden
from registry.models import RoleAssignment
from tests.governance.organisation import (
    AT,
    convened,
    decided,
    moved,
    organised,
    vote,
)
from tests.governance.rounds import HOUR, again, all_vote, by, count, seats
from tests.incidents.factory import SETUP, grant, person

TIERS = ("low", "medium", "high")
SEVERITIES = ("minor", "moderate", "major", "severe")


def profile(name):
    """A shipped profile."""
    return policy_from(shipped_profile(name))


def level(name, kind, tier, severity, *, small=False, at_least=""):
    """Which level decides by a shipped profile."""
    matter = Matter((kind,), tier, severity, delegable=small, at_least=at_least)
    return level_of(profile(name).levels, matter).name


# ---------------------------------------------------------------- the matrix
@pytest.mark.parametrize(
    ("name", "kind", "tier", "severity", "expected"),
    [
        ("small", "rollback", "low", "minor", "committee"),
        ("small", "accept_risk", "medium", "moderate", "committee"),
        ("small", "accept_risk", "high", "moderate", "executive"),
        ("small", "accept_risk", "low", "severe", "executive"),
        ("small", "retire", "high", "minor", "executive"),
        ("small", "suspend", "high", "severe", "committee"),
        ("bank", "accept_risk", "medium", "major", "executive"),
        ("bank", "accept_risk", "high", "severe", "board"),
        ("bank", "exception", "high", "moderate", "executive"),
        ("bank", "compensate", "medium", "severe", "executive"),
        ("bank", "resume", "high", "severe", "executive"),
        ("bank", "suspend", "high", "severe", "committee"),
    ],
)
def test_the_matrix_says_which_level_decides(name, kind, tier, severity, expected):
    assert level(name, kind, tier, severity) == expected


@pytest.mark.parametrize("name", ["small", "bank"])
def test_seg_15_a_delegate_decides_small_cases_but_no_acceptance(name):
    assert level(name, "rollback", "low", "minor", small=True) == "delegate"
    assert level(name, "accept_risk", "low", "minor", small=True) == "committee"
    assert level(name, "compensate", "low", "minor", small=True) == "committee"


@pytest.mark.parametrize("name", ["small", "bank", "demo"])
def test_every_cell_of_a_shipped_matrix_names_a_level_with_its_reason(name):
    levels = profile(name).levels
    cells = [
        level_of(levels, Matter((kind,), tier, severity))
        for kind in KINDS
        for tier in TIERS
        for severity in SEVERITIES
    ]

    assert {one.name for one in cells} <= set(LEVELS)
    assert all(one.words.endswith("decides.") or "no rule" in one.words for one in cells)


def test_of_several_actions_the_one_that_goes_highest_counts():
    found = level_of(profile("bank").levels, Matter(("rollback", "retire"), "high", "major"))

    assert (found.name, "Retiring at high tier" in found.words) == ("executive", True)


def test_a_case_never_goes_to_a_lower_level_than_it_has_been():
    assert level("small", "rollback", "low", "minor", at_least="executive") == "executive"


@pytest.mark.full
def test_a_severer_case_never_goes_lower():
    for name in ("small", "bank"):
        for kind in KINDS:
            for tier in TIERS:
                found = [LEVELS.index(level(name, kind, tier, one)) for one in SEVERITIES]
                assert found == sorted(found), (name, kind, tier)


def test_the_next_level_of_the_board_is_the_board():
    assert [higher("committee", steps) for steps in (0, 1, 2, 3)] == [
        "committee", "executive", "board", "board",
    ]  # fmt: skip


def test_what_a_lower_level_would_decide_is_named():
    before = Levels(matrix=[LevelRule(level="board", kinds=["retire"])])

    found = lowered(before, Levels(matrix=[LevelRule(level="executive", kinds=["retire"])]))

    assert "Retiring at low tier, minor: the executive instead of the board" in found
    assert lowered(before, before) == []


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        (Levels(matrix=[LevelRule(level="king")]), "'king' is no level"),
        (Levels(matrix=[LevelRule(level="board", kinds=["sing"])]), "'sing' is no kind"),
        (Levels(matrix=[LevelRule(level="board", tiers=["x"])]), "'x' is no tier"),
        (Levels(matrix=[LevelRule(level="board", severities=["x"])]), "'x' is no severity"),
        (Levels(delegate_kinds=["sing"]), "'sing' is no kind"),
        (Levels(edits=-1), "not negative"),
        (Levels(seats=[SeatRule(function="risk")]), "exactly one seat has the chair"),
    ],
)
def test_a_matrix_that_cannot_work_is_told_in_words(levels, words):
    assert any(words in one for one in level_problems(levels))


# ---------------------------------------------------------------- charters
def test_kom_22_every_level_has_a_charter_of_its_own():
    document = profile("bank")

    board = charter_data(document.committee, level="board", levels=document.levels)
    delegate = charter_data(document.committee, level="delegate", levels=document.levels)

    assert (board["electorate"], board["minimum"], board["majority"]) == (
        "role:board", 2, "absolute",
    )  # fmt: skip
    assert (delegate["minimum"], delegate["majority_acceptance"]) == (1, "simple")


def test_kom_02_an_acceptance_asks_for_what_the_profile_says():
    small = rules_from(charter_data(profile("small").committee, level="committee"))

    found = voting_charter(small, risk_tier="low", acceptance=True)

    assert (found.minimum, found.majority) == (3, "unanimous")
    assert voting_charter(small, risk_tier="low").majority == "simple"


def test_kom_02_a_profile_below_the_defaults_at_high_tier_has_a_banner():
    assert any("simple majority" in one for one in banners(profile("small")))
    assert banners(profile("bank")) == ()


def test_what_was_carried_by_more_is_replaced_by_as_much():
    rules = rules_from(charter_data(profile("small").committee, level="committee"))

    found = voting_charter(rules, risk_tier="low", least_majority="two_thirds")

    assert found.majority == "two_thirds"


def test_kom_12_and_kom_20_the_bank_names_a_vice_chair_and_substitutes():
    seats_of_bank = profile("bank").levels.seats
    chair = next(one for one in seats_of_bank if one.chair)
    vice = next(one for one in seats_of_bank if one.vice_chair)

    assert (len(seats_of_bank), chair.function, vice.function) == (7, "risk", "legal")
    assert all(one.substitute for one in seats_of_bank)
    assert profile("bank").committee.required_high[0] == "risk|compliance"


# ---------------------------------------------------------------- bodies
def retire(of):
    """Retiring the system."""
    return [
        {
            "type": "retire",
            "words": "It is retired.",
            "executor_id": str(of.house.engineer.pk),
            "parameters": {},
        }
    ]


@pytest.mark.django_db
def test_a_motion_goes_to_the_level_that_the_matrix_names():
    of = organised(risk_tier="high")
    incident = decided(of)

    decision = moved(of, incident, actions=retire(of))

    assert decision.committee.level == "executive"
    assert "Retiring at high tier" in decision.level_words


@pytest.mark.django_db
def test_without_a_body_of_the_level_the_next_higher_one_decides():
    of = organised(risk_tier="high", levels=("board",))
    incident = decided(of)

    decision = moved(of, incident, actions=retire(of))

    assert decision.committee.level == "board"
    assert "There is no such body" in decision.level_words


@pytest.mark.django_db
def test_without_any_body_of_the_level_or_above_nobody_decides_in_its_place():
    of = organised(risk_tier="high", levels=())
    incident = decided(of)

    with pytest.raises(Conflict) as refusal:
        moved(of, incident, actions=retire(of))

    assert refusal.value.code == "no_committee"


@pytest.mark.django_db
def test_a_motion_after_a_lapse_upwards_stays_at_the_higher_level():
    of = organised()
    incident = decided(of)
    decision = convened(of, incident)
    by(of.chair, send_up, decision_id=decision.pk, reason="At once.", at=AT)

    assert body_of(incident=again(incident), kinds=("rollback",)).level == "executive"


@pytest.mark.django_db
def test_kom_11_after_two_rejections_the_next_motion_goes_up():
    of = organised()
    incident = decided(of)
    for _ in range(2):
        count(all_vote(convened(of, incident), "against"))

    assert moved(of, again(incident)).committee.level == "executive"


# ---------------------------------------------------------------- only upwards
def lower(of):
    """A draft of the policy in which a lower level decides on retiring."""
    body = shipped_profile("small")
    matrix = [one | {"tiers": ["high"], "level": "committee"} for one in body["levels"]["matrix"]]
    body["levels"] = body["levels"] | {"matrix": matrix}
    return by(
        of.house.compliance, draft_policy, unit_id=of.house.unit.pk, body=body, reason="Faster.",
        at=AT,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_policy_that_lets_a_lower_level_decide_is_an_act_of_the_board():
    of = organised()
    draft = lower(of)

    with pytest.raises(Forbidden, match="lower level") as refusal:
        by(of.house.risk, approve_policy, policy_id=draft.pk, at=AT)

    assert refusal.value.code == "board_needed"


@pytest.mark.django_db
def test_a_member_of_the_board_agrees_to_a_lower_level():
    of = organised()
    draft = lower(of)
    member = person(unit=of.house.unit, role="board")

    approved = by(member, approve_policy, policy_id=draft.pk, at=AT)

    assert approved.state == "active"


# ---------------------------------------------------------------- SEG-10
@pytest.mark.django_db
def test_seg_10_who_voted_below_steps_aside_where_others_can_decide():
    of = organised()
    incident = decided(of)
    grant(of.chair, "executive", unit=of.house.unit)
    person(unit=of.house.unit, role="executive")
    decision = convened(of, incident)
    vote(decision, of.chair)

    following = by(of.chair, send_up, decision_id=decision.pk, reason="At once.", at=AT + HOUR)

    assert of.chair.name not in [name for _, name in seats(following)]
    assert "level below" in following.recusals.get(person=of.chair).reason


@pytest.mark.django_db
def test_seg_10_who_voted_below_decides_if_nobody_else_can_and_that_is_shown():
    of = organised()
    incident = decided(of)
    grant(of.chair, "executive", unit=of.house.unit)
    end_roles(of.house.executive)
    decision = convened(of, incident)
    vote(decision, of.chair)

    following = by(of.chair, send_up, decision_id=decision.pk, reason="At once.", at=AT + HOUR)

    assert seats(following) == [("seated", of.chair.name)]
    assert "nobody else can decide" in following.electors.get().note


@pytest.mark.django_db
def test_seg_10_submitter_validator_and_executor_are_recused_at_every_level():
    of = organised()
    incident = decided(of)
    for who in (of.house.owner, of.house.compliance, of.house.engineer):
        grant(who, "executive", unit=of.house.unit)
    decision = convened(of, incident)

    following = by(of.chair, send_up, decision_id=decision.pk, reason="At once.", at=AT + HOUR)

    recused = set(following.recusals.values_list("person__name", flat=True))
    assert {of.house.owner.name, of.house.compliance.name, of.house.engineer.name} <= recused


def end_roles(who):
    """End every role of somebody."""
    with acting_as(SETUP):
        for row in RoleAssignment.objects.filter(user=who):
            row.until_at = AT
            row.save()
