"""REG-4, REG-12: what follows from the answers of the questionnaire, as tables and properties."""

import datetime as dt

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.classification import (
    AREAS,
    DECIDING,
    PRACTICES,
    WEIGHT,
    floor_of,
    is_legacy,
    judge,
)
from registry.rules.classification.facts import FACTS
from registry.rules.questionnaires import (
    Answer,
    asked,
    differences,
    faults,
    gaps,
    questions_of,
    read,
    stored,
)
from registry.rules.tiers import highest, is_below
from registry.selectors.questionnaires import FILE
from tests.registry.answers import CREDIT, FORM, answer, answers

FILTERED = {
    "annex_iii_4": ["III.4.a"],
    "profiling": "no",
    "filter_conditions": ["preparatory"],
    "significant_risk": "no",
}
PRODUCT = {
    "annex_i_acts": ["I.A.11"],
    "safety_component": "yes",
    "third_party_assessment": "yes",
}
QUESTIONS = {question["id"]: question for question in questions_of(FORM.document)}
CLOSED = sorted(key for key, one in QUESTIONS.items() if one["kind"] != "date")


def options(key):
    """Return every answer that a question can have, one of several at a time."""
    question = QUESTIONS[key]
    if question["kind"] == "yes_no":
        return ["yes", "no", "unknown"]
    values = [option["value"] for option in question["options"]]
    return values if question["kind"] == "choice" else [[value] for value in values]


@st.composite
def any_answers(draw):
    """Any answers to any of the questions; some are not answered."""
    said = {}
    for key in CLOSED:
        value = draw(st.one_of(st.none(), st.sampled_from(options(key))))
        if value is not None:
            said[key] = answer(value)
    return said


@pytest.mark.parametrize(
    ("changes", "legal_class", "tiers"),
    [
        ({}, "minimal", {"minimal"}),
        ({"is_ai_system": "no"}, "minimal", set()),
        ({"direct_interaction": "yes"}, "transparency", {"transparency"}),
        ({"public_interest_text": "yes"}, "transparency", {"transparency"}),
        (CREDIT, "high_risk", {"high_risk_annex_iii"}),
        (
            CREDIT | {"synthetic_content": "yes"},
            "high_risk",
            {"high_risk_annex_iii", "transparency"},
        ),
        (FILTERED, "minimal", {"minimal"}),
        (FILTERED | {"profiling": "yes"}, "high_risk", {"high_risk_annex_iii"}),
        (FILTERED | {"filter_conditions": ["none"]}, "high_risk", {"high_risk_annex_iii"}),
        (FILTERED | {"significant_risk": "yes"}, "high_risk", {"high_risk_annex_iii"}),
        (FILTERED | {"significant_risk": "unknown"}, "high_risk", {"high_risk_annex_iii"}),
        (PRODUCT, "high_risk", {"high_risk_annex_i"}),
        (PRODUCT | {"safety_component": "no"}, "minimal", {"minimal"}),
        (PRODUCT | {"third_party_assessment": "no"}, "minimal", {"minimal"}),
        ({"prohibited_c": "yes"}, "prohibited", {"prohibited"}),
        ({"prohibited_bb": "yes"}, "prohibited", {"prohibited"}),
        (
            {"gpai_model": "yes", "training_compute": "to_1e25", "gpai_designated": "no"},
            "minimal",
            {"gpai"},
        ),
        (
            {"gpai_model": "yes", "training_compute": "above_1e25", "gpai_designated": "no"},
            "minimal",
            {"gpai", "gpai_systemic"},
        ),
        (
            {"gpai_model": "yes", "training_compute": "to_1e23", "gpai_designated": "yes"},
            "minimal",
            {"gpai", "gpai_systemic"},
        ),
    ],
)
def test_the_class_follows_from_the_answers(changes, legal_class, tiers):
    outcome = judge(answers(**changes))

    assert (outcome.legal_class, set(outcome.facts.tiers)) == (legal_class, tiers)


@pytest.mark.parametrize(
    "question",
    [
        "is_ai_system",
        "prohibited_a",
        "prohibited_ba",
        "annex_i_acts",
        "annex_iii_5",
        "emotion_or_biometric",
        "gpai_model",
        "roles",
    ],
)
def test_what_is_not_known_leaves_the_class_undecided_and_is_named(question):
    unknown = ["unknown"] if QUESTIONS[question]["kind"] in ("points", "roles") else "unknown"

    outcome = judge(answers(**{question: unknown}))

    assert outcome.legal_class == "undecided"
    assert question in outcome.open


