"""Pages of voided readings: ask, confirm, refuse; retire a series."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from governance.forms.measuring import DecisionForm, ReasonForm, VoidForm
from governance.selectors.pages.voids import voids_page
from governance.services.voids import decide_void
from governance.views.forms import acting, note, put_on_form, tell
from ledger.rules.refusals import Forbidden, Invalid
from outbox import clock
from registry.access import signed_in, visible_systems
from telemetry.models import Series
from telemetry.selectors.readings import series_by_id
from telemetry.selectors.voids import visible_request
from telemetry.services.voids import ask_void, retire_series


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def voids(request: HttpRequest, slug: str, series_id: int) -> HttpResponse:
    """Show what was voided of a series, and ask to void more."""
    reader, at = signed_in(request), clock.now()
    series = _series(request, slug, series_id)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ask_void(series_id=series.pk, actor=acting(request), at=at, **form.cleaned_data)
        except (Invalid, Forbidden) as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            tell(request, _("Asked for: a compliance or risk officer decides."))
            return redirect("kpi-voids", slug=slug, series_id=series_id)
    context = voids_page(series=series, user=reader, actor=acting(request), at=at)
    context |= {"form": form, "decision": DecisionForm(), "retiring": ReasonForm()}
    status = 400 if form.errors else 200
    return render(request, "governance/kpi/voids_page.html", context, status=status)


@login_required
@require_POST
def decide(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Confirm or refuse a request. Raises what the service does, for a page in words."""
    at = clock.now()
    found = visible_request(request_id=request_id, visible=visible_systems(request, at))
    form = DecisionForm(request.POST)
    form.is_valid()
    decided = decide_void(
        request_id=request_id,
        confirmed=request.POST.get("act") == "confirm",
        reason=form.cleaned_data.get("reason", ""),
        actor=acting(request),
        at=at,
    )
    confirmed = _("Confirmed: they count nowhere, and the standing was judged again.")
    tell(request, confirmed if decided.state == "confirmed" else _("Refused."))
    return redirect("kpi-voids", slug=found.series.system.slug, series_id=found.series_id)


@login_required
@require_POST
def retire(request: HttpRequest, slug: str, series_id: int) -> HttpResponse:
    """Expect nothing of a segment any more. Raises what the service does."""
    series = _series(request, slug, series_id)
    form = ReasonForm(request.POST)
    form.is_valid()
    retire_series(
        series_id=series.pk,
        reason=form.cleaned_data.get("reason", ""),
        actor=acting(request),
        at=clock.now(),
    )
    tell(request, _("Retired: its silence says nothing from now on."))
    return redirect("kpi-voids", slug=slug, series_id=series_id)


def _series(request: HttpRequest, slug: str, series_id: int) -> Series:
    visible = visible_systems(request, clock.now()).filter(slug=slug)
    return series_by_id(series_id=series_id, visible=visible)
