"""Pages of evidence packs: the list with its form, one pack as it is built, the download."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledger.rules.refusals import Invalid, Missing
from outbox import clock
from registry.access import person_actor, signed_in
from registry.models import User
from registry.selectors.keyset import page_behind
from reports.forms.packs import Offer, PackForm
from reports.models import Pack
from reports.selectors.pack_asks import wanted_of
from reports.selectors.pack_rights import (
    Reach,
    packs_within,
    reach_for_packs,
    refusal_for_pack,
)
from reports.selectors.packs import before_it, pack_by_number, systems_of
from reports.selectors.progress import progress_of
from reports.services.packs import download_pack, request_again, request_pack

# Where a refusal of the service is said in the form.
FIELDS = {"since": "first", "system": "about", "unit": "about", "breadth": "about"}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def packs(request: HttpRequest) -> HttpResponse:
    """Show the packs that the reader may have, and take the request for another."""
    user, at = signed_in(request), clock.now()
    reach = reach_for_packs(user=user, at=at)
    offer = _offer(reach)
    form = PackForm(
        request.POST or None, offer=offer, user=user, at=at, initial=_initial(request, offer)
    )
    if request.method == "POST" and form.is_valid():
        pack = _asked(request, form, user, at)
        if pack is not None:
            messages.success(request, _("Asked for. You can leave this page and come back."))
            return redirect("pack", number=pack.number)
    page = page_behind(packs_within(reach), by="-requested_at", after=request.GET.get("after", ""))
    context = {"form": form, "packs": page.rows, "page": page.links(), "offer": offer, "at": at}
    return render(request, "reports/packs.html", context, status=400 if form.errors else 200)


@login_required
@never_cache
@require_GET
def pack(request: HttpRequest, number: str) -> HttpResponse:
    """Show how far a pack is, then what it holds and how to check it."""
    at = clock.now()
    found = _allowed(request, number, at)
    context = {
        "pack": found,
        "systems": systems_of(found),
        "progress": progress_of(found, before=before_it(pack=found, at=at)),
        "at": at,
    }
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


def _offer(reach: Reach) -> Offer:
    return Offer(systems=reach.systems, units=reach.units, whole=reach.whole)


def _initial(request: HttpRequest, offer: Offer) -> dict[str, str]:
    """Return what an address asks to be filled in: `?system=` and `?number=`."""
    slug, number = request.GET.get("system", ""), request.GET.get("number", "")
    known = any(system.slug == slug for system in offer.systems)
    return {"number": number[:20], **({"about": f"system:{slug}"} if known else {})}


def _asked(request: HttpRequest, form: PackForm, user: User, at: datetime) -> Pack | None:
    """Ask for the pack; what does not fit is said beside its field."""
    since, until = form.period()
    given = form.cleaned_data
    try:
        wanted = wanted_of(
            about=form.named(),
            kind=given["kind"],
            recipient=given["recipient"],
            user=user,
            at=at,
        )
        return request_pack(
            wanted=wanted,
            since=since,
            until=until,
            as_of=given["as_of"],
            actor=person_actor(request, user),
            at=at,
        )
    except Missing as refusal:
        form.add_error("number" if given["number"] else "about", refusal.reason)
    except Invalid as refusal:
        for name, words in (refusal.fields or {"about": refusal.reason}).items():
            form.add_error(FIELDS.get(name, name if name in form.fields else "about"), words)
    return None


def _allowed(request: HttpRequest, number: str, at: datetime) -> Pack:
    found = pack_by_number(number)
    refusal = refusal_for_pack(user_id=signed_in(request).pk, pack=found, at=at)
    if refusal is not None:
        raise refusal
    return found
