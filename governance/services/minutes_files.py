"""Minutes as a document that can be edited; what comes back never replaces the record."""

import io
from collections.abc import Sequence
from typing import Any

from governance.rules.minutes import Section, Table

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FOOT = (
    "Generated from the records. This copy may be edited; the record is the page of the minutes "
    "and its hash. An edited copy can be attached there as a draft narrative."
)


def to_docx(*, title: str, under: str, sections: Sequence[Section]) -> bytes:
    """Return the sections as a Word document."""
    import docx  # noqa: PLC0415  a large library that only this needs

    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = ""
    document.add_heading(title, level=1)
    document.add_paragraph(under)
    for section in sections:
        _write(document, section)
    document.add_paragraph(FOOT)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _write(document: Any, section: Section) -> None:
    document.add_heading(section.heading, level=section.level)
    for line in section.lines:
        document.add_paragraph(line)
    if section.table is not None:
        _write_table(document, section.table)
    for line in section.after:
        document.add_paragraph(line)


def _write_table(document: Any, table: Table) -> None:
    grid = document.add_table(rows=1, cols=len(table.head), style="Table Grid")
    for cell, word in zip(grid.rows[0].cells, table.head, strict=True):
        cell.text = word
    for row in table.rows:
        for cell, word in zip(grid.add_row().cells, row, strict=True):
            cell.text = word
