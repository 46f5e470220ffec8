"""Files of readings over HTTP: looked at, settled, taken in with progress, put aside."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.connector_shapes import (
    UploadFaultOut,
    UploadImportIn,
    UploadIn,
    UploadOut,
    UploadSettleIn,
)
from governance.services.upload_imports import import_upload
from governance.services.uploads import (
    is_small,
    read_upload,
    request_import,
    settle_upload,
)
from outbox import clock
from registry.access import IsPerson, actor_of, etag, expected_version, signed_in
from registry.access.uploads import check_length
from telemetry.connectors.delimited import MOST_BYTES
from telemetry.models import Upload
from telemetry.selectors.uploads import faults_told, upload_for, uploads_for
from telemetry.services.uploads import Settled, withdraw_upload

TAGS = ["uploads"]
EVERY = ("system", "kpi", "environment", "window", "version")
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the upload as you saw it.",
)


class UploadPages(CursorPagination):
    """Keyset pages, newest first."""

    ordering = ("-uploaded_at", "id")
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


class FaultPages(CursorPagination):
    """Keyset pages in the order of the file."""

    ordering = ("number", "id")
    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 500


class UploadList(APIView):
    """The caller's files; look at another one."""

    permission_classes = [IsPerson]
    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="uploads_list", tags=TAGS, responses=UploadOut(many=True))
    def get(self, request: Request) -> Response:
        """Return a page of one's own files, newest first."""
        pages = UploadPages()
        page = pages.paginate_queryset(uploads_for(signed_in(request)), request, self)
        return pages.get_paginated_response(UploadOut(page or [], many=True).data)

    @extend_schema(
        operation_id="uploads_read", tags=TAGS, request=UploadIn, responses={201: UploadOut}
    )
    def post(self, request: Request) -> Response:
        """Read a file and say what is wrong with its lines; no reading is stored."""
        check_length(request._request)
        given = UploadIn(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        found = read_upload(
            name=said["file"].name or "file",
            content=said["file"].read(MOST_BYTES + 1),
            kind=said["kind"],
            every={name: said[name] for name in EVERY},
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(found, status.HTTP_201_CREATED)


class UploadDetail(APIView):
    """One file."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="uploads_detail", tags=TAGS, responses=UploadOut)
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Return a file with its ETag and how far it is taken in."""
        return _answer(upload_for(upload_id, signed_in(request)))


class UploadFaults(APIView):
    """What is wrong with the lines of a file."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="uploads_faults",
        tags=TAGS,
        parameters=[
            OpenApiParameter(
                "at_import", bool, description="true: what was refused when it was taken in"
            )
        ],
        responses=UploadFaultOut(many=True),
    )
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Return a page of faults in the order of the file."""
        found = upload_for(upload_id, signed_in(request))
        at_import = request.query_params.get("at_import", "false").lower() == "true"
        pages = FaultPages()
        page = pages.paginate_queryset(faults_told(found.pk, at_import=at_import), request, self)
        return pages.get_paginated_response(UploadFaultOut(page or [], many=True).data)


class UploadSettlement(APIView):
    """How a file is read."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="uploads_settle",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=UploadSettleIn,
        responses=UploadOut,
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Say which column is what and what stands for all lines; they are looked at anew."""
        given = UploadSettleIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = settle_upload(
            upload_id=upload_for(upload_id, signed_in(request)).pk,
            expected_version=expected_version(request),
            settled=Settled(**given.validated_data),
            actor=actor_of(request),
            at=clock.now(),
        )
        return _answer(found)


class UploadImport(APIView):
    """A file taken in."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="uploads_import",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=UploadImportIn,
        responses={200: UploadOut, 202: UploadOut},
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Take in what was looked at; many lines are left to a worker (202)."""
        given = UploadImportIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        found = request_import(
            upload_id=upload_for(upload_id, signed_in(request)).pk,
            expected_version=expected_version(request),
            without_bad=given.validated_data["without_bad"],
            actor=actor_of(request),
            at=at,
        )
        if not is_small(found):
            return _answer(found, status.HTTP_202_ACCEPTED)
        return _answer(import_upload(upload_id=found.pk, at=at))


class UploadWithdrawal(APIView):
    """A file put aside."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="uploads_withdraw", tags=TAGS, request=None, responses=UploadOut)
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Put a file aside; what was taken in of it stays."""
        found = upload_for(upload_id, signed_in(request))
        return _answer(withdraw_upload(upload_id=found.pk, actor=actor_of(request), at=clock.now()))


def _answer(found: Upload, code: int = status.HTTP_200_OK) -> Response:
    return Response(UploadOut(found).data, status=code, headers={"ETag": etag(found.version)})
