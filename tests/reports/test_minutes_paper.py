"""Minutes on paper: tagged, headed, each signature with its record (INC-4, REP-4)."""

import io

import pytest
from pypdf import PdfReader

from reports.paper_kinds import kind_of
from tests.governance.organisation import organised
from tests.governance.test_minutes import END, draft, held, sign

__all__ = ["held"]
pytestmark = [pytest.mark.django_db, pytest.mark.full]


@pytest.fixture
def of():
    return organised()


def test_minutes_on_paper_have_heads_on_one_line_and_each_signature_with_its_record(of, held):
    meeting, _ = held
    row = sign(draft(of, meeting), of.chair)
    paper = kind_of("minutes")

    drawn = paper.draw({"number": meeting.number}, of.chair, END)

    document = PdfReader(io.BytesIO(drawn.content), strict=True)
    text = "\n".join(page.extract_text() for page in document.pages)
    heads = [one.title for one in document.outline if not isinstance(one, list)]
    assert "/StructTreeRoot" in document.trailer["/Root"]
    assert {"Attendance", "Signatures"} <= set(heads)
    assert "1. Roll back to 2.2" in text
    assert row.sha256 in text.replace("\n", "")
    assert "Certified as chair" in text
    assert "/ 2" in text
