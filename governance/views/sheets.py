"""CSV of exactly what a page shows."""

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from governance.rules.sheets import cells


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a CSV file as a download: UTF-8, one line a row."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(head)
    writer.writerows(cells(rows))
    return response
