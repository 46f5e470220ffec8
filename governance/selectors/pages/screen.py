"""What a meeting shows on a projector: one item at a time, and nothing that is not for the room."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.models import AgendaItem, Attendance, Ballot, Decision, ElectorSeat, Meeting
from governance.rules.outcomes import MAJORITY_WORDS
from governance.selectors.electorates import Round, round_of
from governance.selectors.meetings import agenda_of, attendance_of
from governance.selectors.pages.sections import ROUND_STATES
from incidents.models import Incident
from incidents.rules.words import in_words
from outbox.rules.durations import Duration

OVERVIEW = 0
LIVE = (Meeting.State.PLANNED, Meeting.State.OPEN)
HERE = (Attendance.Standing.PRESENT, Attendance.Standing.SUBSTITUTE)
Page = dict[str, Any]


def screen_page(
    *, meeting: Meeting, visible: QuerySet[Incident], wanted: int, at: datetime
) -> Page:
    """Return what templates/governance/meetings/screen.html shows; 0 is the agenda as a whole.

    The same for whoever opens it: no vote of anybody before the count, no reason of a recusal, no
    note that is not in the minutes. A case that who opens it may not see stays covered.
    """
    items = list(agenda_of(meeting))
    seen = _seen(items, visible)
    place = min(max(wanted, OVERVIEW), len(items))
    attendance = attendance_of(meeting)
    page = {
        "at": at,
        "meeting": meeting,
        "committee": meeting.committee,
        "is_live": meeting.state in LIVE,
        "items": [_line(row, seen, place) for row in items],
        "place": place,
        "count": len(items),
        "before": place - 1 if place > OVERVIEW else None,
        "after": place + 1 if place < len(items) else None,
        "here": [row for row in attendance if row.standing in HERE],
        "elsewhere": [row for row in attendance if row.standing not in HERE],
    }
    row = items[place - 1] if place else None
    if row is None:
        return page | {"item": None, "motion": None}
    shown = row.decision is not None and row.decision.incident_id in seen
    return page | {
        "item": _line(row, seen, place),
        "motion": motion_on_screen(row.decision, at) if shown and row.decision else None,
    }


def motion_on_screen(decision: Decision, at: datetime) -> Page:
    """Return a motion as everybody in the room may see it; votes and result only once counted."""
    is_over = decision.state not in (Decision.State.DRAFT, Decision.State.OPEN)
    found = None if decision.state == Decision.State.DRAFT else round_of(decision=decision, at=at)
    state, word = ROUND_STATES[decision.state]
    resolution = getattr(decision, "resolution", None)
    electors = list(decision.electors.select_related("holder", "seated").order_by("number"))
    ballots = _ballots(decision)
    return {
        "decision": decision,
        "state": state,
        "word": word,
        "is_over": is_over,
        "actions": [_action(row) for row in _actions(decision)],
        "conditions": [str(one.get("text") or "") for one in decision.conditions],
        "seats": [_seat(one, ballots, is_over) for one in electors],
        "quorum": _quorum(found) if found else None,
        "majority": MAJORITY_WORDS[found.charter.majority] if found else "",
        "recused": [one.person.name for one in decision.recusals.select_related("person")],
        "resolution": resolution if is_over else None,
    }


def _seen(items: Sequence[AgendaItem], visible: QuerySet[Incident]) -> set[Any]:
    cases = [row.decision.incident_id for row in items if row.decision is not None]
    return set(visible.filter(pk__in=cases).values_list("pk", flat=True))


def _line(row: AgendaItem, seen: set[Any], place: int) -> Page:
    decision = row.decision
    is_seen = decision is None or decision.incident_id in seen
    state, word = ROUND_STATES[decision.state] if decision is not None else ("", "")
    covered = _("A motion on a case that is not shown here")
    return {
        "row": row,
        "place": row.position,
        "title": row.title if is_seen else covered,
        "note": row.note if is_seen else "",
        "is_seen": is_seen,
        "state": state if is_seen else "",
        "word": word if is_seen else "",
        "is_here": row.position == place,
    }


def _actions(decision: Decision) -> list[Any]:
    return list(decision.motion_actions.select_related("executor").order_by("position"))


def _action(row: Any) -> Page:
    within = in_words(Duration.parse(row.due))
    return {
        "words": row.words,
        "who": row.executor.name,
        "within": within,
        "proof": row.get_proof_display(),
    }


def _ballots(decision: Decision) -> dict[tuple[int, Any], Ballot]:
    """The ballot of each seat that counts, by seat and person; void and casting ones do not."""
    rows = decision.ballots.filter(
        motion_sha256=decision.motion_sha256, casting=False, void__isnull=True
    )
    return {(one.seat_number, one.person_id): one for one in rows.order_by("pk")}


def _seat(
    elector: ElectorSeat, ballots: dict[tuple[int, Any], Ballot], is_over: bool
) -> dict[str, str]:
    ballot = ballots.get((elector.number, elector.seated_id))
    name = elector.seated.name if elector.seated else ""
    if elector.seated is None:
        state, said = "none", _("Empty: recused")
    elif ballot is not None:
        state, said = ("", ballot.get_vote_display()) if is_over else ("ok", _("Voted"))
    elif is_over:
        state, said = "none", _("Did not vote")
    else:
        state, said = "todo", _("Not voted yet")
    return {"function": elector.function, "name": name, "state": state, "said": said}


def _quorum(found: Round) -> Page:
    """How many votes are in, never which."""
    count = found.tally
    told = ngettext(
        "%(present)d of %(electorate)d vote is in", "%(present)d of %(electorate)d votes are in",
        count.electorate,
    ) % {"present": count.present, "electorate": count.electorate}  # fmt: skip
    reached = count.present >= count.needed and not count.missing
    return {
        "seats": [index < count.present for index in range(count.electorate)],
        "text": told,
        "needed": count.needed,
        "reached": reached,
    }
