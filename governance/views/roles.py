"""The catalogue of roles: what each may, and which parts in one case no person may hold both."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.selectors.pages.roles import catalogue, matrix
from outbox import clock


@login_required
@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """Show the roles and the segregation matrix; the same for everybody."""
    context = {"roles": catalogue(), "matrix": matrix(), "at": clock.now()}
    return render(request, "registry/access/roles.html", context)
