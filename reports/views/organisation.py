"""Pages of the organisation's archive: asked for, watched; handed out by none."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outbox import clock
from registry.access import actor_of
from reports.forms import ReasonForm
from reports.selectors.organisation import organisation_exports
from reports.services.organisation.requesting import request_export, require_exporter


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """Show the archives, and take the request for another one."""
    actor, at = actor_of(request), clock.now()
    require_exporter(actor, at)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        request_export(reason=form.cleaned_data["reason"], actor=actor, at=at)
        messages.success(request, _("Asked for: a worker writes it."))
        return redirect("organisation-exports")
    rows = list(organisation_exports())
    current = next((one for one in rows if one.state in ("queued", "writing")), None)
    context = {
        "exports": rows,
        "under_way": current is not None,
        "progress": {
            "title": (current.step or _("Waiting for a worker")) if current else "",
            "share": current.progress if current else 0,
            "state": "running",
            "text": _("You can leave this page and come back."),
        },
        "form": form,
        "at": at,
    }
    code = 400 if form.errors else 200
    return render(request, "reports/organisation/exports.html", context, status=code)
