"""Files of exactly the filtered list; each download is on record."""

from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from governance.rules.ledger_file import file_name
from governance.rules.ledger_filter import asked_of
from governance.selectors.pages.ledger_exceptions import usual_period
from governance.selectors.pages.ledger_reach import reach_of
from governance.selectors.pages.ledger_sheets import for_file, json_lines, sheet
from governance.selectors.pages.ledger_wanted import understood
from governance.services.ledger_reads import note_download
from outbox import clock
from registry.access import person_actor, signed_in

Rows = Callable[..., Iterator[Any]]
FORMS: dict[str, tuple[str, Rows]] = {
    "csv": ("text/csv; charset=utf-8", sheet),
    "jsonl": ("application/jsonl", json_lines),
}


@login_required
@never_cache
@require_GET
def entries_file(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """Send the filtered list of entries, oldest first."""
    return _sent(request, form, exceptions=False)


@login_required
@never_cache
@require_GET
def exceptions_file(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """Send the filtered list of exceptions, oldest first."""
    return _sent(request, form, exceptions=True)


def _sent(request: HttpRequest, form: str, *, exceptions: bool) -> StreamingHttpResponse:
    at, reader = clock.now(), signed_in(request)
    zone = ZoneInfo(reader.zone)
    asked = asked_of(request.GET, exceptions=exceptions)
    if exceptions:
        asked = usual_period(asked, zone=zone, at=at)
    reach = reach_of(user=reader, at=at)
    wanted, rows = for_file(understood(asked, zone=zone), reach)
    note_download(
        form=form,
        rows=rows,
        asked=asked,
        wanted=wanted,
        actor=person_actor(request, reader),
        at=at,
    )
    kind, write = FORMS[form]
    response = StreamingHttpResponse(write(wanted=wanted, reach=reach), content_type=kind)
    name = file_name(at=at, exceptions=exceptions, ending=form)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
