"""Lists of the ledger on paper over HTTP: ask, watch, download."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.rules.ledger_file import file_name
from governance.rules.ledger_filter import FIELDS, asked_of
from governance.selectors.pages.ledger_exceptions import usual_period
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from reports.models import Printout
from reports.selectors.printouts import printout_of
from reports.services.printouts import download_printout, request_printout

TAGS = ["ledger"]


class PrintoutIn(serializers.Serializer[Any]):
    """The filter, as `GET /ledger/entries` takes it; `exceptions` for the list of exceptions."""

    filter = serializers.DictField(child=serializers.CharField(), default=dict)
    exceptions = serializers.BooleanField(default=False)

    def validate_filter(self, given: dict[str, str]) -> dict[str, str]:
        """Refuse names that no filter has: a list would be longer than was meant."""
        unknown = sorted(set(given) - set(FIELDS))
        if unknown:
            raise serializers.ValidationError(f"There is no filter {', '.join(unknown)}.")
        return given


class PrintoutOut(serializers.ModelSerializer[Printout]):
    """A list as a PDF: how far it is, and what file came of it."""

    class Meta:
        model = Printout
        fields = [
            "id",
            "query",
            "exceptions",
            "newest_entry",
            "lines",
            "requested_at",
            "state",
            "failure",
            "made_at",
            "sha256",
            "size",
            "pages",
        ]


class LedgerPrintouts(APIView):
    """Lists of the ledger as PDFs."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="ledger_print", tags=TAGS, request=PrintoutIn, responses={202: PrintoutOut}
    )
    def post(self, request: Request) -> Response:
        """Ask for a list; a worker makes it. 413 for more entries than a PDF holds."""
        given = PrintoutIn(data=request.data)
        given.is_valid(raise_exception=True)
        values, user, at = given.validated_data, signed_in(request), clock.now()
        asked = asked_of(values["filter"], exceptions=values["exceptions"])
        if asked.exceptions:
            asked = usual_period(asked, zone=ZoneInfo(user.zone), at=at)
        made = request_printout(asked=asked, user=user, at=at)
        return Response(
            PrintoutOut(made).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": f"/api/v1/ledger/lists/{made.pk}"},
        )


class LedgerPrintout(APIView):
    """One list."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="ledger_print_read", tags=TAGS, responses=PrintoutOut)
    def get(self, request: Request, printout_id: UUID) -> Response:
        """Return how far the caller's list is."""
        found = printout_of(printout_id=printout_id, user=signed_in(request))
        return Response(PrintoutOut(found).data)


class LedgerPrintoutFile(APIView):
    """The list's file."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="ledger_print_file",
        tags=TAGS,
        responses={(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request, printout_id: UUID) -> FileResponse:
        """Send the PDF; the download is on record. Files are kept for a day."""
        user = signed_in(request)
        path = download_printout(
            printout_id=printout_id, user=user, actor=actor_of(request), at=clock.now()
        )
        row = printout_of(printout_id=printout_id, user=user)
        name = file_name(at=row.requested_at, exceptions=row.exceptions, ending="pdf")
        return FileResponse(
            path.open("rb"), as_attachment=True, filename=name, content_type="application/pdf"
        )
