"""Pages: suppliers, what they supply, which systems use it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ledger.rules.refusals import Conflict, Invalid, Missing
from outbox import clock
from registry.access import actor_of, signed_in
from registry.forms.suppliers import (
    EndUseForm,
    NewSupplierForm,
    ProductForm,
    SupplierForm,
    SupplierReviewForm,
    UseForm,
)
from registry.forms.told import put
from registry.models import Supplier, System, User
from registry.selectors.documents import works_here
from registry.selectors.keyset import TURNING, page_behind
from registry.selectors.people import people_near
from registry.selectors.permits import refusal_anywhere
from registry.selectors.search_reader import Reader
from registry.selectors.suppliers import (
    notices_of,
    products_of,
    review_is_due,
    supplier_by_slug,
    suppliers,
)
from registry.selectors.systems import systems_visible_to
from registry.services.products import end_use, register_product, use_product
from registry.services.suppliers import change_supplier, register_supplier, review_supplier

MENDED = (Invalid, Conflict, Missing)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Show the suppliers, and take another one."""
    at = clock.now()
    _require_reader(request, at)
    given = {"keeper": str(signed_in(request).pk)}
    form = NewSupplierForm(request.POST or None, people=_people(request, at), initial=given)
    if request.method == "POST" and form.is_valid():
        slug, actor = form.cleaned_data["slug"], actor_of(request)
        try:
            register_supplier(slug=slug, profile=form.profile(), actor=actor, at=at)
        except MENDED as refusal:
            put(form, refusal)
        else:
            messages.success(request, _("Registered. Say next what it supplies."))
            return redirect("supplier", slug=slug)
    page = page_behind(suppliers(), by="name", after=request.GET.get("after", ""))
    context = {
        "suppliers": page.rows,
        "page": page.links() | TURNING,
        "due": {one.pk for one in page.rows if review_is_due(of=one, at=at)},
        "form": form,
        "may_keep": _may(request, "supplier.keep", at),
        "at": at,
    }
    return render(
        request, "registry/suppliers/overview.html", context, status=400 if form.errors else 200
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def supplier(request: HttpRequest, slug: str, act: str = "") -> HttpResponse:
    """Show a supplier with its products, their uses and its notices; change it."""
    at = clock.now()
    _require_reader(request, at)
    found = supplier_by_slug(slug)
    known = _forms(request, found, at)
    if act and act not in known:
        raise Missing("not_found", "There is nothing here, or it is not yours to see.")
    if request.method == "POST" and act:
        form = known[act]
        if form.is_valid() and _carry_out(request, found, form, act, at):
            messages.success(request, _("Saved, and on record."))
            return redirect("supplier", slug=slug)
    context = {
        "supplier": found,
        "products": products_of(
            supplier=found, systems=systems_visible_to(user=signed_in(request), at=at)
        ),
        "notices": notices_of(supplier=found)[:100],
        "is_due": review_is_due(of=found, at=at),
        "forms": known,
        "act": act,
        "may_keep": _may(request, "supplier.keep", at),
        "may_notice": _may(request, "supplier.notice", at),
        "own_systems": set(_own_systems(request, at).values_list("pk", flat=True)),
        "at": at,
    }
    code = 400 if act and known[act].errors else 200
    return render(request, "registry/suppliers/supplier.html", context, status=code)


def _forms(request: HttpRequest, found: Supplier, at: datetime) -> dict[str, Any]:
    """Return the forms of the page by act; the one that was sent holds what was typed."""
    sent = request.resolver_match.kwargs.get("act", "") if request.resolver_match else ""

    def given(act: str) -> dict[str, Any]:
        typed = request.POST if request.method == "POST" and act == sent else None
        return {"data": typed, "auto_id": f"{act}_%s"}

    systems = _own_systems(request, at).order_by("name")
    # Who keeps it now may be of another unit: the form must not lose them.
    people = sorted({found.keeper, *_people(request, at)}, key=lambda one: one.name)
    stands: dict[str, Any] = {"version": found.version}
    profile = stands | {
        "name": found.name,
        "about": found.about,
        "contact": found.contact,
        "website": found.website,
        "keeper": str(found.keeper_id),
        "review_on": found.review_on,
    }
    return {
        "change": SupplierForm(**given("change"), people=people, initial=profile),
        "product": ProductForm(**given("product")),
        "use": UseForm(**given("use"), products=found.products.order_by("name"), systems=systems),
        "end-use": EndUseForm(**given("end-use")),
        "review": SupplierReviewForm(**given("review"), initial=stands),
    }


def _own_systems(request: HttpRequest, at: datetime) -> QuerySet[System]:
    """Return the systems of which the reader may say what they use."""
    reader = Reader(user=signed_in(request), at=at)
    return reader.systems.filter(reader.permitted("product.use", ""))


def _carry_out(
    request: HttpRequest, found: Supplier, form: forms.Form, act: str, at: datetime
) -> bool:
    """Do what a form asks for; what is not right stands on the form afterwards."""
    try:
        CARRY_OUT[act](request, found, form, at)
    except MENDED as refusal:
        put(form, refusal)
        return False
    return True


def _change(request: HttpRequest, found: Supplier, form: Any, at: datetime) -> None:
    change_supplier(
        supplier_id=found.pk,
        expected_version=form.cleaned_data["version"] or 0,
        profile=form.profile(),
        actor=actor_of(request),
        at=at,
    )


def _product(request: HttpRequest, found: Supplier, form: Any, at: datetime) -> None:
    register_product(supplier_id=found.pk, **form.cleaned_data, actor=actor_of(request), at=at)


def _use(request: HttpRequest, found: Supplier, form: Any, at: datetime) -> None:
    given = form.cleaned_data
    systems = systems_visible_to(user=signed_in(request), at=at)
    use_product(
        system_id=systems.get(slug=given["system"]).pk,
        product_id=UUID(given["product"]),
        since=given["since"],
        note=given["note"],
        actor=actor_of(request),
        at=at,
    )


def _end_use(request: HttpRequest, found: Supplier, form: Any, at: datetime) -> None:
    given = form.cleaned_data
    systems = systems_visible_to(user=signed_in(request), at=at)
    if not systems.filter(product_uses__pk=given["use"]).exists():
        raise Missing("unknown_use", "There is no such use of a product.")
    end_use(use_id=given["use"], until=None, reason=given["reason"], actor=actor_of(request), at=at)


def _review(request: HttpRequest, found: Supplier, form: Any, at: datetime) -> None:
    given = form.cleaned_data
    review_supplier(
        supplier_id=found.pk,
        expected_version=given["version"],
        note=given["note"],
        review_on=given["review_on"],
        actor=actor_of(request),
        at=at,
    )


def _people(request: HttpRequest, at: datetime) -> list[User]:
    return people_near(user=signed_in(request), at=at)


def _may(request: HttpRequest, act: str, at: datetime) -> bool:
    subject = ("supplier", "", "")
    return refusal_anywhere(act=act, actor=actor_of(request), at=at, subject=subject) is None


def _require_reader(request: HttpRequest, at: datetime) -> None:
    """Raise Missing for who has no part in anything here: suppliers are the organisation's."""
    if not works_here(user=signed_in(request), at=at):
        raise Missing("not_found", "There is nothing here, or it is not yours to see.")


CARRY_OUT = {
    "change": _change,
    "product": _product,
    "use": _use,
    "end-use": _end_use,
    "review": _review,
}

urlpatterns: list[URLPattern] = [
    path("suppliers/", overview, name="suppliers"),
    path("suppliers/<slug:slug>/", supplier, name="supplier"),
    path("suppliers/<slug:slug>/<slug:act>/", supplier, name="supplier-act"),
]
