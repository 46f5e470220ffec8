"""Pages: who and what a system is for, registered and changed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import person_actor, signed_in
from registry.access.pages import asked, require, system_to_act_on
from registry.forms.profile import CHANGED, ChangeForm, RegisterForm, tell
from registry.models import System
from registry.selectors.profile import (
    people_near,
    people_of_units,
    reviewers_of,
    units_to_register_in,
)
from registry.selectors.profile_page import may, profile_page
from registry.selectors.systems import systems_visible_to
from registry.selectors.units import units_below
from registry.services.changes import change_system
from registry.services.systems import register_system
from registry.views import statements, surroundings


@login_required
@require_GET
def profile(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who and what a system is for, and what is written down, now or at an instant."""
    found, moment = asked(request, slug)
    reader = signed_in(request)
    allowed = may(system=found, reader=reader, at=moment.now) if moment.as_of is None else {}
    visible = moment.kept(systems_visible_to(user=reader, at=moment.now))
    with moment.reading():
        then = System.objects.select_related("owner", "deputy", "unit").get(pk=found.pk)
        page = profile_page(system=then, visible=visible, at=moment.at)
        page |= {"moment": moment, "began": found.registered_at, "may": allowed}
        return render(request, "registry/profile/profile.html", page)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what a system says of itself, and who answers for it."""
    user, at = signed_in(request), clock.now()
    system = system_to_act_on(request, slug, act="change", at=at)
    reviewers = reviewers_of(system_id=system.pk)
    shown = {name: getattr(system, name) for name in (*CHANGED, "version")}
    shown |= {name: str(getattr(system, f"{name}_id")) for name in ("unit", "owner", "deputy")}
    shown |= {"reviewers": [str(one.pk) for one in reviewers]}
    units = {system.unit, *units_to_register_in(user=user, at=at)}
    form = ChangeForm(
        request.POST or None,
        units=sorted(units, key=lambda unit: unit.name),
        people=people_near(system=system),
        initial=shown,
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            change_system(
                system_id=system.pk,
                change=form.change(),
                expected_version=given["version"],
                reason=given["reason"],
                acceptance=given["acceptance"],
                actor=person_actor(request, user),
                at=at,
            )
        except Invalid as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("Changed; on record with what stood there before."))
            return redirect("system-profile", slug=slug)
    context = {"system": system, "form": form, "at": at}
    status = 400 if form.errors else 200
    return render(request, "registry/profile/change.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register a system as proposed; units and people of the registrar's scope."""
    user, at = signed_in(request), clock.now()
    units = list(units_to_register_in(user=user, at=at))
    require(act="register", allowed=bool(units))
    people = people_of_units(units_below(unit_ids=[unit.pk for unit in units]))
    form = RegisterForm(request.POST or None, units=units, people=people)
    if request.method == "POST" and form.is_valid():
        actor = person_actor(request, user)
        try:
            made = register_system(**form.values(), actor=actor, at=at)
        except Invalid as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("Registered as proposed. Next: what is missing."))
            return redirect("system-profile", slug=made.slug)
    context = {"form": form, "at": at}
    status = 400 if form.errors else 200
    return render(request, "registry/profile/register.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("systems/<slug:slug>/profile/", profile, name="system-profile"),
    path("systems/<slug:slug>/profile/edit/", change, name="system-change"),
    *surroundings.urlpatterns,
    *statements.urlpatterns,
]
