"""Pages of evidence packs: the list with its form, one pack as it is built, the download."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outbox import clock
from registry.access import person_actor, signed_in
from registry.selectors.systems import system_by_slug
from reports.forms import PackForm
from reports.models import Pack
from reports.selectors.packs import pack_by_number, packs_of, refusal_for_packs, systems_for_packs
from reports.selectors.progress import progress_of
from reports.services.packs import download_pack, request_again, request_pack


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def packs(request: HttpRequest) -> HttpResponse:
    """Show the packs that the reader may have, and take the request for another."""
    user, at = signed_in(request), clock.now()
    systems = systems_for_packs(user=user, at=at)
    form = PackForm(request.POST or None, systems=systems, user=user, at=at)
    if request.method == "POST" and form.is_valid():
        since, until = form.period()
        pack = request_pack(
            system_id=system_by_slug(form.cleaned_data["system"]).pk,
            since=since,
            until=until,
            as_of=form.cleaned_data["as_of"],
            actor=person_actor(request, user),
            at=at,
        )
        messages.success(request, _("Asked for. You can leave this page and come back."))
        return redirect("pack", number=pack.number)
    rows = packs_of(systems=systems)
    context = {"form": form, "packs": rows, "systems": systems, "at": at}
    return render(request, "reports/packs.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
@require_GET
def pack(request: HttpRequest, number: str) -> HttpResponse:
    """Show how far a pack is, then what it holds and how to check it."""
    at = clock.now()
    found = _allowed(request, number, at)
    context = {"pack": found, "progress": progress_of(found), "at": at}
    return render(request, "reports/pack.html", context)


@login_required
@require_POST
def again(request: HttpRequest, number: str) -> HttpResponse:
    """Let a pack that failed be built once more."""
    found = pack_by_number(number)
    user = signed_in(request)
    request_again(pack_id=found.pk, actor=person_actor(request, user), at=clock.now())
    return redirect("pack", number=number)


@login_required
@never_cache
@require_GET
def download(request: HttpRequest, number: str) -> FileResponse:
    """Send the pack; the download is on record."""
    found = pack_by_number(number)
    user = signed_in(request)
    path = download_pack(pack_id=found.pk, actor=person_actor(request, user), at=clock.now())
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"{number}.zip",
        content_type="application/zip",
        headers={"ETag": f'"{found.sha256}"'},
    )


def _allowed(request: HttpRequest, number: str, at: Any) -> Pack:
    found = pack_by_number(number)
    refusal = refusal_for_packs(user_id=signed_in(request).pk, system=found.system, at=at)
    if refusal is not None:
        raise refusal
    return found
