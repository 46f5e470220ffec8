"""CSV of exactly what a page shows; each download is on record."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from governance.rules.sheets import cells
from registry.access import actor_of
from registry.services.downloads import record_download


def csv_response(
    request: HttpRequest,
    *,
    name: str,
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    subject: tuple[str, str, str],
    at: datetime,
    incident_id: UUID | None = None,
    system_id: UUID | None = None,
) -> HttpResponse:
    """Return a CSV file as a download: UTF-8, one line a row.

    `subject` is (type, id, label) of what it is taken from; the entry tells filters and rows too.
    """
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(head)
    lines = list(cells(rows))
    writer.writerows(lines)
    record_download(
        what=f"{name}.csv",
        subject=subject,
        rows=len(lines),
        asked=request.GET.dict(),
        actor=actor_of(request),
        at=at,
        incident_id=incident_id,
        system_id=system_id,
    )
    return response
