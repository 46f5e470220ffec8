"""Evidence of cases: answered in time, reported, mended, risks accepted, evidence held."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from incidents.models import (
    Action,
    EvidenceHold,
    Incident,
    RegulatoryClock,
    RiskAcceptance,
    VerificationWindow,
)
from ledger.selectors.at_once import Question, Rows
from reports.collectors.evidence.lines import line, read_lines, tallied, together
from reports.rules.evidence import Found
from reports.selectors.control_ground import Footing, Ground

# Each source: what its wanting rows are.
WORDS = {
    "cases": "past their deadline",
    "reporting_clocks": "past their time",
    "corrective_actions": "overdue or without effect",
    "acceptances": "past their review",
    "evidence_held": "with a reporting clock and no hold",
}
SOURCES = tuple(WORDS)
OVER = (Incident.State.CLOSED, Incident.State.CANCELLED)
AI_ACT = "EU AI Act"


def asked(ground: Footing) -> Mapping[str, Question]:
    """Return what to ask of the cases of the period."""
    return {"lines": together(*_lines(ground))}


def told(ground: Ground, answers: Mapping[str, Rows]) -> Mapping[str, Found]:
    """Return what cases of the period show."""
    found = read_lines(answers["lines"])
    return {source: tallied(found.get(source), words) for source, words in WORDS.items()}


def _lines(ground: Footing) -> list[QuerySet[Any]]:
    return [
        line(
            "cases",
            Incident.objects.filter(in_period(ground)),
            at="opened_at",
            wanting=~Q(state__in=OVER) & Q(stage_due_at__isnull=False, stage_due_at__lt=ground.at),
        ),
        line(
            "reporting_clocks",
            RegulatoryClock.objects.filter(of_cases(ground), began(ground, "aware_at")),
            system="incident__system_id",
            at="aware_at",
            wanting=~Q(state=RegulatoryClock.State.ENDED) & Q(due_at__lt=ground.at),
        ),
        _actions(ground),
        line(
            "acceptances",
            RiskAcceptance.objects.filter(
                incident__system_id__in=ground.ids,
                state=RiskAcceptance.State.ACTIVE,
                from_at__lte=ground.at,
            ),
            system="incident__system_id",
            at="from_at",
            wanting=Q(until_at__lt=ground.at)
            | Q(reviewed_at__isnull=True, review_at__lt=ground.at),
        ),
        _held(ground),
    ]


def in_period(ground: Footing) -> Q:
    """Return the condition on incidents: of the systems, no drill, open at some time of it."""
    closed = Q(closed_at__isnull=True) | Q(closed_at__gte=ground.scope.since)
    return closed & Q(system_id__in=ground.ids, drill=False, opened_at__lt=ground.scope.until)


def of_cases(ground: Footing) -> Q:
    """Return the condition on what belongs to incidents: of the systems, no drill."""
    return Q(incident__system_id__in=ground.ids, incident__drill=False)


def began(ground: Footing, column: str) -> Q:
    """Return the condition that an instant lies in the period."""
    return Q(**{f"{column}__gte": ground.scope.since, f"{column}__lt": ground.scope.until})


def _actions(ground: Footing) -> QuerySet[Any]:
    failed = VerificationWindow.objects.filter(
        action=OuterRef("pk"), outcome=VerificationWindow.Outcome.FAILED, superseded_at__isnull=True
    )
    waiting = (Action.State.ORDERED, Action.State.DISPATCHED)
    return line(
        "corrective_actions",
        Action.objects.filter(of_cases(ground), began(ground, "ordered_at")).exclude(
            state=Action.State.CANCELLED
        ),
        system="incident__system_id",
        at="ordered_at",
        wanting=Q(Exists(failed))
        | Q(state=Action.State.FAILED)
        | Q(state__in=waiting, due_at__lt=ground.at),
    )


def _held(ground: Footing) -> QuerySet[Any]:
    """Of cases with a hold, or a clock of Art. 73 of the AI Act, whether evidence is held."""
    held = Q(Exists(EvidenceHold.objects.filter(incident=OuterRef("pk"))))
    serious = RegulatoryClock.objects.filter(incident=OuterRef("pk"), rule__regime=AI_ACT)
    rows = Incident.objects.filter(in_period(ground))
    return line(
        "evidence_held",
        rows.filter(held | Q(Exists(serious))).exclude(state=Incident.State.CANCELLED),
        at="opened_at",
        wanting=~held,
    )
