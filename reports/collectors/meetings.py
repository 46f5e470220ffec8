"""Meetings of the bodies that decide on the systems of the pack: agenda, attendance, minutes."""

import json
from collections.abc import Collection, Iterable

from governance.models import AgendaItem, Attendance, Committee, Meeting, Minutes
from registry.models import System
from registry.selectors.units import units_above
from reports.collectors.instant import at_its_instant
from reports.collectors.words import name
from reports.rules.shared import AgendaRecord, AttendanceRecord, MeetingRecord, MinutesRecord
from reports.rules.things import Scope

APPROVED = Minutes.State.APPROVED
ELSEWHERE = "another matter than the pack's"


@at_its_instant
def collect_meetings(scope: Scope, decisions: Collection[str]) -> list[MeetingRecord]:
    """Return the meetings of the period by start; `decisions` are the ids of the pack's motions.

    A pack of named matters holds only meetings with one of its motions. Items about other matters
    are named by their place alone, and the minutes by their hash, unless everything is in scope.
    """
    rows = (
        Meeting.objects.filter(
            committee__in=_committees(scope),
            notice_sent_at__lte=scope.as_of,
            starts_at__gte=scope.since,
            starts_at__lt=scope.until,
        )
        .select_related("committee", "convened_by")
        .prefetch_related(
            "items__decision",
            "attendances__person",
            "attendances__recorded_by",
            "minutes__drafted_by",
            "minutes__chair",
            "minutes__second",
            "minutes__addenda",
        )
        .order_by("starts_at", "number")
    )
    known = set(decisions)
    found = [_meeting(row, known, whole=scope.everything) for row in rows]
    if scope.breadth != "matters":
        return found
    return [item for item in found if any(one.decision for one in item.agenda)]


def _committees(scope: Scope) -> list[object]:
    rows = Committee.objects.all()
    if not scope.everything:
        here = System.objects.filter(pk__in=[item.id for item in scope.systems])
        units = {
            above
            for unit in here.values_list("unit_id", flat=True).distinct()
            for above in units_above(unit_id=unit)
        }
        rows = rows.filter(unit_id__in=units)
    return list(rows.values_list("pk", flat=True))


def _meeting(row: Meeting, known: set[str], *, whole: bool) -> MeetingRecord:
    agenda = _agenda(row.items.all(), known, whole=whole)
    open_to_read = whole or not any(item.withheld for item in agenda)
    return MeetingRecord(
        number=row.number,
        committee=row.committee.name,
        title=row.title,
        starts_at=row.starts_at,
        place=row.place,
        urgent=row.urgent,
        urgent_reason=row.urgent_reason,
        convened_by=row.convened_by.name,
        notice_sent_at=row.notice_sent_at,
        state=row.state,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        agenda=agenda,
        attendance=_attendance(row.attendances.all()),
        minutes=_minutes(row, row.minutes.all(), whole=open_to_read),
    )


def _agenda(rows: Iterable[AgendaItem], known: set[str], *, whole: bool) -> list[AgendaRecord]:
    found = []
    for row in sorted(rows, key=lambda one: one.position):
        ours = whole or str(row.decision_id) in known
        found.append(
            AgendaRecord(
                position=row.position,
                kind=row.get_kind_display(),
                title=row.title if ours else ELSEWHERE,
                decision=row.decision.number if ours and row.decision else "",
                note=row.note if ours else "",
                withheld=not ours,
            )
        )
    return found


def _attendance(rows: Iterable[Attendance]) -> list[AttendanceRecord]:
    return [
        AttendanceRecord(
            person=row.person.name,
            standing=row.get_standing_display(),
            function=row.function,
            note=row.note,
            recorded_by=row.recorded_by.name,
            at=row.at,
            entry=row.entry_number,
        )
        for row in sorted(rows, key=lambda one: one.entry_number)
    ]


def _minutes(meeting: Meeting, rows: Iterable[Minutes], *, whole: bool) -> list[MinutesRecord]:
    return [
        MinutesRecord(
            of=meeting.number,
            number=row.number,
            sha256=row.sha256,
            state=row.state,
            content=json.loads(row.content) if whole and row.state == APPROVED else None,
            drafted_by=row.drafted_by.name,
            drafted_at=row.drafted_at,
            chair=name(row.chair),
            second=name(row.second),
            approved_at=row.approved_at,
            addenda=[item.text for item in row.addenda.all()] if whole else [],
        )
        for row in sorted(rows, key=lambda one: one.number)
    ]
