"""The page where an organisation's own KPI is switched off, or on again."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.selectors.kpi_uses import resting_thresholds, uses_of
from governance.services.kpi_switch import LONGEST, switch_kpi
from ledger.rules.refusals import Missing, Refused
from outbox import clock
from registry.access import person_actor, signed_in, visible_systems
from registry.rules.permits import PERMITS, in_words
from registry.views.refused import take
from telemetry.selectors.catalogue import kpi_seen, units_of_reader
from telemetry.services.own_kpis import may_in_unit


class SwitchForm(forms.Form):
    """Why a KPI is switched."""

    reason = forms.CharField(
        label=gettext_lazy("Because"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Goes on record with your name."),
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def switch(request: HttpRequest, kpi_id: str) -> HttpResponse:
    """Show what relies on a KPI; switch it off where nothing does, or on again."""
    at = clock.now()
    systems, reader = visible_systems(request, at), signed_in(request)
    kpi = kpi_seen(kpi_id, units=units_of_reader(systems=systems, user=reader, at=at))
    if not kpi.own:
        raise Missing("shipped_kpi", "A shipped KPI is not switched off: leave it off scorecards.")
    actor = person_actor(request, reader)
    form = SwitchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            switched = switch_kpi(
                kpi_id=kpi.pk,
                off=not kpi.off,
                reason=form.cleaned_data["reason"],
                systems=systems,
                actor=actor,
                at=at,
            )
        except Refused as refusal:
            take(form, refusal, request)
        else:
            said = _("Switched off.") if switched.off else _("Switched on.")
            messages.success(request, said)
            return redirect("kpi-definition", kpi_id=kpi.pk)
    context = {
        "kpi": kpi,
        "form": form,
        "uses": [] if kpi.off else uses_of(kpi=kpi, systems=systems),
        "thresholds": resting_thresholds(kpi=kpi, systems=systems),
        "may": may_in_unit(act="kpi.approve", unit_id=kpi.of_unit_id, actor=actor, at=at),
        "who_can": in_words(PERMITS["kpi.approve"].roles),
        "at": at,
    }
    status = 400 if form.errors else 200
    return render(request, "governance/kpi/switch.html", context, status=status)


urlpatterns: list[URLPattern] = [path("kpis/<slug:kpi_id>/switch/", switch, name="kpi-switch")]
