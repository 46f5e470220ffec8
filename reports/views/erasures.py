"""Pages of erasures: asked for by one, agreed to or declined by another."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.selectors.erasures import obstacles
from governance.services.erasures import confirm_erasure
from outbox import clock
from registry.access import person_actor, signed_in
from registry.models import ErasureRequest, User
from registry.selectors.access import units_seen_by
from registry.services.erasure import ask_erasure, decline_erasure
from reports.forms import ErasureForm, ReasonForm
from reports.selectors.retention_page import (
    erasable_people,
    reader_of,
    request_by_id,
    request_page,
    requests_seen_by,
)

MOST_CHOSEN = 100


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def erasures(request: HttpRequest) -> HttpResponse:
    """Show the requests, and take another."""
    user, at = signed_in(request), clock.now()
    reader, units = reader_of(user=user, at=at), units_seen_by(user=user, at=at)
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    found = erasable_people(user=user, at=at, words=words, units=units)
    people = list(found[: MOST_CHOSEN + 1])
    asked = requests_seen_by(user=user, at=at, units=units)
    form = ErasureForm(request.POST or None, people=_choices(request, people, found))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        ask_erasure(
            person_id=UUID(given["person"]),
            basis=given["basis"],
            reason=given["reason"],
            actor=person_actor(request, user),
            at=at,
        )
        messages.success(request, _("Asked for. A second person agrees before anything goes."))
        return redirect("erasures")
    page = request_page(asked, after=request.GET.get("after", ""))
    context = {
        "requests": page.rows,
        "page": page.links(),
        "may_ask": reader.may("erasure.ask"),
        "people": people,
        "more": len(people) > MOST_CHOSEN,
        "most": MOST_CHOSEN,
        "words": words,
        "form": form,
        "at": at,
    }
    return render(
        request, "reports/retention/erasures.html", context, status=400 if form.errors else 200
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def erasure(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Show one request with what stands against it; agree to it or decline it."""
    user, at = signed_in(request), clock.now()
    reader = reader_of(user=user, at=at)
    asked = request_by_id(request_id, user=user, at=at)
    declining = request.POST.get("act") == "decline"
    form = ReasonForm(request.POST if declining else None, asks=_("Why you decline"))
    if request.method == "POST" and (not declining or form.is_valid()):
        return _decide(request, request_id, form if declining else None)
    waits = asked.state == ErasureRequest.State.ASKED
    context = {
        "asked": asked,
        "obstacles": obstacles(person=asked.person, at=at) if waits else [],
        "may_decide": waits and reader.may("erasure.decide") and user.pk != asked.asked_by_id,
        "waits": waits,
        "form": form,
        "at": at,
    }
    return render(
        request, "reports/retention/erasure.html", context, status=400 if form.errors else 200
    )


def _choices(request: HttpRequest, people: Sequence[User], all_: QuerySet[User]) -> list[User]:
    """Return the people to choose from: as many as are shown, and whoever was chosen before."""
    shown = list(people[:MOST_CHOSEN])
    typed = request.POST.get("person", "")
    if len(people) <= MOST_CHOSEN or typed in {str(one.pk) for one in shown}:
        return shown
    try:
        return [*shown, *all_.filter(pk=UUID(typed))]
    except ValueError:
        return shown


def _decide(request: HttpRequest, request_id: UUID, form: ReasonForm | None) -> HttpResponse:
    actor, at = person_actor(request, signed_in(request)), clock.now()
    if form is None:
        confirm_erasure(request_id=request_id, actor=actor, at=at)
        messages.success(request, _("Erased. The ledger knows it by the id alone."))
    else:
        reason = form.cleaned_data["reason"]
        decline_erasure(request_id=request_id, reason=reason, actor=actor, at=at)
        messages.success(request, _("Declined."))
    return redirect("erasures")
