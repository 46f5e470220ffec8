"""Guards: what must be true of the incident itself, whoever acts. Workflow section 2, 'Guards'."""

from datetime import datetime

from django.db.models import Q

from incidents.closing_checks import against_closing
from incidents.models import Action, Incident, RegulatoryClock, VerificationWindow
from incidents.rules.plan import FrozenPlan, calendar_of
from incidents.rules.words import in_words
from incidents.selectors.guard_facts import (
    Found,
    Guard,
    answered,
    goes_to_committee,
    running_clock,
)
from incidents.selectors.guard_tables import (
    acceptance,
    asking,
    carrying,
    clockwork,
    containment,
    families,
    rehearsing,
    turns,
)
from incidents.selectors.guard_tables.containment import unratified
from incidents.selectors.proofs import UNSETTLED, newest_decision
from incidents.selectors.reviews import has_evidence, lines_to_sign
from ledger.rules.refusals import Conflict, Refused
from ledger.rules.worded import joined, shortened, term, word, worded
from outbox.rules.business_time import due
from outbox.rules.durations import Duration

ENDING = frozenset({"close", "dismiss", "close_small", "withdraw"})
"""Commands that end an incident; what was stopped at once is decided on before."""


def guard(command: str, incident: Incident, plan: FrozenPlan, at: datetime) -> Refused | None:
    """Return why the incident itself stands against a command, None if nothing does."""
    check = GUARDS.get(command)
    found = families.within_family(command, incident)
    if found is None and check is not None:
        found = check(incident, plan, at)
    if found is None and command in ENDING:
        found = unratified(incident)
    if found is None:
        found = families.children_first(command, incident)
    if found is None:
        return None
    code, reason = found
    subject = ("incident", str(incident.pk), incident.number)
    return Conflict(code, reason, subject=subject)


def _submit(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    small = plan.small.covers(incident.severity, incident.risk_tier)
    if small or has_evidence(incident):
        return None
    return ("evidence_missing", "Add at least one piece of evidence before you submit findings.")


def _validate(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if lines_to_sign(incident, plan):
        return None
    return ("already_validated", "Every review that is needed has been signed.")


def _dismiss(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    small = (incident.severity, incident.risk_tier)
    if incident.severity != "minor" and small != ("moderate", "low"):
        return (
            "too_severe_to_dismiss",
            worded(
                "Only a minor case, or a moderate one at low tier, is dismissed; this one is "
                "{severity} at {tier} tier and goes to the decision.",
                severity=_level(incident),
                tier=term(incident.risk_tier.title(), lowered=True),
            ),
        )
    return goes_to_committee(incident) or answered(incident, ("yes",)) or running_clock(incident)


def _close_small(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if incident.severity != "minor" or incident.risk_tier not in ("low", "medium"):
        return ("not_small", "Only a minor case at low or medium tier is closed as a small case.")
    return (
        goes_to_committee(incident)
        or answered(incident, ("yes", "unknown"))
        or running_clock(incident)
        or _not_recovered(incident, plan, at)
    )


def _keep_running(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if incident.risk_tier != "high" or incident.severity not in ("major", "severe"):
        return None
    return (
        "too_severe_to_keep_running",
        "A system at high tier with a major or severe case does not simply go on: roll back, "
        "suspend, restrict or retire it, or accept the risk with an expiry.",
    )


def _close(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    provisional = RegulatoryClock.objects.filter(
        incident_id=incident.pk, state=RegulatoryClock.State.PROVISIONAL
    )
    if provisional.exists():
        return ("clock_running", "A provisional clock runs; compliance confirms or ends it first.")
    return _unfinished(incident) or _unproven(incident) or against_closing(incident, at)


def _unfinished(incident: Incident) -> Found:
    """What waits, and what failed without a decision since that says what follows."""
    rows = Action.objects.filter(incident_id=incident.pk, cycle=incident.cycle)
    failed = Q(state=Action.State.FAILED, decision_id=newest_decision(incident))
    first = rows.filter(Q(state__in=UNSETTLED) | failed).order_by("position").first()
    if first is None:
        return None
    if first.state == Action.State.FAILED:
        words = worded(
            "An ordered action cannot be carried out, and nothing replaces it: {action}",
            action=first.words,
        )
        return ("action_failed", words)
    words = worded("An ordered action is not confirmed yet: {action}", action=first.words)
    return ("action_unfinished", words)


def _unproven(incident: Incident) -> Found:
    windows = VerificationWindow.objects.filter(
        incident_id=incident.pk, cycle=incident.cycle, superseded_at__isnull=True
    )
    outcomes = set(windows.values_list("outcome", flat=True))
    if outcomes == {VerificationWindow.Outcome.PASSED}:
        return None
    told = [term(outcome.lower()) for outcome in sorted(outcomes)] or [term(word("there is none"))]
    return (
        "not_proven",
        worded(
            "Only a proof that passed lets a person close; of the proofs: {told}.",
            told=joined(", ", told),
        ),
    )


def _not_recovered(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    wait = Duration.parse(plan.small.recovered_for)
    since = incident.recovered_at
    if since is not None and due(since, wait, calendar_of(plan)) <= at:
        return None
    return (
        "not_recovered",
        worded(
            "The cause must have been over for {wait}; readings do not say so.",
            wait=shortened(str(wait), in_words(wait)),
        ),
    )


def _end_silence(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if incident.suppressed:
        return None
    return ("not_silenced", worded("{number} is not silenced.", number=incident.number))


def _answer_silenced(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if not incident.suppressed or incident.recovered_at is None:
        return (
            "not_passed",
            "One line is enough only for what came and went within a silence; this one did not.",
        )
    if incident.severity not in (Incident.Severity.MINOR, Incident.Severity.MODERATE):
        words = worded("It is {severity}: that takes the whole way.", severity=_level(incident))
        return ("too_severe", words)
    return goes_to_committee(incident) or running_clock(incident)


def _level(incident: Incident) -> str:
    return term(incident.get_severity_display(), lowered=True)


GUARDS: dict[str, Guard] = {
    "end_silence": _end_silence,
    "answer_silenced": _answer_silenced,
    "submit_findings": _submit,
    "validate": _validate,
    "dismiss": _dismiss,
    "close_small": _close_small,
    "keep_running": _keep_running,
    "close": _close,
    **turns.GUARDS,
    **rehearsing.GUARDS,
    **containment.GUARDS,
    **carrying.GUARDS,
    **acceptance.GUARDS,
    **asking.GUARDS,
    **clockwork.GUARDS,
    **families.GUARDS,
}
