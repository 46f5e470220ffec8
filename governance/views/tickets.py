"""The small form on the page of an incident that asks another system for a ticket."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.selectors.pages.visibility import incident_of_number
from governance.views.forms import acting
from incidents.services.tickets import open_incident_ticket
from outbox import clock
from registry.access import signed_in


@login_required
@require_POST
def open_ticket(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the system that was chosen, and go back to the incident."""
    at = clock.now()
    incident = incident_of_number(number=number, user=signed_in(request), at=at)
    open_incident_ticket(
        incident_id=incident.pk,
        system=request.POST.get("system", "").replace("\0", "")[:70],
        actor=acting(request),
        at=at,
    )
    messages.success(request, _("Asked for a ticket; its answer appears here."))
    return redirect("incident", number=number)
