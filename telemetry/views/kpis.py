"""Pages of the catalogue: the list, one KPI, an own one drafted and decided on."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ledger.rules.refusals import Forbidden, Missing, Refused
from ledger.rules.worded import worded
from outbox import clock
from registry.access import person_actor, signed_in, visible_systems
from registry.models import Unit
from registry.rules.permits import PERMITS, in_words
from registry.views.refused import take
from telemetry.forms.kpis import BETTER, OWNER_ROLES, DecideForm, KpiForm, NewKpiForm, as_typed
from telemetry.models import Kpi, Perspective
from telemetry.models.kpis import Defined
from telemetry.rules.band_words import in_words as band_words
from telemetry.rules.band_words import sampled
from telemetry.selectors.catalogue import (
    Asked,
    definition_seen,
    definitions_of,
    drafts_seen,
    kinds_in_words,
    kpi_seen,
    kpi_shown,
    kpis_seen,
    measured_in,
    page_of,
    units_of_reader,
)
from telemetry.selectors.kpi_rights import may, units_where
from telemetry.services.own_kpis import approve_kpi, decline_kpi, draft_kpi, may_in_unit

SHOWN = 50


@login_required
@never_cache
@require_GET
def kpis(request: HttpRequest) -> HttpResponse:
    """Show the catalogue, a page at a time."""
    at = clock.now()
    units = _units(request, at)
    asked = Asked.of(request.GET)
    rows, after = page_of(kpis_seen(units=units), asked)
    context = {
        "asked": asked,
        "rows": rows,
        "categories": Kpi.Category.choices,
        "perspectives": Perspective.choices,
        "drafts": drafts_seen(units=units)[:SHOWN],
        "may_draft": bool(_draftable(request, units, at)),
        "pages": {
            "shown": len(rows),
            "older_word": _("Further"),
            "older_url": f"?{urlencode(asked.query | {'after': after})}" if after else "",
            "newer_word": _("From the start"),
            "newer_url": f"?{urlencode(asked.query)}" if asked.after else "",
        },
        "at": at,
    }
    return render(request, "telemetry/kpis/list.html", context)


@login_required
@never_cache
@require_GET
def definition(request: HttpRequest, kpi_id: str) -> HttpResponse:
    """Show what a KPI means, what it proposes, and the definitions that it had."""
    at = clock.now()
    systems = visible_systems(request, at)
    me = signed_in(request)
    units = units_of_reader(systems=systems, user=me, at=at)
    found: Any = kpi_shown(kpi_id, units=units, person=me.pk, at=at)
    context = {
        "kpi": found,
        # Its counter-metric has a line of its own there, with a link.
        "facts": _facts(found)[: -1 if found.counter_metric_id else None],
        "bands": _bands(found),
        "guards": [Kpi(id=one["pk"], name=one["name"]) for one in found.guards],
        "kinds": kinds_in_words(found.kinds),
        "systems": measured_in(found, systems=systems)[:SHOWN],
        "definitions": definitions_of(found.pk)[:SHOWN],
        "may_change": found.own and may("kpi.draft", found),
        "may_switch": found.own and may("kpi.approve", found),
        "at": at,
    }
    return render(request, "telemetry/kpis/definition.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Draft a KPI of one's own."""
    at = clock.now()
    units = _units(request, at)
    mine = _draftable(request, units, at)
    if not mine:
        raise _not_yours()
    form = NewKpiForm(request.POST or None, kpis=_choices(units), units=mine)
    if request.method == "POST" and form.is_valid():
        key, unit = form.cleaned_data["id"], UUID(form.cleaned_data["of_unit"])
        made = _drafted(request, form, key, unit, at)
        if made is not None:
            return made
    context = {"form": form, "kpi": None, "at": at}
    return render(request, "telemetry/kpis/draft.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, kpi_id: str) -> HttpResponse:
    """Draft the next definition of an own KPI, from the one in force."""
    at = clock.now()
    units = _units(request, at)
    found = kpi_seen(kpi_id, units=units)
    if found.of_unit_id is None:
        raise Missing("shipped_kpi", "A shipped KPI is not redefined: draft one of your own.")
    if not _may(request, "kpi.draft", found.of_unit_id, at):
        raise _not_yours()
    choices = [one for one in _choices(units) if one.pk != found.pk]
    form = KpiForm(request.POST or None, kpis=choices, initial=as_typed(found))
    if request.method == "POST" and form.is_valid():
        made = _drafted(request, form, found.pk, found.of_unit_id, at)
        if made is not None:
            return made
    context = {"form": form, "kpi": found, "at": at}
    return render(request, "telemetry/kpis/draft.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, definition_id: UUID) -> HttpResponse:
    """Show a definition; approve or decline it while it waits."""
    at = clock.now()
    found = definition_seen(definition_id, units=_units(request, at))
    form = DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _decided(request, found.pk, form, at)
        if made is not None:
            return made
    own = found.author_id == signed_in(request).pk
    allowed = _may(request, "kpi.approve", found.of_unit_id, at)
    context = {
        "draft": found,
        "facts": _facts(found),
        "bands": _bands(found),
        "waits": found.state == found.State.DRAFT,
        "own": own,
        "may_approve": allowed and not own,
        "may_decline": allowed or own,
        "who_can": in_words(PERMITS["kpi.approve"].roles),
        "form": form,
        "at": at,
    }
    return render(
        request, "telemetry/kpis/decide.html", context, status=400 if form.errors else 200
    )


def _units(request: HttpRequest, at: datetime) -> set[UUID]:
    systems = visible_systems(request, at)
    return units_of_reader(systems=systems, user=signed_in(request), at=at)


def _draftable(request: HttpRequest, units: set[UUID], at: datetime) -> list[Unit]:
    """Return the units for which the reader may draft a KPI, by name."""
    return units_where(act="kpi.draft", units=units, person=signed_in(request).pk, at=at)


def _may(request: HttpRequest, act: str, unit_id: UUID | None, at: datetime) -> bool:
    actor = person_actor(request, signed_in(request))
    return may_in_unit(act=act, unit_id=unit_id, actor=actor, at=at)


def _not_yours() -> Forbidden:
    who = in_words(PERMITS["kpi.draft"].roles)
    return Forbidden(
        "role_missing", worded("You cannot define a KPI: that takes {who}.", who=who), who_can=[who]
    )


def _choices(units: set[UUID]) -> list[Kpi]:
    return list(kpis_seen(units=units).only("pk", "name").order_by("name"))


def _drafted(
    request: HttpRequest, form: KpiForm, key: str, unit_id: UUID, at: datetime
) -> HttpResponse | None:
    try:
        draft = draft_kpi(
            key=key,
            unit_id=unit_id,
            meaning=form.meaning(),
            reason=form.cleaned_data["reason"],
            actor=person_actor(request, signed_in(request)),
            at=at,
        )
    except Refused as refusal:
        if "bands" in refusal.fields:
            refusal.fields["warning"] = refusal.fields.pop("bands")
        take(form, refusal, request)
        return None
    messages.success(request, _("Drafted. Another person approves it before it is measured."))
    return redirect("kpi-draft", definition_id=draft.pk)


def _decided(
    request: HttpRequest, definition_id: UUID, form: DecideForm, at: datetime
) -> HttpResponse | None:
    actor, note = person_actor(request, signed_in(request)), form.cleaned_data["note"]
    try:
        if request.POST.get("act") == "approve":
            kpi = approve_kpi(definition_id=definition_id, note=note, actor=actor, at=at)
            messages.success(request, _("In force: readings of it are taken in from now on."))
            return redirect("kpi-definition", kpi_id=kpi.pk)
        decline_kpi(definition_id=definition_id, note=note, actor=actor, at=at)
    except Refused as refusal:
        take(form, refusal, request)
        return None
    messages.success(request, _("Put aside, with the reason."))
    return redirect("kpi-draft", definition_id=definition_id)


def _facts(kpi: Any) -> list[dict[str, Any]]:
    """Return what a definition says, as label and value."""
    counter = kpi.counter_metric
    facts = [
        (_("Measured in"), kpi.measured_in),
        (_("How to read it"), BETTER.get(kpi.better, kpi.better)),
        (_("Formula"), kpi.formula),
        (_("Window"), kpi.looked_at),
        (_("A value is expected"), _cadence(kpi.cadence_seconds)),
        (_("Timing"), kpi.timed),
        (_("Who usually answers for it"), OWNER_ROLES.get(kpi.owner_role, kpi.owner_role)),
        (_("Counter-metric"), counter.called if counter else _("none")),
    ]
    found = [{"label": label, "value": value} for label, value in facts]
    found[-1]["note"] = kpi.counter_says
    return found


def _cadence(seconds: int) -> str:
    days, hours = seconds // 86_400, seconds // 3600
    if seconds % 86_400 == 0:
        return _("every day") if days == 1 else _("every %(days)s days") % {"days": days}
    if seconds % 3600 == 0:
        return _("every hour") if hours == 1 else _("every %(hours)s hours") % {"hours": hours}
    return _("every %(minutes)s minutes") % {"minutes": max(seconds // 60, 1)}


def _bands(kpi: Defined) -> list[dict[str, Any]]:
    return [
        {
            "profile": band["profile"],
            "variant": band.get("variant", ""),
            "words": band_words(band, share=kpi.unit == "ratio"),
            "least_n": band["least_n"],
            "per": sampled(band),
            "positive": band.get("least_positive"),
            "bound": band.get("judged_by") == "lower_bound",
        }
        for band in kpi.bands
    ]


urlpatterns = [
    path("kpis/", kpis, name="kpis"),
    path("kpis/new/", new, name="kpi-new"),
    path("kpis/drafts/<uuid:definition_id>/", decide, name="kpi-draft"),
    path("kpis/<slug:kpi_id>/", definition, name="kpi-definition"),
    path("kpis/<slug:kpi_id>/change/", change, name="kpi-change"),
]
