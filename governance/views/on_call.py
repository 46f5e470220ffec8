"""Pages of the rota, and of a call that is answered."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from governance.forms.on_call import RotaForm, ShiftForm, WhyForm
from governance.selectors.pages.on_call import call_of, unit_page, units_page
from governance.services.on_call import end_shift, enter_shift, keep_rota
from governance.services.paging import answer_call, is_answered
from governance.views.forms import acting, note, put_on_form, tell
from ledger.rules.refusals import Conflict, Invalid, Refused
from outbox import clock
from registry.access import signed_in
from registry.selectors.people import people_near


@login_required
@never_cache
@require_GET
def rotas(request: HttpRequest) -> HttpResponse:
    """Show who is on call now for each unit that the reader reads."""
    context = units_page(user=signed_in(request), at=clock.now())
    return render(request, "governance/on_call/units.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def rota(request: HttpRequest, unit_id: UUID) -> HttpResponse:
    """Show the rota of a unit; enter a shift, take one back, set the calendar."""
    reader, at = signed_in(request), clock.now()
    context = unit_page(unit_id=unit_id, user=reader, actor=acting(request), at=at)
    known = {"zone": context["rota"].zone if context["rota"] else reader.zone}
    act = request.POST.get("act", "")
    data = request.POST if request.method == "POST" else None
    people = people_near(user=reader, at=at)
    shift = ShiftForm(data if act == "shift" else None, people=people, auto_id="shift_%s")
    calendar = RotaForm(data if act == "calendar" else None, initial=known, auto_id="rota_%s")
    back = WhyForm(data if act == "end" else None, auto_id="end_%s")
    given = {"shift": shift, "calendar": calendar, "end": back}
    if request.method == "POST":
        done = _carry_out(request, unit_id, act, given)
        if done is not None:
            return done
    context |= {"shift_form": shift, "rota_form": calendar, "end_form": back, "act": act}
    status = 400 if request.method == "POST" else 200
    return render(request, "governance/on_call/rota.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """Show a call; who was called says that they have it."""
    reader, at = signed_in(request), clock.now()
    found = call_of(call_id=call_id, user=reader, at=at)
    if request.method == "POST":
        answer_call(call_id=call_id, actor=acting(request), at=at)
        tell(request, _("You have it: you are not called again for this."))
        return redirect("call", call_id=call_id)
    context = {
        "call": found,
        "answered": is_answered(call=found),
        "mine": found.person_id == reader.pk,
        "at": at,
    }
    return render(request, "governance/on_call/call.html", context)


def _carry_out(
    request: HttpRequest, unit_id: UUID, act: str, given: dict[str, Any]
) -> HttpResponse | None:
    """Do what was asked and go back to the rota; None where the form says what is wrong."""
    acts: dict[str, Callable[[HttpRequest, UUID, Any], str]] = {
        "shift": _enter,
        "calendar": _keep,
        "end": _end,
    }
    if act not in acts:
        raise Invalid("unknown_act", _("There is no such step."))
    form: forms.Form = given[act]
    if not form.is_valid():
        return None
    try:
        words = acts[act](request, unit_id, form)
    except (Invalid, Conflict) as refused:
        _say(request, form, refused)
        return None
    tell(request, words)
    return redirect("on-call-rota", unit_id=unit_id)


def _say(request: HttpRequest, form: forms.Form, refused: Refused) -> None:
    note(refused, request)
    put_on_form(form, refused)


def _enter(request: HttpRequest, unit_id: UUID, form: Any) -> str:
    enter_shift(
        unit_id=unit_id,
        person_id=UUID(form.cleaned_data["person"]),
        from_at=form.cleaned_data["from_at"],
        until_at=form.cleaned_data["until_at"],
        actor=acting(request),
        at=clock.now(),
    )
    return _("The shift is entered.")


def _keep(request: HttpRequest, unit_id: UUID, form: Any) -> str:
    keep_rota(
        unit_id=unit_id,
        zone=form.cleaned_data["zone"],
        url=form.address(),
        actor=acting(request),
        at=clock.now(),
    )
    return _("The rota is kept; a calendar is read within a minute.")


def _end(request: HttpRequest, unit_id: UUID, form: Any) -> str:
    try:
        shift = UUID(request.POST.get("shift", ""))
    except ValueError:
        raise Invalid("unknown_shift", _("There is no such shift.")) from None
    end_shift(
        shift_id=shift, reason=form.cleaned_data["reason"], actor=acting(request), at=clock.now()
    )
    return _("The shift is taken back.")
