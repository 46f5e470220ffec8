"""The workflow page shows the transition table that is executed."""

import io
from pathlib import Path

from django.core.management import call_command

PAGE = Path(__file__).resolve().parents[2] / "docs" / "workflow.md"


def test_the_workflow_page_shows_the_table_that_is_executed():
    out = io.StringIO()

    call_command("transitions", stdout=out)

    printed = out.getvalue().strip()
    assert "T04 submit_findings" in printed
    assert printed in PAGE.read_text(encoding="utf-8")
