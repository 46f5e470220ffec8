"""The answers read with three values, yes, no and open, up to the class they come to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ledger.rules.worded import word
from registry.rules.questionnaires import NO, NONE, UNKNOWN, YES, Answer, Answers

Said = Literal["yes", "no", "open"]

# Sub-points of the eight areas of Annex III.
AREAS = {1: "abc", 2: "a", 3: "abcd", 4: "ab", 5: "abcd", 6: "abcde", 7: "abcd", 8: "ab"}
# Points of Art. 5(1); the last two by the amendment of 2026.
PRACTICES = ("a", "b", "c", "d", "e", "f", "g", "h", "ba", "bb")
# Question, basis, what a yes means.
TRANSPARENCY = (
    ("direct_interaction", "Art. 50(1)", word("people deal with it directly")),
    ("synthetic_content", "Art. 50(2)", word("it generates content")),
    (
        "emotion_or_biometric",
        "Art. 50(3)",
        word("it recognises emotions or sorts by biometric data"),
    ),
    ("deep_fake", "Art. 50(4)", word("it makes deep fakes")),
    ("public_interest_text", "Art. 50(4)", word("it writes text that informs the public")),
)
FLIPS = ("own_name", "substantial_modification", "changed_purpose")
# Questions that the class or the role rests on: a change of their law asks them again.
DECIDING = frozenset(
    {
        "is_ai_system",
        "roles",
        "annex_i_acts",
        "safety_component",
        "third_party_assessment",
        "profiling",
        "filter_conditions",
        "significant_risk",
        "gpai_model",
        "training_compute",
        "gpai_designated",
        *FLIPS,
        *(f"prohibited_{letter}" for letter in PRACTICES),
        *(f"annex_iii_{number}" for number in AREAS),
        *(question for question, _, _ in TRANSPARENCY),
    }
)


def any_of(said: Iterable[Said]) -> Said:
    """Yes where one is yes; else open where one is open."""
    found = set(said)
    return "yes" if "yes" in found else "open" if "open" in found else "no"


def all_of(said: Iterable[Said]) -> Said:
    """No where one is no; else open where one is open."""
    found = set(said)
    return "no" if "no" in found else "open" if "open" in found else "yes"


def opposite(said: Said) -> Said:
    """Turn yes and no around; what is open stays open."""
    return "no" if said == "yes" else "yes" if said == "no" else "open"


@dataclass(frozen=True, slots=True)
class Reading:
    """The answers, question by question, and what they come to."""

    answers: Answers

    def one(self, question: str) -> Said:
        """Read a yes or no."""
        value = self._of(question).value
        return "yes" if value == YES else "no" if value == NO else "open"

    def some(self, question: str) -> Said:
        """Whether an option of several was chosen."""
        if self.chosen(question):
            return "yes"
        return "no" if NONE in self._of(question).said else "open"

    def chosen(self, question: str) -> frozenset[str]:
        """Return the options that were chosen."""
        said = self._of(question).said
        return frozenset(value for value in said if value not in (NONE, UNKNOWN))

    def _of(self, question: str) -> Answer:
        return self.answers.get(question, Answer())

    def prohibited(self) -> Said:
        """Whether it is a prohibited practice (Art. 5)."""
        return any_of(self.one(f"prohibited_{letter}") for letter in PRACTICES)

    def product_route(self) -> Said:
        """Whether it is high-risk by Art. 6(1): product, part in its safety, third party."""
        listed = self.some("annex_i_acts")
        both = (self.one("safety_component"), self.one("third_party_assessment"))
        return "no" if listed == "no" else all_of((listed, *both))

    def area(self, number: int) -> Said:
        """Whether a use of an area of Annex III is meant."""
        return self.some(f"annex_iii_{number}")

    def listed_use(self) -> Said:
        """Whether any use of Annex III is meant."""
        return any_of(self.area(number) for number in AREAS)

    def listed_points(self) -> frozenset[str]:
        """Return the points of Annex III that were chosen."""
        return frozenset().union(*(self.chosen(f"annex_iii_{number}") for number in AREAS))

    def areas_open(self) -> bool:
        """Whether an area of Annex III is not ruled out."""
        return any(self.area(number) == "open" for number in AREAS)

    def exception(self) -> Said:
        """Whether the exception of Art. 6(3) is shown: a condition, no risk, no profiling."""
        risk = opposite(self.one("significant_risk"))
        return all_of((opposite(self.one("profiling")), self.some("filter_conditions"), risk))

    def use_route(self) -> Said:
        """Whether it is high-risk by Art. 6(2). An exception that is not shown does not count."""
        if self.exception() != "yes":
            return self.listed_use()
        return "open" if self.areas_open() else "no"

    def high_risk(self) -> Said:
        """Whether it is high-risk by either route."""
        return any_of((self.product_route(), self.use_route()))

    def transparency(self) -> Said:
        """Whether Art. 50 lays a duty on it."""
        return any_of(self.one(question) for question, _, _ in TRANSPARENCY)

    def systemic(self) -> Said:
        """Whether a general-purpose model of ours is one with systemic risk (Art. 51)."""
        compute = self._of("training_compute").value
        # Strictly more than 10^25 FLOP: Art. 51(2).
        above: Said = "yes" if compute == "above_1e25" else "no"
        above = "open" if compute in ("", UNKNOWN) else above
        return all_of((self.one("gpai_model"), any_of((above, self.one("gpai_designated")))))

    def flips(self) -> Said:
        """Whether Art. 25(1) would make a provider of somebody else."""
        return any_of(self.one(question) for question in FLIPS)

    def section(self, letter: str) -> bool:
        """Whether an act of a section of Annex I was chosen."""
        return any(value.startswith(f"I.{letter}.") for value in self.chosen("annex_i_acts"))

    def roles_said(self) -> Said:
        """Whether the role of the organisation is known."""
        return "yes" if self.chosen("roles") else "open"

    def roles(self, *, high_risk: bool) -> frozenset[str]:
        """Return the roles, with what Art. 25 makes of them where the system is high-risk."""
        roles = self.chosen("roles")
        maker = "product_manufacturer" in roles and self.section("A")
        becomes = self.flips() == "yes" or (maker and self.product_route() == "yes")
        return roles | {"provider"} if high_risk and becomes else roles

    def known_class(self) -> str:
        """Return the class that the answers show, whatever is open."""
        if self.prohibited() == "yes":
            return "prohibited"
        if self.one("is_ai_system") == "no":
            return "minimal"
        if self.high_risk() == "yes":
            return "high_risk"
        return "transparency" if self.transparency() == "yes" else "minimal"

    def heaviest_possible(self) -> str:
        """Return the class if everything that is open turned out for the worse."""
        if self.prohibited() != "no":
            return "prohibited"
        if self.one("is_ai_system") == "no":
            return "minimal"
        if self.high_risk() != "no":
            return "high_risk"
        light = (self.transparency(), self.one("gpai_model"), self.systemic())
        return "transparency" if "open" in light else self.known_class()

    def open_questions(self) -> list[str]:
        """Return the questions without which the class is not decided."""
        ids = ["is_ai_system", "roles", *(f"prohibited_{letter}" for letter in PRACTICES)]
        if self.product_route() == "open":
            ids += ["annex_i_acts", "safety_component", "third_party_assessment"]
        ids += [f"annex_iii_{number}" for number in AREAS]
        ids += [question for question, _, _ in TRANSPARENCY]
        ids += ["gpai_model"]
        if self.systemic() == "open":
            ids += ["training_compute", "gpai_designated"]
        return [question for question in ids if self._unsaid(question)]

    def _unsaid(self, question: str) -> bool:
        said = self._of(question).said
        return not said or UNKNOWN in said