def test_nothing_answered_is_undecided_with_everything_open():
    outcome = judge({})

    assert (outcome.legal_class, outcome.floor) == ("undecided", "low")
    assert {"is_ai_system", "roles", "prohibited_h", "annex_iii_8", "gpai_model"} <= set(
        outcome.open
    )
    assert not outcome.facts.tiers


@given(any_answers(), st.sampled_from(PRACTICES))
def test_a_prohibited_practice_beats_everything(said, letter):
    outcome = judge(said | {f"prohibited_{letter}": answer("yes")})

    assert (outcome.legal_class, outcome.floor) == ("prohibited", "high")


@given(any_answers(), st.sampled_from(sorted(AREAS)))
def test_profiling_beats_the_exception(said, area):
    listed = said | {
        f"annex_iii_{area}": answer([f"III.{area}.a"]),
        "profiling": answer("yes"),
        "is_ai_system": answer("yes"),
    }

    outcome = judge(listed)

    assert "high_risk_annex_iii" in outcome.facts.tiers
    assert outcome.floor == "high"
    assert "filter_6_3" not in outcome.facts.flags


@given(any_answers(), st.sampled_from(CLOSED))
def test_unknown_never_lowers_the_class_below_the_best_definite_answer(said, key):
    weights = {
        str(option): WEIGHT[judge(said | {key: answer(option)}).legal_class]
        for option in options(key)
    }
    unknown = min(
        WEIGHT[judge(said | {key: Answer()}).legal_class],
        weights.get("unknown", 9),
        weights.get("['unknown']", 9),
    )

    assert unknown >= min(weights.values())
    assert unknown == WEIGHT[judge({k: v for k, v in said.items() if k != key}).legal_class]


@given(any_answers())
def test_the_floor_follows_what_is_known_and_nothing_is_both_known_and_open(said):
    outcome = judge(said)
    facts = outcome.facts

    assert outcome.floor in ("low", "high")
    assert not (facts.tiers | facts.points | facts.flags) & facts.open
    assert (outcome.legal_class == "undecided") == bool(outcome.open)


@given(
    any_answers(),
    st.sampled_from(
        [f"prohibited_{letter}" for letter in PRACTICES]
        + ["direct_interaction", "profiling", "significant_risk"]
    ),
)
def test_a_yes_to_a_burden_never_lowers_the_class(said, key):
    with_no = WEIGHT[judge(said | {key: answer("no")}).legal_class]
    with_yes = WEIGHT[judge(said | {key: answer("yes")}).legal_class]

    # Undecided may become the lighter class that is now known; a known one never sinks.
    assert with_yes >= with_no or with_no == WEIGHT["undecided"]


@pytest.mark.parametrize("flip", ["own_name", "substantial_modification", "changed_purpose"])
def test_art_25_makes_a_provider_of_the_deployer_of_a_high_risk_system(flip):
    facts = judge(answers(**CREDIT, **{flip: "yes"})).facts

    assert facts.roles == {"deployer", "provider"}
    assert "role_flip" in facts.flags


def test_art_25_makes_no_provider_where_the_system_is_not_high_risk():
    assert judge(answers(own_name="yes")).facts.roles == {"deployer"}


def test_the_maker_of_a_product_with_a_safety_component_counts_as_provider():
    facts = judge(answers(**PRODUCT, roles=["product_manufacturer"])).facts

    assert "provider" in facts.roles
    assert "annex_i_section_a" in facts.flags


def test_an_unknown_change_of_role_leaves_the_provider_open():
    assert "provider" in judge(answers(**CREDIT, own_name="unknown")).facts.open


def test_an_exception_with_other_areas_open_decides_nothing():
    outcome = judge(answers(**FILTERED, annex_iii_2=["unknown"]))

    assert outcome.legal_class == "undecided"
    assert outcome.open == ("annex_iii_2",)


def test_the_reasons_name_the_article_that_decides():
    steps = {step.basis: step.said for step in judge(answers(**CREDIT)).steps}

    assert steps["Art. 6(2), Annex III"] == "yes"
    assert steps["Art. 6(3), third subparagraph"] == "no"
    assert steps["Art. 5(1)"] == "no"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"placed_on_market": "no"}, "no"),
        ({"placed_on_market": "unknown"}, "open"),
        ({"placed_on_market": "yes"}, "open"),
        ({"placed_on_market": "yes", "placed_on_market_on": "2028-01-01"}, "no"),
        (
            {
                "placed_on_market": "yes",
                "placed_on_market_on": "2026-01-01",
                "significant_design_change": "no",
            },
            "yes",
        ),
        (
            {
                "placed_on_market": "yes",
                "placed_on_market_on": "2026-01-01",
                "significant_design_change": "yes",
                "significant_design_change_on": "2027-12-02",
            },
            "no",
        ),
        (
            {
                "placed_on_market": "yes",
                "placed_on_market_on": "2026-01-01",
                "significant_design_change": "yes",
                "significant_design_change_on": "2027-12-01",
            },
            "yes",
        ),
    ],
)
def test_clk_02_an_older_system_is_known_by_its_dates(changes, said):
    known = {key: answer(value) for key, value in changes.items()}

    assert is_legacy(known, applies_from=dt.date(2027, 12, 2)) == said


