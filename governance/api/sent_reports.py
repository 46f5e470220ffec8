"""Where a program sends a report of Evidently, instead of having it fetched."""

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.ingest import arrived_at, token_of
from governance.services.sent_reports import Sender, Sent, take_in_report
from ledger.rules.instants import instant_read
from ledger.rules.refusals import Invalid, TooLarge
from ledger.rules.worded import worded
from registry.access import HasScope, actor_of
from registry.selectors.tokens import token_systems
from telemetry.connectors.asking import MOST_ANSWER
from telemetry.services.measurements import MOST_TOLD, told

AN_INSTANT = "An instant such as 2026-11-15T00:00:00Z."


class ReportRowOut(serializers.Serializer[Any]):
    """Why a line of the connector came to nothing."""

    row = serializers.IntegerField()
    field = serializers.CharField()
    reason = serializers.CharField()


class ReportReceiptOut(serializers.Serializer[Any]):
    """What became of a report."""

    dry_run = serializers.BooleanField()
    fetched = serializers.IntegerField(help_text="figures that the lines of the connector name")
    accepted = serializers.IntegerField()
    repeated = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    batch = serializers.UUIDField(allow_null=True)
    incidents = serializers.ListField(child=serializers.CharField())
    rejected = ReportRowOut(many=True)


class SentReports(APIView):
    """Reports of Evidently, by the lines of a connector of that kind."""

    permission_classes = [HasScope("measurements:write")]

    @extend_schema(
        operation_id="connectors_report",
        tags=["ingest"],
        parameters=[
            OpenApiParameter(
                "made_at",
                OpenApiTypes.DATETIME,
                description="when the report was made, where it does not say so itself",
            ),
            OpenApiParameter(
                "dry_run", bool, description="with true the answer is the same, nothing is kept"
            ),
        ],
        request={"application/json": OpenApiTypes.OBJECT},
        responses=ReportReceiptOut,
    )
    def post(self, request: Request, connector_id: UUID) -> Response:
        """Take the figures in that the connector's lines name; the same report again is known."""
        dry_run = _dry_run(request)
        sent = take_in_report(
            connector_id=connector_id,
            content=_content(request),
            made_at=_made_at(request),
            sender=Sender(actor_of(request), token_systems(token_of(request))),
            dry_run=dry_run,
            at=arrived_at(request),
        )
        _refuse_if_none(sent)
        return Response(
            {
                "dry_run": dry_run,
                "fetched": sent.fetched,
                "accepted": sent.accepted,
                "repeated": sent.repeated,
                "quarantined": sent.quarantined,
                "batch": sent.batch_id,
                "incidents": sent.incidents,
                "rejected": [told(one) for one in sent.rejected[:MOST_TOLD]],
            }
        )


def _refuse_if_none(sent: Sent) -> None:
    """Refuse a report of which nothing could be taken. Raises Invalid."""
    if not sent.rejected or sent.accepted + sent.repeated + sent.quarantined:
        return
    first = sent.rejected[0]
    raise Invalid(
        "rows_refused",
        worded(
            "Row {row}, {field}: {reason} No reading was stored.",
            row=first.row,
            field=first.field,
            reason=first.reason,
        ),
        extra={"rejected": [told(one) for one in sent.rejected[:MOST_TOLD]]},
    )


def _content(request: Request) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise Invalid("length_required", "Send the Content-Length of the body.")
    if int(length) > MOST_ANSWER:
        raise TooLarge(
            "body_too_large",
            worded("A report holds at most {most_answer} MiB.", most_answer=MOST_ANSWER // 2**20),
        )
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Invalid("encoding_not_supported", "Send the body as it is, without an encoding.")
    return bytes(request._request.body)


def _made_at(request: Request) -> datetime | None:
    given = request.query_params.get("made_at", "")
    if not given:
        return None
    try:
        return instant_read(given[:40])
    except ValueError as error:
        raise Invalid("invalid_document", AN_INSTANT, fields={"made_at": AN_INSTANT}) from error


def _dry_run(request: Request) -> bool:
    asked = request.query_params.get("dry_run", "false").lower()
    if asked not in ("true", "false"):
        raise Invalid(
            "invalid_document", "dry_run is true or false.", fields={"dry_run": "true or false"}
        )
    return bool(asked == "true")
