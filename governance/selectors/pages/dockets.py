"""The committee's docket: what waits for votes, what is to be convened, what has been decided."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Value

from governance.models import Ballot, Decision, ElectorSeat, MotionAction
from governance.rules.motion_kinds import protective_rank
from governance.selectors.pages.sections import ROUND_STATES
from governance.selectors.pages.visibility import incidents_visible_to
from incidents.models import Incident
from incidents.rules.plan import SEVERITIES
from incidents.rules.transitions import DECISION
from ledger.rules.worded import worded_number
from registry.models import User

DECIDED = 40
MOST = 100
WAITING, UNDER, OVER = range(3)
UNDER_WAY = ("draft", "open")
NEVER = datetime.min.replace(tzinfo=UTC)


def docket_page(*, reader: User, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/dockets.html shows; six queries for a member of a body.

    What waits for the reader comes by itself: no number of other rounds hides it. Of what is under
    way the first MOST stand there, by when they close.
    """
    visible = incidents_visible_to(user=reader, at=at)
    rows = _parts(visible, reader)
    waiting = [row for row in rows if row.part == WAITING]
    own = {row.pk for row in waiting}
    others = [row for row in rows if row.part == UNDER and row.pk not in own]
    is_many = len(others) > MOST or len(waiting) > MOST
    others = sorted(others[:MOST], key=_urgency)
    return {
        "at": at,
        "waiting": [_line(one) for one in sorted(waiting[:MOST], key=_urgency)],
        "others": [_line(one) for one in others],
        "unmoved": _without_motion(visible),
        "decided": [_line(row) for row in rows if row.part == OVER],
        "lead": _lead(len(waiting[:MOST]), len(own) + len(others), is_many=is_many),
    }


def _parts(visible: QuerySet[Incident], reader: User) -> Sequence[Any]:
    """Read what waits for the reader, what is under way and what was decided in one statement."""
    mine = ElectorSeat.objects.filter(decision_id=OuterRef("pk"), seated_id=reader.pk)
    voted = Ballot.objects.filter(decision_id=OuterRef("pk"), person_id=reader.pk)
    acts = MotionAction.objects.filter(decision_id=OuterRef("pk")).values("type")
    rows = (
        Decision.objects.filter(incident__in=visible.values("pk"))
        .select_related("incident__system", "committee", "resolution")
        .annotate(is_mine=Exists(mine), has_voted=Exists(voted), kinds=ArraySubquery(acts))
    )
    running = rows.filter(state__in=UNDER_WAY).order_by("closes_at", "created_at")
    wanted = running.filter(Exists(mine), ~Exists(voted), state=Decision.State.OPEN)
    over = rows.exclude(state__in=UNDER_WAY).order_by("-closed_at")
    first, *others = (
        part.annotate(part=Value(number))[:most]
        for number, part, most in (
            (WAITING, wanted, MOST + 1),
            (UNDER, running, 2 * MOST + 1),
            (OVER, over, DECIDED),
        )
    )
    return list(first.union(*others, all=True))


def _urgency(decision: Any) -> tuple[bool, Any, int, int, Any]:
    """What closes first comes first; of what is not convened the severest, then what protects."""
    severity = -SEVERITIES.index(decision.incident.severity)
    protects = protective_rank(frozenset(decision.kinds))
    closes = decision.closes_at
    return closes is None, closes or NEVER, severity, protects, decision.created_at


def _without_motion(visible: QuerySet[Incident]) -> list[Incident]:
    """Incidents that wait for a decision on which nobody has put a motion."""
    running = Decision.objects.filter(incident_id=OuterRef("pk"), state__in=UNDER_WAY)
    rows = visible.filter(~Exists(running), state=DECISION)
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


def _lead(waiting: int, running: int, *, is_many: bool) -> str:
    if waiting:
        return worded_number(
            "One motion waits for your vote.", "{number} motions wait for your vote.", waiting
        )
    if running:
        return worded_number(
            "{count} under way; none waits for your vote.",
            "{count} under way; none waits for your vote.",
            running,
            count=f"{running}+" if is_many else str(running),
        )
    return "No motion is under way."
