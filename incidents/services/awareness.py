"""The awareness with which a case begins: known already, or an alarm that somebody must open.

An alarm alone is no knowledge; unopened for a day it counts as known (CLK-05). What a person told
is known from the opening on, and an unanswered question counts as unknown (CLK-04, T01).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from incidents.models import Incident
from incidents.rules.command_fields import QUESTION_WORDS
from incidents.services.clocks import arm_for_answers
from ledger.rules.actors import Actor
from outbox.services.timers import arm_timer, cancel_timers

DEEM = "incident.deemed_aware"
DEEMED_AFTER = timedelta(hours=24)
DEEMED_BY = "deemed, 24 h after detection"


def begin_awareness(
    incident: Incident, *, answers: Mapping[str, str], actor: Actor, at: datetime
) -> None:
    """Arm the clocks of what is known, or the timer of an alarm that nobody has opened yet.

    A rehearsal has neither; nor has what opens silenced, until its silence ends.
    """
    if incident.drill:
        return
    if incident.aware_at is not None:
        given = {question: answers.get(question, "unknown") for question in QUESTION_WORDS}
        arm_for_answers(incident=incident, answers=given, actor=actor, at=at)
    elif not incident.suppressed:
        watch_alarm(incident, at)


def watch_alarm(incident: Incident, at: datetime) -> None:
    """Arm the timer by which an unopened alarm counts as known."""
    arm_timer(
        kind=DEEM,
        key=f"{incident.pk}:deemed",
        subject_id=incident.pk,
        due_at=incident.detected_at + DEEMED_AFTER,
        inputs={"duration": "24h", "from": incident.detected_at.isoformat()},
        at=at,
    )


def note_opened(incident: Incident, at: datetime) -> None:
    """Cancel the timer of an alarm that somebody has opened."""
    cancel_timers(subject_id=incident.pk, reason="the alarm was opened", at=at, kinds=(DEEM,))
