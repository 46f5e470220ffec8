"""Verifications: ask for one, watch it, come back to it."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from governance.selectors.pages.ledger_reach import require_organisation
from governance.selectors.pages.ledger_runs import run_page, runs_page
from governance.services.ledger_checks import start_verification
from outbox import clock
from registry.access import person_actor, signed_in


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def runs(request: HttpRequest) -> HttpResponse:
    """Show the verifications, and take the request for another."""
    at = _allowed(request)
    if request.method == "POST":
        actor = person_actor(request, signed_in(request))
        return redirect("ledger_verification", run_id=start_verification(actor=actor, at=at))
    page = runs_page(after=request.GET.get("after", ""), at=at)
    return render(request, "governance/ledger/verifications.html", page)


@login_required
@never_cache
@require_GET
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show how far a verification is, then each claim with its result."""
    page = run_page(run_id=run_id, at=_allowed(request))
    return render(request, "governance/ledger/verification.html", page)


def _allowed(request: HttpRequest) -> datetime:
    at = clock.now()
    require_organisation(user=signed_in(request), words="verify the ledger", at=at)
    return at
