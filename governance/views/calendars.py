"""Pages of working calendars: what is coming, a country's holidays, a day by hand."""

from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from governance.forms.calendars import DayForm, PlaceForm
from governance.views.forms import acting, note, put_on_form, tell
from incidents.selectors.holidays import calendars_kept
from incidents.services.holidays import YEARS_AHEAD, choose_holidays, set_day
from ledger.rules.refusals import Forbidden, Invalid, Missing
from outbox import clock
from registry.selectors.calendar_permits import refusal_for_calendar

FORMS: dict[str, type[forms.Form]] = {"place": PlaceForm, "day": DayForm}


@login_required
@never_cache
@require_GET
def calendars(request: HttpRequest) -> HttpResponse:
    """Show every calendar with its units and the next days off."""
    at = clock.now()
    context = {"kept": calendars_kept(today=at.date()), "at": at}
    return render(request, "governance/calendars/list.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest, name: str) -> HttpResponse:
    """Show what is coming in a calendar; take in a country's holidays, enter a day by hand."""
    at = clock.now()
    found = next(
        (one for one in calendars_kept(today=at.date()) if one.calendar.name == name), None
    )
    if found is None:
        raise Missing("unknown_calendar", "There is no such calendar.")
    act, status = request.POST.get("act", ""), 400 if request.method == "POST" else 200
    typed = {key: form(request.POST if key == act else None) for key, form in FORMS.items()}
    if request.method == "POST" and act in typed and typed[act].is_valid():
        try:
            told = _carry_out(request, found.calendar.pk, act, typed[act])
        except (Invalid, Forbidden) as refused:
            status = refused.status
            note(refused, request)
            put_on_form(typed[act], refused)
        else:
            tell(request, told)
            return redirect("calendar", name=name)
    refusal = refusal_for_calendar(
        name=name, key=str(found.calendar.pk), actor=acting(request), at=at
    )
    context = {"found": found, "years": YEARS_AHEAD, "refusal": refusal, "at": at}
    context |= {f"{key}_form": form for key, form in typed.items()}
    return render(request, "governance/calendars/one.html", context, status=status)


def _carry_out(request: HttpRequest, calendar_id: UUID, act: str, form: forms.Form) -> str:
    actor, at = acting(request), clock.now()
    if isinstance(form, DayForm):
        made = set_day(
            calendar_id=calendar_id,
            day=form.cleaned_data["day"],
            intervals=form.intervals(),
            reason=form.cleaned_data["reason"],
            actor=actor,
            at=at,
        )
        return _("It holds in version %s; deadlines that run keep theirs.") % made.version
    row = choose_holidays(calendar_id=calendar_id, **form.cleaned_data, actor=actor, at=at)
    return _("The public holidays of %(place)s are entered through %(year)s.") % {
        "place": row.place,
        "year": row.through_year,
    }
