"""Minutes on paper."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from governance.selectors.minutes import subject_of_number
from governance.selectors.pages.minutes import minutes_page
from ledger.rules.refusals import Conflict, Missing
from outbox import clock
from registry.access import person_actor, signed_in
from registry.services.downloads import record_download
from reports.render.minutes import draw
from reports.render.pdf import PdfUnavailable


@login_required
@never_cache
@require_GET
def minutes_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Send the minutes as a PDF; the download is on record."""
    reader, at = signed_in(request), clock.now()
    meeting, decision = subject_of_number(number=number, user=reader, at=at)
    page = minutes_page(meeting=meeting, decision=decision, reader=reader, at=at)
    if page["row"] is None:
        raise Missing("unknown_minutes", "No minutes were drawn up yet.")
    try:
        drawn = draw(page)
    except PdfUnavailable as missing:
        raise Conflict("pdf_unavailable", str(missing)) from missing
    record_download(
        what="minutes, PDF",
        subject=("minutes", str(page["row"].pk), page["title"]),
        rows=1,
        asked={"format": "pdf"},
        actor=person_actor(request, reader),
        at=at,
    )
    answer = HttpResponse(drawn.content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="minutes-{page["number"]}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
