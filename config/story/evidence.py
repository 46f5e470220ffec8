"""What the demo's people have shown of controls: a statement in force, uploads, gaps."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile

from config.story.measured import Told
from config.story.papers import pdf_of
from config.story.readiness import WHY
from ledger.context import acting_as
from registry.services.signatures import Ceremony, hash_payload
from reports.models import ControlUpload
from reports.rules.statements import Line
from reports.selectors.applicability import record_of
from reports.services.control_uploads import (
    GivenUpload,
    add_control_upload,
    review_control_upload,
)
from reports.services.evidence_gaps import assign_gap
from reports.services.statements import approve_statement, draft_statement, write_statement
from telemetry.models import DecisionEvent
from telemetry.rules.answers import key_of
from telemetry.services.answers import send_to_review

FILE = "evidence.yaml"


def show_evidence(told: Told, data: Mapping[str, Any]) -> None:
    """Put a statement of applicability in force, upload evidence, assign gaps, oversee a system."""
    _statement(told, data["statement"])
    for one in data["uploads"]:
        _upload(told, one)
    for one in data["gaps"]:
        _gap(told, one)
    _oversight(told, data["oversight"])


def _oversight(told: Told, data: Mapping[str, Any]) -> None:
    """Send the newest answer that a person changed to somebody else for a verdict."""
    system, by = told.system(data["system"]), told.person(data["sent_by"])
    rows = DecisionEvent.objects.filter(system=system, overridden=True).order_by("-at", "event_id")
    with acting_as(by):
        send_to_review(
            system=system, key=key_of(*rows.values_list("at", "event_id")[0]),
            reason=data["reason"], reviewer_id=told.user(data["reviewer"]).pk, actor=by,
            at=told.at,
        )  # fmt: skip


def _statement(told: Told, data: Mapping[str, Any]) -> None:
    """Draft a statement, write its lines, and let another person sign it as it stands."""
    lines = {key: Line(how=words) for key, words in data["how"].items()}
    left_out = data["not_applicable"].items()
    lines |= {key: Line(applicable=False, reason=words) for key, words in left_out}
    author, approver = told.person(data["author"]), told.person(data["approver"])
    with acting_as(author):
        row = draft_statement(framework=data["framework"], actor=author, at=told.at)
        row = write_statement(
            statement_id=row.pk, lines=lines, expected_revision=row.revision, actor=author,
            at=told.at,
        )  # fmt: skip
    with acting_as(approver):
        approve_statement(
            statement_id=row.pk, expected_sha256=hash_payload(record_of(row)),
            reason=data["reason"], ceremony=Ceremony(WHY, told.at, "", ""), actor=approver,
            at=told.at,
        )  # fmt: skip


def _upload(told: Told, data: Mapping[str, Any]) -> ControlUpload:
    """Add a file or a link to a control; reviewed or refused where the story says what was said."""
    file = None
    if "text" in data:
        file = ContentFile(pdf_of(data["text"].splitlines()), name=data["name"])
    by = told.person(data["by"])
    given = GivenUpload(
        title=data["title"],
        owner_id=told.user(data["owner"]).pk,
        link=data.get("link", ""),
        valid_until=(told.at + timedelta(days=data["days"])).date(),
    )
    with acting_as(by):
        row = add_control_upload(
            provision=data["provision"], given=given, upload=file, actor=by, at=told.at
        )
    if "reviewer" not in data:
        return row
    reviewer = told.person(data["reviewer"])
    with acting_as(reviewer):
        return review_control_upload(
            upload_id=row.pk, accepted="said" in data, said=data.get("said") or data["refused"],
            actor=reviewer, at=told.at,
        )  # fmt: skip


def _gap(told: Told, data: Mapping[str, Any]) -> None:
    by = told.person(data["by"])
    system = told.system(data["system"]).pk if "system" in data else None
    with acting_as(by):
        assign_gap(
            provision=data["provision"], owner_id=told.user(data["owner"]).pk,
            due_at=told.at + timedelta(days=data["days"]), note=data["note"], system_id=system,
            actor=by, at=told.at,
        )  # fmt: skip
