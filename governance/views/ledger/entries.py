"""One entry, its exact line and its proof."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from governance.selectors.pages.ledger_entry import ledger_page, line_within
from governance.selectors.pages.ledger_proof import exact_of, proof_file
from governance.selectors.pages.ledger_reach import reach_of
from governance.services.ledger_reads import note_proof
from ledger.selectors.lines import Line
from outbox import clock
from registry.access import person_actor, signed_in


@login_required
@never_cache
@require_GET
def entry(request: HttpRequest, number: int) -> HttpResponse:
    """Show one entry with its canonical bytes and its inclusion proof."""
    page = ledger_page(number=number, reader=signed_in(request), at=clock.now())
    return render(request, "governance/ledger/entry.html", page)


@login_required
@never_cache
@require_GET
def line_file(request: HttpRequest, number: int) -> HttpResponse:
    """Send the exact sealed line, without a newline: the bytes whose hash is the leaf."""
    found = _noted(request, number, "line")
    return _file(exact_of(found), "application/json", f"entry-{number}.json")


@login_required
@never_cache
@require_GET
def proof(request: HttpRequest, number: int) -> HttpResponse:
    """Send the inclusion proof (C2SP tlog-proof) under the newest checkpoint."""
    found = _noted(request, number, "proof")
    return _file(proof_file(found).encode(), "text/plain; charset=utf-8", f"{found.seq}.tlog-proof")


def _noted(request: HttpRequest, number: int, form: str) -> Line:
    at, reader = clock.now(), signed_in(request)
    found = line_within(number=number, reach=reach_of(user=reader, at=at))
    exact_of(found)
    note_proof(form=form, number=number, seq=found.seq, actor=person_actor(request, reader), at=at)
    return found


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
