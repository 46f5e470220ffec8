"""The page of a system's canary sets."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from governance.forms.measuring import CanaryForm
from governance.selectors.pages.canaries import canary_page
from governance.views.forms import acting, note, put_on_form, tell
from ledger.rules.refusals import Forbidden, Invalid
from outbox import clock
from registry.access import signed_in, visible_system, visible_systems
from telemetry.selectors.canaries import visible_set
from telemetry.services.canaries import approve_canary_set, draft_canary_set


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def canaries(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the sets of a system with their runs, and write another version."""
    reader, at = signed_in(request), clock.now()
    system = visible_system(request, slug, at)
    form = CanaryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            draft_canary_set(
                system_id=system.pk,
                environment=form.cleaned_data["environment"],
                items=form.items(),
                reason=form.cleaned_data["reason"],
                actor=acting(request),
                at=at,
            )
        except (Invalid, Forbidden) as refused:
            note(refused, request)
            put_on_form(form, refused)
        else:
            tell(request, _("Written: a second person approves it."))
            return redirect("system-canary", slug=slug)
    context = canary_page(system=system, user=reader, actor=acting(request), at=at)
    status = 400 if form.errors else 200
    return render(
        request, "governance/canaries/page.html", {**context, "form": form}, status=status
    )


@login_required
@require_POST
def approve(request: HttpRequest, slug: str, set_id: UUID) -> HttpResponse:
    """Put a version in force. Raises what the service does, for a page in words."""
    at = clock.now()
    found = visible_set(set_id=set_id, visible=visible_systems(request, at).filter(slug=slug))
    approve_canary_set(set_id=found.pk, actor=acting(request), at=at)
    tell(request, _("In force: it is asked every day from now on."))
    return redirect("system-canary", slug=slug)
