"""Suppliers: list, register, change, review; products; which system uses which."""

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import (
    HasScope,
    IsPerson,
    actor_of,
    etag,
    expected_version,
    signed_in,
    visible_system,
    visible_systems,
)
from registry.api.shapes import PersonOut
from registry.models import Product, ProductUse, Supplier
from registry.selectors.documents import works_here
from registry.selectors.suppliers import products_of, supplier_by_slug, suppliers, uses_of_system
from registry.services.products import end_use, register_product, use_product
from registry.services.suppliers import Profile, change_supplier, register_supplier, review_supplier

TAGS = ["suppliers"]
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)


class SupplierIn(serializers.Serializer[Any]):
    """What is known of a supplier."""

    name = serializers.CharField(max_length=120)
    keeper = serializers.UUIDField()
    about = serializers.CharField(max_length=2000, default="", allow_blank=True)
    contact = serializers.CharField(max_length=1000, default="", allow_blank=True)
    website = serializers.URLField(max_length=300, default="", allow_blank=True)
    review_on = serializers.DateField(default=None, allow_null=True)


class NewSupplierIn(SupplierIn):
    """A supplier with its short name."""

    slug = serializers.SlugField(max_length=80)


class SupplierRow(serializers.ModelSerializer[Supplier]):
    """A supplier in a list."""

    keeper = PersonOut()

    class Meta:
        model = Supplier
        fields = [
            "id", "slug", "name", "about", "contact", "website", "keeper", "review_on",
            "reviewed_at", "review_note", "ended_at", "version",
        ]  # fmt: skip


class ProductUseOut(serializers.ModelSerializer[ProductUse]):
    """That a system uses, or used, a product."""

    system = serializers.CharField(source="system.slug")
    product = serializers.CharField(source="product.name")
    supplier = serializers.CharField(source="product.supplier.slug")

    class Meta:
        model = ProductUse
        fields = ["id", "system", "supplier", "product", "since", "until", "note"]


class ProductOut(serializers.ModelSerializer[Product]):
    """A product with the systems of the caller that use it."""

    uses = ProductUseOut(many=True, source="shown_uses")

    class Meta:
        model = Product
        fields = ["id", "name", "kind", "identity", "ended_at", "uses"]


class SupplierOut(SupplierRow):
    """A supplier with its products."""

    products = ProductOut(many=True, source="shown_products")

    class Meta(SupplierRow.Meta):
        fields = [*SupplierRow.Meta.fields, "products"]


class ProductIn(serializers.Serializer[Any]):
    """What a supplier supplies."""

    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=Product.Kind.choices)
    identity = serializers.CharField(max_length=200, default="", allow_blank=True)


class SupplierReviewIn(serializers.Serializer[Any]):
    """What a review found, and when the next one is."""

    note = serializers.CharField(max_length=4000)
    review_on = serializers.DateField()


class ProductUseIn(serializers.Serializer[Any]):
    """That a system uses a product."""

    product = serializers.UUIDField()
    since = serializers.DateField(default=None, allow_null=True)
    note = serializers.CharField(max_length=500, default="", allow_blank=True)


class UseEndIn(serializers.Serializer[Any]):
    """That a system uses a product no more."""

    until = serializers.DateField(default=None, allow_null=True)
    reason = serializers.CharField(max_length=500)


class SupplierList(APIView):
    """The suppliers of the organisation."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="suppliers_list", tags=TAGS, responses=SupplierRow(many=True))
    def get(self, request: Request) -> Response:
        """Return every supplier by name."""
        at = clock.now()
        require_reader(request, at)
        return Response(SupplierRow(suppliers().order_by("name")[:1000], many=True).data)

    @extend_schema(
        operation_id="suppliers_register",
        tags=TAGS,
        request=NewSupplierIn,
        responses={201: SupplierOut},
    )
    def post(self, request: Request) -> Response:
        """Register a supplier."""
        given = NewSupplierIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, at = dict(given.validated_data), clock.now()
        slug = values.pop("slug")
        register_supplier(slug=slug, profile=_profile(values), actor=actor_of(request), at=at)
        return _answer(request, slug, at, status.HTTP_201_CREATED)


class SupplierDetail(APIView):
    """One supplier."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="suppliers_read", tags=TAGS, responses=SupplierOut)
    def get(self, request: Request, supplier: str) -> Response:
        """Return a supplier with its ETag and products."""
        at = clock.now()
        require_reader(request, at)
        return _answer(request, supplier, at)

    @extend_schema(
        operation_id="suppliers_change",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=SupplierIn,
        responses=SupplierOut,
    )
    def put(self, request: Request, supplier: str) -> Response:
        """Change what is known of a supplier."""
        at = clock.now()
        require_reader(request, at)
        given = SupplierIn(data=request.data)
        given.is_valid(raise_exception=True)
        change_supplier(
            supplier_id=supplier_by_slug(supplier).pk,
            expected_version=expected_version(request),
            profile=_profile(dict(given.validated_data)),
            actor=actor_of(request),
            at=at,
        )
        return _answer(request, supplier, at)


