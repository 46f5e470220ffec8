"""Suppliers' notices: list, record with its incidents, one with what came of it."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.models import NoticeCase
from governance.selectors.notices import cases_of
from governance.services.supplier_notices import record_notice
from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import IsPerson, actor_of, visible_systems
from registry.api.shapes import PersonOut
from registry.api.suppliers import require_reader
from registry.models import SupplierNotice
from registry.selectors.suppliers import notice_by_id, notices_of, supplier_by_slug
from registry.services.suppliers import Told

TAGS = ["suppliers"]


class NoticeIn(serializers.Serializer[Any]):
    """What a supplier told, of which products, and who had it first."""

    kind = serializers.ChoiceField(choices=SupplierNotice.Kind.choices)
    title = serializers.CharField(max_length=160)
    text = serializers.CharField(max_length=8000)
    products = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=200
    )
    received_at = serializers.DateTimeField()
    received_by = serializers.UUIDField()
    link = serializers.URLField(max_length=500, default="", allow_blank=True)
    effective_on = serializers.DateField(default=None, allow_null=True)


class NoticeCaseOut(serializers.ModelSerializer[NoticeCase]):
    """A system that used what the notice is about; its incident, or none as it was not live."""

    system = serializers.CharField(source="system.slug")
    incident = serializers.CharField(source="incident.number", allow_null=True, default=None)

    class Meta:
        model = NoticeCase
        fields = ["system", "products", "lifecycle", "incident"]


class NoticeRow(serializers.ModelSerializer[SupplierNotice]):
    """A notice in a list."""

    received_by = PersonOut()
    products = serializers.SerializerMethodField()

    class Meta:
        model = SupplierNotice
        fields = [
            "id", "kind", "title", "text", "link", "products", "effective_on", "received_at",
            "received_by", "recorded_at",
        ]  # fmt: skip

    def get_products(self, row: SupplierNotice) -> list[str]:
        """The names of the products that it is about."""
        loaded: Any = row
        return [about.product.name for about in loaded.shown_about]


class NoticeOut(NoticeRow):
    """A notice with the systems of the caller that it found."""

    cases = NoticeCaseOut(many=True, source="seen_cases")

    class Meta(NoticeRow.Meta):
        fields = [*NoticeRow.Meta.fields, "cases"]


class NoticeList(APIView):
    """The notices of a supplier."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="notices_list", tags=TAGS, responses=NoticeRow(many=True))
    def get(self, request: Request, supplier: str) -> Response:
        """Return what a supplier told, the newest first."""
        require_reader(request, clock.now())
        rows = notices_of(supplier=supplier_by_slug(supplier))
        return Response(NoticeRow(rows[:200], many=True).data)

    @extend_schema(
        operation_id="notices_record", tags=TAGS, request=NoticeIn, responses={201: NoticeOut}
    )
    def post(self, request: Request, supplier: str) -> Response:
        """Record a notice; an incident opens on every live system that uses a product of it."""
        at = clock.now()
        require_reader(request, at)
        given = NoticeIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        notice = record_notice(
            supplier_id=supplier_by_slug(supplier).pk,
            product_ids=values.pop("products"),
            told=Told(received_by_id=values.pop("received_by"), **values),
            actor=actor_of(request),
            at=at,
        )
        return _answer(request, notice.pk, status.HTTP_201_CREATED)


class NoticeDetail(APIView):
    """One notice."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="notices_read", tags=TAGS, responses=NoticeOut)
    def get(self, request: Request, supplier: str, notice_id: UUID) -> Response:
        """Return a notice with what came of it on the systems that the caller sees."""
        require_reader(request, clock.now())
        if notice_by_id(notice_id).supplier.slug != supplier:
            raise Missing("unknown_notice", "There is no such notice.")
        return _answer(request, notice_id)


def _answer(request: Request, notice_id: UUID, code: int = status.HTTP_200_OK) -> Response:
    found: Any = notice_by_id(notice_id)
    found.seen_cases = cases_of(notice=found, systems=visible_systems(request, clock.now()))
    return Response(NoticeOut(found).data, status=code)
