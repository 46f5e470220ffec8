"""My desk: the page, its sheet, the views that a person keeps, the keys."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.selectors.stoppable import MOST, stops_asked, stops_told
from governance.views.sheets import csv_response
from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import person_actor, signed_in
from registry.models import User
from registry.views.refused import take
from reports.forms.desk import FilterForm, SaveViewForm
from reports.models import DeskView
from reports.rules.desk import Desk
from reports.rules.desk_filters import VIEWS, Asked, asked_of, plain_query
from reports.selectors.desk import desk_beside, desk_of
from reports.selectors.desk_views import KeptView, counted, views_asked, views_told
from reports.services.desk import remove_view, save_view

HEAD = ("Case", "What", "System", "Severity", "Waits for", "Next step", "Until (UTC)", "Breaches")
PLACES = {"desk": "desk", "incidents": "incidents", "systems": "systems"}


@login_required
@never_cache
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Show what waits for the reader, or a part of it."""
    user, at, asked = signed_in(request), clock.now(), asked_of(request.GET.dict())
    beside = {"views": views_asked(user), "stops": stops_asked(user=user, at=at)}
    found, answers = desk_beside(user=user, at=at, asked=asked, beside=beside)
    kept = counted(views_told(answers["views"]), found.tasks, user=user, at=at)
    context = {
        "desk": found,
        "asked": asked,
        "views": _views(found, asked, kept),
        "lists": [one for one in kept if one.page != DeskView.Page.DESK],
        "kept": _kept_here(kept, asked),
        "ends": _ends(asked),
        "filters": FilterForm(asked=asked, tasks=found.tasks),
        "stops": stops_told(answers["stops"]),
        "stops_shown": MOST,
        "user_zone": user.zone,
        "at": at,
    }
    return render(request, "reports/desk.html", context)


@login_required
@never_cache
@require_GET
def sheet(request: HttpRequest) -> HttpResponse:
    """Download exactly the rows that the desk shows."""
    user, at = signed_in(request), clock.now()
    found = desk_of(user=user, at=at, asked=asked_of(request.GET.dict()))
    rows = [
        (
            task.number or task.key,
            task.title,
            task.system,
            task.severity,
            task.who,
            task.step,
            task.due.strftime("%Y-%m-%d %H:%M") if task.due else "",
            task.breaches,
        )
        for group in found.groups
        for task in group.tasks
    ]
    subject = ("page", "desk", "My desk")
    return csv_response(request, name="desk", head=HEAD, rows=rows, subject=subject, at=at)


@login_required
@require_GET
def keys(request: HttpRequest) -> HttpResponse:
    """Say which key does what."""
    return render(request, "reports/desk/keys_page.html", {})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new_view(request: HttpRequest) -> HttpResponse:
    """Keep a filtered list under a name; without a name, ask for one."""
    user = signed_in(request)
    if request.method == "POST":
        form = SaveViewForm(request.POST)
        if form.is_valid():
            row = _save(request, user, form)
            if row is not None:
                messages.success(request, _("Kept as “%(name)s”.") % {"name": row.name})
                return redirect(_address(row.page, row.query))
    else:
        asked = {name: value for name, value in request.GET.items() if name != "page"}
        page = request.GET.get("page", DeskView.Page.DESK)
        form = SaveViewForm(initial={"page": page, "query": urlencode(asked)[:300]})
    status = 400 if form.errors else 200
    return render(request, "reports/desk/view_new.html", {"form": form}, status=status)


@login_required
@require_POST
def view_gone(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Take a view of one's own away."""
    user = signed_in(request)
    row = remove_view(view_id=view_id, actor=person_actor(request, user), at=clock.now())
    messages.success(request, _("“%(name)s” is taken away.") % {"name": row.name})
    return redirect("desk")


def _save(request: HttpRequest, user: User, form: SaveViewForm) -> DeskView | None:
    given = form.cleaned_data
    try:
        return save_view(
            name=given["name"],
            page=given["page"],
            query=plain_query(given["page"], given["query"]),
            actor=person_actor(request, user),
            at=clock.now(),
        )
    except Invalid as refusal:
        take(form, refusal, request)
        return None


def _address(page: str, query: str) -> str:
    base = reverse(PLACES.get(page, "desk"))
    return f"{base}?{query}" if query else base


def _views(found: Desk, asked: Asked, kept: list[KeptView]) -> list[dict[str, Any]]:
    labels = {
        "cause": _("By cause"),
        "mine": _("Needs me"),
        "others": _("Waiting for others"),
        "watches": _("Watches"),
    }
    whole = not asked.is_filtered
    own = [
        {
            "label": labels[name],
            "url": "/" if name == VIEWS[0] else f"/?view={name}",
            "count": found.counts[name],
            "current": whole and name == asked.view,
        }
        for name in VIEWS
    ]
    named = [
        {
            "label": one.name,
            "url": _address(one.page, one.query),
            "count": one.count,
            "current": bool(one.query) and one.query == asked.query and asked.is_filtered,
        }
        for one in kept
        if one.page == DeskView.Page.DESK
    ]
    return own + named


def _kept_here(kept: list[KeptView], asked: Asked) -> KeptView | None:
    """The kept view that is shown now, to be taken away."""
    here = (one for one in kept if one.page == DeskView.Page.DESK and one.query == asked.query)
    return next(here, None) if asked.query else None


def _ends(asked: Asked) -> list[dict[str, str]]:
    sheet_url = reverse("desk-sheet")
    return [
        {"label": _("Calendar feed"), "url": reverse("my-calendar")},
        {"label": "CSV", "url": f"{sheet_url}?{asked.query}" if asked.query else sheet_url},
    ]


urlpatterns = [
    path("", desk, name="desk"),
    path("desk/list.csv", sheet, name="desk-sheet"),
    path("desk/keys/", keys, name="desk-keys"),
    path("desk/views/new/", new_view, name="desk-view-new"),
    path("desk/views/<uuid:view_id>/remove/", view_gone, name="desk-view-gone"),
]
