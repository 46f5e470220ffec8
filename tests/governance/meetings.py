"""Meetings for tests: convened, opened, who was there; small cases that wait for their close."""

import datetime as dt

from governance.models import AgendaItem, Attendance
from governance.services.agendas import Item
from governance.services.meeting_calls import Call
from governance.services.meetings import convene_meeting, open_meeting, record_attendance
from incidents.rules.transitions import VALIDATION
from registry.services.files import Kept
from tests.governance.organisation import AT
from tests.governance.rounds import by
from tests.incidents import factory as cases

DAY = dt.timedelta(days=1)
START = AT + 15 * DAY


def call(**changes):
    """What a meeting is convened to."""
    arguments = {"title": "November meeting", "starts_at": START, "place": "Room 2"}
    return Call(**(arguments | changes))


def meeting(of, *items, who=None, at=AT, **changes):
    """A convened meeting; each item is a motion, or a pair of kind and motion or title."""
    return by(
        who or of.house.secretary,
        convene_meeting,
        committee_id=of.committee.pk,
        call=call(**changes),
        items=[_item(one) for one in items] or [Item("free", title="Any other business")],
        at=at,
    )


def _item(one):
    kind, what = one if isinstance(one, tuple) else ("motion", one)
    if isinstance(what, str):
        return Item(kind, title=what)
    return Item(kind, decision_id=what.pk)


def in_session(of, *items, present=None, **changes):
    """A meeting that is open, with its members present."""
    row = meeting(of, *items, **changes)
    secretary = of.house.secretary
    by(secretary, open_meeting, meeting_id=row.pk, at=START)
    for person in of.members if present is None else present:
        attend(of, row, person)
    return row


def attend(of, row, person, standing=Attendance.Standing.PRESENT, *, at=START):
    """The secretary records somebody."""
    return by(
        of.house.secretary,
        record_attendance,
        meeting_id=row.pk,
        person_id=person.pk,
        standing=standing,
        at=at,
    )


def item_of(decision):
    """The item of a motion."""
    return AgendaItem.objects.get(decision=decision)


def document(name="resolution.pdf", sha256="a" * 64):
    """A file that lies in the store."""
    return Kept(sha256=sha256, size=1200, media_type="application/pdf", name=name)


def small_waiting(house, number):
    """Small cases that have recovered and wait for a validator."""
    found = []
    for _ in range(number):
        incident = cases.bring(house, VALIDATION, severity="minor")
        cases.do(incident, "note_recovery", cases.EVALUATOR)
        found.append(cases.fresh(incident))
    return found
