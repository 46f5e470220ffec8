"""Middleware: which language a request is answered in."""

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from outbox.languages import RECORD, known


class LanguageMiddleware(LocaleMiddleware):
    """Speaks the language that a person chose; before they signed in, that of their browser.

    The API follows Accept-Language alone, so that a script is answered alike whoever runs it.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language for the length of the request."""
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language


def language_of(request: HttpRequest) -> str:
    """Return the language of an answer: chosen, kept in a cookie, or asked for by the browser."""
    if request.path.startswith("/api/"):
        return _asked_for(request)
    chosen = getattr(request.user, "language", "")
    if chosen in dict(settings.LANGUAGES):
        return str(chosen)
    kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return kept if kept in dict(settings.LANGUAGES) else _asked_for(request)


def _asked_for(request: HttpRequest) -> str:
    for asked, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        near = asked.split("-", 1)[0]
        if near in dict(settings.LANGUAGES):
            return known(near)
    return RECORD
