"""Pages: concerns that anybody may raise, their receipts, and the list of those who read them.

The pages without a name use no session and no cookie; the first middleware has taken out of the
request whatever says where it came from, and they refuse to serve where it has not.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from ledger.rules.instants import instant_read
from ledger.rules.refusals import Refused
from outbox import clock
from registry.access import signed_in
from registry.access.nameless import require_nameless
from registry.forms.concerns import ConcernForm, LineForm, ReceiptForm
from registry.forms.told import put
from registry.models import Concern
from registry.selectors.concerns import (
    concern_of_receipt,
    concerns_raised_by,
    concerns_visible_to,
    officer_roles,
)
from registry.services.concerns import CLOSED, add_to_concern, raise_concern

PAGE = 50
VIEWS = {"open": "Open", "closed": "Ended", "all": "All"}


@csrf_exempt
@never_cache
@sensitive_variables()
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new_concern(request: HttpRequest) -> HttpResponse:
    """Take a concern from anybody, without a name; show the receipt once."""
    require_nameless(request)
    return _take(request, raised_by_id=None)


@login_required
@never_cache
@sensitive_variables()
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def named_concern(request: HttpRequest) -> HttpResponse:
    """Take a concern to which a person who is signed in puts their name."""
    return _take(request, raised_by_id=signed_in(request).pk)


@csrf_exempt
@never_cache
@sensitive_variables()
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def receipt(request: HttpRequest) -> HttpResponse:
    """Show what became of a concern to who holds its receipt, and take a line from them.

    The code comes in the body of a form, never in an address.
    """
    require_nameless(request)
    form = ReceiptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _followed(request, form.cleaned_data["code"])
        except Refused as refusal:
            put(form, refusal)
            return _render_receipt(request, {"form": form}, refusal.status)
    return _render_receipt(request, {"form": form}, 400 if form.errors else 200)


@login_required
@never_cache
@require_GET
def concerns(request: HttpRequest) -> HttpResponse:
    """Show officers what waits; show everybody else how to raise one, and their own."""
    user, at = signed_in(request), clock.now()
    context: dict[str, Any] = {"own": concerns_raised_by(user=user)[:100], "at": at}
    held = officer_roles(user=user, at=at)
    if not held:
        return render(request, "registry/concerns/mine.html", context)
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "open"
    rows = concerns_visible_to(user=user, at=at, held=held)
    if view != "all":
        ended = Q(state__in=CLOSED)
        rows = rows.filter(ended if view == "closed" else ~ended)
    shown = list(_after(rows, request.GET.get("after", ""))[: PAGE + 1])
    older = f"?view={view}&after={_place(shown[PAGE - 1])}" if len(shown) > PAGE else ""
    context |= {
        "rows": shown[:PAGE],
        "pages": {"shown": len(shown[:PAGE]), "older_url": older},
        "views": [
            {"label": label, "url": f"?view={name}", "current": name == view}
            for name, label in VIEWS.items()
        ],
        "view": view,
    }
    return render(request, "registry/concerns/overview.html", context)


def _take(request: HttpRequest, *, raised_by_id: UUID | None) -> HttpResponse:
    form = ConcernForm(request.POST if request.method == "POST" else None)
    code = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            _concern, receipt_code = raise_concern(
                said=form.said(),
                form_key=form.cleaned_data["token"],
                raised_by_id=raised_by_id,
                at=clock.now(),
            )
        except Refused as refusal:
            put(form, refusal)
            code = refusal.status
        else:
            context = {"code": receipt_code, "named": raised_by_id is not None}
            return render(request, "registry/concerns/received.html", context, status=201)
    context = {
        "form": form,
        "named": raised_by_id is not None,
        "names": settings.CONCERN_SYSTEM_NAMES,
    }
    return render(request, "registry/concerns/new.html", context, status=code)


def _followed(request: HttpRequest, code: str) -> HttpResponse:
    """Show a concern to who holds its receipt. Raises Missing, Invalid, TooMany."""
    concern = concern_of_receipt(code=code)
    line = LineForm(request.POST if "text" in request.POST else None)
    added = False
    if line.is_bound and line.is_valid():
        add_to_concern(code=code, text=line.cleaned_data["text"], at=clock.now())
        line, added = LineForm(), True
    return _render_receipt(
        request,
        {
            "concern": concern,
            "lines": list(concern.messages.order_by("at", "pk")),
            "ended": concern.state in CLOSED,
            "code": code,
            "line": line,
            "added": added,
            "at": clock.now(),
        },
        400 if line.errors else 200,
    )


def _render_receipt(request: HttpRequest, context: dict[str, Any], code: int) -> HttpResponse:
    return render(request, "registry/concerns/receipt.html", context, status=code)


def _after(rows: Any, place: str) -> Any:
    """Return the rows behind a place in the list; what is no place counts as the beginning."""
    ordered = rows.order_by("-received_at", "-pk")
    said, _space, key = place.replace("\x00", "").partition("_")
    try:
        instant, last = instant_read(said), UUID(key)
    except ValueError:
        return ordered
    # The bound by itself is what the index is entered by: of an 'or' it serves neither side.
    return ordered.filter(Q(received_at__lt=instant) | Q(pk__lt=last), received_at__lte=instant)


def _place(row: Concern) -> str:
    said: datetime = row.received_at
    return f"{said.isoformat().replace('+00:00', 'Z')}_{row.pk}"


urlpatterns: list[URLPattern] = [
    path("concerns/", concerns, name="concerns"),
    path("concerns/new/", new_concern, name="concern-new"),
    path("concerns/named/", named_concern, name="concern-named"),
    path("concerns/receipt/", receipt, name="concern-receipt"),
]
