"""Pages: the help, by role and by topic, and each of its articles."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from config.manual.articles import Page, articles, page_of
from config.manual.readers import parts_of
from config.manual.topics import article_about, guides_for
from config.manual.translations import SOURCE
from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import signed_in


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show the guides of the reader's roles first, then every article.

    With `about`, the name of a page, the article about that page is opened at once.
    """
    slug = article_about(request.GET.get("about", "")[:80])
    if slug is not None:
        return redirect("help-article", article=slug)
    listed = articles(_language())
    mine = guides_for(parts_of(signed_in(request), at=clock.now()))
    first = sorted(
        (one for one in listed if one.slug in mine), key=lambda one: mine.index(one.slug)
    )
    context = {
        "mine": first,
        "guides": [one for one in listed if one.guide and one.slug not in mine],
        "topics": [one for one in listed if not one.guide and one.slug not in mine],
        "language": _language(),
    }
    return render(request, "help/index.html", context)


@login_required
@require_GET
def one(request: HttpRequest, article: str) -> HttpResponse:
    """Show one article with its sections; `language=en` asks for the English text."""
    english = request.GET.get("language") == SOURCE
    found = page_of(article, SOURCE if english else _language())
    if found is None:
        raise Missing("unknown_article", "There is no such article in the help.")
    title, page = found
    context = {"title": title, "article": page, "note": _note(article, page)}
    return render(request, "help/article.html", context)


def _note(slug: str, page: Page) -> str:
    """Return what the reader is told of the language: 'outdated', 'english', 'untranslated'."""
    language = _language()
    if page.language == language:
        return "outdated" if page.outdated else ""
    own = page_of(slug, language)
    return "english" if own is not None and own[1].language == language else "untranslated"


def _language() -> str:
    return get_language() or SOURCE


urlpatterns: list[URLPattern] = [
    path("help/", index, name="help"),
    path("help/<str:article>/", one, name="help-article"),
]
