"""Pages: the help, by role and by topic, and each of its articles."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from config.manual.articles import articles, page_of
from config.manual.readers import parts_of
from config.manual.topics import article_about, guides_for
from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import signed_in

LANGUAGE = "en"


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show the guides of the reader's roles first, then every article.

    With `about`, the name of a page, the article about that page is opened at once.
    """
    slug = article_about(request.GET.get("about", "")[:80])
    if slug is not None:
        return redirect("help-article", article=slug)
    listed = articles()
    mine = guides_for(parts_of(signed_in(request), at=clock.now()))
    first = sorted(
        (one for one in listed if one.slug in mine), key=lambda one: mine.index(one.slug)
    )
    context = {
        "mine": first,
        "guides": [one for one in listed if one.guide and one.slug not in mine],
        "topics": [one for one in listed if not one.guide and one.slug not in mine],
        "translated": _translated(),
    }
    return render(request, "help/index.html", context)


@login_required
@require_GET
def one(request: HttpRequest, article: str) -> HttpResponse:
    """Show one article with its sections."""
    found = page_of(article)
    if found is None:
        raise Missing("unknown_article", "There is no such article in the help.")
    title, page = found
    context = {"title": title, "article": page, "translated": _translated()}
    return render(request, "help/article.html", context)


def _translated() -> bool:
    """Whether the articles speak the reader's language; they are written in English."""
    return (get_language() or LANGUAGE).startswith(LANGUAGE)


urlpatterns: list[URLPattern] = [
    path("help/", index, name="help"),
    path("help/<str:article>/", one, name="help-article"),
]
