"""Where a system is asked what it is doing, beside its gateway's word."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.probes import ProbeForm
from governance.views.forms import acting, note, put_on_form, tell
from incidents.models import ProbeEndpoint
from incidents.selectors.probes import probes_of
from incidents.services.probe_endpoints import ACT, set_probe
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox import clock
from registry.access import visible_system
from registry.selectors.permits import refusal_for_system

USUAL = {"environment": "production", "every_seconds": 60, "active": True}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def probe(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the probes of a system with what they said last; set one."""
    at = clock.now()
    system = visible_system(request, slug, at)
    probes = list(probes_of(system))
    form = ProbeForm(request.POST or None, initial=_initial(request, probes))
    if request.method == "POST" and form.is_valid():
        try:
            set_probe(
                system_id=system.pk,
                wanted=form.wanted(),
                expected_version=form.cleaned_data["version"],
                actor=acting(request),
                at=at,
            )
        except (Invalid, Conflict, Forbidden) as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            tell(
                request, _("The probe is set; it is asked as soon as there is something to learn.")
            )
            return redirect("system-probe", slug=slug)
    refusal = refusal_for_system(act=ACT, system=system, actor=acting(request), at=at)
    context = {"system": system, "probes": probes, "form": form, "refusal": refusal}
    status = 400 if request.method == "POST" else 200
    return render(request, "governance/probe.html", context, status=status)


def _initial(request: HttpRequest, probes: list[ProbeEndpoint]) -> dict[str, object]:
    """The probe that is named in the address, else the first, else the usual values."""
    asked = request.GET.get("environment", "")
    found = [one for one in probes if one.environment == asked] or probes[:1]
    if not found or asked == "new":
        return dict(USUAL)
    names = ("environment", "url", "every_seconds", "active", "version")
    return {name: getattr(found[0], name) for name in names}
