"""What was asked for and waits for a second person, what stands still, and who did something."""

from datetime import datetime

from django.db.models import F, Max, Q

from incidents.models import ClockPause, Incident, PrivilegedNote, Transition
from incidents.rules.turns import ASKED, PASSING, STAGE_OF
from incidents.selectors.files import File, file_of


def requests_of(incident: Incident) -> dict[str, Transition]:
    """Return what somebody asked for and nobody has agreed to, by command: one query, two, three.

    What was asked for lapses when the incident moves on. What the engine proposed stands until
    somebody answers the case itself, or a breach joins again.
    """
    file = file_of(incident)
    if file is not None:
        return _requests_in(file, incident.cycle)
    rows = Transition.objects.filter(incident_id=incident.pk, cycle=incident.cycle)
    newest = {
        row.command: row
        for row in rows.filter(command__in=ASKED).select_related("person").order_by("version")
    }
    asked = [row for row in newest.values() if row.payload.get("step") == "asked"]
    if not asked:
        return {}
    moved = rows.exclude(from_state=F("to_state"))
    answered = rows.filter(command="join_breach") | moved.exclude(command__in=PASSING)
    by_engine = any(row.person_id is None for row in asked)
    over = {
        False: moved.aggregate(last=Max("version"))["last"] or 0,
        True: (answered.aggregate(last=Max("version"))["last"] or 0) if by_engine else 0,
    }
    return {row.command: row for row in asked if row.version > over[row.person_id is None]}


def _requests_in(file: File, cycle: int) -> dict[str, Transition]:
    """What `requests_of` says, of a file that was read."""
    rows = [row for row in file.transitions if row.cycle == cycle]
    newest = {row.command: row for row in rows if row.command in ASKED}
    moved = [row for row in rows if row.from_state != row.to_state]
    answered = [row.version for row in moved if row.command not in PASSING]
    answered += [row.version for row in rows if row.command == "join_breach"]
    over = {
        False: max((row.version for row in moved), default=0),
        True: max(answered, default=0),
    }
    return {
        row.command: row
        for row in newest.values()
        if row.payload.get("step") == "asked" and row.version > over[row.person_id is None]
    }


def pauses_since(incident: Incident, stage: str, since: datetime) -> list[ClockPause]:
    """Return the pauses of a stage of this cycle that began at an instant or later, in order."""
    file = file_of(incident)
    if file is not None:
        read = [row for row in file.pauses if row.cycle == incident.cycle]
        return [row for row in read if row.stage == stage and row.from_at >= since]
    rows = ClockPause.objects.filter(
        incident_id=incident.pk, cycle=incident.cycle, stage=stage, from_at__gte=since
    )
    return list(rows.select_related("asked_by", "approved_by").order_by("from_at"))


def spans_since(incident: Incident, stage: str, since: datetime) -> list[tuple[datetime, datetime]]:
    """Return from when until when a stage has stood still, or will, since an instant."""
    return [spanned(pause) for pause in pauses_since(incident, stage, since)]


def spanned(pause: ClockPause) -> tuple[datetime, datetime]:
    """Return from when until when a pause lasts or lasted."""
    return pause.from_at, pause.ended_at or pause.until_at


def standing_pause(incident: Incident) -> ClockPause | None:
    """Return the pause under which the deadline of the present stage stands still, if one does."""
    stage = STAGE_OF.get(incident.state)
    if stage is None:
        return None
    pauses = pauses_since(incident, stage, incident.stage_entered_at)
    return next((pause for pause in reversed(pauses) if pause.ended_at is None), None)


def paused_until(incident: Incident, at: datetime) -> datetime:
    """Return from when the present stage's time counts again: now, or the end of its pause."""
    pause = standing_pause(incident)
    return at if pause is None else max(at, pause.until_at)


def last_entry_of_owner(incident: Incident) -> datetime | None:
    """Return when the owner's side wrote anything last in this cycle: themselves or by a delegate.

    To have looked is none. A change of the owner counts, so that the new one has time.
    """
    side = (incident.owner_id, incident.deputy_id)
    rows = Transition.objects.filter(incident_id=incident.pk, cycle=incident.cycle).filter(
        Q(person_id__in=side) | Q(on_behalf_of_id__in=side) | Q(command="reassign")
    )
    notes = PrivilegedNote.objects.filter(incident_id=incident.pk, author_id__in=side)
    found = (rows.aggregate(last=Max("at"))["last"], notes.aggregate(last=Max("made_at"))["last"])
    return max(filter(None, found), default=None)


def due_before_lapse(incident: Incident) -> datetime | None:
    """Return when the findings were due before the acknowledgement lapsed, None without a lapse.

    None also where the severity has changed since: they are due by the new one then.
    """
    rows = Transition.objects.filter(incident_id=incident.pk, cycle=incident.cycle)
    moved = rows.exclude(from_state=F("to_state")).order_by("-version").first()
    if moved is None or moved.command != "ack_lapse" or not moved.payload.get("stage_due_at"):
        return None
    later = rows.filter(version__gt=moved.version)
    if later.filter(command__in=("raise_severity", "lower_severity")).exists():
        return None
    return datetime.fromisoformat(moved.payload["stage_due_at"])
