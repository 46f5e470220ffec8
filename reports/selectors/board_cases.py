"""Incidents, decisions, what is overdue and what was accepted, as a report tells of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Prefetch, Q
from django.urls import reverse

from governance.models import Ballot, Decision, DecisionCondition
from governance.selectors.conditions import UNSETTLED
from governance.selectors.voids import VOIDED_ALONE
from incidents.models import Action, RegulatoryClock, RiskAcceptance
from incidents.rules.figures import DETECT, RESOLVE, Duration
from incidents.selectors.acceptances import shown
from incidents.selectors.figures import figures_of
from ledger.rules.worded import word
from reports.selectors.board_scope import Ground

MOST = 50
ENDED = ("CLOSED", "CANCELLED")
RUNNING = (Action.State.ORDERED, Action.State.DISPATCHED)


def incidents_part(ground: Ground) -> dict[str, Any]:
    """Return what was opened and closed in the quarter, and how long it took."""
    opened = ground.incidents.filter(opened_at__gte=ground.since, opened_at__lt=ground.until)
    closed = ground.incidents.filter(closed_at__gte=ground.since, closed_at__lt=ground.until)
    told = figures_of(
        visible=ground.incidents,
        by="system",
        since=ground.since,
        until=ground.until,
        false_alarms=VOIDED_ALONE,
    )
    rows = list(
        ground.incidents.filter(Q(pk__in=opened.values("pk")) | Q(pk__in=closed.values("pk")))
        .select_related("system")
        .order_by("-opened_at", "-number")
    )
    begun = [row for row in rows if ground.since <= row.opened_at < ground.until]
    ended = [row for row in rows if row.closed_at and ground.since <= row.closed_at < ground.until]
    return {
        "opened": len(begun),
        "closed": len(ended),
        "withdrawn": sum(row.state == "CANCELLED" for row in begun),
        "grave": sum(row.severity in ("major", "severe") for row in begun),
        "left": max(len(rows) - MOST, 0),
        "detect": _duration(told.whole.duration(DETECT)),
        "resolve": _duration(told.whole.duration(RESOLVE)),
        "link": _list(ground),
        "closed_link": _list(ground, state="CLOSED"),
        "figures_link": reverse("figures"),
        "rows": [
            {
                "number": row.number,
                "title": row.title,
                "system": row.system.name,
                "severity": row.severity,
                "state": row.get_state_display(),
                "opened_at": row.opened_at,
                "closed_at": row.closed_at if row in ended else None,
                "link": reverse("incident", args=[row.number]),
            }
            for row in rows[:MOST]
        ],
    }


def decisions_part(ground: Ground) -> list[dict[str, Any]]:
    """Return the rounds that were counted in the quarter, with how everybody voted."""
    rows = Decision.objects.filter(
        incident__in=ground.incidents,
        resolution__at__gte=ground.since,
        resolution__at__lt=ground.until,
    ).select_related("resolution", "committee", "incident__system")
    ballots = Ballot.objects.order_by("seat_number", "id")
    return [
        {
            "number": row.number,
            "title": row.title,
            "body": row.committee.name,
            "incident": row.incident.number,
            "system": row.incident.system.name,
            "outcome": row.resolution.outcome.replace("_", " "),
            "at": row.resolution.at,
            "for": row.resolution.votes_for,
            "against": row.resolution.votes_against,
            "abstained": row.resolution.abstentions,
            "eligible": row.resolution.eligible,
            "votes": _votes(list(row.ballots.all())),
            "link": reverse("ballot", args=[row.number]),
        }
        for row in rows.prefetch_related(Prefetch("ballots", ballots)).order_by(
            "resolution__at", "number"
        )
    ]


def overdue_part(ground: Ground) -> list[dict[str, Any]]:
    """Return what stands overdue as the report is drawn, the longest first."""
    found = [
        *_late_actions(ground),
        *_late_conditions(ground),
        *_late_stages(ground),
        *_late_clocks(ground),
    ]
    return sorted(found, key=lambda one: (one["due_at"], one["incident"], one["words"]))


def acceptances_part(ground: Ground) -> list[dict[str, Any]]:
    """Return the risks that are accepted as the report is drawn, by when they end."""
    rows = RiskAcceptance.objects.filter(
        incident__in=ground.incidents, state=RiskAcceptance.State.ACTIVE
    )
    rows = rows.select_related("incident__system", "owner").order_by("until_at", "number")
    return [
        {
            "number": one.acceptance.number,
            "title": one.acceptance.title,
            "system": one.acceptance.incident.system.name,
            "person": one.acceptance.owner_id,
            "until_at": one.acceptance.until_at,
            "renewals": one.acceptance.renewals,
            "days_left": one.days_left,
            "link": reverse("acceptance", args=[one.acceptance.number]),
        }
        for one in shown(rows, ground.at)
        if one.validity.valid
    ]


def _list(ground: Ground, **filters: str) -> str:
    """Return the address of the list of incidents, of the system where there is one alone."""
    own = {"system": ground.systems[0].slug} if len(ground.systems) == 1 else {}
    return f"{reverse('incidents')}?{urlencode({'view': 'all', **own, **filters})}"


def _votes(ballots: list[Ballot]) -> list[dict[str, Any]]:
    """The last ballot of a seat counts; the casting one of the chair stands beside it."""
    counting = {(row.seat_number, row.casting): row for row in ballots}
    return [
        {"person": row.person_id, "vote": row.get_vote_display(), "casting": row.casting}
        for row in counting.values()
    ]


def _late_actions(ground: Ground) -> Iterator[dict[str, Any]]:
    rows = Action.objects.filter(
        incident__in=ground.incidents, state__in=RUNNING, due_at__lt=ground.at
    )
    for row in rows.select_related("incident__system").order_by("due_at", "pk"):
        yield _late("action", row.words, row.incident, row.due_at, ground, row.executor_id)


def _late_conditions(ground: Ground) -> Iterator[dict[str, Any]]:
    replaced = Decision.objects.filter(
        incident__in=ground.incidents, supersedes__isnull=False, state=Decision.State.ADOPTED
    )
    rows = DecisionCondition.objects.filter(
        decision__incident__in=ground.incidents,
        decision__state=Decision.State.ADOPTED,
        state__in=UNSETTLED,
        due_at__lt=ground.at,
    ).exclude(decision_id__in=replaced.values("supersedes_id"))
    for row in rows.select_related("decision__incident__system").order_by("due_at", "pk"):
        case = row.decision.incident
        told = _late("condition", row.text, case, row.due_at, ground, row.owner_id)
        yield told | {"link": reverse("ballot", args=[row.decision.number])}


def _late_stages(ground: Ground) -> Iterator[dict[str, Any]]:
    rows = ground.incidents.exclude(state__in=ENDED).filter(
        stage_due_at__lt=ground.at, parent=None, suppressed=False
    )
    for row in rows.select_related("system").order_by("stage_due_at", "pk"):
        words = f"{row.get_state_display()}: {row.title}"
        yield _late(word("deadline"), words, row, row.stage_due_at, ground, row.owner_id)


def _late_clocks(ground: Ground) -> Iterator[dict[str, Any]]:
    rows = RegulatoryClock.objects.filter(
        incident__in=ground.incidents, ended_at__isnull=True, due_at__lt=ground.at
    ).exclude(state=RegulatoryClock.State.ENDED)
    for row in rows.select_related("incident__system", "rule").order_by("due_at", "pk"):
        words = f"Report to an authority: {row.rule.basis} ({row.get_binding_display()})"
        told = _late("clock", words, row.incident, row.due_at, ground, row.incident.owner_id)
        yield told | {"link": reverse("incident-reports", args=[row.incident.number])}


def _late(
    kind: str, words: str, case: Any, due_at: datetime | None, ground: Ground, person: Any
) -> dict[str, Any]:
    due = due_at or ground.at
    return {
        "kind": kind,
        "words": words,
        "incident": case.number,
        "system": case.system.name,
        "system_id": case.system_id,
        "due_at": due,
        "days": max((ground.at - due).days, 0),
        "person": person,
        "link": reverse("incident", args=[case.number]),
    }


def _duration(found: Duration) -> dict[str, Any]:
    """A median as the figures tell it: none under five cases; hours as decimal text."""
    median = found.median_told
    hours = None if median is None else f"{median / 3600:.1f}"
    return {
        "hours": hours,
        "at_least": found.median_is_least,
        "counted": found.counted,
        "of": found.of,
        "running": found.running,
    }
