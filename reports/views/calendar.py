"""The calendar of a person's deadlines: its secret address, and the file that stands there."""

from hashlib import sha256

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from outbox import clock
from registry.access import person_actor, signed_in
from reports.render.deadlines import calendar_file
from reports.selectors.deadlines import deadlines_of, feed_in_force, feed_of_secret
from reports.services.desk import make_feed, revoke_feed

WINDOW_SECONDS = 600
MOST_READS = 60
"""How often one address is read, and how often one reader may be wrong, within the window."""


@login_required
@never_cache
@sensitive_variables("secret")
@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """Show whether the reader's calendar has an address; make a new one, or end it."""
    user, at = signed_in(request), clock.now()
    address = ""
    if request.method == "POST":
        actor = person_actor(request, user)
        act = request.POST.get("act")
        if act == "revoke":
            revoke_feed(actor=actor, at=at)
            messages.success(request, _("Ended: the address answers nothing any more."))
        if act != "make":
            return redirect("my-calendar")
        _row, secret = make_feed(actor=actor, at=at)
        address = request.build_absolute_uri(reverse("calendar-feed", args=[secret]))
    context = {"feed": feed_in_force(user=user), "address": address, "at": at}
    return render(request, "reports/desk/calendar.html", context)


@sensitive_variables("secret")
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Give a calendar program the deadlines of whose address it is; 304 while they are the same."""
    reader = request.META.get("REMOTE_ADDR", "")
    known = sha256(secret.encode()).hexdigest()[:32]
    if _too_often(f"calendar:{known}:{reader}"):
        return _refused()
    found = feed_of_secret(secret)
    if found is None:
        if _too_often(f"calendar:wrong:{reader}"):
            return _refused()
        raise Http404
    with translation.override(found.user.language):
        body = calendar_file(
            deadlines_of(user=found.user, at=clock.now()), language=found.user.language
        )
    etag = f'"{sha256(body).hexdigest()}"'
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    response["ETag"] = etag
    conditional = get_conditional_response(request, etag=etag, response=response)
    return conditional if isinstance(conditional, HttpResponse) else response


def _refused() -> HttpResponse:
    answer = HttpResponse(_("Too often. Once in half an hour is enough."), status=429)
    answer["Retry-After"] = str(WINDOW_SECONDS)
    return answer


def _too_often(key: str) -> bool:
    """Count one more in this process, and say whether that is beyond the limit."""
    if cache.add(key, 1, WINDOW_SECONDS):
        return False
    try:
        return cache.incr(key) > MOST_READS
    except ValueError:
        return False


urlpatterns = [
    path("me/calendar/", mine, name="my-calendar"),
    path("calendar/<str:secret>.ics", feed, name="calendar-feed"),
]
