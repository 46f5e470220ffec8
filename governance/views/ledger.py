"""The ledger: one entry."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.selectors.pages.ledger_entry import ledger_page
from outbox import clock
from registry.access import signed_in


@login_required
@require_GET
def ledger_entry(request: HttpRequest, number: int) -> HttpResponse:
    """Show one entry with its canonical bytes."""
    page = ledger_page(number=number, reader=signed_in(request), at=clock.now())
    return render(request, "governance/ledger_entry.html", page)
