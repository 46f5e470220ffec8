"""The matrix of both profiles against a plain reading of it, and a case for each level of the bank.

Tier × severity × kind of action says who decides (INC-4, KOM-22, SEG-15); each level votes by its
own charter, nobody of a lower one votes there, and what it carries is what the incident does.
"""

import pytest

from governance.rules.levels import Matter, level_of
from governance.rules.motion_kinds import KINDS
from governance.rules.policy import policy_from
from governance.selectors.policies import shipped_profile
from governance.services.committees import SeatPlan
from ledger.rules.refusals import Forbidden
from tests.governance.organisation import committee, convened, decided, organised, vote
from tests.governance.rounds import DAY, again, all_vote, count, seats
from tests.incidents.factory import AT, do, person, terms

TIERS = ("low", "medium", "high")
SEVERITIES = ("minor", "moderate", "major", "severe")
GRAVE = ("major", "severe")
RISKS = ("accept_risk", "exception")
SMALL = {("low", "minor"), ("medium", "minor"), ("low", "moderate")}
NOT_ALONE = {
    "compensate", "retire", "accept_risk", "exception", "ratify", "lift", "resume", "revoke",
}  # fmt: skip


def bank(kind, tier, severity):
    """Who decides at a bank, as its profile says it in words."""
    if kind in RISKS and (tier, severity) == ("high", "severe"):
        return "board"
    if kind in RISKS and (tier == "high" or severity in GRAVE):
        return "executive"
    if kind == "retire" and tier == "high":
        return "executive"
    if kind == "compensate" and severity == "severe":
        return "executive"
    if kind == "resume" and (tier, severity) == ("high", "severe"):
        return "executive"
    if (tier, severity) in SMALL and kind not in NOT_ALONE:
        return "delegate"
    return "committee"


def test_every_cell_of_the_banks_matrix_is_what_its_words_say():
    levels = policy_from(shipped_profile("bank")).levels
    cells = [(kind, tier, one) for kind in KINDS for tier in TIERS for one in SEVERITIES]

    found = {
        (kind, tier, one): level_of(
            levels, Matter((kind,), tier, one, delegable=(tier, one) in SMALL)
        ).name
        for kind, tier, one in cells
    }

    assert found == {cell: bank(*cell) for cell in cells}


@pytest.mark.parametrize("name", ["small", "bank"])
def test_no_risk_of_a_grave_case_at_high_tier_is_accepted_below_the_executive(name):
    levels = policy_from(shipped_profile(name)).levels

    found = {
        level_of(levels, Matter((kind,), "high", severity)).name
        for kind in RISKS
        for severity in GRAVE
    }

    assert found <= {"executive", "board"}


# ---------------------------------------------------------------- a case for each level
def founded(*, tier, severity=""):
    """A bank with all its bodies, and a case of a severity that waits for its decision."""
    of = organised(profile="bank", risk_tier=tier, levels=("executive", "board"))
    of.delegate = person(name="Delegate", unit=of.house.unit)
    seat = SeatPlan("delegate", of.delegate.pk, chair=True)
    committee(of.house, level="delegate", seats=[seat])
    of.board = [person(unit=of.house.unit, role="board") for _ in range(2)]
    of.second = person(unit=of.house.unit, role="executive")
    incident = decided(of)
    if severity:
        do(incident, "raise_severity", of.house.compliance, severity=severity)
    return of, again(incident)


def ordering(of, kind, **parameters):
    """One action of a kind."""
    return [
        {
            "type": kind,
            "words": "It is done.",
            "executor_id": str(of.house.engineer.pk),
            "parameters": parameters,
        }
    ]


def put(of, incident, **motion):
    """A round on a motion, convened by the secretary."""
    return convened(of, incident, by=of.house.secretary, **motion)


@pytest.mark.full
@pytest.mark.django_db
def test_a_small_case_of_a_bank_is_decided_by_its_delegate_alone():
    of, incident = founded(tier="low")
    decision = put(of, incident)
    with pytest.raises(Forbidden):
        vote(decision, of.members[3])

    vote(decision, of.delegate)
    closed = count(decision)

    assert closed.committee.level == "delegate"
    assert (closed.state, again(incident).state) == ("adopted", "EXECUTION")


@pytest.mark.full
@pytest.mark.django_db
def test_an_ordinary_case_of_a_bank_is_decided_by_the_seven_seats():
    of, incident = founded(tier="medium", severity="major")
    decision = put(of, incident)
    with pytest.raises(Forbidden):
        vote(decision, of.delegate)

    closed = count(all_vote(decision))

    assert (closed.committee.level, len(seats(closed))) == ("committee", 7)
    assert (closed.state, again(incident).state) == ("adopted", "EXECUTION")


@pytest.mark.full
@pytest.mark.django_db
def test_at_high_tier_a_bank_asks_for_the_second_line_legal_and_an_absolute_majority():
    of, incident = founded(tier="high")
    decision = put(of, incident)
    for member in of.members[3:]:
        vote(decision, member)

    closed = count(decision, at=decision.closes_at)

    assert closed.state == "lapsed"
    assert again(incident).state == "DECISION"


@pytest.mark.full
@pytest.mark.django_db
def test_retiring_at_high_tier_is_decided_by_the_executives_of_a_bank():
    of, incident = founded(tier="high")
    decision = put(of, incident, actions=ordering(of, "retire"))
    with pytest.raises(Forbidden):
        vote(decision, of.chair)

    closed = count(all_vote(decision))

    assert closed.committee.level == "executive"
    assert (closed.state, again(incident).state) == ("adopted", "EXECUTION")


@pytest.mark.full
@pytest.mark.django_db
def test_a_severe_risk_at_high_tier_is_accepted_by_the_board_of_a_bank():
    of, incident = founded(tier="high", severity="severe")
    accepting = ordering(of, "accept_risk", **terms(incident, until_at=(AT + 20 * DAY).isoformat()))
    decision = put(of, incident, actions=accepting)
    with pytest.raises(Forbidden):
        vote(decision, of.second)

    closed = count(all_vote(decision))

    assert (closed.committee.level, len(seats(closed))) == ("board", 2)
    assert (closed.state, again(incident).state) == ("adopted", "RISK_ACCEPTED")


@pytest.mark.full
@pytest.mark.django_db
def test_one_member_of_the_board_alone_carries_nothing():
    of, incident = founded(tier="high", severity="severe")
    accepting = ordering(of, "accept_risk", **terms(incident))
    decision = put(of, incident, actions=accepting)
    vote(decision, of.board[0])

    closed = count(decision, at=decision.closes_at)

    assert closed.state == "lapsed"
    assert again(incident).state == "DECISION"
