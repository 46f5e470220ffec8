"""Answers of the questionnaire as tests need them: nothing special, unless told otherwise."""

from registry.rules.classification import AREAS, PRACTICES, TRANSPARENCY
from registry.rules.questionnaires import Answer, relevant
from registry.selectors.questionnaires import shipped_form

FORM = shipped_form("ai_act_classification")
HARMLESS = {
    "is_ai_system": "yes",
    "affects_persons": "no",
    "personal_data": "no",
    "workplace": "no",
    "roles": ["deployer"],
    "own_name": "no",
    "substantial_modification": "no",
    "changed_purpose": "no",
    **{f"prohibited_{letter}": "no" for letter in PRACTICES},
    "annex_i_acts": ["none"],
    **{f"annex_iii_{area}": ["none"] for area in AREAS},
    **{question: "no" for question, _, _ in TRANSPARENCY},
    "gpai_model": "no",
    "public_authority": "no",
    "public_services": "no",
    "special_categories_for_bias": "no",
    "placed_on_market": "no",
}
# A bank that scores credit with somebody else's system.
CREDIT = {
    "affects_persons": "yes",
    "personal_data": "yes",
    "annex_iii_5": ["III.5.b"],
    "profiling": "yes",
    "filter_conditions": ["none"],
    "significant_risk": "yes",
}


def answer(value, reason="as the owner knows it"):
    """Return one answer."""
    if isinstance(value, list):
        return Answer(values=tuple(value), reason=reason)
    return Answer(value=value, reason=reason)


def answers(**changes):
    """Return a whole set of answers; a change to None leaves the question unanswered."""
    said = {key: value for key, value in (HARMLESS | changes).items() if value is not None}
    return relevant(FORM.document, {key: answer(value) for key, value in said.items()})
