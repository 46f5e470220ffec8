"""Pages of broken glass: open one, see who opened what, close it, review it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ledger.rules.refusals import Refused
from outbox import clock
from registry.access import person_actor, signed_in
from registry.forms.access import GlassForm, GlassReviewForm
from registry.models import User
from registry.rules.permits import PERMITS
from registry.selectors.break_glass import (
    glass_by_id,
    glasses_seen_by,
    glasses_to_review,
    target_named,
)
from registry.selectors.people import roles_of
from registry.services.break_glass import break_glass, end_break_glass, review_break_glass
from registry.views.refused import take

MOST = 50


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def glasses(request: HttpRequest) -> HttpResponse:
    """Show the accesses in an emergency that the reader may see, and open one."""
    user, at = signed_in(request), clock.now()
    roles = {role for role, _unit, _system in roles_of(user_id=user.pk, at=at)}
    may_break = bool(roles & PERMITS["glass.break"].roles)
    form = GlassForm(request.POST or None) if may_break else None
    if form is not None and request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = break_glass(
                **target_named(given["what"]),
                hours=given["hours"],
                reason=given["reason"],
                actor=person_actor(request, user),
                at=at,
            )
        except Refused as refusal:
            take(form, refusal, request)
        else:
            messages.success(request, _("Open. Compliance has been told; every look is on record."))
            return redirect("glass", made.pk)
    context = {
        "rows": glasses_seen_by(user=user, at=at)[:MOST],
        "form": form,
        "may_break": may_break,
        "at": at,
    }
    failed = form is not None and bool(form.errors)
    return render(request, "registry/access/glasses.html", context, status=400 if failed else 200)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def glass(request: HttpRequest, glass_id: UUID) -> HttpResponse:
    """Show one access in an emergency, and review it."""
    user, at = signed_in(request), clock.now()
    found = glass_by_id(glass_id=glass_id, user=user, at=at)
    reviews = _reviews(user, glass_id)
    form = GlassReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor = person_actor(request, user)
        try:
            review_break_glass(glass_id=glass_id, **form.cleaned_data, actor=actor, at=at)
        except Refused as refusal:
            take(form, refusal, request)
        else:
            messages.success(request, _("Reviewed. The access is closed."))
            return redirect("glass", glass_id)
    context = {
        "glass": found,
        "running": found.until_at > at,
        "mine": found.person_id == user.pk,
        "may_review": reviews,
        "form": form,
        "at": at,
    }
    status = 400 if form.errors else 200
    return render(request, "registry/access/glass.html", context, status=status)


@login_required
@require_POST
def end(request: HttpRequest, glass_id: UUID) -> HttpResponse:
    """Close an access before its time."""
    user, at = signed_in(request), clock.now()
    found = glass_by_id(glass_id=glass_id, user=user, at=at)
    end_break_glass(glass_id=found.pk, actor=person_actor(request, user), at=at)
    messages.success(request, _("The access has ended."))
    return redirect("glass", glass_id)


def _reviews(user: User, glass_id: UUID) -> bool:
    return glasses_to_review(user=user, at=clock.now()).filter(pk=glass_id).exists()
