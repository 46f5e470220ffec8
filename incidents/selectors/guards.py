"""Guards: what must be true of the incident itself, whoever acts. Workflow section 2, 'Guards'."""

from collections.abc import Callable
from datetime import datetime

from incidents.models import Action, Incident, RegulatoryClock, VerificationWindow
from incidents.rules.command_fields import QUESTION_WORDS
from incidents.rules.plan import FrozenPlan, calendar_of
from incidents.selectors.reviews import answers_of, has_evidence, lines_to_sign
from ledger.rules.refusals import Conflict, Refused
from outbox.rules.business_time import due
from outbox.rules.durations import Duration

TRUST = "trust_compliance"


def guard(command: str, incident: Incident, plan: FrozenPlan, at: datetime) -> Refused | None:
    """Return why the incident itself stands against a command, None if nothing does."""
    check = GUARDS.get(command)
    found = check(incident, plan, at) if check else None
    if found is None:
        return None
    code, reason = found
    subject = ("incident", str(incident.pk), incident.number)
    return Conflict(code, reason, subject=subject)


Found = tuple[str, str] | None


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
            "Only a minor case, or a moderate one at low tier, is dismissed; this one is "
            f"{incident.severity} at {incident.risk_tier} tier and goes to the decision.",
        )
    return _goes_to_committee(incident) or _answered(incident, ("yes",)) or _clock(incident)


def _close_small(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if incident.severity != "minor" or incident.risk_tier not in ("low", "medium"):
        return ("not_small", "Only a minor case at low or medium tier is closed as a small case.")
    return (
        _goes_to_committee(incident)
        or _answered(incident, ("yes", "unknown"))
        or _clock(incident)
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
    return _unfinished(incident) or _unproven(incident)


def _unfinished(incident: Incident) -> Found:
    unfinished = Action.objects.filter(incident_id=incident.pk, cycle=incident.cycle).exclude(
        state__in=(Action.State.CONFIRMED, Action.State.CANCELLED)
    )
    first = unfinished.order_by("position").first()
    if first is None:
        return None
    return ("action_unfinished", f"An ordered action is not confirmed yet: {first.words}")


def _unproven(incident: Incident) -> Found:
    windows = VerificationWindow.objects.filter(
        incident_id=incident.pk, cycle=incident.cycle, superseded_at__isnull=True
    )
    outcomes = set(windows.values_list("outcome", flat=True))
    if outcomes == {VerificationWindow.Outcome.PASSED}:
        return None
    words = ", ".join(sorted(outcome.lower() for outcome in outcomes)) or "there is none"
    return (
        "not_proven",
        f"Only a proof that passed lets a person close; of the proofs: {words}.",
    )


def _goes_to_committee(incident: Incident) -> Found:
    if incident.category != TRUST and incident.kind != Incident.Kind.FAIRNESS:
        return None
    return ("goes_to_committee", "A breach of trust and compliance always goes to the committee.")


def _answered(incident: Incident, answers: tuple[str, ...]) -> Found:
    given = answers_of(incident)
    for question, words in QUESTION_WORDS.items():
        answer = getattr(given, question, "unknown")
        if answer in answers:
            return ("question_open", f"'{words}' was answered '{answer}', so a decision is due.")
    return None


def _clock(incident: Incident) -> Found:
    running = RegulatoryClock.objects.filter(incident_id=incident.pk).exclude(
        state=RegulatoryClock.State.ENDED
    )
    clock = running.select_related("rule").order_by("due_at").first()
    if clock is None:
        return None
    return (
        "clock_running",
        f"The clock of {clock.rule.basis} runs; only a validation ends it, with a signed reason.",
    )


def _not_recovered(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    wait = Duration.parse(plan.small.recovered_for)
    since = incident.recovered_at
    if since is not None and due(since, wait, calendar_of(plan)) <= at:
        return None
    return ("not_recovered", f"The cause must have been over for {wait}; readings do not say so.")


def _end_silence(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if incident.suppressed:
        return None
    return ("not_silenced", f"{incident.number} is not silenced.")


def _answer_silenced(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    if not incident.suppressed or incident.recovered_at is None:
        return (
            "not_passed",
            "One line is enough only for what came and went within a silence; this one did not.",
        )
    if incident.severity not in (Incident.Severity.MINOR, Incident.Severity.MODERATE):
        return ("too_severe", f"It is {incident.severity}: that takes the whole way.")
    return _goes_to_committee(incident) or _clock(incident)


GUARDS: dict[str, Callable[[Incident, FrozenPlan, datetime], Found]] = {
    "end_silence": _end_silence,
    "answer_silenced": _answer_silenced,
    "submit_findings": _submit,
    "validate": _validate,
    "dismiss": _dismiss,
    "close_small": _close_small,
    "keep_running": _keep_running,
    "close": _close,
}
