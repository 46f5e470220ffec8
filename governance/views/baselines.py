"""Pages: the baseline of a KPI, drafted by one person, agreed to by another."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from governance.forms.baselines import BaselineForm, WhyForm
from governance.selectors.pages.baselines import baseline_page, measure_for, shown
from governance.selectors.pages.kpi import series_of_id
from governance.services.baselines import agree_to_baseline, end_baseline
from governance.views.forms import note
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from outbox import clock
from registry.access import person_actor, signed_in, visible_system, visible_systems
from registry.forms.profile import tell
from registry.models import System
from registry.selectors.permits import refusal_for_system
from telemetry.models import Series
from telemetry.selectors.baselines import baseline_of_id, comparable_series
from telemetry.services.baselines import draft_baseline

MAY = {
    "draft": "baseline.draft",
    "approve": "baseline.approve",
    "withdraw": "baseline.withdraw",
}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def baseline(request: HttpRequest, slug: str, series_id: int) -> HttpResponse:
    """Show the baselines of a KPI, and draft another one."""
    at = clock.now()
    system = visible_system(request, slug, at)
    series = series_of_id(series_id=series_id, system=system)
    others = comparable_series(series=series, visible=visible_systems(request, at))[:200]
    given = request.POST if request.method == "POST" else None
    form = BaselineForm(given, comparable=others)
    if given is not None and form.is_valid() and _draft(request, series, form, at):
        messages.success(request, _("Drafted: a second person agrees to it."))
        return redirect("kpi-baseline", slug=slug, series_id=series_id)
    page = baseline_page(series=series, at=at) | {"form": form, "at": at}
    page |= {"may": _allowed(request, system, at), "reader": signed_in(request).pk}
    status = 400 if form.errors else 200
    return render(request, "governance/baselines/page.html", page, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def decide(
    request: HttpRequest, slug: str, series_id: int, baseline_id: UUID, act: str
) -> HttpResponse:
    """Agree to a drafted baseline, or withdraw one with a reason."""
    at = clock.now()
    system = visible_system(request, slug, at)
    series = series_of_id(series_id=series_id, system=system)
    row = baseline_of_id(baseline_id=baseline_id, visible=visible_systems(request, at))
    if act not in ("approve", "withdraw") or row.system_id != system.pk:
        raise Missing("unknown_baseline", "There is no such baseline that you may see.")
    form = WhyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        service = agree_to_baseline if act == "approve" else end_baseline
        try:
            service(
                baseline_id=row.pk,
                reason=form.cleaned_data["reason"],
                actor=person_actor(request, signed_in(request)),
                at=at,
            )
        except (Conflict, Invalid, Forbidden) as refusal:
            note(refusal, request)
            tell(form, refusal)
        else:
            messages.success(request, _("Agreed.") if act == "approve" else _("Withdrawn."))
            return redirect("kpi-baseline", slug=slug, series_id=series_id)
    page = {"system": system, "series": series, "row": row, "act": act, "form": form, "at": at}
    page["shown"] = shown(row, measure_for(series.kpi))
    status = 400 if form.errors else 200
    return render(request, "governance/baselines/decide.html", page, status=status)


def _draft(request: HttpRequest, series: Series, form: BaselineForm, at: datetime) -> bool:
    actor = person_actor(request, signed_in(request))
    try:
        draft_baseline(series_id=series.pk, window=form.window(), actor=actor, at=at)
    except Invalid as refusal:
        tell(form, refusal)
        return False
    return True


def _allowed(request: HttpRequest, system: System, at: datetime) -> dict[str, bool]:
    actor = person_actor(request, signed_in(request))
    return {
        name: refusal_for_system(act=act, system=system, actor=actor, at=at) is None
        for name, act in MAY.items()
    }
