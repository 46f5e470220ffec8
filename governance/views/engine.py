"""Whether the engine works, for who administers it."""

from datetime import UTC, datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from governance.selectors.pages.on_call import engine_page
from governance.views.forms import acting
from outbox import clock
from registry.access import signed_in
from registry.services.access import require_anywhere


@login_required
@never_cache
@require_GET
def engine(request: HttpRequest) -> HttpResponse:
    """Show what is overdue, when the sweep and the watchdog last showed themselves."""
    reader, at = signed_in(request), clock.now()
    subject = ("user", str(reader.pk), reader.on_record)
    require_anywhere(act="engine.read", actor=acting(request), at=at, subject=subject)
    context = engine_page(at=at, machine_now=datetime.now(UTC))
    return render(request, "governance/engine.html", context)
