"""The reasons of a classification, step by step, each with its basis."""

from dataclasses import dataclass

from ledger.rules.worded import joined, shortened, term, word, worded
from registry.rules.classification.reading import (
    AREAS,
    FLIPS,
    PRACTICES,
    TRANSPARENCY,
    Reading,
    Said,
)

ALONE = {
    "Provider": word("Provider."),
    "Deployer": word("Deployer."),
    "Importer": word("Importer."),
    "Distributor": word("Distributor."),
    "Authorised representative": word("Authorised representative."),
    "Product manufacturer": word("Product manufacturer."),
}
DUTY = word("A duty of transparency: {what}.")
NOT_RULED_OUT = word("Not ruled out: {what}.")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reasoning: the article, what it comes to, in words, and the questions."""

    basis: str
    said: Said
    words: str
    questions: tuple[str, ...] = ()


def steps_of(read: Reading, *, high_risk: bool) -> tuple[Step, ...]:
    """Return the steps in the order of the Act."""
    return (
        _system(read),
        _role(read, high_risk=high_risk),
        *_practices(read),
        _product(read),
        *_uses(read),
        *_transparency(read),
        *_models(read),
    )


def _system(read: Reading) -> Step:
    words = {
        "yes": "It is an AI system.",
        "no": "It is no AI system: the Act lays nothing on it.",
        "open": "Whether it is an AI system is not known; until then it is treated as one.",
    }
    said = read.one("is_ai_system")
    return Step("Art. 3(1)", said, words[said], ("is_ai_system",))


def _role(read: Reading, *, high_risk: bool) -> Step:
    """Say what the organisation is, and what Art. 25 makes of it."""
    roles = read.roles(high_risk=high_risk)
    if not roles:
        return Step("Art. 3(3) to (8)", "open", "The role is not known yet.", ("roles",))
    labels = [role.replace("_", " ").capitalize() for role in sorted(roles)]
    row = joined(", ", map(term, labels))
    several = worded("{roles}.", roles=shortened(", ".join(labels).capitalize(), row))
    words = ALONE.get(labels[0], several) if len(labels) == 1 else several
    if roles - read.chosen("roles"):
        added = worded("{words} The role of provider comes by Art. 25.", words=term(words))
        return Step("Art. 25", "yes", added, ("roles", *FLIPS))
    return Step("Art. 3(3) to (8)", "yes", words, ("roles",))


def _practices(read: Reading) -> list[Step]:
    said = {letter: read.one(f"prohibited_{letter}") for letter in PRACTICES}
    words = "A prohibited practice: it may not be placed on the market, put into service or used."
    steps = [
        Step(f"Art. 5(1)({letter})", "yes", words, (f"prohibited_{letter}",))
        for letter in PRACTICES
        if said[letter] == "yes"
    ]
    unsaid = tuple(f"prohibited_{letter}" for letter in PRACTICES if said[letter] == "open")
    if unsaid:
        many = worded(
            "{count} of {total} prohibited practices are not ruled out.",
            count=len(unsaid),
            total=len(PRACTICES),
        )
        steps.append(Step("Art. 5(1)", "open", many, unsaid))
    none = worded("None of the {total} prohibited practices.", total=len(PRACTICES))
    return steps or [Step("Art. 5(1)", "no", none)]


def _product(read: Reading) -> Step:
    said = read.product_route()
    words = {
        "yes": "High-risk: part in the safety of a product under Annex I, or that product, and a"
        " third party assesses it.",
        "no": "Not high-risk by the product route.",
        "open": "The product route is not ruled out.",
    }[said]
    if said == "yes" and read.section("B") and not read.section("A"):
        words += " Section B: only Art. 6(1), 60a and 102 to 112 apply."
    ids = ("annex_i_acts", "safety_component", "third_party_assessment")
    return Step("Art. 6(1), Annex I", said, words, ids)


def _uses(read: Reading) -> list[Step]:
    listed = read.listed_use()
    words = {
        "yes": worded(
            "A use of Annex III: {points}.", points=", ".join(sorted(read.listed_points()))
        ),
        "no": "No use of Annex III.",
        "open": "Uses of Annex III are not ruled out.",
    }[listed]
    areas = tuple(f"annex_iii_{number}" for number in AREAS)
    step = Step("Art. 6(2), Annex III", listed, words, areas)
    return [step, _exception(read)] if listed == "yes" else [step]


def _exception(read: Reading) -> Step:
    ids = ("profiling", "filter_conditions", "significant_risk")
    if read.one("profiling") == "yes":
        words = "It profiles natural persons: always high-risk, no exception counts."
        return Step("Art. 6(3), third subparagraph", "no", words, ids)
    said = read.exception()
    if said == "yes" and read.areas_open():
        words = "The exception is shown for these uses, but other areas are still open."
        return Step("Art. 6(3)", "open", words, ids)
    words = {
        "yes": "The exception holds: a condition is met, no significant risk, no profiling. Not"
        " high-risk; the assessment is documented before use (Art. 6(4)).",
        "no": "The exception does not hold: high-risk.",
        "open": "The exception is not shown, so it does not count: high-risk.",
    }[said]
    return Step("Art. 6(3)", said, words, ids)


def _transparency(read: Reading) -> list[Step]:
    steps = [
        Step(
            basis,
            read.one(question),
            worded(DUTY if read.one(question) == "yes" else NOT_RULED_OUT, what=term(words)),
            (question,),
        )
        for question, basis, words in TRANSPARENCY
        if read.one(question) != "no"
    ]
    return steps or [Step("Art. 50", "no", "No duty of transparency.")]


def _models(read: Reading) -> list[Step]:
    model, systemic = read.one("gpai_model"), read.systemic()
    if model == "no":
        return [
            Step("Art. 51 to 56", "no", "No general-purpose model of our own.", ("gpai_model",))
        ]
    own = "A general-purpose model of our own."
    words = own if model == "yes" else "A general-purpose model of our own is not ruled out."
    risk = {
        "yes": "With systemic risk: trained with more than 10^25 FLOP, or designated.",
        "no": "Without systemic risk: at most 10^25 FLOP, and not designated.",
        "open": "Systemic risk is not ruled out.",
    }[systemic]
    ids = ("training_compute", "gpai_designated")
    return [Step("Art. 53", model, words, ("gpai_model",)), Step("Art. 51", systemic, risk, ids)]
