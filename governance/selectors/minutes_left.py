"""What only a person can add to a meeting's record before its minutes are signed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from governance.models import (
    AgendaItem,
    Attendance,
    Ballot,
    Decision,
    DissentStatement,
    Meeting,
    RecordedVote,
)
from governance.selectors.meetings import attendance_of
from registry.models import User

HERE = (Attendance.Standing.PRESENT, Attendance.Standing.SUBSTITUTE)


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is not on record yet: in words, who adds it, and where.

    `kind` is 'vote', 'attendance', 'note', 'countersign' or 'dissent'; what is `needed` keeps the
    minutes from being whole, the rest somebody may add. `number` is a motion's, '' else.
    """

    kind: str
    words: str
    needed: bool = True
    number: str = ""


def left_for_people(meeting: Meeting) -> list[Left]:
    """Return what people may still add, what is needed first; seven queries."""
    items = list(meeting.items.select_related("decision").order_by("position"))
    rounds = [row.decision for row in items if row.decision is not None]
    attendance = attendance_of(meeting)
    found = [
        *_votes(rounds),
        *_attendance(meeting, rounds, attendance),
        *_notes(items),
        *_countersignatures(rounds),
        *_dissents(rounds),
    ]
    return sorted(found, key=lambda one: not one.needed)


def _votes(rounds: Sequence[Decision]) -> Iterator[Left]:
    for row in rounds:
        if row.state in (Decision.State.DRAFT, Decision.State.OPEN):
            words = _("The vote on motion %(number)s has not ended; the minutes wait for it.")
            yield Left("vote", words % {"number": row.number}, number=row.number)


def _attendance(
    meeting: Meeting, rounds: Sequence[Decision], known: Sequence[Attendance]
) -> Iterator[Left]:
    """Who belongs there and is not recorded, and who voted without being recorded as present."""
    recorded = {row.person_id: row.standing for row in known}
    sat = User.objects.filter(electorates__decision__in=rounds)
    holders = meeting.committee.seats.filter(until_at__isnull=True).values("person_id")
    seated = {one.pk: one for one in [*sat, *User.objects.filter(pk__in=holders)]}
    for person in sorted(seated.values(), key=lambda one: one.name):
        if person.pk not in recorded:
            words = _("Whether %(name)s was there is not recorded.")
            yield Left("attendance", words % {"name": person.name})
    voted = Ballot.objects.filter(
        decision__in=rounds, void__isnull=True, countersignature__isnull=True
    )
    for person in User.objects.filter(pk__in=voted.values("person_id")).order_by("name"):
        if recorded.get(person.pk, "") not in (*HERE, ""):
            words = _("%(name)s voted and is not recorded as present.")
            yield Left("attendance", words % {"name": person.name}, needed=False)


def _notes(items: Sequence[AgendaItem]) -> Iterator[Left]:
    for row in items:
        if row.kind == AgendaItem.Kind.FREE and not row.note:
            words = _("What came of item %(place)d, %(title)s, is not noted.")
            yield Left("note", words % {"place": row.position, "title": row.title})


def _countersignatures(rounds: Sequence[Decision]) -> Iterator[Left]:
    running = [row.pk for row in rounds if row.state == Decision.State.OPEN]
    rows = RecordedVote.objects.filter(decision__in=running).select_related("person", "decision")
    newest = {(row.decision_id, row.seat_number): row for row in rows.order_by("pk")}
    signed = set(
        RecordedVote.objects.filter(
            decision__in=running, countersignature__isnull=False
        ).values_list("pk", flat=True)
    )
    for row in newest.values():
        if row.pk not in signed:
            words = _("%(name)s has not countersigned the vote on motion %(number)s.")
            told = {"name": row.person.name, "number": row.decision.number}
            yield Left("countersign", words % told, number=row.decision.number)


def _dissents(rounds: Sequence[Decision]) -> Iterator[Left]:
    """Who voted against and has signed no statement: they may, nobody has to."""
    over = {row.pk: row for row in rounds if row.state not in ("draft", "open")}
    rows = Ballot.objects.filter(decision__in=over, casting=False, void__isnull=True)
    newest = {
        (row.decision_id, row.seat_number): row
        for row in rows.select_related("person").order_by("pk")
        if row.motion_sha256 == over[row.decision_id].motion_sha256
    }
    stated: set[tuple[UUID, UUID]] = set(
        DissentStatement.objects.filter(decision__in=over).values_list("decision_id", "person_id")
    )
    for row in newest.values():
        if row.vote == Ballot.Vote.AGAINST and (row.decision_id, row.person_id) not in stated:
            number = over[row.decision_id].number
            words = _("%(name)s voted against motion %(number)s and may sign a dissent.")
            told = {"name": row.person.name, "number": number}
            yield Left("dissent", words % told, needed=False, number=number)


def is_whole(left: Sequence[Left]) -> bool:
    """Whether nothing is missing that is needed."""
    return not any(one.needed for one in left)
