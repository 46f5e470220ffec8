"""Pages: thresholds of a system, drafted in plain words, approved beside their back-test."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from governance.forms.thresholds import ApproveForm, KpiChoice, ThresholdForm, initial_of
from governance.models import Threshold, ThresholdVersion
from governance.selectors.pages.kpi import series_of_id
from governance.selectors.pages.thresholds import (
    backtest_shown,
    measure_for,
    proposal_for,
    thresholds_page,
    version_page,
)
from governance.selectors.pair_proposals import pairs_for
from governance.selectors.thresholds import of_same_tier, visible_version
from governance.services.backtests import ask_backtest
from governance.services.threshold_baselines import over_approved
from governance.services.thresholds import approve_threshold, draft_threshold
from governance.services.tier_thresholds import TierDrafts, draft_for_tier
from governance.views.forms import note
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from outbox import clock
from registry.access import person_actor, signed_in, visible_system, visible_systems
from registry.access.pages import asked, system_to_act_on
from registry.forms.profile import tell
from registry.models import System
from registry.selectors.permits import refusal_for_system
from telemetry.models import Series
from telemetry.selectors.baselines import approved_baseline

SEEN = 10


@login_required
@require_GET
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the thresholds of a system, what waits for a second person, what came of each."""
    found, moment = asked(request, slug)
    may = moment.as_of is None and _may(request, found, "threshold.draft")
    series = list(_series(found))
    with moment.reading():
        page = thresholds_page(system=System.objects.get(pk=found.pk))
    page |= {"moment": moment, "began": found.registered_at, "may_draft": may}
    page |= {"choice": KpiChoice(series=series), "measured": bool(series), "at": moment.at}
    return render(request, "governance/thresholds/list.html", page)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Draft a version for somebody else to approve; the profile's bands are proposed."""
    at = clock.now()
    system = system_to_act_on(request, slug, act="threshold.draft", at=at)
    series = _chosen(request, system)
    proposed, origin = proposal_for(series=series, at=at)
    given = request.POST if request.method == "POST" else None
    place = Threshold(
        system=system,
        kpi_id=series.kpi_id,
        environment=series.environment,
        segment=series.segment,
    )
    others = of_same_tier(threshold=place, among=visible_systems(request, at))
    form = ThresholdForm(given, kpi=series.kpi, others=len(others), initial=initial_of(proposed))
    if given is not None and form.is_valid():
        try:
            version = _draft(request, series, form, at)
        except Invalid as refusal:
            tell(form, refusal)
        else:
            return redirect("system-threshold", slug=slug, version_id=version.pk)
    page = {"system": system, "series": series, "form": form, "origin": origin, "at": at}
    page |= {"baseline": approved_baseline(series, at), "pairs": pairs_for(series=series, at=at)}
    status = 400 if form.errors else 200
    return render(request, "governance/thresholds/new.html", page, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def version(request: HttpRequest, slug: str, version_id: UUID) -> HttpResponse:
    """Show a version beside its back-test, and approve it; never by its author."""
    at, user = clock.now(), signed_in(request)
    system = visible_system(request, slug, at)
    found = visible_version(version_id=version_id, visible=visible_systems(request, at))
    if found.threshold.system_id != system.pk:
        raise Missing("unknown_version", "There is no such version of a threshold.")
    form = ApproveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            approve_threshold(
                version_id=found.pk,
                reason=form.cleaned_data["reason"],
                actor=person_actor(request, user),
                at=at,
            )
        except (Conflict, Invalid, Forbidden) as refusal:
            note(refusal, request)
            tell(form, refusal)
        else:
            messages.success(request, _("In force: it judges every window that ends from now on."))
            return redirect("system-thresholds", slug=slug)
    page = version_page(version=found) | {"form": form, "at": at}
    page |= {"own": found.author_id == user.pk, "may": _may(request, system, "threshold.approve")}
    status = 400 if form.errors else 200
    return render(request, "governance/thresholds/version.html", page, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def backtest(request: HttpRequest, slug: str, series_id: int) -> HttpResponse:
    """Try limits on the stored past of a KPI, and show what was tried."""
    at = clock.now()
    system = visible_system(request, slug, at)
    series = series_of_id(series_id=series_id, system=system)
    proposed, _origin = proposal_for(series=series, at=at)
    given = request.POST if request.method == "POST" else None
    form = ThresholdForm(given, kpi=series.kpi, trying=True, initial=initial_of(proposed))
    if given is not None:
        system_to_act_on(request, slug, act="threshold.draft", at=at)
        if form.is_valid() and _ask(request, series, form, at):
            return redirect("kpi-backtest", slug=slug, series_id=series_id)
    measure = measure_for(series.kpi)
    rows = system.backtests.filter(kpi_id=series.kpi_id, series_ids__contains=[series.pk])
    tried = [backtest_shown(one, measure) for one in rows.order_by("-asked_at")[:SEEN]]
    page = {"system": system, "series": series, "form": form, "tried": tried, "at": at}
    page |= {"may": _may(request, system, "threshold.draft")}
    status = 400 if form.errors else 200
    return render(request, "governance/thresholds/backtest.html", page, status=status)


@transaction.atomic
def _draft(
    request: HttpRequest, series: Series, form: ThresholdForm, at: datetime
) -> ThresholdVersion:
    """Draft what was typed, and where that was asked for the same for the rest of the tier."""
    stated, actor = form.stated(), person_actor(request, signed_in(request))
    version = draft_threshold(
        system_id=series.system_id,
        kpi_id=series.kpi_id,
        environment=series.environment,
        segment=series.segment,
        stated=stated,
        actor=actor,
        at=at,
    )
    messages.success(request, _("Drafted: a second person puts it in force."))
    if form.cleaned_data.get("for_tier"):
        among = visible_systems(request, at)
        found = draft_for_tier(like=version, stated=stated, among=among, actor=actor, at=at)
        _say_tier(request, found)
    return version


def _say_tier(request: HttpRequest, found: TierDrafts) -> None:
    names = ", ".join(one.threshold.system.name for one in found.drafted[:SEEN])
    if found.drafted:
        words = _("Drafted for %(count)s more systems of the tier: %(names)s.")
        messages.success(request, words % {"count": len(found.drafted), "names": names})
    for one in found.left[:SEEN]:
        words = _("Not drafted for %(name)s: %(why)s")
        messages.warning(request, words % {"name": one.system.name, "why": one.why})


def _ask(request: HttpRequest, series: Series, form: ThresholdForm, at: Any) -> bool:
    place: dict[str, Any] = {"environment": series.environment, "segment": series.segment}
    try:
        ask_backtest(
            system_id=series.system_id,
            kpi_id=series.kpi_id,
            stated=over_approved(
                stated=form.stated(),
                system_id=series.system_id,
                kpi_id=series.kpi_id,
                at=at,
                **place,
            ),
            actor=person_actor(request, signed_in(request)),
            at=at,
            **place,
        )
    except Invalid as refusal:
        tell(form, refusal)
        return False
    return True


def _series(system: System) -> Any:
    rows = Series.objects.filter(system=system).select_related("kpi")
    return rows.order_by("kpi__name", "segment", "environment", "pk")


def _chosen(request: HttpRequest, system: System) -> Series:
    text = request.GET.get("series", "")
    if not text.isdecimal() or len(text) > 18:
        raise Missing("unknown_series", "Choose what the threshold shall judge.")
    return series_of_id(series_id=int(text), system=system)


def _may(request: HttpRequest, system: System, act: str) -> bool:
    user = signed_in(request)
    actor = person_actor(request, user)
    return refusal_for_system(act=act, system=system, actor=actor, at=clock.now()) is None
