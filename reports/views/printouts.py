"""Lists of the ledger on paper: ask, watch, download."""

from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from governance.rules.ledger_file import file_name
from governance.rules.ledger_filter import asked_of, in_words
from governance.selectors.pages.ledger_exceptions import usual_period
from outbox import clock
from registry.access import person_actor, signed_in
from reports.selectors.printouts import asked_on, printout_of
from reports.services.printouts import KEPT, download_printout, request_printout


@login_required
@require_POST
def printouts(request: HttpRequest) -> HttpResponse:
    """Take the request for a list on paper."""
    user, at = signed_in(request), clock.now()
    asked = asked_of(request.POST, exceptions=bool(request.POST.get("exceptions")))
    if asked.exceptions:
        asked = usual_period(asked, zone=ZoneInfo(user.zone), at=at)
    made = request_printout(asked=asked, user=user, at=at)
    return redirect("ledger_print", printout_id=made.pk)


@login_required
@never_cache
@require_GET
def printout(request: HttpRequest, printout_id: UUID) -> HttpResponse:
    """Show how far a list is, then where to download it."""
    user, at = signed_in(request), clock.now()
    row = printout_of(printout_id=printout_id, user=user)
    context = {
        "printout": row,
        "back_query": f"?{urlencode(row.query)}" if row.query else "",
        "said": in_words(asked_on(row), zone=ZoneInfo(user.zone)),
        "is_under_way": row.state in (row.State.QUEUED, row.State.MAKING),
        "gone_at": row.made_at + KEPT if row.made_at else None,
        "at": at,
    }
    return render(request, "reports/printout.html", context)


@login_required
@never_cache
@require_GET
def printout_file(request: HttpRequest, printout_id: UUID) -> FileResponse:
    """Send the document; the download is on record."""
    user, at = signed_in(request), clock.now()
    path = download_printout(
        printout_id=printout_id, user=user, actor=person_actor(request, user), at=at
    )
    row = printout_of(printout_id=printout_id, user=user)
    name = file_name(at=row.requested_at, exceptions=row.exceptions, ending="pdf")
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=name, content_type="application/pdf"
    )
