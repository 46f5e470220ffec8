"""The committee's docket: what waits for votes, what is to be convened, what has been decided."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef

from governance.models import Ballot, Decision, ElectorSeat
from governance.rules.motion_kinds import protective_rank
from governance.selectors.pages.sections import ROUND_STATES
from governance.selectors.pages.visibility import decisions_visible_to, incidents_visible_to
from incidents.models import Incident
from incidents.rules.plan import SEVERITIES
from incidents.rules.transitions import DECISION
from registry.models import User

DECIDED = 40
UNDER_WAY = ("draft", "open")
NEVER = datetime.min.replace(tzinfo=UTC)


def docket_page(*, reader: User, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/dockets.html shows; ten queries."""
    visible = decisions_visible_to(user=reader, at=at).select_related(
        "incident__system", "committee", "resolution"
    )
    mine = ElectorSeat.objects.filter(decision_id=OuterRef("pk"), seated_id=reader.pk)
    voted = Ballot.objects.filter(decision_id=OuterRef("pk"), person_id=reader.pk)
    marked = visible.annotate(is_mine=Exists(mine), has_voted=Exists(voted))
    rows = marked.filter(state__in=UNDER_WAY).prefetch_related("motion_actions")
    under_way = sorted(rows.order_by("closes_at", "created_at"), key=_urgency)
    decided = list(marked.exclude(state__in=UNDER_WAY).order_by("-closed_at")[:DECIDED])
    waiting = [one for one in under_way if _waits_for_reader(one)]
    return {
        "at": at,
        "waiting": [_line(one) for one in waiting],
        "others": [_line(one) for one in under_way if one not in waiting],
        "unmoved": _without_motion(reader, at),
        "decided": [_line(one) for one in decided],
        "lead": _lead(waiting, under_way),
    }


def _urgency(decision: Any) -> tuple[bool, Any, int, int]:
    """What closes first comes first; of what is not convened the severest, then what protects."""
    kinds = frozenset(row.type for row in decision.motion_actions.all())
    severity = -SEVERITIES.index(decision.incident.severity)
    closes = decision.closes_at
    return closes is None, closes or NEVER, severity, protective_rank(kinds)


def _waits_for_reader(decision: Any) -> bool:
    return decision.state == "open" and decision.is_mine and not decision.has_voted


def _without_motion(reader: User, at: datetime) -> list[Incident]:
    """Incidents that wait for a decision on which nobody has put a motion."""
    running = Decision.objects.filter(incident_id=OuterRef("pk"), state__in=UNDER_WAY)
    rows = incidents_visible_to(user=reader, at=at).filter(~Exists(running), state=DECISION)
    return list(rows.defer("plan").select_related("system").order_by("stage_due_at")[:DECIDED])


def _line(decision: Any) -> dict[str, Any]:
    state, word = ROUND_STATES[decision.state]
    return {
        "decision": decision,
        "incident": decision.incident,
        "state": state,
        "word": word,
        "has_voted": decision.has_voted,
        "is_mine": decision.is_mine,
        "resolution": getattr(decision, "resolution", None),
    }


def _lead(waiting: Sequence[Any], under_way: Sequence[Any]) -> str:
    if waiting:
        one = "One motion waits" if len(waiting) == 1 else f"{len(waiting)} motions wait"
        return f"{one} for your vote."
    if under_way:
        return f"{len(under_way)} under way; none waits for your vote."
    return "No motion is under way."
