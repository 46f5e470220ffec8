"""Lists of issue and proof at 100,000 rows: packs, uploads, gaps, reports, questions."""

import pytest

from reports.models import (
    ApplicabilityStatement,
    AuditQuestion,
    ConsequenceFactor,
    ControlUpload,
    EvidenceGap,
    Pack,
    Report,
)
from tests.volumes.house import assert_as_lean, assert_lean

pytestmark = pytest.mark.full
AGO = "p.{} - n * interval '7 minutes'"


def packs(house):
    """Packs of one system."""
    house.fill(
        Pack, house.gallery.made.pack.pk,
        number="'EP-2025-' || lpad(n::text, 6, '0')", requested_at=AGO.format("requested_at"),
    )  # fmt: skip
    return "auditor", "/packs/"


def questions(house):
    """Questions of the auditor."""
    house.fill(
        AuditQuestion, house.gallery.made.question.pk,
        number="'AQ-2025-' || lpad(n::text, 6, '0')", asked_at=AGO.format("asked_at"),
        due_at=AGO.format("due_at"),
    )  # fmt: skip
    return "auditor", "/audit/questions/"


def control_uploads(house):
    """Uploads to one control."""
    made = house.gallery.made.evidence
    house.fill(ControlUpload, made.pk, uploaded_at=AGO.format("uploaded_at"))
    return "compliance", "/controls/uploads/"


def gaps(house):
    """Gaps of one control that were closed."""
    house.fill(
        EvidenceGap, house.gallery.made.gap.pk, state="'closed'",
        closed_at="p.assigned_at - n * interval '1 minute'", closed_by_id="p.owner_id",
        closed_reason="'Found.'", due_at=AGO.format("due_at"),
    )  # fmt: skip
    return "compliance", "/controls/gaps/?state=closed"


def statements(house):
    """Statements of applicability that were replaced."""
    house.fill(
        ApplicabilityStatement, house.gallery.made.statement.pk, version="p.version + 9 + n",
        state="'ended'", signature_id="NULL", drafted_at=AGO.format("drafted_at"),
    )  # fmt: skip
    return "compliance", "/controls/statements/"


def factors(house):
    """Consequence factors that have ended."""
    house.fill(
        ConsequenceFactor, house.gallery.made.factor.pk, version="p.version + 9 + n",
        state="'ended'", ended_at=AGO.format("approved_at"), ended_reason="'Replaced.'",
    )  # fmt: skip
    return "compliance", "/consequence-factors/"


def reports(house):
    """Reports of one quarter, edition after edition."""
    house.fill(
        Report, house.gallery.made.review.pk, year="p.year + 1 + n / 4", quarter="1 + n % 4",
        number="'BR-2025-' || lpad(n::text, 6, '0')",
        begun_at=AGO.format("begun_at"),
    )  # fmt: skip
    return "compliance", "/reports/"


PAGED = (packs, control_uploads, gaps, statements, factors, reports, questions)


@pytest.mark.parametrize("filled", PAGED, ids=lambda one: one.__name__)
def test_a_list_of_issue_and_proof_is_lean_on_its_first_page_and_on_the_next(house, filled):
    role, address = filled(house)

    first = house.seen(role, address)

    assert_lean(first)
    assert_as_lean(house.next(first), first)
