"""Pages: versions of a system, two side by side, what ran when; a version with what may be done."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ledger.rules.refusals import Invalid, Missing, Refused
from outbox import clock
from outbox.languages import spoken
from registry.access import instant_of, person_actor, signed_in
from registry.forms.versions import (
    ApproveForm,
    DraftForm,
    LiveForm,
    MarketForm,
    RanForm,
    RevokeForm,
)
from registry.models import System, SystemVersion
from registry.selectors.systems import no_such_system, systems_visible_to
from registry.selectors.version_pages import approved_others, ran_words, version_facts
from registry.selectors.versions import (
    compared,
    gaps_of,
    newest_everywhere,
    ran_at,
    version_named,
    version_page,
)
from registry.services.deployments import deploy
from registry.services.versions import (
    approve_version,
    place_on_market,
    register_version,
    revoke_version,
)
from registry.views.refused import put_on_form

MOST_GAPS = 20
Shown = dict[str, Any]


def visible(request: HttpRequest, slug: str, at: datetime) -> System:
    """Return a system that the reader may see. Raises Missing."""
    rows = systems_visible_to(user=signed_in(request), at=at).filter(slug=slug)
    found: System | None = rows.select_related("owner", "deputy", "unit").first()
    if found is None:
        raise no_such_system(slug)
    return found


@login_required
@never_cache
@require_GET
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the versions of a system, what is live, what ran at an instant, two side by side."""
    at = clock.now()
    system = visible(request, slug, at)
    asked = {name: request.GET.get(name, "").replace("\0", "")[:200] for name in ("q", "state")}
    page = version_page(
        system_id=system.pk,
        behind=request.GET.get("behind", ""),
        before=request.GET.get("before", ""),
        words=asked["q"],
        state=asked["state"],
    )
    address = reverse("system-versions", args=[slug])
    newest = newest_everywhere(system_id=system.pk)
    context = {
        "system": system,
        "rows": page.rows,
        "page": {
            "shown": len(page.rows),
            "newer_url": _turned(address, asked, before=page.newer),
            "older_url": _turned(address, asked, behind=page.older),
        },
        "asked": asked,
        "states": SystemVersion.State.choices,
        "live": [row for row in newest if row.until_at is None],
        "at": at,
        **_ran(request, system, [row.environment for row in newest], at),
        **_compared(request, system),
    }
    return render(request, "registry/versions/list.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Register a version as a draft."""
    at = clock.now()
    system = visible(request, slug, at)
    form = DraftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = signed_in(request)
        try:
            made = register_version(
                system_id=system.pk,
                label=form.cleaned_data["label"],
                identity=form.identity(),
                changelog=form.cleaned_data["changelog"],
                change=form.change(),
                author_id=user.pk,
                actor=person_actor(request, user),
                at=at,
            )
        except Refused as refusal:
            put_on_form(form, refusal, request)
        else:
            messages.success(request, _("Registered as a draft; somebody else approves it."))
            return redirect("system-version", slug=slug, label=made.label)
    context = {"system": system, "form": form, "at": at}
    return render(
        request, "registry/versions/draft.html", context, status=400 if form.errors else 200
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def version(request: HttpRequest, slug: str, label: str) -> HttpResponse:
    """Show a version with its identity, approval and runs; approve, revoke, make it live."""
    at = clock.now()
    system = visible(request, slug, at)
    found = version_named(system=system, label=label)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    shown = _forms(request, system, found, act)
    form: forms.Form | None = shown.get(act)
    if form is not None and form.is_valid() and _done(request, system, found, act, form, at):
        return redirect("system-version", slug=slug, label=found.label)
    context = {
        "system": system,
        "version": found,
        "forms": shown,
        "at": at,
        **version_facts(version=found, actor=person_actor(request, signed_in(request)), at=at),
    }
    wrong = form is not None and bool(form.errors)
    return render(request, "registry/versions/version.html", context, status=400 if wrong else 200)


def _forms(
    request: HttpRequest, system: System, found: SystemVersion, act: str
) -> dict[str, forms.Form]:
    """The forms of what can be done; the one that was sent holds what was typed."""

    def typed(name: str) -> Any:
        return request.POST if act == name else None

    others = approved_others(found)
    live = LiveForm(
        typed("live"), prefix="live", fallbacks=others, initial={"seen": system.version}
    )
    return {
        "approve": ApproveForm(typed("approve"), prefix="approve", version=found),
        "revoke": RevokeForm(typed("revoke"), prefix="revoke"),
        "live": live,
        "market": MarketForm(typed("market"), prefix="market"),
    }


def _done(
    request: HttpRequest,
    system: System,
    found: SystemVersion,
    act: str,
    form: Any,
    at: datetime,
) -> bool:
    """Do what was asked; False with the refusal on the form."""
    actor, given = person_actor(request, signed_in(request)), form.cleaned_data
    try:
        if act == "approve":
            approve_version(
                version_id=found.pk,
                identity_hash=given["identity_hash"],
                change=form.change(),
                reason=given["reason"],
                actor=actor,
                at=at,
            )
            words = _("Approved, bound to the identity that you saw.")
        elif act == "revoke":
            revoke_version(version_id=found.pk, reason=given["reason"], actor=actor, at=at)
            words = _("Revoked; it is made live no more.")
        elif act == "market":
            place_on_market(version_id=found.pk, **given, actor=actor, at=at)
            words = _("Recorded.")
        else:
            deploy(
                system_id=system.pk,
                environment=given["environment"],
                version_id=found.pk,
                fallback_id=UUID(given["fallback"]) if given["fallback"] else None,
                expected_version=given["seen"],
                reason=given["reason"],
                actor=actor,
                at=at,
            )
            words = _("Live now.")
    except Refused as refusal:
        put_on_form(form, refusal, request)
        return False
    messages.success(request, words)
    return True


def _ran(request: HttpRequest, system: System, names: list[str], at: datetime) -> Shown:
    """What ran at the instant that is asked for; `names` are the environments."""
    environment = request.GET.get("environment", "").replace("\0", "")
    environment = environment if environment in names else (names or ["production"])[0]
    form = RanForm(request.GET if "at" in request.GET else None, environments=names)
    shown: Shown = {"ran_form": form, "environment": environment, "environments": names}
    shown["gaps"] = gaps_of(system_id=system.pk, environment=environment, now=at)[:MOST_GAPS]
    if "at" not in request.GET:
        return shown
    try:
        instant = instant_of(request.GET["at"].replace("\0", ""), user=signed_in(request), now=at)
    except Invalid as refusal:
        form.add_error("at", spoken(refusal.reason))
        return shown
    ran = ran_at(system_id=system.pk, environment=environment, instant=instant or at)
    return shown | {"ran": ran, "ran_words": ran_words(ran)}


def _compared(request: HttpRequest, system: System) -> Shown:
    """Two versions side by side, where two were named."""
    labels = [request.GET.get(name, "")[:100] for name in ("one", "other")]
    shown: Shown = {"labels": labels}
    if not all(labels):
        return shown
    try:
        one, other = [version_named(system=system, label=label) for label in labels]
    except Missing as refusal:
        return shown | {"compare_error": refusal.reason}
    return shown | {"one": one, "other": other, "compared": compared(one, other)}


def _turned(address: str, asked: dict[str, str], **key: str) -> str:
    """The address of a page beside this one; '' at an end."""
    if not all(key.values()):
        return ""
    kept = {name: value for name, value in asked.items() if value}
    return f"{address}?{urlencode(kept | key)}"


urlpatterns = [
    path("systems/<slug:slug>/versions/", versions, name="system-versions"),
    path("systems/<slug:slug>/version-draft/", draft, name="system-version-draft"),
    path("systems/<slug:slug>/versions/<path:label>/", version, name="system-version"),
]
