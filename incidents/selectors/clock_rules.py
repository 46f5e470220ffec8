"""Which clock rules an answer or a fact arms for a system, and whether a clock binds yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from django.conf import settings

from incidents.models import CounselDate, Incident
from incidents.rules.clock_binding import Binding, Legacy, binding_of
from incidents.rules.clock_terms import Terms, has_number, terms_of
from incidents.rules.clock_times import due_of
from registry.models import ClockRule, System
from registry.rules.conditions import holds
from registry.rules.legal import LegalFacts
from registry.rules.regimes import HIGH_RISK, Regime
from registry.selectors.classification import legal_facts
from registry.selectors.regimes import Profile, profile_of

HIGH = ("high_risk", "prohibited", "undecided")
CONDITIONS = {
    "": {},
    "critical_infrastructure": {"point": "III.2"},
    "deployer": {"role": "deployer"},
}
Said = Literal["yes", "no", "open"]


@dataclass(frozen=True, slots=True)
class Armed:
    """A rule that a question arms: how sure it is that the system is meant, and of which regime."""

    rule: ClockRule
    terms: Terms
    said: Said
    regime: Regime | None

    @property
    def is_certain(self) -> bool:
        """Whether nothing about the system or the organisation is still to be decided."""
        return self.said == "yes" and (self.regime is None or self.regime.answer == "yes")


class Law:
    """The clock rules as they meet one system, each thing read once."""

    def __init__(self, system: System) -> None:
        self.system = system

    @cached_property
    def rules(self) -> list[ClockRule]:
        """Every rule in force, the shortest period first."""
        rows = ClockRule.objects.filter(superseded_in="").order_by("hours", "id")
        return list(rows)

    @cached_property
    def facts(self) -> LegalFacts:
        """What the confirmed classification of the system states."""
        return legal_facts(self.system)

    @cached_property
    def profile(self) -> Profile:
        """Which regimes of reporting apply."""
        return profile_of(self.system.pk)

    @cached_property
    def counsel(self) -> dict[str, date]:
        """The dates that counsel set above the law's data, by rule."""
        rows = CounselDate.objects.order_by("stated_at", "entry_number")
        return {row.rule_id: row.statutory_from for row in rows}

    def armed_by(self, question: str) -> list[Armed]:
        """Return the rules with a number that a question arms, the shortest first."""
        found = []
        for rule in self.rules:
            terms = terms_of(rule.terms)
            when = _when(rule, terms, question)
            if when is None or not has_number(rule.hours, terms) or not self.concerns(rule):
                continue
            said = holds(CONDITIONS[when], self.facts)
            if said != "no":
                found.append(Armed(rule, terms, said, self.profile.of_rule(rule)))
        return found

    def following(self, rule_ids: Iterable[str]) -> list[ClockRule]:
        """Return the rules whose clock starts with a report under one of these."""
        wanted = set(rule_ids)
        return [rule for rule in self.rules if wanted & set(terms_of(rule.terms).follows)]

    def concerns(self, rule: ClockRule) -> bool:
        """Whether the system is of the class that a rule is for, or may be."""
        return rule.applies_to != HIGH_RISK or self.system.legal_class in HIGH

    @property
    def is_both(self) -> bool:
        """Whether the organisation is provider and deployer of the system in one."""
        return {"provider", "deployer"} <= self.facts.roles


def seat() -> ZoneInfo:
    """Return the zone of the organisation's seat, in which dates of the law begin (CLK-03)."""
    return ZoneInfo(settings.SEAT_ZONE)


def due_by(rule: ClockRule, aware_at: datetime) -> datetime:
    """Return the strict end of a clock by a rule."""
    months = terms_of(rule.terms).months
    return due_of(aware_at, hours=rule.hours, months=months, zone=seat())


def binding_for(law: Law, rule: ClockRule, incident: Incident, aware_at: datetime) -> Binding:
    """Return whether a clock by a rule binds at an awareness."""
    counsel = law.counsel.get(rule.pk)
    return binding_of(
        aware_at,
        status=rule.status,
        statutory_from=counsel or _begins(law, rule),
        zone=seat(),
        legacy=_legacy(rule, incident),
        counsel=counsel is not None,
    )


def _begins(law: Law, rule: ClockRule) -> date | None:
    """Systems of Annex I alone have a later date (the serious-incident clock, 1.2)."""
    later = terms_of(rule.terms).annex_i_from
    tiers = law.facts.tiers
    is_annex_i = "high_risk_annex_i" in tiers and "high_risk_annex_iii" not in tiers
    return later if later is not None and is_annex_i else rule.statutory_from


def _legacy(rule: ClockRule, incident: Incident) -> Legacy | None:
    version = incident.live_version
    if rule.applies_to != HIGH_RISK or version is None:
        return None
    return Legacy(version.placed_on_market_at, version.significant_design_change)


def _when(rule: ClockRule, terms: Terms, question: str) -> str | None:
    """Return for which systems a question arms a rule, '' for all, None where it does not."""
    if rule.question == question:
        return ""
    return next((also.when for also in terms.also if also.question == question), None)
