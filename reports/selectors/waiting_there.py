"""Which kinds of the desk's lines there can be for anybody now: asked before they are written.

Most kinds wait for nobody most of the time, and to write the query of one costs more than to ask
whether there is a row at all. What is asked here has no reader in it, so it is written once.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db.models import QuerySet

from governance.models import NoticeCase, ThresholdVersion
from ledger.selectors.at_once import Rows, Statement
from registry.models import (
    BehaviourPolicy,
    BreakGlass,
    Classification,
    Concern,
    DeclaredScope,
    DocumentVersion,
    EvaluationPlan,
    EvaluationRun,
    ImpactAssessment,
    OperatingControls,
    SetupException,
    SystemVersion,
    TierChange,
)
from reports.models import ApplicabilityStatement, AuditQuestion, ControlUpload, EvidenceGap
from reports.rules.waiting import KINDS
from telemetry.models import AnswerReview


def kinds_told(rows: Rows) -> frozenset[str]:
    """Return the kinds of which there is a row, whoever it waits for; those not known here too."""
    (found,) = rows
    absent = {name for name, is_there in zip(_wanted(), found, strict=True) if not is_there}
    return frozenset(KINDS) - absent


@cache
def _wanted() -> Mapping[str, QuerySet[Any]]:
    """Rows without which there is no line of a kind: less than the line asks, never more."""
    run = EvaluationRun.objects.filter(plan__state="in_force")
    return {
        "glass_review": BreakGlass.objects.filter(reviewed_at__isnull=True),
        "bands_approve": ThresholdVersion.objects.filter(state="draft"),
        "version_approve": SystemVersion.objects.filter(state="draft"),
        "classification_confirm": Classification.objects.filter(state="submitted"),
        "classification_answer": Classification.objects.filter(state="draft"),
        "classification_reopened": Classification.objects.filter(state="reopened"),
        "tier_decide": TierChange.objects.filter(state="proposed"),
        "controls_approve": OperatingControls.objects.filter(state="draft"),
        "scope_approve": DeclaredScope.objects.filter(state="draft"),
        "behaviour_approve": BehaviourPolicy.objects.filter(state="draft"),
        "assessment_review": ImpactAssessment.objects.filter(state="in_review"),
        "assessment_renew": ImpactAssessment.objects.filter(state="in_force"),
        "plan_approve": EvaluationPlan.objects.filter(state="draft"),
        "run_sign": run,
        "run_review": run,
        "document_review": DocumentVersion.objects.filter(state="draft"),
        "setup": SetupException.objects.filter(confirmed_at__isnull=True),
        "concern_read": Concern.objects.filter(state=Concern.State.RECEIVED),
        "concern_settle": Concern.objects.filter(state=Concern.State.READ),
        "concern_second": Concern.objects.filter(state=Concern.State.DISMISSAL),
        "answer_review": AnswerReview.objects.filter(state="waiting"),
        "notice": NoticeCase.objects.all(),
        "audit_answer": AuditQuestion.objects.filter(state="open"),
        "audit_read": AuditQuestion.objects.filter(state="answered"),
        "evidence_gap": EvidenceGap.objects.filter(state="open"),
        "upload_review": ControlUpload.objects.filter(state="waiting"),
        "applicability_sign": ApplicabilityStatement.objects.filter(state="draft"),
    }


@cache
def kinds_asked() -> Statement:
    """Return the question which kinds there can be, to be read by `kinds_told`."""
    parts: list[str] = []
    params: list[Any] = []
    for name, rows in _wanted().items():
        asked, given = rows.order_by().values("pk").query.sql_with_params()
        parts.append(f"EXISTS ({asked}) AS {name}")
        params += given
    return f"SELECT {', '.join(parts)}", tuple(params)
