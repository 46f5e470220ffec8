"""A table as a CSV file."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

RISKY = ("=", "+", "-", "@", "\t", "\r")


def sheet(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return rows as CSV to download; what a spreadsheet would run as a formula is quoted."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(head)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    response = HttpResponse(written.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(RISKY) else text
