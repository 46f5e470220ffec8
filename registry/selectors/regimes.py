"""Which regimes of reporting the organisation and its systems fall under, and the clock rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry.models import ClockRule, OrganisationProfile, Questionnaire, SystemRegimes
from registry.rules.regimes import HIGH_RISK, QUESTIONNAIRE, Regime, regime_of


@dataclass(frozen=True, slots=True)
class Profile:
    """The answers of the organisation and of one system: {fact: {answer, source}}."""

    organisation: Mapping[str, Any]
    system: Mapping[str, Any]

    def of_rule(self, rule: ClockRule) -> Regime | None:
        """Return the answer that a clock rule hangs on; None where it hangs on none."""
        if rule.applies_to in ("", HIGH_RISK):
            return None
        return self.of_fact(rule.applies_to)

    def of_fact(self, fact: str) -> Regime:
        """Return the answer that counts for a fact."""
        return regime_of(fact, organisation=self.organisation, system=self.system)


def organisation_profile() -> OrganisationProfile | None:
    """Return the organisation's answers, None before anybody has decided anything."""
    return OrganisationProfile.objects.select_related("decided_by").first()


def system_regimes(system_id: UUID) -> SystemRegimes | None:
    """Return a system's own answers, None where it has none."""
    rows = SystemRegimes.objects.select_related("decided_by").filter(system_id=system_id)
    return rows.first()


def profile_of(system_id: UUID | None) -> Profile:
    """Return the answers that count for a system, or the organisation's alone."""
    organisation = organisation_profile()
    system = system_regimes(system_id) if system_id is not None else None
    return Profile(
        organisation=organisation.answers if organisation else {},
        system=system.answers if system else {},
    )


def regime_questions() -> list[dict[str, Any]]:
    """Return the questions on regimes (id, regime, ask, help, source), none before a load."""
    rows = Questionnaire.objects.filter(slug=QUESTIONNAIRE, superseded_in="")
    found = rows.order_by("-loaded_at", "-pk").first()
    if found is None:
        return []
    sections = found.document.get("sections", [])
    return [question for section in sections for question in section["questions"]]


def clock_rules_for(*, question: str, legal_class: str) -> list[ClockRule]:
    """Return the rules in force that a 'yes' to a question may arm, shortest period first.

    A rule for a legal class is left out only where the system is known to be of another one.
    Whether the organisation falls under a regime is said by `Profile.of_rule` (CLK-13). A rule
    without a number of hours arms nothing.
    """
    rules = ClockRule.objects.filter(question=question, superseded_in="", hours__gt=0)
    return [
        rule
        for rule in rules.order_by("hours", "id")
        if rule.applies_to != HIGH_RISK or legal_class in ("high_risk", "prohibited", "undecided")
    ]


def clock_rules() -> list[ClockRule]:
    """Return every clock rule, by regime, the shortest period first; superseded ones last."""
    rules = ClockRule.objects.order_by("superseded_in", "regime", "hours", "id")
    return sorted(rules, key=lambda rule: (bool(rule.superseded_in), rule.regime, not rule.hours))
