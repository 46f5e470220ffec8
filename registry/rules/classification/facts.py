"""The facts that conditions of the reference data ask for, read from the answers."""

from datetime import date

from registry.rules.classification.reading import (
    AREAS,
    TRANSPARENCY,
    Reading,
    Said,
    any_of,
    opposite,
)
from registry.rules.legal import ROLES, TIERS, LegalFacts
from registry.rules.questionnaires import Answer, Answers, read_date

# Facts that duties hang on: the flag is named like its question.
FACTS = (
    "affects_persons",
    "personal_data",
    "workplace",
    "public_authority",
    "public_services",
    "special_categories_for_bias",
    "placed_on_market",
)


def facts_of(read: Reading, *, high_risk: bool) -> LegalFacts:
    """Return what is so, and by name what nobody has decided."""
    named = _tiers(read) | _points(read) | _flags(read)
    yes = {name for name, said in named.items() if said == "yes"}
    points = {name for name in yes if name.startswith("III.")}
    waiting = {name for name, said in named.items() if said == "open"}
    return LegalFacts(
        tiers=frozenset(yes & set(TIERS)),
        roles=read.roles(high_risk=high_risk),
        points=frozenset(points),
        flags=frozenset(yes - points - set(TIERS)),
        open=frozenset(waiting | _open_roles(read, high_risk=high_risk)),
    )


def _open_roles(read: Reading, *, high_risk: bool) -> set[str]:
    roles = read.roles(high_risk=high_risk)
    if read.roles_said() == "open":
        return set(ROLES) - roles
    return {"provider"} - roles if high_risk and read.flips() == "open" else set()


def _tiers(read: Reading) -> dict[str, Said]:
    if read.one("is_ai_system") == "no" and read.prohibited() != "yes":
        return {}
    tiers: dict[str, Said] = {
        "prohibited": read.prohibited(),
        "high_risk_annex_iii": read.use_route(),
        "high_risk_annex_i": read.product_route(),
        "transparency": read.transparency(),
        "gpai": read.one("gpai_model"),
        "gpai_systemic": read.systemic(),
    }
    return tiers | {"minimal": opposite(any_of(tiers.values()))}


def _points(read: Reading) -> dict[str, Said]:
    chosen = read.listed_points()
    points: dict[str, Said] = {}
    for area, letters in AREAS.items():
        otherwise: Said = "open" if read.area(area) == "open" else "no"
        for letter in letters:
            name = f"III.{area}.{letter}"
            points[name] = "yes" if name in chosen else otherwise
    return points


def _flags(read: Reading) -> dict[str, Said]:
    listed, provider = read.listed_use(), "provider" in read.chosen("roles")
    acts: Said = "open" if read.some("annex_i_acts") == "open" else "no"
    flags: dict[str, Said] = {name: read.one(name) for name in FACTS}
    flags |= {question: read.one(question) for question, _, _ in TRANSPARENCY}
    return flags | {
        "profiling": read.one("profiling") if listed != "no" else "no",
        "filter_6_3": "yes" if listed == read.exception() == "yes" else "no",
        "annex_i_section_a": "yes" if read.section("A") else acts,
        "annex_i_section_b": "yes" if read.section("B") else acts,
        "own_gpai_inside": _of_provider(read, "own_gpai_inside"),
        "role_flip": "no" if provider else read.flips(),
        "not_ai_system": opposite(read.one("is_ai_system")),
    }


def _of_provider(read: Reading, question: str) -> Said:
    """A question that is put to providers alone: no for everybody else."""
    other = read.roles_said() == "yes" and "provider" not in read.chosen("roles")
    return "no" if other else read.one(question)


def is_legacy(answers: Answers, *, applies_from: date | None) -> Said:
    """Whether it was on the market before duties apply, and not changed since (Art. 111).

    Open where a date is missing, that of the law too.
    """
    read = Reading(answers)
    placed, changed = read.one("placed_on_market"), read.one("significant_design_change")
    if placed == "no":
        return "no"
    day = _day(answers, "placed_on_market_on")
    if placed == "open" or day is None or applies_from is None:
        return "open"
    if day >= applies_from:
        return "no"
    changed_on = _day(answers, "significant_design_change_on")
    if changed == "open" or (changed == "yes" and changed_on is None):
        return "open"
    return "no" if changed_on is not None and changed_on >= applies_from else "yes"


def _day(answers: Answers, question: str) -> date | None:
    return read_date(answers.get(question, Answer()).value)
