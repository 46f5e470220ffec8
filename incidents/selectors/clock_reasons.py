"""What is not due and why: the rules of the law under which no clock runs, each with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from incidents.models import Incident, RegulatoryClock
from incidents.rules.clock_facts import ASKED
from incidents.rules.clock_terms import has_number, terms_of
from incidents.selectors.clock_facts import answer_now
from incidents.selectors.clock_rules import CONDITIONS, Law
from ledger.rules.worded import day_told, term, word, worded
from outbox.models import Timer
from registry.models import ClockRule
from registry.rules.conditions import holds
from registry.rules.shipped import shipped
from registry.selectors.regimes import Profile

DOUBT = "incident.clock_doubt"
KINDS = (
    word("not meant"), word("waits"), word("answered"), word("not stated"), word("to be decided"),
    word("advisory"), word("no case"), word("regime"), word("follows"), word("no number"),
)  # fmt: skip
"""The short words for why nothing is due."""


@dataclass(frozen=True, slots=True)
class NotDue:
    """A rule under which nothing is due: the reason, and its kind as a short word."""

    rule: ClockRule
    kind: str
    why: str


def not_due_of(incident: Incident, *, past: bool = False) -> list[NotDue]:
    """Return for one case the rules without a clock, each with the reason.

    Timers have no past: at a `past` instant the answer itself is the reason, not what was armed.
    """
    law = Law(incident.system)
    known = set(RegulatoryClock.objects.filter(incident=incident).values_list("rule_id", flat=True))
    waiting = {} if past else _waiting(incident)
    return [
        _of_case(rule, incident, law, waiting)
        for rule in sorted(law.rules, key=lambda one: (one.regime, one.pk))
        if rule.pk not in known
    ]


def _waiting(incident: Incident) -> dict[str, Timer]:
    """Return what is armed by rule unless the answer is no."""
    rows = Timer.objects.filter(subject_id=incident.pk, kind=DOUBT, state=Timer.State.ARMED)
    return {str(timer.payload.get("rule")): timer for timer in rows}


def not_due_anywhere(*, rules: Sequence[ClockRule], today: date) -> list[NotDue]:
    """Return the rules that run on none of the reader's cases, as the organisation stands to them.

    `rules` are those of selectors.clock_pages.rules_in_force, which says whether one runs.
    """
    answers = next((rule.answers for rule in rules), None)  # type: ignore[attr-defined]  # asked along
    profile = Profile(organisation=answers or {}, system={})
    idle = [rule for rule in rules if not rule.runs]  # type: ignore[attr-defined]  # asked along
    return [_of_organisation(rule, profile, today) for rule in idle]


def _of_case(rule: ClockRule, incident: Incident, law: Law, waiting: Mapping[str, Timer]) -> NotDue:
    general = _general(rule, law.profile)
    if not law.concerns(rule):
        said = incident.system.get_legal_class_display()
        why = worded("The system is classed as: {said}.", said=term(said))
        return NotDue(rule, "not meant", why)
    if general is not None and general.kind == "regime":
        return general
    if rule.pk in waiting:
        due = waiting[rule.pk].due_at
        why = worded("Armed on {at} unless the answer is no.", at=f"{due:%Y-%m-%d %H:%M} UTC")
        return NotDue(rule, "waits", why)
    return general or _asked(rule, incident, law)


def _asked(rule: ClockRule, incident: Incident, law: Law) -> NotDue:
    """Say which question or fact has not armed it."""
    terms = terms_of(rule.terms)
    asked = [rule.question, *(one.question for one in terms.also if _fits(one.when, law))]
    answers = {question: answer_now(incident, question) for question in asked}
    for question, answer in answers.items():
        words = term(ASKED.get(question, question))
        if answer in ("no", "yes", "unknown"):
            why = worded("'{words}' was answered '{answer}'.", words=words, answer=term(answer))
            return NotDue(rule, "answered", why)
    why = worded("Nobody has stated: {words}", words=term(ASKED.get(asked[0], asked[0])))
    return NotDue(rule, "not stated", why)


def _fits(when: str, law: Law) -> bool:
    return holds(CONDITIONS[when], law.facts) != "no"


def _of_organisation(rule: ClockRule, profile: Profile, today: date) -> NotDue:
    general = _general(rule, profile)
    if general is not None:
        return general
    regime = profile.of_rule(rule)
    if regime is not None and regime.answer == "undecided":
        why = worded(
            "Whether {regime} applies is to be decided; it is armed as not known.",
            regime=shipped(rule.regime),
        )
        return NotDue(rule, "to be decided", why)
    if rule.statutory_from is not None and rule.statutory_from > today:
        why = worded(
            "It binds from {day} on; until then a clock is advisory.",
            day=day_told(rule.statutory_from),
        )
        return NotDue(rule, "advisory", why)
    return NotDue(rule, "no case", word("No case of yours has armed it."))


def _general(rule: ClockRule, profile: Profile) -> NotDue | None:
    """What stands against a rule whatever the case: its regime, no number, a report before it."""
    regime = profile.of_rule(rule)
    if regime is not None and regime.answer == "no":
        why = worded(
            word("{regime} does not apply to this system: {source}")
            if regime.of_system
            else word("{regime} does not apply to the organisation: {source}"),
            regime=shipped(rule.regime),
            source=regime.source,
        )
        return NotDue(rule, "regime", why)
    terms = terms_of(rule.terms)
    if terms.follows:
        return NotDue(rule, "follows", word("It begins with the report before it."))
    if not has_number(rule.hours, terms):
        return NotDue(
            rule,
            "no number",
            worded("The law gives no number: {period}.", period=shipped(rule.period)),
        )
    return None
