"""Pages of fire drills: the list, a new one, one with its report."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.on_call import DrillForm, LessonsForm
from governance.rules.drills import FACTORS
from governance.selectors.drills import drills_of, report_of, visible_drill
from governance.services.drills import end_drill, start_drill
from governance.views.forms import acting, note, put_on_form, tell
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from outbox import clock
from registry.access import signed_in, visible_system, visible_systems
from registry.selectors.permits import refusal_for_system
from registry.selectors.systems import systems_visible_to

MOST_SHOWN = 100
# What an address may fill in beforehand.
PREFILLED = ("system", "severity", "factor", "purpose")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def drills(request: HttpRequest) -> HttpResponse:
    """Show the drills on the reader's systems, and start one."""
    reader, at = signed_in(request), clock.now()
    visible = systems_visible_to(user=reader, at=at)
    systems = list(visible.select_related("unit", "owner", "deputy").order_by("name"))
    given_before = {name: request.GET[name] for name in PREFILLED if name in request.GET}
    form = DrillForm(request.POST or None, systems=systems, initial=given_before)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            drill = start_drill(
                system_id=visible_system(request, given["system"], at).pk,
                severity=given["severity"],
                factor=given["factor"],
                purpose=given["purpose"],
                actor=acting(request),
                at=at,
            )
        except (Invalid, Conflict, Forbidden) as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            tell(request, _("The drill runs; everybody who is told reads DRILL."))
            return redirect("drill", drill_id=drill.pk)
    rows = list(drills_of(visible=visible)[: MOST_SHOWN + 1])
    context = {
        "rows": rows[:MOST_SHOWN],
        "more": len(rows) > MOST_SHOWN,
        "form": form,
        "systems": systems,
        "at": at,
    }
    return render(
        request, "governance/drills/list.html", context, status=400 if form.errors else 200
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def drill(request: HttpRequest, drill_id: UUID) -> HttpResponse:
    """Show a drill with its report as it stands, and end it."""
    at = clock.now()
    found = visible_drill(drill_id=drill_id, visible=visible_systems(request, at))
    form = LessonsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            end_drill(
                drill_id=drill_id,
                lessons=form.cleaned_data["lessons"],
                actor=acting(request),
                at=at,
            )
        except Invalid as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            tell(request, _("The drill is over; its report is kept."))
            return redirect("drill", drill_id=drill_id)
    refusal = refusal_for_system(act="drill.run", system=found.system, actor=acting(request), at=at)
    context = {
        "drill": found,
        "incident": found.incident,
        "report": report_of(drill=found, at=at),
        "runs": found.state == "running",
        "factor": FACTORS.get(found.factor, ""),
        "may_end": found.state == "running" and refusal is None,
        "form": form,
        "at": at,
    }
    return render(
        request, "governance/drills/one.html", context, status=400 if form.errors else 200
    )
