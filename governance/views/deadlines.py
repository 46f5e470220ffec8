"""Why each deadline of an incident is when it is; recalculated by another calendar on request."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from governance.forms.on_call import WhyForm
from governance.rules.deadline_words import stage_words
from governance.selectors.deadlines import explain, has_ended
from governance.selectors.pages.told_steps import told_steps
from governance.selectors.pages.visibility import incident_of_number
from governance.services.acknowledgements import acknowledge_step
from governance.services.recalculations import preview, recalculate_deadlines
from governance.views.forms import acting, note, put_on_form, tell
from ledger.rules.refusals import Invalid
from outbox import clock
from registry.access import signed_in
from registry.selectors.permits import refusal_for_system


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def deadlines(request: HttpRequest, number: str) -> HttpResponse:
    """Explain the deadlines; count them anew by the calendar of now, with a reason."""
    reader, at = signed_in(request), clock.now()
    incident = incident_of_number(number=number, user=reader, at=at)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            moved = recalculate_deadlines(
                incident_id=incident.pk,
                reason=form.cleaned_data["reason"],
                actor=acting(request),
                at=at,
            )
        except Invalid as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            tell(request, _("Counted anew: %(count)s deadlines moved.") % {"count": len(moved)})
            return redirect("incident-deadlines", number=number)
    refusal = refusal_for_system(
        act="deadlines.recalculate", system=incident.system, actor=acting(request), at=at
    )
    moving = preview(incident=incident) if refusal is None else None
    context = {
        "incident": incident,
        "found": explain(incident=incident, zone=reader.zone, at=at),
        "told": told_steps(incident=incident, reader_id=reader.pk, at=at),
        "ended": has_ended(incident),
        "moving": [(stage_words(one.stage), one) for one in moving] if moving is not None else None,
        "calendar": incident.unit.calendar,
        "form": form,
        "at": at,
    }
    status = 400 if form.errors else 200
    return render(request, "governance/deadlines.html", context, status=status)


@login_required
@require_POST
def taken(request: HttpRequest, number: str) -> HttpResponse:
    """Take the reader's word that they have a step: reminders stop, no deadline does."""
    at = clock.now()
    incident = incident_of_number(number=number, user=signed_in(request), at=at)
    step = request.POST.get("step", "")
    acknowledge_step(
        incident_id=incident.pk,
        rule=request.POST.get("rule", "")[:40],
        step=int(step) if step.isascii() and step.isdecimal() and len(step) < 6 else -1,
        actor=acting(request),
        at=at,
    )
    tell(request, _("You have it: reminders of this step no longer come to you."))
    return redirect("incident-deadlines", number=number)
