"""While a page is read, rows that are fetched one by one where one query would do are an error."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from zeal import zeal_context

READING = ("GET", "HEAD")


class PageMiddleware:
    """Lets django-zeal watch every request that reads: a page, a list, an answer of the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, watched where the request reads; what writes goes row by row with reason."""
        if request.method not in READING:
            return self.get_response(request)
        with zeal_context():
            return self.get_response(request)
