"""The sample of the auditor's room: drawn rows of a complete list, as a page and as CSV."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from governance.views.forms import put_on_form
from governance.views.sheets import csv_response
from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import signed_in
from reports.forms.room import SampleForm
from reports.selectors import room, room_pages
from reports.selectors.populations import POPULATIONS, Sample
from reports.services.room import ROOM

SAMPLE_HEAD = ("list", "seed", "place", "key", "sha256", "what", "at")


@login_required
@never_cache
@require_GET
def sample(request: HttpRequest) -> HttpResponse:
    """Draw a sample of a list that nobody chose, and say how it was drawn."""
    form, found, asked = _sample(request)
    root, size = room_pages.newest_root()
    context = {
        "form": form,
        "sample": found,
        "asked": asked,
        "population": POPULATIONS[asked.list] if asked else None,
        "populations": POPULATIONS.values(),
        "root": root,
        "size": size,
        "query": request.GET.urlencode(),
        "at": clock.now(),
    }
    return render(request, "reports/audit/sample.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
@require_GET
def sample_sheet(request: HttpRequest) -> HttpResponse:
    """Send the drawn rows as CSV."""
    form, found, asked = _sample(request)
    if not form.is_bound:
        raise room_pages.no_sample()
    if found is None or asked is None:
        faults = {name: str(words[0]) for name, words in form.errors.items()}
        raise Invalid("bad_sample", "Say which list, days, seed and number.", fields=faults)
    rows = [
        [asked.list, asked.seed, one.draw.place, one.draw.key, one.draw.sha256, one.item.what,
         one.item.at.isoformat()]
        for one in found.rows
    ]  # fmt: skip
    name = f"sample-{asked.list}"
    return csv_response(
        request, name=name, head=SAMPLE_HEAD, rows=rows, subject=ROOM, at=clock.now()
    )


def _sample(request: HttpRequest) -> tuple[SampleForm, Sample | None, room_pages.Asked | None]:
    user, at = signed_in(request), clock.now()
    room.require_room(user=user, at=at)
    today = at.astimezone(ZoneInfo(settings.SEAT_ZONE)).date()
    initial = {
        "since": today - timedelta(days=90),
        "until": today,
        "n": 5,
        "seed": room_pages.newest_root()[0],
    }
    systems = room.systems_in_room(user=user, at=at)
    form = SampleForm(request.GET if "list" in request.GET else None, systems=systems,
                      initial=initial)  # fmt: skip
    if not form.is_valid():
        return form, None, None
    try:
        asked = room_pages.asked_of(form.cleaned_data)
        return form, room_pages.drawn_for(user=user, asked=asked, at=at), asked
    except Invalid as refused:
        put_on_form(form, refused)
        return form, None, None


urlpatterns = [
    path("audit/sample/", sample, name="audit-sample"),
    path("audit/sample.csv", sample_sheet, name="audit-sample-sheet"),
]
