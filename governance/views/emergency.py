"""The page that stops a system at once, and what was stopped before."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.containment import StopForm
from governance.selectors.emergencies import containments_of, environments_of, why_not_stop
from governance.services.emergency import stop_system
from governance.views.forms import PASSWORD, acting, asks_password, note, proof, put_on_form, tell
from ledger.rules.refusals import Conflict, Invalid, Refused
from outbox import clock
from registry.access import signed_in, visible_system
from registry.models import System

MOST = 50
MENDED_HERE = ("password_wrong", "code_wrong", "passkey_wrong", "reauthentication_needed")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what is stopped of a system, and stop it at once."""
    at, reader = clock.now(), signed_in(request)
    system = visible_system(request, slug, at)
    refusal = why_not_stop(system=system, user=reader, at=at)
    form = StopForm(request.POST or None, environments=environments_of(system=system))
    context: dict[str, Any] = {"system": system, "form": form, "refusal": refusal}
    if request.method == "POST" and refusal is not None:
        raise refusal
    if request.method == "POST" and form.is_valid():
        try:
            return _stop(request, system, form)
        except Refused as refused:
            if refused.code not in MENDED_HERE and not isinstance(refused, Invalid | Conflict):
                raise
            note(refused, request)
            context["password_error"] = put_on_form(form, refused)
    context |= {
        "rows": containments_of(system=system)[:MOST],
        "ask_password": bool(request.POST.get(PASSWORD)) or asks_password(request, at=at),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "governance/emergency/stop.html", context, status=status)


def _stop(request: HttpRequest, system: System, form: StopForm) -> HttpResponse:
    typed = form.cleaned_data
    result = stop_system(
        system_id=system.pk,
        kind=typed["kind"],
        scope=typed["scope"],
        environment=typed["environment"],
        reason=typed["reason"],
        ceremony=proof(request),
        actor=acting(request),
        at=clock.now(),
    )
    words = _("It is done. The committee is to ratify it; it stays so until a decision lifts it.")
    tell(request, words, result.transition.entry_number)
    return redirect("incident", number=result.incident.number)
