"""What the demo's auditor has asked, and what was answered: accepted, to be read, still open."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from config.story.measured import Told
from ledger.context import acting_as
from reports.models import AuditQuestion
from reports.services.asking import Asking
from reports.services.room import (
    accept_answer,
    add_audit_evidence,
    answer_auditor,
    ask_auditee,
)

AUDITOR = "nils"


def be_audited(told: Told, data: Mapping[str, Any]) -> None:
    """Let the auditor ask, and those who are told of answer with what the answer rests on."""
    for one in data["questions"]:
        row = _asked(told, one)
        if "answer" in one:
            _answered(told, one, row)
        if one.get("accepted"):
            auditor = told.person(AUDITOR)
            with acting_as(auditor):
                accept_answer(number=row.number, actor=auditor, at=told.at)


def _asked(told: Told, data: Mapping[str, Any]) -> AuditQuestion:
    auditor = told.person(AUDITOR)
    asking = Asking(
        text=data["text"],
        due_at=told.at + timedelta(days=data["days"]),
        system_id=told.system(data["system"]).pk,
        about=data["about"],
        about_key=data["about_key"],
    )
    with acting_as(auditor):
        return ask_auditee(asking=asking, actor=auditor, at=told.at)


def _answered(told: Told, data: Mapping[str, Any], row: AuditQuestion) -> None:
    by = told.person(data["answered_by"])
    with acting_as(by):
        add_audit_evidence(number=row.number, **data["evidence"], actor=by, at=told.at)
        answer_auditor(number=row.number, text=data["answer"], actor=by, at=told.at)
