"""Cases that open in a silence: suppressed until its end, then timers or one line (EVA-18)."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from governance.models import Mute, MutedCase
from governance.selectors.mutes import next_cover
from governance.selectors.policies import document_of_plan
from governance.services.engine import EVALUATOR
from governance.services.plans import seconds
from incidents.models import Incident
from incidents.rules.plan import from_text
from incidents.rules.transitions import ENDED, OPEN
from incidents.services.commands import execute
from ledger.context import acting_as
from ledger.rules.worded import as_titled, of_machine, worded
from ledger.services.entries import append_entry
from outbox.models import Timer
from outbox.services.hints import nudge
from outbox.services.messages import queue_mail
from outbox.services.timers import arm_timer, cancel_timers
from registry.rules.instants import with_zone

END = "mute.end"
ANSWER = "mute.answer"
WHOLE_WAY = (Incident.Severity.MAJOR, Incident.Severity.SEVERE)


def cover_case(*, incident: Incident, mute: Mute, at: datetime) -> None:
    """Note in which silence an incident opened, and arm the timer of the silence's end."""
    row = MutedCase(mute=mute, incident=incident, joined_at=at)
    row.save(force_insert=True, at=at)
    append_entry(
        verb="mute.covered",
        actor=EVALUATOR,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        incident_id=incident.pk,
        system_id=incident.system_id,
        details={"mute": mute.pk, "until": mute.until_at},
    )
    arm_timer(
        kind=END,
        key=f"{incident.pk}:mute:{mute.pk}",
        subject_id=incident.pk,
        due_at=mute.until_at,
        at=at,
        payload={"mute": str(mute.pk)},
        inputs={"until": mute.until_at.isoformat()},
    )


def uncover(*, mute: Mute, at: datetime) -> None:
    """Go on with every case of a silence that was ended before its time."""
    with acting_as(EVALUATOR):
        rows = Incident.objects.filter(muted_by__mute=mute, suppressed=True)
        for incident in rows.exclude(state__in=ENDED).order_by("pk"):
            cancel_timers(
                subject_id=incident.pk, reason="the silence was ended", at=at, kinds=(END,)
            )
            _go_on(incident, since=at, at=at)


def fire_end(*, timer: Timer, at: datetime) -> None:
    """Go on with a case as its silence ends; timers count from that instant, however late it is."""
    incident = _incident(timer)
    if incident.suppressed and incident.state not in ENDED:
        with acting_as(EVALUATOR):
            _go_on(incident, since=timer.due_at, at=at)


def fire_answer(*, timer: Timer, at: datetime) -> None:
    """Nobody answered in one line: the case takes the whole way."""
    incident = _incident(timer)
    if incident.suppressed and incident.state not in ENDED:
        with acting_as(EVALUATOR):
            end_silence(incident, "Nobody answered for it in time.", since=timer.due_at, at=at)


def unmute_if_over(incident: Incident, at: datetime) -> None:
    """Start the timers of a suppressed case that breaches again with no silence over it."""
    if incident.suppressed and next_cover(incident=incident, at=at) is None:
        cancel_timers(
            subject_id=incident.pk, reason="it breaches again", at=at, kinds=(END, ANSWER)
        )
        end_silence(incident, "It breaches after the silence.", since=at, at=at)


def end_silence(incident: Incident, words: str, *, since: datetime, at: datetime) -> None:
    """Lift the suppression of a case: every deadline counts from `since`."""
    payload: dict[str, Any] = {"words": words, "since": since.isoformat()}
    execute(
        command="end_silence",
        incident_id=incident.pk,
        actor=EVALUATOR,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload=payload,
    )


def _go_on(incident: Incident, *, since: datetime, at: datetime) -> None:
    if incident.recovered_at is None:
        another = next_cover(incident=incident, at=at)
        if another is not None:
            cover_case(incident=incident, mute=another, at=at)
        else:
            end_silence(incident, "The silence is over and it still breaches.", since=since, at=at)
    elif incident.severity in WHOLE_WAY or incident.state != OPEN:
        words = "The silence is over; a case of this severity takes the whole way."
        end_silence(incident, words, since=since, at=at)
    else:
        _ask_for_a_line(incident, since=since, at=at)


def _ask_for_a_line(incident: Incident, *, since: datetime, at: datetime) -> None:
    after = document_of_plan(from_text(incident.plan)).watch.after
    due_at = since + timedelta(seconds=seconds(after))
    arm_timer(
        kind=ANSWER,
        key=f"{incident.pk}:answer:{since.isoformat()}",
        subject_id=incident.pk,
        due_at=due_at,
        at=at,
        inputs={"after": after, "from": since.isoformat()},
    )
    owner = incident.owner
    by = with_zone(due_at, ZoneInfo(owner.zone))
    url = f"{settings.PUBLIC_URL}/incidents/{incident.number}/"
    queue_mail(
        key=f"{incident.pk}:answer:{owner.pk}",
        person_id=owner.pk,
        address=owner.email,
        subject=worded(
            "Answer in one line by {when}: {title}", when=by, title=as_titled(incident.title)
        ),
        body=worded(
            "{summary}\n\nIt came and went within a silence. Say in one line what it was; after "
            "{when} its deadlines start.\n\n{url}\n",
            summary=of_machine(incident.summary),
            when=by,
            url=url,
        ),
        subject_id=incident.pk,
        kind="task",
        drill=incident.drill,
        due_at=due_at,
        url=url,
        at=at,
    )
    nudge("sweep")


def _incident(timer: Timer) -> Incident:
    found: Incident = Incident.objects.select_related("owner").get(pk=timer.subject_id)
    return found
