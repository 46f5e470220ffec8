"""Import and export over HTTP: read a file in, settle, apply; bills of materials."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

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
from registry.access.attachments import bill_answer
from registry.api.exchange_shapes import (
    ElsewhereOut,
    ImportIn,
    ImportOut,
    ImportRowOut,
    RegistryIn,
    RegistryOut,
    SettleIn,
    SwitchIn,
)
from registry.models import Import, ImportRow
from registry.rules.exchange.tables import MOST_BYTES
from registry.selectors.exchange import (
    import_for,
    imports_for,
    model_registries,
    recorded_elsewhere,
    rows_of_import,
)
from registry.services.exchange import (
    apply_import,
    change_registry,
    connect_registry,
    read_import,
    read_registry,
    request_apply,
    settle_import,
    withdraw_import,
)
from registry.services.exchange.applying import is_small
from registry.services.exchange.bills import take_bill
from registry.services.exchange.settling import Settled

TAGS = ["exchange"]
BOM = {(200, "application/vnd.cyclonedx+json"): OpenApiResponse(OpenApiTypes.OBJECT)}
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the import as you saw it.",
)


class ImportPages(CursorPagination):
    """Keyset pages, newest first."""

    ordering = ("-uploaded_at", "id")
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


class RowPages(CursorPagination):
    """Keyset pages in the order of the file."""

    ordering = ("kind", "number")
    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 500


class ImportList(APIView):
    """Imports that the caller may see; read another file in."""

    permission_classes = [IsPerson]
    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="imports_list", tags=TAGS, responses=ImportOut(many=True))
    def get(self, request: Request) -> Response:
        """Return a page of imports, newest first."""
        pages = ImportPages()
        rows = imports_for(user=signed_in(request), at=clock.now())
        page = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response(ImportOut(page or [], many=True).data)

    @extend_schema(
        operation_id="imports_read", tags=TAGS, request=ImportIn, responses={201: ImportOut}
    )
    def post(self, request: Request) -> Response:
        """Read a file; nothing of the registry is changed."""
        given = ImportIn(data=request.data)
        given.is_valid(raise_exception=True)
        file = given.validated_data["file"]
        found = read_import(
            name=file.name or "file",
            content=file.read(MOST_BYTES + 1),
            kind=given.validated_data["kind"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(found, status.HTTP_201_CREATED)


class ImportDetail(APIView):
    """One import."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="imports_detail", tags=TAGS, responses=ImportOut)
    def get(self, request: Request, import_id: UUID) -> Response:
        """Return an import with its ETag."""
        return _answer(import_for(import_id=import_id, user=signed_in(request), at=clock.now()))


class ImportRows(APIView):
    """The rows of an import."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="imports_rows",
        tags=TAGS,
        parameters=[OpenApiParameter("action", str, enum=ImportRow.Action.values)],
        responses=ImportRowOut(many=True),
    )
    def get(self, request: Request, import_id: UUID) -> Response:
        """Return a page of rows in the order of the file."""
        found = import_for(import_id=import_id, user=signed_in(request), at=clock.now())
        action = request.query_params.get("action", "")
        known = action if action in ImportRow.Action.values else ""
        pages = RowPages()
        page = pages.paginate_queryset(
            rows_of_import(import_id=found.pk, action=known), request, self
        )
        return pages.get_paginated_response(ImportRowOut(page or [], many=True).data)


class ImportSettlement(APIView):
    """How an import is read."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="imports_settle",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=SettleIn,
        responses=ImportOut,
    )
    def post(self, request: Request, import_id: UUID) -> Response:
        """Say which column is what and who is meant; the rows are judged anew."""
        given = SettleIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        found = settle_import(
            import_id=import_for(import_id=import_id, user=signed_in(request), at=at).pk,
            expected_version=expected_version(request),
            settled=Settled(**given.validated_data),
            actor=actor_of(request),
            at=at,
        )
        return _answer(found)


