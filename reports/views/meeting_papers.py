"""The page of a meeting's papers: what they hold for the reader, their copies, one to be drawn."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from governance.selectors.meetings import meeting_by_number
from governance.selectors.pages.meeting_papers import papers_contents
from incidents.selectors.visibility import incidents_visible_to
from outbox import clock
from registry.access import signed_in
from reports.render.meeting_papers import is_behind, note_of
from reports.selectors.meeting_papers import copies_of


@login_required
@never_cache
@require_GET
def meeting_papers(request: HttpRequest, number: str) -> HttpResponse:
    """Show what the papers of a meeting hold, and the reader's copies of them."""
    reader, at = signed_in(request), clock.now()
    meeting = meeting_by_number(number=number, user=reader, at=at)
    visible = incidents_visible_to(user=reader, at=at)
    page = papers_contents(meeting=meeting, visible=visible, at=at)
    agenda = page["agenda"]
    copies = [
        {
            "row": row,
            "note": note_of(row.query, agenda, reader.zone),
            "is_behind": is_behind(row.query, agenda),
        }
        for row in copies_of(meeting=meeting, user=reader)
    ]
    return render(request, "reports/meeting_papers/page.html", page | {"copies": copies})


urlpatterns = [
    path("meetings/<str:number>/papers/", meeting_papers, name="meeting-papers"),
]
