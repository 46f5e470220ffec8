"""The page of a motion's procedure: meetings, recorded votes, dissents, a decision outside."""

from datetime import datetime
from typing import Any

from governance.models import Decision, Meeting, RecordedDecision
from governance.rules.meetings import OUTSIDE
from governance.selectors.committees import may_lead, secretaries_of
from governance.selectors.electorates import recusal_of
from governance.selectors.meetings import (
    dissenting_ballot,
    is_countersigned,
    is_member,
    recorded_votes_of,
)
from governance.selectors.rounds import RUNNING
from registry.models import User

Page = dict[str, Any]


def procedure_page(*, decision: Decision, reader: User, at: datetime) -> Page:
    """Return what templates/governance/meetings/procedure.html shows, but for the forms."""
    votes = recorded_votes_of(decision)
    own = next((row for row in votes if row.person_id == reader.pk), None)
    rows = decision.recorded_decisions.select_related("first_by", "second_by").order_by("first_at")
    outside = list(rows)
    page = {
        "at": at,
        "decision": decision,
        "incident": decision.incident,
        "demands": decision.meeting_demands.select_related("person").order_by("pk"),
        "meetings": Meeting.objects.filter(items__decision=decision).order_by("starts_at"),
        "votes": [(row, is_countersigned(row)) for row in votes],
        "shows_votes": decision.state not in RUNNING or own is not None,
        "own_recorded": own if own is not None and not is_countersigned(own) else None,
        "dissents": decision.dissents.select_related("person", "signature").order_by("pk"),
        "outsides": outside,
        "outside": outside[-1] if outside else None,
        "waiting": next((one for one in outside if one.state == "waiting"), None),
        "electors": decision.electors.select_related("seated").exclude(seated=None),
    }
    return page | {"offered": _offered(page, decision, reader, at)}


def _offered(page: Page, decision: Decision, reader: User, at: datetime) -> list[str]:
    """What the reader can do here now."""
    if decision.state not in RUNNING:
        ballot = dissenting_ballot(decision, reader.pk)
        states = ballot is not None and not hasattr(ballot, "dissent")
        return ["dissent"] if states else []
    return [
        *_own_steps(page, decision, reader, at),
        *_steps_outside(page["waiting"], decision, reader, at),
    ]


def _own_steps(page: Page, decision: Decision, reader: User, at: datetime) -> list[str]:
    found = []
    member = is_member(committee=decision.committee, person_id=reader.pk, at=at)
    is_out = recusal_of(decision=decision, person_id=reader.pk) is not None
    if decision.procedure == "written" and member and not is_out:
        found.append("demand")
    in_session = any(one.state == Meeting.State.OPEN for one in page["meetings"])
    people = {one.pk for one in secretaries_of(committee=decision.committee, at=at)}
    if in_session and reader.pk in people:
        found.append("record")
    if page["own_recorded"] is not None:
        found.append("countersign")
    return found


def _steps_outside(
    waiting: RecordedDecision | None, decision: Decision, reader: User, at: datetime
) -> list[str]:
    people = {one.pk for one in may_lead(committee=decision.committee, at=at)}
    if decision.committee.level not in OUTSIDE or reader.pk not in people:
        return []
    if waiting is None:
        return ["outside"]
    return ["certify", "refuse"] if waiting.first_by_id != reader.pk else []
