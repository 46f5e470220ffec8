"""The small form of a privileged note on the page of an incident."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.selectors.pages.visibility import incident_of_number
from governance.views.forms import acting, tell
from incidents.services.notes import write_note
from outbox import clock
from registry.access import signed_in


@login_required
@require_POST
def write(request: HttpRequest, number: str) -> HttpResponse:
    """Write a privileged note, and go back to the incident."""
    at = clock.now()
    incident = incident_of_number(number=number, user=signed_in(request), at=at)
    note = write_note(
        incident_id=incident.pk, text=request.POST.get("text", ""), actor=acting(request), at=at
    )
    words = _("The privileged note is kept; compliance and you can read it.")
    tell(request, words, note.entry_number)
    return redirect("incident", number=number)
