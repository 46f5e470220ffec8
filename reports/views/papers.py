"""Documents that a worker draws: ask, watch, download."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import person_actor, signed_in
from reports.models import Printout
from reports.selectors.printouts import printout_of
from reports.services.papers import paper_of, request_paper
from reports.services.printouts import KEPT, LEDGER, download_printout

NOT_ASKED = frozenset({"csrfmiddlewaretoken"})


@login_required
@require_POST
def papers(request: HttpRequest, kind: str) -> HttpResponse:
    """Take the request for a document; its fields name what it is of."""
    query = {name: value for name, value in request.POST.items() if name not in NOT_ASKED}
    made = request_paper(
        kind=kind,
        query={name: str(value) for name, value in query.items()},
        user=signed_in(request),
        at=clock.now(),
    )
    return redirect("paper", paper_id=made.pk)


@login_required
@never_cache
@require_GET
def paper(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """Show how far a document is, then where to download it."""
    at = clock.now()
    row = _asked_for(request, paper_id)
    context = {
        "printout": row,
        "paper": paper_of(row, at=at),
        "is_under_way": row.state in (row.State.QUEUED, row.State.MAKING),
        "gone_at": row.made_at + KEPT if row.made_at else None,
        "at": at,
    }
    return render(request, "reports/paper.html", context)


@login_required
@never_cache
@require_GET
def paper_file(request: HttpRequest, paper_id: UUID) -> FileResponse:
    """Send the document; the download is on record."""
    user, at = signed_in(request), clock.now()
    row = _asked_for(request, paper_id)
    name = paper_of(row, at=at).file_name
    path_of_file = download_printout(
        printout_id=row.pk, user=user, actor=person_actor(request, user), at=at
    )
    return FileResponse(
        path_of_file.open("rb"),
        as_attachment=True,
        filename=f"{name}.pdf",
        content_type="application/pdf",
    )


def _asked_for(request: HttpRequest, paper_id: UUID) -> Printout:
    row = printout_of(printout_id=paper_id, user=signed_in(request))
    if row.kind == LEDGER:
        raise Missing("unknown_paper", "There is no such document that you may see.")
    return row


urlpatterns = [
    path("papers/<slug:kind>/", papers, name="papers"),
    path("papers/made/<uuid:paper_id>/", paper, name="paper"),
    path("papers/made/<uuid:paper_id>/file", paper_file, name="paper-file"),
]
