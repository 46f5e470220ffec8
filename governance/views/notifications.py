"""Pages: one's own notices, put away as read or taken out again."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from governance.selectors.pages.notifications import ACCOUNT, Asked, notifications_of
from outbox import clock
from outbox.services.reading import mark_all_read, mark_read, mark_unread
from registry.access import moment_of, signed_in
from registry.rules.instants import read_instant


@login_required
@never_cache
@require_GET
def notifications(request: HttpRequest) -> HttpResponse:
    """Show the reader's notices by day, the unread first."""
    user, at = signed_in(request), clock.now()
    moment = moment_of(request, now=at)
    asked = Asked.of(request.GET)
    page = notifications_of(user=user, asked=asked, at=at, as_of=moment.as_of)
    kept = {"as_of": moment.text} if moment.as_of else {}
    query = _query(asked) | kept
    context: dict[str, Any] = {
        "sections": page.sections,
        "any_unread": any(row.read_at is None for row in page.rows),
        "asked": asked,
        "views": _views(asked, kept),
        "here": request.get_full_path(),
        "moment": moment,
        "page": {
            "shown": len(page.rows),
            "older_url": f"?{urlencode(query | {'after': page.after})}" if page.after else "",
            "newer_url": f"?{urlencode(query)}" if asked.after else "",
            "newer_word": _("First page"),
            "older_word": _("More"),
        },
        "at": at,
    }
    return render(request, "governance/notifications/list.html", context)


@login_required
@require_POST
def put_away(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Put one notice away as read, and go back to where the reader was."""
    mark_read(message_id=message_id, person_id=signed_in(request).pk, at=clock.now())
    return _back(request)


@login_required
@require_POST
def take_out(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Take one notice out again as unread."""
    mark_unread(message_id=message_id, person_id=signed_in(request).pk)
    return _back(request)


@login_required
@require_POST
def put_all_away(request: HttpRequest) -> HttpResponse:
    """Put away all that had come when the reader looked."""
    user, at = signed_in(request), clock.now()
    until = read_instant(
        request.POST.get("until", "") or at.isoformat(), zone=ZoneInfo(user.zone), now=at
    )
    count = mark_all_read(person_id=user.pk, until=until, at=at)
    words = ngettext(
        "%(count)d notice is read. What waits for you stays on your desk.",
        "%(count)d notices are read. What waits for you stays on your desk.",
        count,
    )
    messages.success(request, words % {"count": count})
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """Go back to the list as it was asked for, to no other host."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(
        reverse("notifications")
    ):
        return redirect(wanted)
    return redirect("notifications")


def _query(asked: Asked) -> dict[str, str]:
    unread = {"unread": "1"} if asked.unread else {}
    return unread | ({"kind": asked.kind} if asked.kind else {})


def _views(asked: Asked, kept: dict[str, str]) -> list[dict[str, object]]:
    labels = {
        "": _("Everything"),
        "task": _("Waits for you"),
        "reminder": _("Late"),
        "mention": _("Names you"),
        "information": _("For your information"),
        ACCOUNT: _("Your account"),
    }
    kinds: list[dict[str, object]] = [
        {
            "label": label,
            "url": f"?{urlencode(_query(Asked(kind)) | kept)}",
            "count": None,
            "current": kind == asked.kind and not asked.unread,
        }
        for kind, label in labels.items()
    ]
    unread: dict[str, object] = {
        "label": _("Unread only"),
        "url": f"?{urlencode(_query(Asked(asked.kind, unread=True)) | kept)}",
        "count": None,
        "current": asked.unread,
    }
    return [unread, *kinds]


urlpatterns: list[URLPattern] = [
    path("notifications/", notifications, name="notifications"),
    path("notifications/read", put_all_away, name="notifications-read"),
    path("notifications/<uuid:message_id>/read", put_away, name="notification-read"),
    path("notifications/<uuid:message_id>/unread", take_out, name="notification-unread"),
]
