"""Pages: monitoring coverage of the live systems; drift of one system."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from governance.forms.baselines import AttestForm, PauseForm
from governance.selectors.coverage import coverage_of, fleet_share, live_systems
from governance.selectors.drift import (
    changed_rules,
    digest_of,
    drifting_features,
    moved_use,
    rules_in_force,
)
from governance.services.drift import attest_rules
from ledger.rules.refusals import Conflict, Invalid
from outbox import clock
from registry.access import person_actor, signed_in, visible_system, visible_systems
from registry.forms.profile import tell
from registry.models import System
from registry.selectors.permits import refusal_for_system
from telemetry.selectors.baselines import pauses_of
from telemetry.services.pauses import set_pause

A_PAGE = 50


@login_required
@require_GET
def coverage(request: HttpRequest) -> HttpResponse:
    """Show which KPIs of the live systems have fresh data, page by page."""
    at = clock.now()
    after = request.GET.get("after", "").replace("\0", "")[:80]
    rows = live_systems(visible_systems(request, at)).filter(slug__gt=after).order_by("slug")
    systems = list(rows[: A_PAGE + 1])
    found = coverage_of(systems=systems[:A_PAGE], at=at)
    page = {
        "rows": found,
        "fleet": fleet_share(found),
        "more": systems[A_PAGE - 1].slug if len(systems) > A_PAGE else "",
        "after": after,
        "at": at,
    }
    return render(request, "governance/coverage/list.html", page)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def drift(request: HttpRequest, slug: str) -> HttpResponse:
    """Show drift of data, rules and use; attest the rules, announce a pause."""
    at = clock.now()
    system = visible_system(request, slug, at)
    sha256 = digest_of(rules_in_force(system=system, at=at))
    given = request.POST if request.method == "POST" else None
    pausing = given is not None and given.get("act") == "pause"
    attest = AttestForm(None if pausing else given, initial={"sha256": sha256})
    pause = PauseForm(given if pausing else None, prefix=None)
    done = _pause(request, system, pause, at) if pausing else _attest(request, system, attest, at)
    if given is not None and done:
        return redirect("system-drift", slug=slug)
    page = {
        "system": system,
        "changed": changed_rules(system=system, at=at),
        "rules": rules_in_force(system=system, at=at),
        "features": drifting_features(system=system),
        "use": moved_use(system=system, at=at),
        "coverage": coverage_of(systems=[system], at=at)[0],
        "pauses": pauses_of(system_id=system.pk, at=at)[:20],
        "attest": attest,
        "pause": pause,
        "may_attest": _may(request, system, "rules.attest", at),
        "may_pause": _may(request, system, "pause.set", at),
        "at": at,
    }
    status = 400 if attest.errors or pause.errors else 200
    return render(request, "governance/coverage/drift.html", page, status=status)


def _attest(request: HttpRequest, system: System, form: AttestForm, at: datetime) -> bool:
    if request.method != "POST" or not form.is_valid():
        return False
    actor = person_actor(request, signed_in(request))
    try:
        attest_rules(system_id=system.pk, actor=actor, at=at, **form.cleaned_data)
    except (Conflict, Invalid) as refusal:
        tell(form, refusal)
        return False
    messages.success(request, _("Attested: from now on a change of these rules is told as drift."))
    return True


def _pause(request: HttpRequest, system: System, form: PauseForm, at: datetime) -> bool:
    if not form.is_valid():
        return False
    actor = person_actor(request, signed_in(request))
    try:
        set_pause(system_id=system.pk, actor=actor, at=at, **form.cleaned_data)
    except Invalid as refusal:
        tell(form, refusal)
        return False
    messages.success(request, _("Announced: its silence is no breach until the end."))
    return True


def _may(request: HttpRequest, system: System, act: str, at: datetime) -> bool:
    actor = person_actor(request, signed_in(request))
    return refusal_for_system(act=act, system=system, actor=actor, at=at) is None
