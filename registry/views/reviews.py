"""Pages of review: who has which access since when, and what was approved alone at set-up."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outbox import clock
from registry.access import person_actor, signed_in
from registry.models import RoleAssignment, User
from registry.selectors.access import access_in, require_reader, role_seen_by, units_seen_by
from registry.selectors.setup import exceptions_seen_by
from registry.services.downloads import record_download
from registry.services.roles import confirm_role
from registry.services.setup import confirm_setup_exception
from registry.views.sheets import sheet

PAGE = 50
HEAD = ("Person", "Role", "For", "Since (UTC)", "Until (UTC)", "Granted by", "Why",
        "Last confirmed (UTC)", "By")  # fmt: skip
REVIEWERS = frozenset({"administrator", "compliance"})


@login_required
@require_GET
def access_review(request: HttpRequest) -> HttpResponse:
    """Show who has which access since when, the longest unconfirmed first."""
    user, at = signed_in(request), clock.now()
    rows = _rows(user, at)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "confirmable": set(units_seen_by(user=user, at=at, roles=REVIEWERS)),
        "reader": user,
        "at": at,
    }
    return render(request, "registry/access/review.html", context)


@login_required
@require_GET
def access_sheet(request: HttpRequest) -> HttpResponse:
    """Download the review of access."""
    user, at = signed_in(request), clock.now()
    found = [_cells(row) for row in _rows(user, at)]
    record_download(
        what="access",
        subject=("page", "access", "the review of access"),
        rows=len(found),
        asked={},
        actor=person_actor(request, user),
        at=at,
    )
    return sheet("access", HEAD, found)


@login_required
@require_POST
def confirm(request: HttpRequest, role_id: UUID) -> HttpResponse:
    """Say that somebody still needs a role."""
    user, at = signed_in(request), clock.now()
    row = role_seen_by(role_id=role_id, user=user, at=at)
    confirm_role(assignment_id=row.pk, actor=person_actor(request, user), at=at)
    messages.success(request, _("Confirmed, with your name."))
    return redirect("access-review")


@login_required
@require_GET
def setup_exceptions(request: HttpRequest) -> HttpResponse:
    """Show what was approved alone at set-up."""
    user, at = signed_in(request), clock.now()
    context = {"rows": exceptions_seen_by(user=user, at=at), "reader": user, "at": at}
    return render(request, "registry/access/setup.html", context)


@login_required
@require_POST
def confirm_setup(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """Agree, as a second person, with what was approved alone."""
    user, at = signed_in(request), clock.now()
    row = exceptions_seen_by(user=user, at=at).filter(pk=exception_id).first()
    key = row.pk if row is not None else UUID(int=0)
    confirm_setup_exception(exception_id=key, actor=person_actor(request, user), at=at)
    messages.success(request, _("Confirmed: it now stands as approved by two persons."))
    return redirect("setup-exceptions")


def _rows(user: User, at: Any) -> Any:
    units = require_reader(user=user, at=at)
    rows = access_in(units=units, at=at)
    return rows.order_by("confirmed_at", "from_at", "user__name", "pk")


def _cells(row: RoleAssignment) -> tuple[object, ...]:
    return (
        row.user.name,
        row.get_role_display(),
        str(row.system or row.unit),
        row.from_at.isoformat(),
        row.until_at.isoformat() if row.until_at else "",
        row.granted_by.name if row.granted_by else "",
        row.reason,
        row.confirmed_at.isoformat() if row.confirmed_at else "",
        row.confirmed_by.name if row.confirmed_by else "",
    )
