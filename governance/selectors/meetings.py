"""Meetings: which ones somebody may see, their agenda, who was there, what was recorded."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.models import (
    AgendaItem,
    Attendance,
    Ballot,
    Committee,
    Decision,
    Meeting,
    RecordedVote,
    Seat,
)
from governance.rules.charters import opens_at, rules_from
from governance.selectors.committees import may_lead, members_of, secretaries_of
from incidents.models import Incident
from incidents.selectors.visibility import is_among
from ledger.rules.refusals import Missing
from registry.models import Unit, User
from registry.selectors.keyset import place_of, place_read
from registry.selectors.people import people_with_role, roles_of
from registry.selectors.units import calendar_of, units_below

READERS = frozenset({"secretary", "compliance", "risk", "executive", "board", "auditor"})
MOST_OFFERED = 100
TO_COME = (Meeting.State.PLANNED, Meeting.State.OPEN)
HELD = (Meeting.State.ENDED, Meeting.State.CANCELLED)
RUNNING = (Decision.State.DRAFT, Decision.State.OPEN)


def committees_visible_to(*, user: User, at: datetime) -> QuerySet[Committee]:
    """Return the bodies whose meetings a person may see: a seat in it, or a role over its unit."""
    held = roles_of(user_id=user.pk, at=at)
    units = [unit for role, unit, _system in held if role in READERS and unit is not None]
    below = units_below(unit_ids=units)
    sits = Seat.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=at),
        Q(person_id=user.pk) | Q(substitute_id=user.pk),
        from_at__lte=at,
    )
    rows: QuerySet[Committee] = Committee.objects.filter(
        Q(unit_id__in=below) | Q(pk__in=sits.values("committee_id"))
    )
    return rows.select_related("unit__calendar")


def meetings_visible_to(*, user: User, at: datetime) -> QuerySet[Meeting]:
    """Return the meetings of the bodies that a person belongs to or oversees, the latest first."""
    return meetings_of(committees_visible_to(user=user, at=at))


def meetings_of(committees: QuerySet[Committee]) -> QuerySet[Meeting]:
    """Return the meetings of some bodies, the latest first."""
    rows: QuerySet[Meeting] = Meeting.objects.filter(committee__in=committees.values("pk"))
    return rows.select_related("committee__unit", "convened_by").order_by("-starts_at", "-number")


def meetings_page(
    rows: QuerySet[Meeting], *, after: str, limit: int
) -> tuple[list[Meeting], list[Meeting]]:
    """Return the meetings to come, the next first, and those held, the latest first; one query.

    At most `limit` to come; of those held one more than that, from behind the place `after` on.
    What is no place counts as the beginning.
    """
    to_come = rows.filter(state__in=TO_COME).order_by("starts_at", "number")
    held = rows.filter(state__in=HELD)
    place = place_read(after)
    if place is not None:
        last, number = place
        # The bound by itself is what the index is entered by: of an 'or' it serves neither side.
        behind = Q(starts_at__lt=last) | Q(number__lt=number)
        held = held.filter(behind, starts_at__lte=last)
    found = list(to_come[:limit].union(held[: limit + 1], all=True))
    coming = [row for row in found if row.state in TO_COME]
    past = [row for row in found if row.state not in TO_COME]
    return (
        sorted(coming, key=lambda row: (row.starts_at, row.number)),
        sorted(past, key=lambda row: (row.starts_at, row.number), reverse=True),
    )


def meeting_by_number(*, number: str, user: User, at: datetime) -> Meeting:
    """Return a meeting that somebody may see. Raises Missing, for not theirs alike."""
    found = meetings_visible_to(user=user, at=at).filter(number=number[:20]).first()
    if found is None:
        raise no_such_meeting()
    return found


def meeting_as_read(*, meeting_id: UUID) -> Meeting:
    """Return a meeting as the record has it where this is read, also within `as_it_was`."""
    return Meeting.objects.select_related("committee__unit", "convened_by").get(pk=meeting_id)


def no_such_meeting() -> Missing:
    """Return the refusal for a meeting that is not there, or not the reader's to see."""
    return Missing("unknown_meeting", "There is no such meeting that you may see.")


def agenda_of(meeting: Meeting) -> QuerySet[AgendaItem]:
    """Return the agenda in order, with the motions and their cases."""
    rows = meeting.items.select_related(
        "decision__incident__system", "decision__committee", "decision__resolution", "lifted_by"
    )
    return rows.order_by("position")


def consent_items(meeting: Meeting) -> QuerySet[AgendaItem]:
    """Return what stands on the consent agenda and was not lifted out."""
    return agenda_of(meeting).filter(kind=AgendaItem.Kind.CONSENT, lifted_at__isnull=True)


def consent_item_of(decision: Decision) -> AgendaItem | None:
    """Return where a motion stands on a consent agenda now, None if it does not."""
    rows = AgendaItem.objects.filter(
        decision=decision,
        kind=AgendaItem.Kind.CONSENT,
        lifted_at__isnull=True,
        meeting__state__in=(Meeting.State.PLANNED, Meeting.State.OPEN),
    )
    return rows.select_related("meeting").order_by("-meeting__starts_at").first()