class SupplierReviews(APIView):
    """The review of a supplier."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="suppliers_review",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=SupplierReviewIn,
        responses=SupplierOut,
    )
    def post(self, request: Request, supplier: str) -> Response:
        """Keep what a review found, and when the next one is."""
        at = clock.now()
        require_reader(request, at)
        given = SupplierReviewIn(data=request.data)
        given.is_valid(raise_exception=True)
        review_supplier(
            supplier_id=supplier_by_slug(supplier).pk,
            expected_version=expected_version(request),
            **given.validated_data,
            actor=actor_of(request),
            at=at,
        )
        return _answer(request, supplier, at)


class SupplierProducts(APIView):
    """What a supplier supplies."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="suppliers_add_product",
        tags=TAGS,
        request=ProductIn,
        responses={201: SupplierOut},
    )
    def post(self, request: Request, supplier: str) -> Response:
        """Register a product."""
        at = clock.now()
        require_reader(request, at)
        given = ProductIn(data=request.data)
        given.is_valid(raise_exception=True)
        register_product(
            supplier_id=supplier_by_slug(supplier).pk,
            **given.validated_data,
            actor=actor_of(request),
            at=at,
        )
        return _answer(request, supplier, at, status.HTTP_201_CREATED)


class SystemProducts(APIView):
    """What a system uses."""

    def get_permissions(self) -> list[Any]:
        """Reading takes the scope, writing a person."""
        return [IsPerson() if self.request.method == "POST" else HasScope("read")()]

    @extend_schema(
        operation_id="system_products_list", tags=TAGS, responses=ProductUseOut(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return what a system uses or used."""
        system = visible_system(request, slug, clock.now())
        return Response(ProductUseOut(uses_of_system(system_id=system.pk), many=True).data)

    @extend_schema(
        operation_id="system_products_use",
        tags=TAGS,
        request=ProductUseIn,
        responses={201: ProductUseOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Record that a system uses a product."""
        at = clock.now()
        system = visible_system(request, slug, at)
        given = ProductUseIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        use = use_product(
            system_id=system.pk,
            product_id=values.pop("product"),
            **values,
            actor=actor_of(request),
            at=at,
        )
        return Response(ProductUseOut(use).data, status=status.HTTP_201_CREATED)


class SystemProductEnd(APIView):
    """The end of a use."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="system_products_end", tags=TAGS, request=UseEndIn, responses=ProductUseOut
    )
    def post(self, request: Request, slug: str, use_id: UUID) -> Response:
        """Record that a system uses a product no more."""
        at = clock.now()
        system = visible_system(request, slug, at)
        given = UseEndIn(data=request.data)
        given.is_valid(raise_exception=True)
        if not uses_of_system(system_id=system.pk).filter(pk=use_id).exists():
            raise Missing("unknown_use", "There is no such use of a product.")
        use = end_use(use_id=use_id, **given.validated_data, actor=actor_of(request), at=at)
        return Response(ProductUseOut(use).data)


def require_reader(request: Request, at: datetime) -> None:
    """Raise Missing for who has no part in anything here: suppliers are the organisation's."""
    if not works_here(user=signed_in(request), at=at):
        raise Missing("not_found", "There is nothing here, or it is not yours to see.")


def _profile(values: dict[str, Any]) -> Profile:
    return Profile(keeper_id=values.pop("keeper"), **values)


def _answer(request: Request, slug: str, at: datetime, code: int = status.HTTP_200_OK) -> Response:
    found: Any = supplier_by_slug(slug)
    found.shown_products = products_of(supplier=found, systems=visible_systems(request, at))
    return Response(SupplierOut(found).data, status=code, headers={"ETag": etag(found.version)})
