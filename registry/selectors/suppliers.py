"""Suppliers: what they supply, which systems use it, what they told."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from registry.models import NoticeProduct, Product, ProductUse, Supplier, SupplierNotice, System
from registry.selectors.documents import day_of


def used_on(day: date) -> Q:
    """Return the condition that a use covers a day."""
    return Q(since__lte=day) & (Q(until__isnull=True) | Q(until__gte=day))


def suppliers() -> QuerySet[Supplier]:
    """Return every supplier with how many products, counted for those of the page alone."""
    here = Product.objects.filter(supplier=OuterRef("pk"), ended_at__isnull=True)
    counted = here.order_by().values("supplier").annotate(found=Count("pk")).values("found")
    return Supplier.objects.select_related("keeper").annotate(
        product_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    )


def supplier_by_slug(slug: str) -> Supplier:
    """Return a supplier. Raises Missing."""
    found = Supplier.objects.select_related("keeper", "reviewed_by").filter(slug=slug).first()
    if found is None:
        raise Missing("unknown_supplier", worded("There is no supplier {slug!r}.", slug=slug))
    return found


def products_of(*, supplier: Supplier, systems: QuerySet[System]) -> QuerySet[Product]:
    """Return the products of a supplier, each with the uses by these systems (`shown_uses`)."""
    uses = ProductUse.objects.filter(system__in=systems.values("pk")).select_related("system")
    shown = Prefetch("uses", queryset=uses.order_by("until", "since"), to_attr="shown_uses")
    return supplier.products.order_by("ended_at", "name").prefetch_related(shown)


def uses_of_system(*, system_id: UUID) -> QuerySet[ProductUse]:
    """Return what a system uses or used, with supplier and product; the running uses first."""
    rows = ProductUse.objects.filter(system_id=system_id).select_related("product__supplier")
    return rows.order_by("until", "product__supplier__name", "product__name")


def users_of(*, product_ids: Sequence[UUID], at: datetime) -> QuerySet[ProductUse]:
    """Return the uses of these products on the day of an instant, with their systems in full."""
    rows = ProductUse.objects.filter(used_on(day_of(at)), product_id__in=product_ids)
    return rows.select_related(
        "product", "system__unit__calendar", "system__owner", "system__deputy"
    ).order_by("system__slug", "product__name")


def _about() -> "Prefetch[Any]":
    """Load the products that notices name, as `shown_about`."""
    products = NoticeProduct.objects.select_related("product").order_by("product__name")
    return Prefetch("about", queryset=products, to_attr="shown_about")


def notices_of(*, supplier: Supplier) -> QuerySet[SupplierNotice]:
    """Return what a supplier told, the newest first."""
    rows = supplier.notices.select_related("received_by").prefetch_related(_about())
    return rows.order_by("-received_at", "-pk")


def notice_by_id(notice_id: UUID) -> SupplierNotice:
    """Return a notice with its supplier. Raises Missing."""
    rows = SupplierNotice.objects.select_related("supplier", "received_by", "recorded_by")
    found = rows.prefetch_related(_about()).filter(pk=notice_id).first()
    if found is None:
        raise Missing("unknown_notice", "There is no such notice.")
    return found


def review_is_due(*, of: Supplier, at: datetime) -> bool:
    """Whether the day of a supplier's next review has come; nobody reviews one that ended."""
    return of.review_on is not None and of.review_on <= day_of(at) and of.ended_at is None
