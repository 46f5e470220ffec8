"""Incidents of the system that were open at any time of the period, each with its whole file."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Prefetch, Q, QuerySet
from django.db.models.base import Model

from governance.models import BreachCause, EscalationFiring, Watch
from incidents.models import (
    Action,
    ActionReceipt,
    Evidence,
    Findings,
    FirstAssessment,
    Incident,
    Participation,
    Questions,
    RegulatoryClock,
    Transition,
    Validation,
    VerificationWindow,
)
from reports.collectors import answers, comments, orders
from reports.collectors.instant import at_its_instant
from reports.collectors.words import label, name, parsed
from reports.rules.matters import (
    CauseRecord,
    FiringRecord,
    IncidentRecord,
    ParticipationRecord,
    TransitionRecord,
    WatchRecord,
)
from reports.rules.things import Scope

M = TypeVar("M", bound=Model)


@at_its_instant
def collect_incidents(scope: Scope) -> list[IncidentRecord]:
    """Return the incidents, oldest first. What was written after the pack's instant is left out.

    Where the scope names incidents of the system, these alone, whatever the period.
    """
    rows = (
        Incident.objects.filter(
            _in_scope(scope), system_id=scope.system_id, opened_at__lte=scope.as_of
        )
        .select_related("owner", "deputy", "live_version")
        .prefetch_related(*_files(scope.as_of))
        .order_by("opened_at", "number")
    )
    return [_incident(row, _decision_numbers(row), scope.as_of) for row in rows]


@at_its_instant
def collect_watches(scope: Scope) -> list[WatchRecord]:
    """Return the watches of the system that touched the period, oldest first."""
    if scope.only.incidents:
        return []
    rows = Watch.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gte=scope.since),
        system_id=scope.system_id,
        detected_at__lt=scope.until,
        detected_at__lte=scope.as_of,
    )
    return [
        WatchRecord(
            title=row.title,
            kpi=row.standing.series.kpi_id,
            segment=row.standing.series.segment,
            state=row.state,
            onset_at=row.onset_at,
            detected_at=row.detected_at,
            due_at=row.due_at,
            line=row.line,
            answered_by=name(row.answered_by),
            answered_at=row.answered_at,
            ended_at=row.ended_at,
            incident=row.incident.number if row.incident else "",
        )
        for row in rows.select_related("standing__series", "answered_by", "incident").order_by(
            "detected_at", "id"
        )
    ]


def _in_scope(scope: Scope) -> Q:
    if scope.only.incidents:
        return Q(pk__in=scope.only.incidents)
    open_then = Q(closed_at__isnull=True) | Q(closed_at__gte=scope.since)
    return open_then & Q(opened_at__lt=scope.until)


def _files(as_of: datetime) -> list["Prefetch[Any, Any, Any]"]:
    """Everything that hangs on an incident, one query each."""
    return [
        _until("transitions", Transition.objects.select_related("on_behalf_of"), "at", as_of),
        _until("questions", Questions.objects.select_related("answered_by"), "answered_at", as_of),
        _until(
            "assessments", FirstAssessment.objects.select_related("written_by"), "written_at", as_of
        ),
        _until("findings", Findings.objects.select_related("submitted_by"), "submitted_at", as_of),
        _until("evidence", Evidence.objects.select_related("added_by"), "added_at", as_of),
        _until(
            "validations",
            Validation.objects.select_related("validator", "findings"),
            "validated_at",
            as_of,
        ),
        _until("clocks", RegulatoryClock.objects.select_related("rule"), "aware_at", as_of),
        _until(
            "participations",
            Participation.objects.select_related("person", "as_delegate_of"),
            "at",
            as_of,
        ),
        _until("firings", EscalationFiring.objects.all(), "fired_at", as_of),
        _until(
            "causes",
            BreachCause.objects.select_related("standing__series", "threshold_version"),
            "joined_at",
            as_of,
        ),
        comments.until(as_of),
        _until("windows", VerificationWindow.objects.all(), "starts_at", as_of),
        Prefetch(
            "actions",
            Action.objects.filter(ordered_at__lte=as_of)
            .select_related("executor", "confirmed_by", "target_version")
            .prefetch_related(
                _until("receipts", ActionReceipt.objects.select_related("person"), "at", as_of)
            )
            .order_by("cycle", "position"),
        ),
        Prefetch("decisions"),
    ]


def _until(
    what: str, rows: QuerySet[M], instant: str, as_of: datetime
) -> "Prefetch[Any, Any, Any]":
    return Prefetch(what, rows.filter(**{f"{instant}__lte": as_of}).order_by(instant, "pk"))


def _decision_numbers(row: Incident) -> dict[object, str]:
    return {decision.pk: decision.number for decision in row.decisions.all()}


def _incident(row: Incident, decisions: dict[object, str], as_of: datetime) -> IncidentRecord:
    transitions = _transitions(row.transitions.all())
    newest = transitions[-1] if transitions else None
    state = newest.to_state if newest else row.state
    return IncidentRecord(
        id=str(row.pk),
        number=row.number,
        kind=row.get_kind_display(),
        title=row.title,
        summary=row.summary,
        category=row.category,
        environment=row.environment,
        live_version=label(row.live_version),
        owner=row.owner.name,
        deputy=row.deputy.name,
        risk_tier=row.risk_tier,
        proposed_severity=row.proposed_severity,
        severity=row.severity,
        severity_validated=row.severity_validated,
        state=state,
        cycle=newest.cycle if newest else row.cycle,
        level=row.level,
        contained=row.contained,
        suppressed=row.suppressed,
        drill=row.drill,
        onset_at=row.onset_at,
        onset_method=row.onset_method,
        aware_at=row.aware_at,
        aware_by=row.aware_by,
        recovered_at=row.recovered_at,
        detected_at=row.detected_at,
        opened_at=row.opened_at,
        stage_due_at=None if state in ("CLOSED", "CANCELLED") else row.stage_due_at,
        closed_at=row.closed_at if state in ("CLOSED", "CANCELLED") else None,
        resolution=row.resolution,
        lessons=row.lessons,
        detection_gap=row.detection_gap,
        plan_sha256=row.plan_sha256,
        plan=parsed(row.plan),
        causes=_causes(row.causes.all()),
        transitions=transitions,
        questions=answers.questions(row.questions.all()),
        assessments=answers.assessments(row.assessments.all()),
        findings=answers.findings(row.findings.all()),
        evidence=answers.evidence(row.evidence.all()),
        validations=answers.validations(row.validations.all(), row.findings.all()),
        clocks=answers.clocks(row.clocks.all()),
        actions=orders.actions(row.actions.all(), row.windows.all(), decisions, as_of),
        windows=orders.windows(item for item in row.windows.all() if item.action_id is None),
        participations=_participations(row.participations.all()),
        firings=_firings(row.firings.all()),
        comments=comments.comments(row.comments.all(), as_of),
    )


def _transitions(rows: Iterable[Transition]) -> list[TransitionRecord]:
    return [
        TransitionRecord(
            version=row.version,
            cycle=row.cycle,
            code=row.code,
            command=row.command,
            from_state=row.from_state,
            to_state=row.to_state,
            person=row.person_name,
            role=row.role,
            on_behalf_of=name(row.on_behalf_of),
            at=row.at,
            reason=row.reason,
            payload=row.payload,
            entry=row.entry_number,
        )
        for row in sorted(rows, key=lambda item: item.version)
    ]


def _causes(rows: Iterable[BreachCause]) -> list[CauseRecord]:
    return [
        CauseRecord(
            series_id=row.standing.series_id,
            kpi=row.standing.series.kpi_id,
            segment=row.standing.series.segment,
            window_end=row.window_end,
            value=row.value,
            threshold_number=row.threshold_version.number,
            joined_at=row.joined_at,
        )
        for row in rows
    ]


def _participations(rows: Iterable[Participation]) -> list[ParticipationRecord]:
    return [
        ParticipationRecord(
            cycle=row.cycle,
            person=row.person.name,
            act=row.act,
            as_delegate_of=name(row.as_delegate_of),
            at=row.at,
        )
        for row in rows
    ]


def _firings(rows: Iterable[EscalationFiring]) -> list[FiringRecord]:
    return [
        FiringRecord(
            cycle=row.cycle,
            rule=row.rule,
            step=row.step,
            repeat=row.repeat,
            level=row.level,
            recipients=row.recipients,
            unroutable=row.unroutable,
            due_at=row.due_at,
            fired_at=row.fired_at,
            entry=row.entry_number,
        )
        for row in rows
    ]
