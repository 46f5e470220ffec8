"""My desk."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from outbox import clock
from registry.access import signed_in
from reports.rules.desk import Desk
from reports.selectors.desk import VIEWS, desk_of


@login_required
@never_cache
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Show what waits for the reader, or one view of it."""
    wanted = request.GET.get("view", VIEWS[0])
    view = wanted if wanted in VIEWS else VIEWS[0]
    user, at = signed_in(request), clock.now()
    found = desk_of(user=user, at=at, view=view)
    context = {"desk": found, "views": _views(found, view), "user_zone": user.zone, "at": at}
    return render(request, "reports/desk.html", context)


def _views(found: Desk, view: str) -> list[dict[str, object]]:
    labels = {
        "cause": _("By cause"),
        "mine": _("Needs me"),
        "others": _("Waiting for others"),
        "watches": _("Watches"),
    }
    return [
        {
            "label": label,
            "url": "/" if name == VIEWS[0] else f"/?view={name}",
            "count": found.counts[name],
            "current": name == view,
        }
        for name, label in labels.items()
    ]
