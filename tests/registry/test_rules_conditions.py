"""LAW-03: conditions of the law's data, with three values, by examples and by properties."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.rules.conditions import (
    BadCondition,
    all_of,
    any_of,
    expanded,
    facts_in,
    holds,
    opposite,
)
from registry.rules.legal import ROLES, TIERS, LegalFacts

FLAGS = ("profiling", "legacy", "public_authority")
POINTS = ("III.1.a", "III.2.a", "III.5.b")
VOCABULARY = {"tier": TIERS, "role": ROLES, "point": (*POINTS, "III.1", "III"), "flag": FLAGS}
KINDS = {"tier": "tiers", "role": "roles", "point": "points", "flag": "flags"}


def leaves():
    return st.one_of(
        [
            st.one_of(st.sampled_from(words), st.lists(st.sampled_from(words), min_size=1)).map(
                lambda value, key=key: {key: value}
            )
            for key, words in VOCABULARY.items()
        ]
    )


def joined(inner):
    several = st.lists(inner, max_size=3)
    return st.one_of(
        several.map(lambda many: {"all": many}),
        several.map(lambda many: {"any": many}),
        inner.map(lambda one: {"not": one}),
    )


CONDITIONS = st.recursive(leaves(), joined, max_leaves=8)
WORDS = {"tiers": TIERS, "roles": ROLES, "points": POINTS, "flags": FLAGS}
NAMES = [*TIERS, *ROLES, *POINTS, *FLAGS]


@st.composite
def facts(draw, *, decided=False):
    chosen = {
        "tiers": frozenset(draw(st.sets(st.sampled_from(TIERS)))),
        "roles": frozenset(draw(st.sets(st.sampled_from(ROLES)))),
        "points": frozenset(draw(st.sets(st.sampled_from(POINTS)))),
        "flags": frozenset(draw(st.sets(st.sampled_from(FLAGS)))),
    }
    known = frozenset().union(*chosen.values())
    waiting = frozenset() if decided else frozenset(draw(st.sets(st.sampled_from(NAMES)))) - known
    return LegalFacts(**chosen, open=waiting)


def settled(some, names):
    """Return the facts with what was open decided: yes for `names`, no for the rest."""
    found = {
        kind: getattr(some, kind) | (some.open & names & set(words))
        for kind, words in (
            ("tiers", TIERS),
            ("roles", ROLES),
            ("points", POINTS),
            ("flags", FLAGS),
        )
    }
    return LegalFacts(**found)


@settings(deadline=None)
@given(CONDITIONS, facts())
def test_an_answer_is_one_of_three(condition, some):
    assert holds(condition, some) in ("yes", "no", "open")


@settings(deadline=None)
@given(CONDITIONS, facts(decided=True))
def test_where_everything_is_decided_nothing_is_open(condition, some):
    assert holds(condition, some) != "open"


@settings(deadline=None)
@given(CONDITIONS, facts(), st.sets(st.sampled_from(NAMES)))
def test_deciding_what_is_open_never_turns_a_yes_or_a_no(condition, some, names):
    before = holds(condition, some)

    after = holds(condition, settled(some, names))

    assert before in ("open", after)


@settings(deadline=None)
@given(CONDITIONS, facts())
def test_not_not_is_the_same(condition, some):
    assert holds({"not": {"not": condition}}, some) == holds(condition, some)


@settings(deadline=None)
@given(CONDITIONS, CONDITIONS, facts())
def test_not_both_is_one_of_the_two_not(one, other, some):
    neither = holds({"not": {"all": [one, other]}}, some)

    assert neither == holds({"any": [{"not": one}, {"not": other}]}, some)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["yes", "no", "open"])))
def test_all_and_any_mirror_each_other(said):
    assert all_of(said) == opposite(any_of([opposite(one) for one in said]))


@settings(deadline=None)
@given(CONDITIONS)
def test_a_condition_without_names_is_expanded_to_itself(condition):
    assert expanded(condition, {}) == condition


@settings(deadline=None)
@given(CONDITIONS, facts())
def test_a_name_stands_for_its_condition(condition, some):
    named = expanded({"all": [{"is": "x"}, {"is": "x"}]}, {"x": condition})

    assert holds(named, some) == holds(condition, some)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({}, "yes"),
        ({"any": []}, "no"),
        ({"all": []}, "yes"),
        ({"tier": "high_risk_annex_iii"}, "yes"),
        ({"tier": ["minimal", "high_risk_annex_iii"]}, "yes"),
        ({"tier": "minimal"}, "no"),
        ({"role": "provider"}, "open"),
        ({"point": "III.5"}, "yes"),
        ({"point": "III.5.b"}, "yes"),
        ({"point": "III.5.c"}, "no"),
        ({"point": "III.1"}, "open"),
        ({"not": {"point": "III.2"}}, "yes"),
        ({"flag": "legacy"}, "open"),
        ({"tier": "high_risk_annex_iii", "role": "deployer"}, "yes"),
        ({"tier": "minimal", "flag": "legacy"}, "no"),
    ],
)
def test_a_condition_of_a_credit_model_of_a_deployer(condition, said):
    some = LegalFacts(
        tiers=frozenset({"high_risk_annex_iii"}),
        roles=frozenset({"deployer"}),
        points=frozenset({"III.5.b"}),
        open=frozenset({"provider", "legacy", "III.1.a"}),
    )

    assert holds(condition, some) == said


def test_a_whole_kind_may_be_open():
    nothing = LegalFacts(open=frozenset(KINDS.values()))

    assert holds({"all": [{"tier": "gpai"}, {"not": {"flag": "legacy"}}]}, nothing) == "open"


@pytest.mark.parametrize(
    "condition",
    [
        {"is": "nothing"},
        {"is": "circle"},
        {"tier": "unheard"},
        {"role": 7},
        {"flag": []},
        {"flag": [7]},
        {"all": {"flag": "legacy"}},
        {"mood": "good"},
        {"all": ["legacy"]},
        {"is": "circle", "flag": "legacy"},
    ],
)
def test_a_condition_outside_the_vocabulary_is_refused(condition):
    with pytest.raises(BadCondition):
        expanded(condition, {"circle": {"all": [{"is": "circle"}]}})


def test_the_facts_of_a_condition_are_told():
    condition = {"all": [{"tier": "gpai"}, {"not": {"any": [{"flag": ["legacy", "profiling"]}]}}]}

    assert facts_in(condition) == {"tier:gpai", "flag:legacy", "flag:profiling"}
