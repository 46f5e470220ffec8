"""Pages: from nothing to a first system that is watched, and samples to look around with."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from governance.forms.first_steps import (
    TEMPLATES,
    CommitteeForm,
    KpisForm,
    PeopleForm,
    ProfileForm,
    SampleForm,
)
from governance.selectors.pages.first_steps import HIDDEN, first_steps_of, organisation_of
from governance.selectors.pages.first_steps_pages import (
    committee_page,
    named_people,
    profile_page,
    proposals_for,
    register_start,
)
from governance.selectors.permissions import RULE_WRITERS
from governance.services.first_steps import choose_kpis, found_bodies, invite_people
from governance.services.policies import approve_policy, load_profile
from governance.services.samples import add_sample, remove_samples
from governance.views.forms import acting, tell
from ledger.rules.refusals import Missing, Refused
from outbox import clock
from registry.access import signed_in, visible_system
from registry.access.pages import require, system_to_act_on
from registry.forms.profile import RegisterForm
from registry.models import Unit
from registry.selectors.people import roles_for_unit
from registry.services.systems import register_system
from registry.views.refused import take

A_YEAR = 366 * 86400


@login_required
@never_cache
@require_GET
def first_steps(request: HttpRequest) -> HttpResponse:
    """Show the way of the reader's organisation as the record has it now."""
    user, at, unit = signed_in(request), clock.now(), _unit(request)
    way = first_steps_of(unit=unit, reader=user, at=at)
    held = roles_for_unit(user_id=user.pk, unit_id=unit.pk, at=at)
    others = [one for one in named_people(unit) if one.pk != user.pk]
    context: dict[str, Any] = {
        "way": way,
        "may_sample": bool(held & {"administrator", *RULE_WRITERS}),
        "sample_form": SampleForm(people=others) if others else None,
        "is_hidden": request.COOKIES.get(HIDDEN) == "hidden",
        "at": at,
    }
    return render(request, "governance/first_steps/list.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Invite several people at once, each with their role."""
    unit, at = _unit(request), clock.now()
    form = PeopleForm(_given(request))
    if request.method == "POST" and form.is_valid():
        try:
            found = invite_people(
                people=form.people(), unit_id=unit.pk, actor=acting(request), at=at
            )
        except Refused as refused:
            take(form, refused, request)
        else:
            words = ngettext("%(n)d person is invited.", "%(n)d people are invited.", len(found))
            return _on(request, words % {"n": len(found)})
    known = named_people(unit)
    return _shown(request, "people", form, {"unit": unit, "known": known[:50]})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Choose a shipped profile, or confirm the one that somebody else chose."""
    unit, at, user = _unit(request), clock.now(), signed_in(request)
    page = profile_page(unit=unit, reader=user, at=at)
    form = ProfileForm(_given(request), initial={"mailbox": user.email})
    if request.method == "POST" and "confirm" in request.POST and page["policy"]:
        approve_policy(policy_id=page["policy"].pk, actor=acting(request), at=at)
        return _on(request, _("Confirmed: its values are no examples any more."))
    if request.method == "POST" and form.is_valid():
        try:
            load_profile(
                unit_id=unit.pk, **form.cleaned_data, author_id=user.pk, actor=acting(request),
                at=at,
            )  # fmt: skip
        except Refused as refused:
            take(form, refused, request)
        else:
            return _on(request, _("Loaded. Somebody else confirms it."))
    return _shown(request, "profile", form, page | {"unit": unit})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def committee(request: HttpRequest) -> HttpResponse:
    """Found the committee, with the bodies above it."""
    unit, at = _unit(request), clock.now()
    form = CommitteeForm(_given(request), people=named_people(unit))
    if request.method == "POST" and form.is_valid():
        try:
            body = found_bodies(
                unit_id=unit.pk, name=form.cleaned_data["name"], seats=form.seats(),
                actor=acting(request), at=at,
            )  # fmt: skip
        except Refused as refused:
            take(form, refused, request)
        else:
            return _on(request, _("%(name)s can decide.") % {"name": body.name})
    return _shown(request, "committee", form, committee_page(unit=unit, at=at) | {"unit": unit})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def system(request: HttpRequest) -> HttpResponse:
    """Register the first system from a template of its kind."""
    at, user = clock.now(), signed_in(request)
    kind = request.GET.get("kind", "")
    start = register_start(user=user, kind=kind if kind in TEMPLATES else "", at=at)
    require(act="register", allowed=bool(start["units"]))
    form = RegisterForm(
        _given(request), units=start["units"], people=start["people"], initial=start["initial"]
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = register_system(**form.values(), actor=acting(request), at=at)
        except Refused as refused:
            take(form, refused, request)
        else:
            return _on(request, _("%(name)s is registered.") % {"name": made.name})
    more = {"templates": list(TEMPLATES.items()), "kind": kind}
    return _shown(request, "system", form, start | more)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def kpis(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose three to five of the KPIs that are proposed for a system, with their bands."""
    at = clock.now()
    found = visible_system(request, slug, at)
    form = KpisForm(_given(request), proposals=proposals_for(system=found, at=at))
    if request.method == "POST":
        system_to_act_on(request, slug, act="threshold.draft", at=at)
        if form.is_valid():
            try:
                drafts = choose_kpis(
                    system_id=found.pk, chosen=form.chosen(), actor=acting(request), at=at
                )
            except Refused as refused:
                take(form, refused, request)
            else:
                words = _("%(n)d KPIs are expected. A second person approves their thresholds.")
                return _on(request, words % {"n": len(drafts)})
    return _shown(request, "kpis", form, {"system": found})


@login_required
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add the sample system."""
    unit, user = _unit(request), signed_in(request)
    others = [one for one in named_people(unit) if one.pk != user.pk]
    form = SampleForm(request.POST, people=others)
    if not form.is_valid():
        raise Missing("nobody_else", _("Invite one more person first: a system has a deputy."))
    made = add_sample(
        unit_id=unit.pk,
        deputy_id=UUID(form.cleaned_data["deputy"]),
        actor=acting(request),
        at=clock.now(),
    )
    return _on(request, _("%(name)s is there. It counts nowhere.") % {"name": made.name})


@login_required
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take the samples out of sight."""
    count = remove_samples(unit_id=_unit(request).pk, actor=acting(request), at=clock.now())
    words = ngettext(
        "%(n)d sample is removed. What was recorded of it stays in the ledger.",
        "%(n)d samples are removed. What was recorded of them stays in the ledger.",
        count,
    )
    return _on(request, words % {"n": count})


@login_required
@require_POST
def hide(request: HttpRequest) -> HttpResponse:
    """Offer the first steps on this reader's desk no more, or again."""
    answer = redirect("first-steps" if "show" in request.POST else "desk")
    if "show" in request.POST:
        answer.delete_cookie(HIDDEN)
    else:
        answer.set_cookie(HIDDEN, "hidden", max_age=A_YEAR, httponly=True, samesite="Lax")
    return answer


def _given(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, an empty form too; None for who only looks."""
    return request.POST if request.method == "POST" else None


def _unit(request: HttpRequest) -> Unit:
    """Return the reader's organisation. Raises Missing for who belongs to none."""
    found = organisation_of(user=signed_in(request), at=clock.now())
    if found is None:
        words = _("You belong to no unit: an administrator says to which.")
        raise Missing("no_unit", words)
    return found


def _shown(request: HttpRequest, name: str, form: Any, context: dict[str, Any]) -> HttpResponse:
    page = {"form": form, "at": clock.now()} | context
    status = 400 if form.errors else 200
    return render(request, f"governance/first_steps/{name}.html", page, status=status)


def _on(request: HttpRequest, words: str) -> HttpResponse:
    """Go back to the list, with what was done."""
    tell(request, words)
    return redirect("first-steps")


urlpatterns: list[URLPattern] = [
    path("first-steps/", first_steps, name="first-steps"),
    path("first-steps/people/", people, name="first-steps-people"),
    path("first-steps/profile/", profile, name="first-steps-profile"),
    path("first-steps/committee/", committee, name="first-steps-committee"),
    path("first-steps/system/", system, name="first-steps-system"),
    path("first-steps/systems/<slug:slug>/kpis/", kpis, name="first-steps-kpis"),
    path("first-steps/samples/add", add, name="first-steps-sample"),
    path("first-steps/samples/remove", remove, name="first-steps-samples-gone"),
    path("first-steps/hide", hide, name="first-steps-hide"),
]