def test_without_the_date_of_the_law_nothing_is_said_of_older_systems():
    known = {"placed_on_market": answer("yes"), "placed_on_market_on": answer("2026-01-01")}

    assert is_legacy(known, applies_from=None) == "open"


def test_every_question_that_the_rules_read_is_asked():
    flags = {*FACTS, "own_gpai_inside", "significant_design_change", "placed_on_market_on"}

    assert DECIDING | flags <= set(QUESTIONS)


def test_the_points_of_annex_iii_are_those_of_the_law():
    offered = {
        option["value"]
        for area in AREAS
        for option in QUESTIONS[f"annex_iii_{area}"]["options"]
        if option["value"].startswith("III.")
    }

    assert offered == {
        f"III.{area}.{letter}" for area, letters in AREAS.items() for letter in letters
    }


def test_the_questions_rest_on_provisions_that_are_data():
    law = yaml.safe_load((FILE.parent / "ai_act.yaml").read_text(encoding="utf-8"))
    known = {row["id"] for row in law["provisions"]}
    rests = {QUESTIONS[key]["source"] for key in DECIDING} - {"AIA-3.1"}
    chosen = {
        option["value"]
        for key in DECIDING
        for option in QUESTIONS[key].get("options", ())
        if "." in option["value"]
    }

    assert rests | chosen <= known


def test_no_answer_is_chosen_beforehand():
    assert not any(
        "default" in question or "initial" in question for question in QUESTIONS.values()
    )


def test_each_yes_or_no_can_be_left_unknown():
    several = [one for one in QUESTIONS.values() if one["kind"] in ("points", "roles", "choice")]

    assert all("unknown" in [option["value"] for option in one["options"]] for one in several)


def test_questions_of_the_exception_are_asked_for_uses_of_annex_iii_alone():
    plain = {question["id"] for question in asked(FORM.document, answers())}
    listed = {question["id"] for question in asked(FORM.document, answers(**CREDIT))}

    assert listed - plain == {"profiling", "filter_conditions", "significant_risk"}


def test_what_is_not_answered_or_lacks_a_reason_is_a_gap():
    said = answers(personal_data=None) | {"workplace": Answer("no")}

    assert set(gaps(FORM.document, said, reasons=True)) == {"personal_data", "workplace"}


@pytest.mark.parametrize(
    ("question", "given_answer"),
    [
        ("is_ai_system", Answer("perhaps")),
        ("is_ai_system", Answer(values=("yes", "no"))),
        ("roles", Answer(values=("king",))),
        ("annex_iii_5", Answer(values=("none", "III.5.b"))),
        ("annex_iii_5", Answer(values=("unknown", "III.5.b"))),
        ("placed_on_market_on", Answer("yesterday")),
        ("personal_data", Answer("yes", reason="a\x00b")),
        ("personal_data", Answer("yes", reason="a" * 10_001)),
        ("no_such_question", Answer("yes")),
    ],
)
def test_an_answer_that_is_not_well_formed_is_refused(question, given_answer):
    assert question in faults(FORM.document, {question: given_answer})


def test_two_sets_of_answers_are_compared_question_by_question():
    changed = differences(FORM.document, answers(), answers(**{"personal_data": "yes"}))

    assert [(one.question, one.was, one.now) for one in changed] == [
        ("personal_data", ("No",), ("Yes",))
    ]


@given(any_answers())
def test_answers_survive_being_stored(said):
    assert read(stored(said)) == said


@pytest.mark.parametrize(
    ("legal_class", "floor"),
    [("prohibited", "high"), ("high_risk", "high"), ("transparency", "low"), ("minimal", "low")],
)
def test_reg_12_the_class_sets_the_floor_of_the_tier(legal_class, floor):
    assert floor_of(legal_class) == floor


def test_the_highest_of_several_floors_counts():
    assert highest(["", "low", "high", "medium"]) == "high"
    assert highest([]) == "low"
    assert is_below("medium", "high")
