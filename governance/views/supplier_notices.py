"""A supplier's notice: recorded, and each system that it found with its incident."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from governance.forms.suppliers import NoticeForm
from governance.selectors.notices import cases_seen_by
from governance.services.supplier_notices import record_notice
from governance.views.forms import acting, put_on_form
from ledger.rules.refusals import Conflict, Invalid, Missing
from outbox import clock
from registry.access import signed_in
from registry.models import User
from registry.selectors.documents import works_here
from registry.selectors.permits import refusal_anywhere
from registry.selectors.suppliers import notice_by_id, supplier_by_slug


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new_notice(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a notice; incidents open with it."""
    at, reader = clock.now(), signed_in(request)
    if not works_here(user=reader, at=at):
        raise Missing("not_found", "There is nothing here, or it is not yours to see.")
    supplier = supplier_by_slug(slug)
    subject = ("supplier", str(supplier.pk), supplier.name)
    refusal = refusal_anywhere(act="supplier.notice", actor=acting(request), at=at, subject=subject)
    if refusal is not None:
        raise refusal
    form = NoticeForm(
        request.POST or None,
        products=supplier.products.filter(ended_at__isnull=True).order_by("name"),
        people=User.objects.filter(kind=User.Kind.PERSON, is_active=True).order_by("name"),
        at=at,
        initial={"received_by": str(reader.pk)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            notice = record_notice(
                supplier_id=supplier.pk,
                product_ids=form.product_ids(),
                told=form.told(),
                actor=acting(request),
                at=at,
            )
        except (Invalid, Conflict) as refused:
            put_on_form(form, refused)
        else:
            opened = notice.cases.filter(incident__isnull=False).count()
            told = ngettext(
                "Recorded; %s incident opened.", "Recorded; %s incidents opened.", opened
            )
            messages.success(request, told % opened)
            return redirect("supplier-notice", slug=slug, notice_id=notice.pk)
    context = {"supplier": supplier, "form": form, "at": at}
    code = 400 if form.errors else 200
    return render(request, "governance/suppliers/new_notice.html", context, status=code)


@login_required
@never_cache
@require_GET
def notice(request: HttpRequest, slug: str, notice_id: UUID) -> HttpResponse:
    """Show a notice and what came of it, system by system."""
    at, reader = clock.now(), signed_in(request)
    if not works_here(user=reader, at=at):
        raise Missing("not_found", "There is nothing here, or it is not yours to see.")
    found: Any = notice_by_id(notice_id)
    if found.supplier.slug != slug:
        raise Missing("unknown_notice", "There is no such notice.")
    context = {
        "notice": found,
        "supplier": found.supplier,
        "products": [one.product for one in found.shown_about],
        "cases": cases_seen_by(notice=found, user=reader, at=at),
        "says": _("Recorded by %(name)s") % {"name": found.recorded_by.name},
        "at": at,
    }
    return render(request, "governance/suppliers/notice.html", context)
