"""Documents that a worker draws, over HTTP: ask, watch, download."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.rules.refusals import Missing
from outbox import clock
from registry.access import IsPerson, actor_of, signed_in
from reports.models import Printout
from reports.selectors.printouts import printout_of
from reports.services.papers import paper_of, request_paper
from reports.services.printouts import LEDGER, download_printout

TAGS = ["documents"]


class PaperIn(serializers.Serializer[Any]):
    """What a document is of, by the fields that its kind takes."""

    of = serializers.DictField(child=serializers.CharField(max_length=200), default=dict)


class PaperOut(serializers.ModelSerializer[Printout]):
    """A document: how far it is, what file came of it, and what has become of what it is of."""

    note = serializers.SerializerMethodField()

    class Meta:
        model = Printout
        fields = [
            "id",
            "kind",
            "title",
            "requested_at",
            "state",
            "failure",
            "made_at",
            "sha256",
            "size",
            "pages",
            "note",
        ]

    def get_note(self, row: Printout) -> str:
        """Say what the document is bound to, '' where it is bound to nothing."""
        return paper_of(row, at=clock.now()).note


class Papers(APIView):
    """Documents of one kind."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="paper_request", tags=TAGS, request=PaperIn, responses={202: PaperOut}
    )
    def post(self, request: Request, kind: str) -> Response:
        """Ask for a document: minutes, papers of a meeting, scorecard … A worker draws it."""
        given = PaperIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = request_paper(
            kind=kind, query=given.validated_data["of"], user=signed_in(request), at=clock.now()
        )
        return Response(
            PaperOut(made).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": f"/api/v1/papers/made/{made.pk}"},
        )


class PaperDetail(APIView):
    """One document."""

    permission_classes = [IsPerson]

    @extend_schema(operation_id="paper_read", tags=TAGS, responses=PaperOut)
    def get(self, request: Request, paper_id: UUID) -> Response:
        """Return how far the caller's document is."""
        return Response(PaperOut(_asked_for(request, paper_id)).data)


class PaperFile(APIView):
    """The document's file."""

    permission_classes = [IsPerson]

    @extend_schema(
        operation_id="paper_file",
        tags=TAGS,
        responses={(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request, paper_id: UUID) -> FileResponse:
        """Send the PDF; the download is on record. Files are kept for a day."""
        at, row = clock.now(), _asked_for(request, paper_id)
        name = paper_of(row, at=at).file_name
        path = download_printout(
            printout_id=row.pk, user=signed_in(request), actor=actor_of(request), at=at
        )
        return FileResponse(
            path.open("rb"),
            as_attachment=True,
            filename=f"{name}.pdf",
            content_type="application/pdf",
        )


def _asked_for(request: Request, paper_id: UUID) -> Printout:
    row = printout_of(printout_id=paper_id, user=signed_in(request))
    if row.kind == LEDGER:
        raise Missing("unknown_paper", "There is no such document that you may see.")
    return row
