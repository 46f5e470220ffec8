"""What follows from readings, and the raising of a severity by anybody responsible."""

from dataclasses import replace

from incidents.models import Incident, Transition
from incidents.rules.plan import SEVERITIES
from incidents.selectors.turns import standing_pause
from incidents.services.awareness import watch_alarm
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.pausing import end_pause
from incidents.services.deadlines import arm_stages, cancel_stages, stages_from, tighten
from incidents.services.turn_timers import arm_lapse_anew
from ledger.rules.refusals import Conflict
from ledger.rules.worded import worded


def raise_severity(given: Given) -> Outcome:
    """T22, raising only: one person suffices; running deadlines become shorter, never longer."""
    wanted, incident = given.values["severity"], given.incident
    if SEVERITIES.index(wanted) <= SEVERITIES.index(incident.severity):
        raise Conflict(
            "not_raised",
            worded(
                "{number} is {severity} already; it is lowered only by "
                "compliance or risk, with the reason.",
                number=incident.number,
                severity=incident.severity,
            ),
            subject=given.attempt.subject,
        )
    return _raised(given, wanted, given.values["reason"])


def join_breach(given: Given) -> Outcome:
    """A further breach of the same cause; a worse one raises the severity with it.

    What was over is over no longer.
    """
    wanted, incident = given.values["severity"], given.incident
    before = {} if incident.recovered_at is None else {"recovered_at": incident.recovered_at}
    after = dict.fromkeys(before)
    incident.recovered_at = None
    if wanted and SEVERITIES.index(wanted) > SEVERITIES.index(incident.severity):
        raised = _raised(given, wanted, given.values["words"])
        return replace(raised, before={**raised.before, **before}, after={**raised.after, **after})
    return Outcome(incident.state, reason=given.values["words"], before=before, after=after)


def end_silence(given: Given) -> Outcome:
    """T01b: the silence is over and the case is not; every deadline of the stage starts then."""
    incident, plan, at, since = given.incident, given.plan, given.at, given.values["since"]
    incident.suppressed = False
    stages = stages_from(plan, incident, since)

    def arm(transition: Transition) -> None:
        arm_stages(plan, incident, stages, version=transition.version, at=at)
        arm_lapse_anew(plan, incident, reason="its silence is over", at=at)
        if incident.aware_at is None:
            watch_alarm(incident, at)

    return Outcome(
        incident.state,
        reason=given.values["words"],
        before={"suppressed": True},
        after={"suppressed": False},
        then=arm,
    )


def note_recovery(given: Given) -> Outcome:
    """Readings say since when the cause is over, or that it is not: evidence, never a closing."""
    incident, since = given.incident, given.values["since"]
    before = {"recovered_at": incident.recovered_at}
    incident.recovered_at = since
    return Outcome(incident.state, before=before, after={"recovered_at": since})


def _raised(given: Given, wanted: str, reason: str) -> Outcome:
    incident, plan, at = given.incident, given.plan, given.at
    before = {"severity": incident.severity}
    incident.severity = wanted
    ended = _end_pause(given) if wanted == Incident.Severity.SEVERE else []
    stages = [] if incident.suppressed else tighten(plan, incident, at)

    def arm_anew(transition: Transition) -> None:
        if stages:
            cancel_stages(incident, reason=f"severity raised to {wanted}", at=at)
        arm_stages(plan, incident, stages, version=transition.version, at=at)
        arm_lapse_anew(plan, incident, reason=f"severity raised to {wanted}", at=at)

    return Outcome(
        incident.state,
        reason=reason,
        before=before,
        after={"severity": wanted},
        touched=ended,
        then=arm_anew,
    )


def _end_pause(given: Given) -> list[str]:
    """Nothing stands still at severe: end the pause, and return the row that this touched."""
    incident, pause = given.incident, standing_pause(given.incident)
    if pause is None:
        return []
    incident.stage_due_at = end_pause(incident, given.plan, pause, given.at)
    pause.save(update_fields=["ended_at"], at=given.at)
    return [f"incidents_clockpause:{pause.pk}"]
