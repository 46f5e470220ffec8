"""Pages: how one wants to be told, and how messages fared."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.rules.refusals import Refused
from outbox import clock
from registry.access import person_actor, signed_in
from registry.forms.notices import PreferenceForm
from registry.models import User
from registry.selectors.messages import (
    CHANNELS,
    STATES,
    found_messages,
    messages_kept_by,
    standing_of,
)
from registry.selectors.notice_matrix import WAYS
from registry.selectors.notices import preference_of
from registry.services.messages import put_failed_back, put_message_back
from registry.services.notices import queue_trial, set_preference
from registry.views.refused import take

ASKED = ("state", "channel", "after")


@login_required
@never_cache
@sensitive_post_parameters("page", "chat")
@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """Show how the reader is told, and keep what they choose."""
    user, row = signed_in(request), preference_of(signed_in(request))
    form = PreferenceForm(request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            _keep(request, user, form)
        except Refused as refusal:
            take(form, refusal, request)
        else:
            messages.success(request, _("Saved. It holds from the next notice on."))
            return redirect("my-notices")
    context = {"form": form, "lines": form.lines, "ways": WAYS, "row": row, "reader": user}
    return render(
        request, "registry/notices/mine.html", context, status=400 if form.errors else 200
    )


def _keep(request: HttpRequest, user: User, form: PreferenceForm) -> None:
    set_preference(
        choices=form.choices(),
        expected_version=form.cleaned_data["version"],
        actor=person_actor(request, user),
        at=clock.now(),
    )


@login_required
@require_POST
def trial(request: HttpRequest) -> HttpResponse:
    """Send the reader a trial by every way of theirs."""
    count = queue_trial(actor=person_actor(request, signed_in(request)), at=clock.now())
    words = ngettext(
        "A trial is on its way to you.", "%(count)d trials are on their way to you.", count
    )
    messages.success(request, words % {"count": count})
    return redirect("my-notices")


@login_required
@require_GET
def fared(request: HttpRequest) -> HttpResponse:
    """Show how messages fared, failed ones first where nothing is asked for."""
    user, at = signed_in(request), clock.now()
    asked = {name: request.GET.get(name, "").strip() for name in ASKED}
    kept = messages_kept_by(user=user, at=at)
    page, standing = found_messages(kept=kept, asked=asked), standing_of(kept)
    query = {name: asked[name] for name in ("state", "channel") if asked[name]}
    context: dict[str, Any] = {
        "lines": page.lines,
        "standing": standing,
        "asked": asked,
        "states": STATES,
        "channels": CHANNELS,
        "page": {
            "shown": len(page.lines),
            "older_url": f"?{urlencode(query | {'after': page.after})}" if page.after else "",
            "newer_url": f"?{urlencode(query)}" if asked["after"] else "",
        },
        "at": at,
    }
    return render(request, "registry/notices/messages.html", context)


@login_required
@require_POST
def put_back(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Put one failed message back into the queue."""
    actor = person_actor(request, signed_in(request))
    put_message_back(message_id=message_id, actor=actor, at=clock.now())
    messages.success(request, _("Put back: it goes out with the next sweep."))
    return redirect("messages")


@login_required
@require_POST
def put_all_back(request: HttpRequest) -> HttpResponse:
    """Put the failed messages of a channel, or all, back into the queue."""
    channel = request.POST.get("channel", "")
    count = put_failed_back(
        channel=channel if channel in CHANNELS else "",
        actor=person_actor(request, signed_in(request)),
        at=clock.now(),
    )
    words = ngettext("%(count)d message is put back.", "%(count)d messages are put back.", count)
    messages.success(request, words % {"count": count})
    return redirect("messages")


urlpatterns: list[URLPattern] = [
    path("me/notices/", mine, name="my-notices"),
    path("me/notices/trial", trial, name="my-notices-trial"),
    path("operations/messages/", fared, name="messages"),
    path("operations/messages/requeue", put_all_back, name="messages-requeue"),
    path("operations/messages/<uuid:message_id>/requeue", put_back, name="message-requeue"),
]