def candidates(
    *, committee: Committee, visible: QuerySet[Incident] | None = None, after: str = ""
) -> tuple[list[Decision], str]:
    """Return the motions that a meeting of a body may take: drafts, and those it was demanded for.

    One whose vote has begun is taken no more. The longest waiting first, as many as a form offers,
    from behind the place `after` on; with the place behind which there are more, else ''.
    """
    begun = Ballot.objects.filter(decision_id=OuterRef("pk"))
    rows = Decision.objects.filter(
        Q(state=Decision.State.DRAFT)
        | Q(~Exists(begun), state=Decision.State.OPEN, procedure="meeting"),
        # Said by itself it is what the index of those under way is entered by.
        state__in=RUNNING,
        committee=committee,
    )
    if visible is not None:
        rows = rows.filter(is_among(visible))
    place = place_read(after)
    if place is not None:
        last, number = place
        rows = rows.filter(Q(created_at__gt=last) | Q(number__gt=number), created_at__gte=last)
    found = list(rows.order_by("created_at", "number")[: MOST_OFFERED + 1])
    offered = found[:MOST_OFFERED]
    if len(found) == len(offered):
        return offered, ""
    return offered, place_of(offered[-1].created_at, offered[-1].number)


def attendance_of(meeting: Meeting) -> list[Attendance]:
    """Return who was there: the newest record of each person, by standing and name."""
    rows = meeting.attendances.select_related("person", "recorded_by").order_by("pk")
    newest = {row.person_id: row for row in rows}
    order = [str(one) for one in Attendance.Standing.values]
    return sorted(
        newest.values(), key=lambda row: (order.index(row.standing), row.function, row.person.name)
    )


def is_there(meeting: Meeting, person_id: UUID) -> bool:
    """Whether somebody was recorded as present, on a seat of their own or another's."""
    here = (Attendance.Standing.PRESENT, Attendance.Standing.SUBSTITUTE)
    row = meeting.attendances.filter(person_id=person_id).order_by("-pk").first()
    return row is not None and row.standing in here


def recorded_votes_of(decision: Decision) -> list[RecordedVote]:
    """Return the newest recorded vote of each seat, with its countersignature if it has one."""
    rows = decision.recorded_votes.select_related("person", "recorded_by", "countersignature")
    newest = {row.seat_number: row for row in rows.order_by("pk")}
    return [newest[number] for number in sorted(newest)]


def is_countersigned(row: RecordedVote) -> bool:
    """Whether the member has countersigned; until then the vote counts for nothing (KOM-23)."""
    return getattr(row, "countersignature", None) is not None


def earliest_start(*, committee: Committee, urgent: bool, at: datetime) -> datetime:
    """Return when a meeting may begin whose notice goes out now."""
    return opens_at(
        rules_from(committee.charter),
        procedure="meeting",
        urgent=urgent,
        at=at,
        calendar=calendar_of(unit=committee.unit),
    )


def may_attend(*, committee: Committee, at: datetime) -> list[User]:
    """Return whom the attendance may name: members, substitutes, secretaries, in attendance."""
    people = [*members_of(committee=committee, at=at), *secretaries_of(committee=committee, at=at)]
    for role in ("compliance", "risk", "executive", "board"):
        people += people_with_role(role=role, unit_id=committee.unit_id, at=at)
    return sorted({one.pk: one for one in people}.values(), key=lambda one: one.name)


def keeps_minutes(*, committee: Committee, user: User, at: datetime) -> bool:
    """Whether somebody records for a body: its secretary, or who leads it."""
    return user.pk in {one.pk for one in may_lead(committee=committee, at=at)}


def is_member(*, committee: Committee, person_id: UUID | None, at: datetime) -> bool:
    """Whether somebody has a seat in a body, as holder or as substitute."""
    return person_id in {one.pk for one in members_of(committee=committee, at=at)}


def leads_one(
    *, user: User, at: datetime, committees: QuerySet[Committee] | None = None
) -> Sequence[Committee]:
    """Return the active bodies that somebody may convene, as `keeps_minutes` says it of one.

    Two queries for all bodies, and two for who sees them where `committees` are not known.
    """
    if not user.is_active or user.kind != User.Kind.PERSON:
        return []
    found = committees_visible_to(user=user, at=at) if committees is None else committees
    rows = list(found.filter(active=True).order_by("name").annotate(**_led_by(user, at)))
    roles = _roles_above(user, {row.unit_id for row in rows}, at)
    return [one for one in rows if _leads(one, roles[one.unit_id])]


def _led_by(user: User, at: datetime) -> dict[str, Exists]:
    """What is asked of the seats of a body: who leads it by one is chair or vice, else anybody."""
    seats = Seat.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=at), committee=OuterRef("pk"), from_at__lte=at
    )
    leading = seats.filter(Q(chair=True) | Q(vice_chair=True))
    return {
        "is_led": Exists(leading),
        "leads_it": Exists(leading.filter(person_id=user.pk)),
        "sits_in_it": Exists(seats.filter(person_id=user.pk)),
    }


def _leads(committee: Any, roles: Set[str]) -> bool:
    electorate = str(committee.charter["electorate"])
    if "secretary" in roles or electorate.removeprefix("role:") in roles:
        return True
    if electorate != "seats":
        return False
    return bool(committee.leads_it or (committee.sits_in_it and not committee.is_led))


def _roles_above(user: User, units: Set[UUID], at: datetime) -> Mapping[UUID, Set[str]]:
    """Return the roles that somebody holds for some units, inherited ones too; two queries."""
    parents = dict(Unit.objects.values_list("pk", "parent_id"))
    held = roles_of(user_id=user.pk, at=at)
    found: dict[UUID, set[str]] = {}
    for unit in units:
        above: set[UUID] = set()
        here: UUID | None = unit
        while here is not None and here not in above:
            above.add(here)
            here = parents.get(here)
        found[unit] = {role for role, of_unit, _system in held if of_unit in above}
    return found


def dissenting_ballot(decision: Decision, person: UUID) -> Ballot | None:
    """Return the ballot by which somebody voted against, if it is their last and counts."""
    rows = decision.ballots.filter(
        person_id=person, casting=False, motion_sha256=decision.motion_sha256, void__isnull=True
    )
    newest = rows.order_by("-pk").first()
    return newest if newest is not None and newest.vote == Ballot.Vote.AGAINST else None
