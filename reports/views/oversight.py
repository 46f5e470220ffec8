"""Pages of the oversight log: of all systems, of one, and what was done as a list."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from governance.views.sheets import csv_response
from reports.forms.oversight import PAGE, Log, log_of
from reports.selectors.oversight_did import Period, singles_of

HEAD = (
    "system", "at", "kind", "who", "by_rule", "what", "reason", "outcome", "incident",
    "ratification_late",
)  # fmt: skip
SUBJECT = ("organisation", "oversight", "oversight log")


@login_required
@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show who could intervene in each system, who did, and what stands out."""
    found = log_of(request, slug=request.GET.get("system", "")[:80].replace("\x00", ""))
    context = _context(found) | {
        "records": found.records,
        "more": found.more,
        "standing_out": sum(bool(one.findings) for one in found.records),
    }
    return render(request, "reports/oversight/overview.html", context)


@login_required
@never_cache
@require_GET
def of_system(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the oversight of one system: people, days, interventions, means."""
    found = log_of(request, slug=slug)
    system, record = found.systems[0], found.records[0]
    period = Period((system.pk,), found.span.since, found.span.until, found.moment.at)
    with found.moment.reading():
        singles = singles_of(period=period, slug=slug)
    context = _context(found) | {
        "system": system,
        "record": record,
        "total": record.total,
        "days": [one for one in reversed(record.days)],
        "singles": singles,
    }
    return render(request, "reports/oversight/system.html", context)


@login_required
@never_cache
@require_GET
def sheet(request: HttpRequest) -> HttpResponse:
    """Send every intervention of the period as CSV, of one system or of all."""
    slug = request.GET.get("system", "")[:80].replace("\x00", "")
    found = log_of(request, slug=slug, limit=10 * PAGE)
    rows = [
        [record.slug, act.at.isoformat(), act.kind, act.who, act.by_rule, act.what, act.reason,
         act.outcome, act.incident, act.late]
        for record in found.records
        for act in record.acts
    ]  # fmt: skip
    name = f"oversight{found.moment.stamp}"
    return csv_response(
        request, name=name, head=HEAD, rows=rows, subject=SUBJECT, at=found.moment.now
    )


@login_required
@never_cache
@require_GET
def days_sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the counts of one system by day as CSV."""
    found = log_of(request, slug=slug)
    record = found.records[0]
    names = record.total.__struct_fields__
    rows = [[one.day, *(getattr(one.counts, name) for name in names)] for one in record.days]
    name = f"oversight-{slug}-days{found.moment.stamp}"
    return csv_response(
        request,
        name=name,
        head=("day", *names),
        rows=rows,
        subject=("system", str(found.systems[0].pk), record.system),
        at=found.moment.now,
        system_id=found.systems[0].pk,
    )


def _context(found: Log) -> dict[str, object]:
    query = found.span.query + (f"&{found.moment.query}" if found.moment.query else "")
    return {"moment": found.moment, "at": found.moment.at, "span": found.span, "query": query}


urlpatterns = [
    path("oversight/", overview, name="oversight"),
    path("oversight/list.csv", sheet, name="oversight-sheet"),
    path("systems/<slug:slug>/oversight/", of_system, name="system-oversight"),
    path("systems/<slug:slug>/oversight/days.csv", days_sheet, name="system-oversight-days"),
]
