"""Pages: how a system's telemetry comes in, which metric is which KPI, what became nothing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.doors import DoorForm, EndMappingForm, MappingForm
from governance.models import MetricMapping, OtlpDoor
from governance.selectors.doors import (
    alerts_of,
    arrivals_of,
    decisions_of,
    mappings_of,
    otlp_door_of,
    service_names_of,
)
from governance.services.doors import ACT, end_mapping, map_metric, set_otlp_door
from ledger.rules.refusals import Conflict, Invalid, Missing
from outbox import clock
from registry.access import person_actor, signed_in, visible_system
from registry.access.pages import system_to_act_on
from registry.forms.profile import tell
from registry.models import System
from registry.selectors.permits import refusal_for_system
from telemetry.selectors.doors import doors_of, refuses


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def telemetry(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how to send, what is mapped and what came; state a mapping or how spans are read."""
    user, at = signed_in(request), clock.now()
    if request.method != "POST":
        system = visible_system(request, slug, at)
        return _page(request, system, _door_form(system), MappingForm(), at)
    system, actor = system_to_act_on(request, slug, act=ACT, at=at), person_actor(request, user)
    if request.POST.get("what") == "door":
        door = DoorForm(request.POST)
        done = door.is_valid() and _try(door, lambda: _set(door, system, actor, at))
        if not done:
            return _page(request, system, door, MappingForm(), at)
        messages.success(request, _("Said: telemetry is read like this from now on."))
    else:
        mapping = MappingForm(request.POST)
        done = mapping.is_valid() and _try(
            mapping,
            lambda: map_metric(system=system, given=mapping.mapped(), actor=actor, at=at),
        )
        if not done:
            return _page(request, system, _door_form(system), mapping, at)
        messages.success(request, _("Mapped: its points become readings from now on."))
    return redirect("system-telemetry", slug=slug)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, slug: str, mapping_id: UUID) -> HttpResponse:
    """End a mapping, with the reason."""
    user, at = signed_in(request), clock.now()
    system = system_to_act_on(request, slug, act=ACT, at=at)
    rows = MetricMapping.objects.filter(pk=mapping_id, system=system, ended_at=None)
    row = rows.select_related("kpi").first()
    if row is None:
        raise Missing("unknown_mapping", "There is no such mapping, or it has ended.")
    form, actor = EndMappingForm(request.POST or None), person_actor(request, user)
    if request.method == "POST" and form.is_valid():
        ended = _try(
            form,
            lambda: end_mapping(
                system=system,
                mapping_id=mapping_id,
                reason=form.cleaned_data["reason"],
                actor=actor,
                at=at,
            ),
        )
        if ended:
            messages.success(request, _("Ended; what came by it stays."))
            return redirect("system-telemetry", slug=slug)
    context = {"system": system, "row": row, "form": form, "at": at}
    status = 400 if form.errors else 200
    return render(request, "governance/telemetry/end.html", context, status=status)


def _set(form: DoorForm, system: System, actor: Any, at: Any) -> None:
    set_otlp_door(
        system=system,
        decisions=form.cleaned_data["decisions"],
        service_names=form.names(),
        expected_version=form.cleaned_data["version"],
        actor=actor,
        at=at,
    )


def _try(form: forms.Form, call: Callable[[], Any]) -> bool:
    """Call a service; tell on the form what it says is wrong there."""
    try:
        call()
    except (Invalid, Conflict) as refusal:
        tell(form, refusal)
        return False
    return True


def _door_form(system: System) -> DoorForm:
    door = otlp_door_of(system=system)
    return DoorForm(
        initial={
            "version": door.version if door else 0,
            "decisions": door.decisions if door else OtlpDoor.Decisions.BY_KIND,
            "service_names": "\n".join(service_names_of(system=system)),
        }
    )


def _page(
    request: HttpRequest, system: System, door: DoorForm, mapping: MappingForm, at: Any
) -> HttpResponse:
    stated, actor = otlp_door_of(system=system), person_actor(request, signed_in(request))
    in_force = decisions_of(stated.decisions if stated else "", system.kind)
    context = {
        "system": system,
        "door": door,
        "mapping": mapping,
        "stated": stated,
        "decisions": OtlpDoor.Decisions(in_force).label,
        "names": service_names_of(system=system),
        "mappings": mappings_of(system=system),
        "arrivals": arrivals_of(system=system),
        "alerts": alerts_of(system=system),
        "doors": [(one, refuses(one)) for one in doors_of(System.objects.filter(pk=system.pk))],
        "refusal": refusal_for_system(act=ACT, system=system, actor=actor, at=at),
        "addresses": {
            "otlp": settings.PUBLIC_URL.rstrip("/")
            + reverse("api-otlp-traces")[: -len("/v1/traces")],
            "alerts": settings.PUBLIC_URL.rstrip("/") + reverse("api-alerts"),
        },
        "at": at,
    }
    failed = door.errors or mapping.errors
    return render(
        request, "governance/telemetry/telemetry.html", context, status=400 if failed else 200
    )
