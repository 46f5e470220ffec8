"""The choice between light and dark: a cookie that the server reads, so no script is needed."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE = "theme"
THEMES = ("light", "dark")
YEAR = 365 * 24 * 3600


def read_theme(request: HttpRequest) -> str:
    """Give 'light' or 'dark' as chosen, or '' for what the system prefers."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in THEMES else ""


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the choice for a year, or drop it ('system'), and go back to where the reader was."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    answer = HttpResponseRedirect(back)
    chosen = request.POST.get(COOKIE, "")
    if chosen in THEMES:
        answer.set_cookie(
            COOKIE, chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    else:
        answer.delete_cookie(COOKIE, samesite="Lax")
    return answer
