"""Which steps the state of an incident allows, in which groups, and which of them comes first."""

from collections.abc import Sequence

from django.utils.translation import gettext_noop

from governance.selectors.pages.papers import Papers
from incidents.models import Incident
from incidents.rules.transitions import (
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    RISK_ACCEPTED,
    VALIDATION,
    VERIFICATION,
    sources_of,
)
from incidents.selectors.cast import Cast

HOLDING = (
    "explain_containment",
    "confirm_containment",
    "emergency_contain",
    "take_interim",
    "end_interim",
    "set_hold",
    "release_hold",
)
"""What stops a system at once or holds it still, wherever the case stands."""
CLOCKWORK = ("learn_awareness", "state_fact", "record_submission", "decide_clock")
"""What is stated of regulatory clocks and recorded for them, as long as there are any."""
TURNS = (
    "wait_for",
    "reassign",
    "lower_severity",
    "pause_clock",
    "resume_clock",
    "withdraw",
    "reopen",
    "merge",
    "split",
    "link",
)
"""Turns that the usual way does not foresee; where one waits for a second person it comes first."""
BESIDE = (
    (gettext_noop("Turns of the case"), TURNS),
    (gettext_noop("Stop it or hold it still"), HOLDING),
    (gettext_noop("Clocks of the law"), CLOCKWORK),
)
"""Groups of steps that are possible nearly always, and stand together below the panel."""
ALWAYS_NEAR = ("emergency_contain",)
ANYTIME = ("add_evidence", "raise_severity", *HOLDING)
POSSIBLE: dict[str, tuple[str, ...]] = {
    OPEN: ("answer_silenced", "acknowledge"),
    INVESTIGATING: ("submit_findings", "first_assessment"),
    VALIDATION: ("validate", "close_small", "return_to_owner", "dismiss"),
    DECISION: ("confirm_action", "bind_version", "cannot_execute"),
    RISK_ACCEPTED: ("review_acceptance", "risk_removed", "bind_version"),
    EXECUTION: ("confirm_action", "bind_version", "cannot_execute"),
    VERIFICATION: (
        "confirm_action",
        "bind_version",
        "confirm_proof",
        "close",
        "verification_failed",
        "cannot_execute",
    ),
}


def wanted_now(incident: Incident, papers: Papers, cast: Cast) -> list[str]:
    """Return the commands that the state allows and that have something to act on."""
    if incident.state not in POSSIBLE:
        return [*_turns(incident, cast), *_clockwork(incident, papers)]
    wanted = [
        *POSSIBLE[incident.state],
        *ANYTIME,
        *_turns(incident, cast),
        *_clockwork(incident, papers),
    ]
    if not (incident.suppressed and incident.recovered_at):
        wanted = [name for name in wanted if name != "answer_silenced"]
    if incident.severity != Incident.Severity.MINOR:
        wanted = [name for name in wanted if name != "close_small"]
    return [name for name in wanted if _has_object(name, papers)]


def _has_object(name: str, papers: Papers) -> bool:
    """Whether there is something that a step could be about."""
    objects = {
        "confirm_action": papers.unconfirmed,
        "cannot_execute": papers.unsettled,
        "bind_version": papers.unbound,
        "confirm_proof": papers.unwitnessed,
    }
    return bool(objects.get(name, True))


def _turns(incident: Incident, cast: Cast) -> list[str]:
    """The turns that the state allows; a deadline runs or stands still, never both."""
    left_out = {"resume_clock"} if cast.pause is None else {"pause_clock"}
    if incident.severity == Incident.Severity.MINOR:
        left_out.add("lower_severity")
    possible = [name for name in TURNS if incident.state in sources_of(name)]
    return [name for name in possible if name not in left_out]


def _clockwork(incident: Incident, papers: Papers) -> list[str]:
    """What has something to act on: a report may be owed, and more be learned, after the end."""
    has = {
        "record_submission": any(clock.runs for clock in papers.clocks),
        "decide_clock": any(clock.state == clock.State.ENDED for clock in papers.clocks),
    }
    is_over = incident.state not in POSSIBLE and not papers.clocks
    return [name for name in CLOCKWORK if has.get(name, not is_over)]


def first_of(allowed: Sequence[str], incident: Incident, papers: Papers) -> str | None:
    """Return the next step: assess before submitting, evidence before that, or the short way."""
    wanted = list(POSSIBLE.get(incident.state, ()))
    if incident.state == INVESTIGATING:
        is_theirs = "first_assessment" in allowed
        wanted = ["submit_findings", *(["add_evidence"] if is_theirs else [])]
        if papers.assessment is None:
            wanted = ["first_assessment", *wanted]
    if incident.state == VALIDATION:
        wanted = ["close_small", "validate"]
    if incident.state == DECISION:
        wanted = []
    if incident.state == VERIFICATION:
        wanted = ["confirm_action", "confirm_proof", "close"]
    return next((name for name in wanted if name in allowed), None)
