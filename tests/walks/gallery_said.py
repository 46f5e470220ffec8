"""What the gallery shows of talk: comments on cases, files; a question of the auditor."""

import datetime as dt

from django.core.files.uploadedfile import SimpleUploadedFile

from incidents.services.comments import Said, withdraw_comment, write_comment
from ledger.context import acting_as
from reports.services.asking import Asking
from reports.services.room import add_audit_evidence, answer_auditor, ask_auditee
from tests.incidents.factory import acting
from tests.registry.factories import call

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SHEET = b"window,accuracy\n2026-10-01,0.97\n2026-10-02,0.91\n"
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def commented(found, at):
    """Comments on the cases that wait for their owner, for a validator, and on the closed one."""
    house, made = found.house, found.made
    made.comment = _on_the_validation(found, at).comment
    _say(
        made.investigating, house.engineer, at - 2 * HOUR,
        f"@{house.owner.name}: the scanner was replaced on 1 October, see {made.open.number}.",
        records=[made.open.number],
    )  # fmt: skip
    _say(
        made.investigating, house.owner, at - HOUR,
        f"Thank you. @{house.compliance.name}, I put it into the findings.",
        uploads=[SimpleUploadedFile("readings-week-40.csv", SHEET, "text/csv")],
    )  # fmt: skip
    _say(made.closed, house.deputy, at - HOUR, "The clerks were told what changed.")


def _on_the_validation(found, at):
    """A question to somebody, its answer with two files, and what was said on the wrong case."""
    house, made = found.house, found.made
    asked = _say(
        made.validation, house.compliance, at - 3 * HOUR,
        f"@{house.owner.name}, was the fallback tested before 2.3 went live?",
    )  # fmt: skip
    files = [
        SimpleUploadedFile("fallback-test.pdf", PDF, "application/pdf"),
        SimpleUploadedFile("readings.csv", SHEET, "text/csv"),
    ]
    _say(
        made.validation, house.owner, at - 2 * HOUR,
        f"Yes, on 28 September.\n\nThe report is attached, and {made.closed.number} was the same.",
        uploads=files, tell=[house.risk.pk],
    )  # fmt: skip
    wrong = _say(made.validation, house.engineer, at - HOUR, "Rolled back at noon.")
    actor = acting(house.engineer)
    with acting_as(actor):
        withdraw_comment(
            incident_id=made.validation.pk, comment_id=wrong.comment.pk, reason="Wrong case.",
            actor=actor, at=at - HOUR / 2,
        )  # fmt: skip
    return asked


def _say(incident, who, at, text, *, uploads=(), **more):
    actor = acting(who)
    with acting_as(actor):
        return write_comment(
            incident_id=incident.pk, said=Said(text=text, **more), uploads=uploads, actor=actor,
            at=at,
        )  # fmt: skip


def asked(found, at):
    """A question of the auditor, answered by the owner with what the answer rests on."""
    asking = Asking(text="Who tests the stop, and when?", due_at=at + 7 * DAY,
                    system_id=found.house.system.pk, about="incident",
                    about_key=found.made.closed.number)  # fmt: skip
    auditor, owner = acting(found.people["auditor"]), acting(found.house.owner)
    row = call(ask_auditee, asking=asking, actor=auditor, at=at)
    call(answer_auditor, number=row.number, text="The team, monthly.", actor=owner, at=at)
    call(add_audit_evidence, number=row.number, kind="document", title="The last drill",
         reference="/drills/", actor=owner, at=at)  # fmt: skip
    return row
