"""Open cases as a desk reads them: each with what its next step depends on, in constant queries."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from governance.models import Ballot, BreachCause, Decision, ElectorSeat, Seat
from incidents.models import (
    Action,
    Findings,
    FirstAssessment,
    Incident,
    Participation,
    RegulatoryClock,
    Validation,
    VerificationWindow,
)
from incidents.rules.plan import from_text
from incidents.rules.segregation import PastAct
from registry.models import Unit, User
from registry.selectors.people import in_force, roles_of
from reports.rules.steps import LINES, Case

MOST_CASES = 100


def open_cases(*, visible: QuerySet[Incident], user: User, at: datetime) -> list[Incident]:
    """Return the open incidents that a person sees or decides on, the nearest deadline first."""
    seated = ElectorSeat.objects.filter(seated=user).values("decision__incident_id")
    rows = Incident.objects.exclude(state__in=("CLOSED", "CANCELLED")).filter(
        Q(pk__in=visible.values("pk")) | Q(pk__in=seated), suppressed=False
    )
    # What goes with another case waits for nobody, but for its own proof.
    rows = rows.filter(Q(parent=None) | Q(state="VERIFICATION"))
    return list(
        rows.select_related("system", "owner", "live_version")
        .prefetch_related(*_papers(at))
        .order_by("stage_due_at", "opened_at", "id")[:MOST_CASES]
    )


def case_of(incident: Incident) -> Case:
    """Return what the next step of an incident depends on."""
    decision = newest_decision(incident)
    windows = [row for row in incident.windows.all() if row.superseded_at is None]
    return Case(
        state=incident.state,
        owners=frozenset({incident.owner_id, incident.deputy_id}),
        history=_history(incident.participations.all()),
        assessed=any(row.cycle == incident.cycle for row in incident.assessments.all()),
        lines=_lines(incident, both=both_lines(incident)),
        both=both_lines(incident),
        round=decision.state if decision else "",
        leaders=_leaders(decision),
        seats=_seats(decision),
        executors=frozenset(row.executor_id for row in incident.actions.all()),
        passed=bool(windows) and all(row.outcome == "PASSED" for row in windows),
    )


def newest_decision(incident: Incident) -> Decision | None:
    """Return the round under way, if there is one."""
    return next(iter(incident.decisions.all()), None)


def newest_findings(incident: Incident) -> Findings | None:
    """Return the findings of this cycle that count."""
    rows = [row for row in incident.findings.all() if row.cycle == incident.cycle]
    return max(rows, key=lambda row: row.revision, default=None)


def both_lines(incident: Incident) -> bool:
    """Whether compliance and risk must both review an incident, by its own plan."""
    return incident.risk_tier in from_text(incident.plan).segregation.both_lines_at


class RolesBySystem:
    """A person's roles for any system, inherited from units; two queries for all of them."""

    def __init__(self, *, user_id: UUID, at: datetime) -> None:
        self._held = roles_of(user_id=user_id, at=at)
        self._parents: dict[UUID, UUID | None] = dict(Unit.objects.values_list("id", "parent_id"))

    def of(self, *, system_id: UUID, unit_id: UUID) -> frozenset[str]:
        """Return the roles for one system."""
        above = set(self._above(unit_id))
        return frozenset(
            role for role, unit, system in self._held if system == system_id or unit in above
        )

    def any(self) -> frozenset[str]:
        """Return every role held anywhere."""
        return frozenset(role for role, _, _ in self._held)

    def reach(self, roles: Collection[str]) -> tuple[list[UUID], list[UUID]]:
        """Return the units, with all below them, and the systems for which one of them is held."""
        held = {unit for role, unit, _ in self._held if role in roles and unit is not None}
        units = [unit for unit in self._parents if held & set(self._above(unit))]
        named = [system for role, _, system in self._held if role in roles and system is not None]
        return units, named

    def _above(self, unit_id: UUID) -> Iterable[UUID]:
        here: UUID | None = unit_id
        seen: set[UUID] = set()
        while here is not None and here not in seen:
            seen.add(here)
            here = self._parents.get(here)
        return seen


def _papers(at: datetime) -> list["Prefetch[Any, Any, Any]"]:
    open_rounds = Decision.objects.filter(state__in=("draft", "open")).select_related("committee")
    return [
        Prefetch(
            "causes",
            BreachCause.objects.select_related(
                "standing__series__kpi", "standing__threshold_version"
            ).order_by("pk"),
        ),
        Prefetch("assessments", FirstAssessment.objects.order_by("written_at")),
        Prefetch("findings", Findings.objects.select_related("submitted_by")),
        Prefetch("validations", Validation.objects.select_related("validator")),
        Prefetch("participations", Participation.objects.order_by("id")),
        Prefetch("clocks", RegulatoryClock.objects.exclude(state="ended").select_related("rule")),
        Prefetch("windows", VerificationWindow.objects.order_by("ends_at")),
        Prefetch(
            "actions",
            Action.objects.exclude(state__in=("confirmed", "cancelled")).select_related("executor"),
        ),
        Prefetch("decisions", open_rounds.prefetch_related(*_rounds(at))),
    ]


def _rounds(at: datetime) -> list["Prefetch[Any, Any, Any]"]:
    return [
        Prefetch("electors", ElectorSeat.objects.select_related("seated")),
        Prefetch("ballots", Ballot.objects.order_by("id")),
        Prefetch("committee__seats", Seat.objects.filter(in_force(at), chair=True)),
    ]


def _history(rows: Iterable[Participation]) -> tuple[PastAct, ...]:
    return tuple(PastAct(row.person_id, row.act, row.as_delegate_of_id) for row in rows)


def _lines(incident: Incident, *, both: bool) -> frozenset[str]:
    findings = newest_findings(incident)
    digest = findings.record_sha256 if findings else None
    signed = {row.line for row in incident.validations.all() if row.findings_sha256 == digest}
    if both:
        return frozenset(LINES) - signed
    return frozenset() if signed else frozenset(LINES)


def _leaders(decision: Decision | None) -> frozenset[UUID]:
    if decision is None:
        return frozenset()
    return frozenset(seat.person_id for seat in decision.committee.seats.all())


def _seats(decision: Decision | None) -> dict[UUID, bool]:
    if decision is None:
        return {}
    voted = {row.seat_number for row in decision.ballots.all()}
    return {
        row.seated_id: row.number in voted
        for row in decision.electors.all()
        if row.seated_id is not None
    }
