"""A watch: look at it, answer it in one line."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.forms.watches import WatchForm
from governance.selectors.pages.watch import watch_page
from governance.selectors.watches import watch_of_id
from governance.services.watches import answer_watch
from governance.views.forms import acting, tell
from outbox import clock
from registry.access import signed_in


@login_required
@require_http_methods(["GET", "POST"])
def watch(request: HttpRequest, watch_id: UUID) -> HttpResponse:
    """Show a watch, or take the owner's line."""
    at, reader = clock.now(), signed_in(request)
    found = watch_of_id(watch_id=watch_id, user=reader, at=at)
    form = WatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer_watch(
            watch_id=found.pk, line=form.cleaned_data["line"], actor=acting(request), at=at
        )
        tell(request, _("Answered. It closes by itself once the readings are back in the band."))
        return HttpResponseRedirect(reverse("watch", args=[found.pk]))
    context = watch_page(watch=found, reader=reader, at=at)
    status = 400 if form.errors else 200
    return render(request, "governance/watch.html", {**context, "form": form}, status=status)
