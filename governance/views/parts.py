"""Who may do what on an incident and why not; 'ask them'; releases of privileged notes."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from governance.selectors.pages.visibility import incident_of_number
from governance.selectors.staffing import staffing
from governance.views.forms import acting, tell
from incidents.models import Incident
from incidents.selectors.families import family_seen
from incidents.selectors.parts import parts_of_incident
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.asks import ask_who_can
from incidents.services.releases import agree_release, ask_release
from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import signed_in


@login_required
@never_cache
@require_GET
def parts(request: HttpRequest, number: str) -> HttpResponse:
    """Show every person at every step of the present state, who did what, and the matrix."""
    reader, at = signed_in(request), clock.now()
    incident = incident_of_number(number=number, user=reader, at=at)
    found = parts_of_incident(incident=incident, at=at)
    context = {
        "incident": incident,
        "found": found,
        "mine": {cell.command.name for step in found.steps for cell in step.able
                 if cell.person.pk == reader.pk},
        "staffing": staffing(system=incident.system, at=at),
        "family": family_seen(incident, incidents_visible_to(user=reader, at=at)),
    }  # fmt: skip
    return render(request, "governance/incident/parts.html", context)


@login_required
@require_POST
def ask(request: HttpRequest, number: str, command: str) -> HttpResponse:
    """Ask those who can, and go back to the page of parts, or of the case."""
    people = ask_who_can(
        incident_id=_incident(request, number).pk,
        command=command,
        actor=acting(request),
        at=clock.now(),
    )
    names = ", ".join(one.name for one in people)
    tell(request, _("Asked: %(names)s. They get one notice.") % {"names": names})
    back = "incident" if "case" in request.POST else "incident-parts"
    return redirect(back, number=number)


@login_required
@require_POST
def release(request: HttpRequest, number: str, note_id: UUID) -> HttpResponse:
    """Ask for the release of a privileged note, or agree to it, and go back to the incident."""
    incident, at = _incident(request, number), clock.now()
    if not incident.privileged_notes.filter(pk=note_id).exists():
        raise Missing("unknown_note", "There is no such note that you may see.")
    if "agree" in request.POST:
        row = agree_release(note_id=note_id, actor=acting(request), at=at)
        tell(request, _("Released: packs may hold what it says."), row.entry_number)
    else:
        row = ask_release(
            note_id=note_id,
            recipient=request.POST.get("recipient", ""),
            reason=request.POST.get("reason", ""),
            actor=acting(request),
            at=at,
        )
        tell(request, _("Asked for: a compliance or risk officer agrees."), row.entry_number)
    return redirect("incident", number=number)


def _incident(request: HttpRequest, number: str) -> Incident:
    return incident_of_number(number=number, user=signed_in(request), at=clock.now())
