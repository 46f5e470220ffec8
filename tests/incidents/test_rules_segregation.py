"""The matrix of parts: symmetrical, over the whole history, on persons and their principals."""

import itertools
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.rules.segregation import (
    PAIRS,
    PARTS_OF,
    WORDS,
    PastAct,
    barred_by,
    clash,
    violations,
)
from incidents.rules.transitions import COMMANDS

ANNA, BEN, CARA = (uuid.UUID(int=number) for number in (1, 2, 3))
ACTS = sorted(PARTS_OF)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_seg_03_every_pair_holds_both_ways(one, other):
    acts_one = [act for act, parts in PARTS_OF.items() if one in parts]
    acts_other = [act for act, parts in PARTS_OF.items() if other in parts]

    for first, second in itertools.product(acts_one, acts_other):
        assert clash(act=second, history=[PastAct(ANNA, first)], person=ANNA) is not None
        assert clash(act=first, history=[PastAct(ANNA, second)], person=ANNA) is not None


@pytest.mark.parametrize(
    ("past", "act"),
    [
        ("submitted", "validated_compliance"),
        ("owned", "validated_risk"),
        ("deputised", "verified"),
        ("acknowledged", "voted"),
        ("validated_risk", "voted"),
        ("returned", "voted"),
        ("authored", "voted"),
        ("executes", "voted"),
        ("executes", "verified"),
        ("executes", "confirmed"),
        ("owned", "confirmed"),
        ("validated_compliance", "validated_risk"),
        ("dismissed", "agreed_dismissal"),
        ("owned", "agreed_dismissal"),
    ],
)
def test_what_workflow_section_1_forbids_is_forbidden(past, act):
    assert clash(act=act, history=[PastAct(ANNA, past)], person=ANNA) is not None


@pytest.mark.parametrize(
    ("past", "act"),
    [
        ("validated_compliance", "verified"),
        ("owned", "executes"),
        ("authored", "validated_compliance"),
        ("voted", "verified"),
        ("owned", "submitted"),
    ],
)
def test_seg_07_what_the_small_profile_grants_is_allowed(past, act):
    assert clash(act=act, history=[PastAct(ANNA, past)], person=ANNA) is None


def test_a_profile_may_add_a_pair():
    history = [PastAct(ANNA, "validated_compliance")]

    found = clash(
        act="verified", history=history, person=ANNA, extra_pairs=[("validator", "verifier")]
    )

    assert found.reason(second_person=True) == "you signed for compliance"


def test_an_act_as_a_delegate_binds_the_delegate_and_the_principal():
    history = [PastAct(BEN, "submitted", on_behalf_of=ANNA)]

    for person in (ANNA, BEN):
        assert clash(act="validated_risk", history=history, person=person) is not None
    assert clash(act="validated_risk", history=history, person=CARA) is None


def test_acting_for_somebody_counts_all_that_they_did():
    history = [PastAct(ANNA, "validated_compliance")]

    found = clash(act="validated_risk", history=history, person=BEN, acting_for=ANNA)

    assert found.reason(second_person=True, name="Anna") == (
        "you act for Anna, who signed for compliance"
    )


def test_seg_01_a_delegation_of_the_owner_counts_without_an_act():
    history = [PastAct(ANNA, "owned")]

    found = clash(act="verified", history=history, person=BEN, delegate_of={ANNA})

    assert found.reason(second_person=False, name="Anna") == "acts for Anna, who owns the system"


def test_a_delegation_of_a_validator_counts_only_when_used():
    history = [PastAct(ANNA, "validated_compliance")]

    assert clash(act="validated_risk", history=history, person=BEN, delegate_of={ANNA}) is None


def test_the_strongest_reason_is_told():
    history = [PastAct(ANNA, "assessed"), PastAct(ANNA, "submitted"), PastAct(ANNA, "owned")]

    found = clash(act="validated_compliance", history=history, person=ANNA)

    assert found.act == "submitted"


@given(st.sampled_from(ACTS), st.sampled_from(ACTS))
def test_the_matrix_is_symmetrical(one, other):
    there = not barred_by(one).isdisjoint(PARTS_OF[other])
    back = not barred_by(other).isdisjoint(PARTS_OF[one])

    assert there == back


def test_violations_names_who_held_both():
    history = [PastAct(ANNA, "owned"), PastAct(BEN, "voted"), PastAct(ANNA, "verified")]

    assert violations(history) == [(ANNA, "verified", "owned")]


def test_every_act_of_a_command_has_words_or_no_part():
    acts = {command.act for command in COMMANDS.values()} - {""}

    assert acts & set(PARTS_OF) <= set(WORDS)
    assert set(PARTS_OF) <= set(WORDS)
