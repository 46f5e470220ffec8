"""The page on which anybody reports what they saw of a system (T01, reported; INC-1)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.reports import ReportForm
from governance.services.reports_by_hand import report_incident
from governance.views.forms import acting, note, put_on_form, tell
from ledger.rules.refusals import Conflict, Invalid
from outbox import clock
from registry.access import signed_in, visible_system
from registry.selectors.systems import systems_visible_to


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Ask what was seen, and open an incident of it."""
    reader, at = signed_in(request), clock.now()
    systems = list(
        systems_visible_to(user=reader, at=at).exclude(lifecycle="retired").order_by("name")
    )
    asked = {"system": request.GET.get("system", "")}
    form = ReportForm(request.POST or None, systems=systems, initial=asked)
    if request.method == "POST" and form.is_valid():
        system = visible_system(request, form.cleaned_data["system"], at)
        try:
            incident = report_incident(
                system_id=system.pk, **form.report(), actor=acting(request), at=at
            )
        except (Invalid, Conflict) as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            tell(request, _("Reported as %s. Its owner has been told.") % incident.number)
            return redirect("incident", number=incident.number)
    status = 400 if form.errors else 200
    context = {"form": form, "systems": systems}
    return render(request, "governance/report.html", context, status=status)
