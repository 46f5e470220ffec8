"""Page: the search over everything that the reader may open."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ledger.rules.refusals import Invalid
from outbox import clock
from registry import search_sources
from registry.access import signed_in
from registry.selectors.searching import Answer, search


@login_required
@never_cache
@require_GET
def results(request: HttpRequest) -> HttpResponse:
    """Show what is found; what a reference names is opened at once."""
    user, at = signed_in(request), clock.now()
    kind = request.GET.get("kind", "")[:40]
    try:
        found = search(
            text=request.GET.get("q", ""), user=user, at=at, kind=kind, page=_page(request.GET)
        )
    except Invalid as refusal:
        return render(request, "registry/search.html", _refused(request, refusal), status=400)
    if found.opens and not kind:
        return redirect(found.opens)
    return render(request, "registry/search.html", _context(found))


def _context(found: Answer) -> dict[str, Any]:
    text = found.asked.text
    views = [
        {
            "label": one.label,
            "total": one.total,
            "more": one.more,
            "query": urlencode({"q": text, "kind": one.name}),
            "name": one.name,
        }
        for one in found.groups
    ]
    return {
        "asked": text,
        "found": found,
        "views": views,
        "total": sum(one.total for one in found.groups),
        "all_query": urlencode({"q": text}),
        "older": _older(found),
        "newer": _query(found, found.page - 1) if found.page > 1 else "",
        "meant_query": urlencode({"q": found.meant}),
        "examples": _examples(),
    }


def _older(found: Answer) -> str:
    return _query(found, found.page + 1) if found.kind and found.page < found.pages else ""


def _query(found: Answer, page: int) -> str:
    return urlencode({"q": found.asked.text, "kind": found.kind, "page": page})


def _refused(request: HttpRequest, refusal: Invalid) -> dict[str, Any]:
    return {
        "asked": request.GET.get("q", "").replace("\0", " ")[:200],
        "refused": refusal.reason,
        "examples": _examples(),
    }


def _examples() -> list[search_sources.Source | search_sources.Direct]:
    return list(search_sources.registered())


def _page(given: Mapping[str, Any]) -> int:
    text = str(given.get("page", ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 1


urlpatterns: list[URLPattern] = [path("search/", results, name="search")]
