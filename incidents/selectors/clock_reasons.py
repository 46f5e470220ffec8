"""What is not due and why: the rules of the law under which no clock runs, each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from incidents.models import Incident, RegulatoryClock
from incidents.rules.clock_facts import ASKED
from incidents.rules.clock_terms import has_number, terms_of
from incidents.selectors.clock_facts import answer_now
from incidents.selectors.clock_rules import CONDITIONS, Law
from outbox.models import Timer
from registry.models import ClockRule
from registry.rules.conditions import holds
from registry.selectors.regimes import Profile, clock_rules, profile_of

DOUBT = "incident.clock_doubt"


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


def not_due_anywhere(*, running: set[str], today: date) -> list[NotDue]:
    """Return the rules that run on none of the reader's cases, as the organisation stands to them.

    `running` are the ids of rules that do.
    """
    profile = profile_of(None)
    return [
        _of_organisation(rule, profile, today)
        for rule in clock_rules()
        if not rule.superseded_in and rule.pk not in running
    ]


def _of_case(rule: ClockRule, incident: Incident, law: Law, waiting: Mapping[str, Timer]) -> NotDue:
    general = _general(rule, law.profile)
    if not law.concerns(rule):
        said = incident.system.get_legal_class_display()
        return NotDue(rule, "not meant", f"The system is classed as: {said}.")
    if general is not None and general.kind == "regime":
        return general
    if rule.pk in waiting:
        due = waiting[rule.pk].due_at
        return NotDue(rule, "waits", f"Armed on {due:%Y-%m-%d %H:%M} UTC unless the answer is no.")
    return general or _asked(rule, incident, law)


def _asked(rule: ClockRule, incident: Incident, law: Law) -> NotDue:
    """Say which question or fact has not armed it."""
    terms = terms_of(rule.terms)
    asked = [rule.question, *(one.question for one in terms.also if _fits(one.when, law))]
    answers = {question: answer_now(incident, question) for question in asked}
    for question, answer in answers.items():
        words = ASKED.get(question, question)
        if answer == "no":
            return NotDue(rule, "answered", f"'{words}' was answered 'no'.")
        if answer in ("yes", "unknown"):
            return NotDue(rule, "answered", f"'{words}' was answered '{answer}'.")
    return NotDue(rule, "not stated", f"Nobody has stated: {ASKED.get(asked[0], asked[0])}")


def _fits(when: str, law: Law) -> bool:
    return holds(CONDITIONS[when], law.facts) != "no"


def _of_organisation(rule: ClockRule, profile: Profile, today: date) -> NotDue:
    general = _general(rule, profile)
    if general is not None:
        return general
    regime = profile.of_rule(rule)
    if regime is not None and regime.answer == "undecided":
        why = f"Whether {rule.regime} applies is to be decided; it is armed as not known."
        return NotDue(rule, "to be decided", why)
    if rule.statutory_from is not None and rule.statutory_from > today:
        why = f"It binds from {rule.statutory_from} on; until then a clock is advisory."
        return NotDue(rule, "advisory", why)
    return NotDue(rule, "no case", "No case of yours has armed it.")


def _general(rule: ClockRule, profile: Profile) -> NotDue | None:
    """What stands against a rule whatever the case: its regime, no number, a report before it."""
    regime = profile.of_rule(rule)
    if regime is not None and regime.answer == "no":
        whose = "this system" if regime.of_system else "the organisation"
        why = f"{rule.regime} does not apply to {whose}: {regime.source}"
        return NotDue(rule, "regime", why)
    terms = terms_of(rule.terms)
    if terms.follows:
        return NotDue(rule, "follows", "It begins with the report before it.")
    if not has_number(rule.hours, terms):
        return NotDue(rule, "no number", f"The law gives no number: {rule.period}.")
    return None