class ImportApplication(APIView):
    """An import carried out."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="imports_apply",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=None,
        responses={200: ImportOut, 202: ImportOut},
    )
    def post(self, request: Request, import_id: UUID) -> Response:
        """Apply what was looked at, whole or not at all; many rows are left to a worker (202)."""
        at = clock.now()
        found = request_apply(
            import_id=import_for(import_id=import_id, user=signed_in(request), at=at).pk,
            expected_version=expected_version(request),
            actor=actor_of(request),
            at=at,
        )
        if not is_small(found):
            return _answer(found, status.HTTP_202_ACCEPTED)
        return _answer(apply_import(import_id=found.pk, at=at))


class ImportWithdrawal(APIView):
    """An import put aside."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="imports_withdraw", tags=TAGS, request=None, responses=ImportOut)
    def post(self, request: Request, import_id: UUID) -> Response:
        """Put an import aside: nothing of it is applied."""
        at = clock.now()
        found = import_for(import_id=import_id, user=signed_in(request), at=at)
        return _answer(withdraw_import(import_id=found.pk, actor=actor_of(request), at=at))


class RegistryList(APIView):
    """Model registries that versions are read from."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="model_registries_list", tags=TAGS, responses=RegistryOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Return the registries by name."""
        return Response(RegistryOut(model_registries(), many=True).data)

    @extend_schema(
        operation_id="model_registries_connect",
        tags=TAGS,
        request=RegistryIn,
        responses={201: RegistryOut},
    )
    def post(self, request: Request) -> Response:
        """Connect a registry; its credential is stored encrypted and never given out."""
        given = RegistryIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = connect_registry(**given.validated_data, actor=actor_of(request), at=clock.now())
        return Response(RegistryOut(made).data, status=status.HTTP_201_CREATED)


class RegistrySwitch(APIView):
    """A registry on or off."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="model_registries_switch", tags=TAGS, request=SwitchIn, responses=RegistryOut
    )
    def post(self, request: Request, registry_id: UUID) -> Response:
        """Switch a registry off, or on again."""
        given = SwitchIn(data=request.data)
        given.is_valid(raise_exception=True)
        changed = change_registry(
            registry_id=registry_id,
            active=given.validated_data["active"],
            actor=actor_of(request),
            at=clock.now(),
        )
        return Response(RegistryOut(changed).data)


class RegistryReading(APIView):
    """A registry read into an import."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="model_registries_read", tags=TAGS, request=None, responses={201: ImportOut}
    )
    def post(self, request: Request, registry_id: UUID) -> Response:
        """Read the registry's versions into an import to look at."""
        found = read_registry(registry_id=registry_id, actor=actor_of(request), at=clock.now())
        return _answer(found, status.HTTP_201_CREATED)


class SystemsBill(APIView):
    """The bill of materials of all systems that the caller may see."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="mlbom_all", tags=TAGS, responses=BOM)
    def get(self, request: Request) -> HttpResponse:
        """Return CycloneDX 1.6 with model cards; the download is on record."""
        at = clock.now()
        systems = visible_systems(request, at)
        return bill_answer(take_bill(systems=systems, actor=actor_of(request), at=at), "systems")


class SystemBill(APIView):
    """The bill of materials of one system."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="mlbom_system", tags=TAGS, responses=BOM)
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return CycloneDX 1.6 with every version; the download is on record."""
        at = clock.now()
        found = visible_system(request, slug, at)
        systems = visible_systems(request, at).filter(pk=found.pk)
        content = take_bill(systems=systems, one=found, actor=actor_of(request), at=at)
        return bill_answer(content, slug)


class SystemElsewhere(APIView):
    """What other records say of a system's past."""

    permission_classes = [HasScope("read")]

    @extend_schema(operation_id="systems_elsewhere", tags=TAGS, responses=ElsewhereOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Return it, newest first: recorded elsewhere, unsigned."""
        found = visible_system(request, slug, clock.now())
        rows = recorded_elsewhere(system_id=found.pk)[:500]
        return Response(ElsewhereOut(rows, many=True).data)


def _answer(found: Import, code: int = status.HTTP_200_OK) -> Response:
    return Response(ImportOut(found).data, status=code, headers={"ETag": etag(found.version)})
