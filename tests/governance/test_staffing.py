"""SEG-12: how many persons a case takes, and whether they are there; owner's side is one person."""

import pytest

from governance.rules.policy import policy_from
from governance.rules.staffing import Post, first_unfilled, least_persons
from governance.selectors.policies import shipped_profile
from governance.selectors.staffing import staffing
from ledger.context import acting_as
from registry.models import RoleAssignment
from tests.governance.organisation import AT, organised
from tests.governance.pages import seen, stand_at
from tests.incidents.factory import SETUP, bring, grant, house


def course(*, seats, lines):
    """The posts of a case that goes to a committee."""
    both = (
        Post("compliance", ("validator", "compliance_line")),
        Post("risk", ("validator", "risk_line")),
    )
    return [
        Post("owner", ("owner",)),
        *(both if lines == 2 else (Post("review", ("validator",)),)),
        *(Post(f"seat {number}", ("voter",)) for number in range(seats)),
        Post("carrying it out", ("executor",)),
        Post("verification", ("verifier",)),
    ]


@pytest.mark.parametrize(
    ("profile", "lines", "needed"), [("small", 1, 5), ("small", 2, 6), ("bank", 2, 10)]
)
def test_seg_12_five_persons_suffice_and_six_at_high_tier(profile, lines, needed):
    document = policy_from(shipped_profile(profile))

    posts = course(seats=document.committee.seats, lines=lines)

    assert least_persons(posts, document.segregation.extra_pairs) == needed


def test_a_person_is_not_spent_where_another_would_do():
    posts = [
        Post("the review", ("validator",), ("ada", "ben")),
        Post("a seat", ("voter",), ("ada",)),
    ]

    assert first_unfilled(posts) is None


def test_for_what_nobody_is_left_is_named():
    posts = [
        Post("the owner's side", ("owner",), ("ada",)),
        Post("the review", ("validator",), ("ben",)),
        Post("a seat", ("voter",), ("ben",)),
    ]

    assert first_unfilled(posts).words == "a seat"


def end_roles_of(*people):
    """End every role of some people."""
    with acting_as(SETUP):
        for row in RoleAssignment.objects.filter(user__in=people):
            row.until_at = AT
            row.save(at=AT)


@pytest.mark.django_db
def test_seg_12_the_deputy_counts_as_the_owners_side():
    of = organised(risk_tier="high")
    end_roles_of(of.house.risk)
    grant(of.house.deputy, "risk", unit=of.house.unit)

    found = staffing(system=of.house.system, at=AT)

    assert found.needed == 6
    assert found.words == "Nobody is left for the review for risk who took no other part."


@pytest.mark.django_db
def test_with_both_lines_and_a_full_committee_there_are_enough():
    of = organised(risk_tier="high")

    found = staffing(system=of.house.system, at=AT)

    assert found.suffices
    assert found.available >= found.needed


@pytest.mark.django_db
def test_without_a_committee_nothing_is_counted():
    assert staffing(system=house().system, at=AT) is None


@pytest.mark.django_db
def test_the_page_of_parts_says_how_many_persons_a_case_takes(client):
    of = organised()
    incident = bring(of.house, "VALIDATION")
    stand_at(AT)

    text = seen(client, f"/incidents/{incident.number}/parts/", of.house.owner)

    stand_at(None)
    assert "takes 5 persons, with owner and deputy as one" in text
