"""OTLP over HTTP: traces and metrics, protobuf and JSON, as any OpenTelemetry exporter sends them.

By the specification (https://opentelemetry.io/docs/specs/otlp/): 200 with what was not taken, 400
with a google.rpc.Status for what cannot be read, 429 and 503 with Retry-After.
"""

from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.door_notes import OtlpNotes
from governance.api.ingest import arrived_at, token_of
from governance.services.otlp import DoorReceipt, take_in_spans
from governance.services.otlp_points import take_in_points
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from registry.access import HasScope, actor_of
from registry.selectors.tokens import token_systems
from telemetry.connectors.otlp import (
    JSON,
    PROTOBUF,
    decoded_points,
    decoded_spans,
    inflated,
    too_large,
)
from telemetry.models import DoorState

MOST_REASONS = 10
COME_AGAIN = 5
log = structlog.get_logger(__name__)
RPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 10, 413: 8, 415: 3, 429: 8, 503: 14}
"""The codes of google.rpc.Code (https://grpc.io/docs/guides/status-codes/) by HTTP status."""

UNKNOWN = 2
DESCRIPTION = (
    "Send what an OTLP/HTTP exporter sends, as application/x-protobuf or application/json, plain "
    "or compressed by gzip, with a service token in the Authorization header. See "
    "docs/opentelemetry.md for what becomes a decision event, and of which attributes."
)
ANSWERS: Any = {
    200: OpenApiResponse(OpenApiTypes.OBJECT, "The export response of the signal"),
    400: OpenApiResponse(OpenApiTypes.OBJECT, "google.rpc.Status: what cannot be read, and why"),
    413: OpenApiResponse(OpenApiTypes.OBJECT, "google.rpc.Status: too large"),
    429: OpenApiResponse(OpenApiTypes.OBJECT, "google.rpc.Status: wait for Retry-After seconds"),
}
BODY: Any = {PROTOBUF: OpenApiTypes.BINARY, JSON: OpenApiTypes.OBJECT}


class _OtlpDoor(OtlpNotes):
    """Reads and answers in the format of the request, refusals too."""

    def handle_exception(self, exc: Exception) -> Response:
        """Return a refusal as google.rpc.Status; a defect stays a defect.

        A database that is out of reach is told as 503: exporters come again after that alone.
        """
        if isinstance(exc, OperationalError | InterfaceError):
            log.error("otlp_not_taken", error=str(exc))
            exc = Unavailable()
        problem = super().handle_exception(exc)
        if isinstance(exc, Unavailable):
            problem["Retry-After"] = str(COME_AGAIN)
        said = problem.data.get("detail", "") if isinstance(problem.data, dict) else ""
        kind = _kind_of(self.request) or PROTOBUF
        answer = HttpResponse(
            status_in(kind, RPC_CODES.get(problem.status_code, UNKNOWN), str(said)),
            status=problem.status_code,
            content_type=kind,
        )
        for name in ("Retry-After", "WWW-Authenticate"):
            if name in problem.headers:
                answer[name] = problem.headers[name]
        return answer  # type: ignore[return-value]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Leave an answer as it is: it needs no renderer."""
        if isinstance(response, Response):
            return super().finalize_response(request, response, *args, **kwargs)
        return response


class OtlpTraces(_OtlpDoor):
    """Spans: decisions of systems become decision events."""

    door = DoorState.Door.TRACES
    permission_classes = [HasScope("decisions:write")]

    @extend_schema(
        operation_id="otlp_traces_send",
        tags=["ingest"],
        description=DESCRIPTION,
        request=BODY,
        responses=ANSWERS,
    )
    def post(self, request: Request) -> HttpResponse:
        """Store and judge the decisions among spans; everything else is ignored and counted."""
        token = token_of(request)
        kind, body = read_otlp(request)
        receipt = take_in_spans(
            spans=decoded_spans(body, kind),
            reach=token_systems(token),
            actor=actor_of(request),
            at=arrived_at(request),
        )
        self.tell(request, receipt)
        answer = ExportTraceServiceResponse()
        if receipt.rejected:
            answer.partial_success.rejected_spans = receipt.rejected
            answer.partial_success.error_message = reasons_of(receipt, "spans")
        return _answer(kind, answer, receipt, "rejectedSpans")


class OtlpMetrics(_OtlpDoor):
    """Points of metrics: by the mapping of their system they become readings of KPIs."""

    door = DoorState.Door.METRICS
    permission_classes = [HasScope("measurements:write")]

    @extend_schema(
        operation_id="otlp_metrics_send",
        tags=["ingest"],
        description=DESCRIPTION,
        request=BODY,
        responses=ANSWERS,
    )
    def post(self, request: Request) -> HttpResponse:
        """Add points to the windows of their mappings; what nobody mapped is ignored and noted."""
        token = token_of(request)
        kind, body = read_otlp(request)
        receipt = take_in_points(
            points=decoded_points(body, kind),
            reach=token_systems(token),
            actor=actor_of(request),
            at=arrived_at(request),
        )
        self.tell(request, receipt)
        answer = ExportMetricsServiceResponse()
        if receipt.rejected:
            answer.partial_success.rejected_data_points = receipt.rejected
            answer.partial_success.error_message = reasons_of(receipt, "points")
        return _answer(kind, answer, receipt, "rejectedDataPoints")


class Unavailable(APIException):
    """Nothing can be stored at the moment."""

    status_code = 503
    default_code = "unavailable"
    default_detail = "The record cannot be reached at the moment; nothing was stored."


class UnsupportedMedia(APIException):
    """A body in a format that this door does not read."""

    status_code = 415
    default_code = "unsupported_media_type"
    default_detail = worded("Send {protobuf} or {json}.", protobuf=PROTOBUF, json=JSON)


def read_otlp(request: Request) -> tuple[str, bytes]:
    """Return the format and the inflated body. Raises Invalid, TooLarge, UnsupportedMedia."""
    kind = _kind_of(request)
    if kind is None:
        raise UnsupportedMedia
    most = settings.OTLP_MAX_BYTES
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise Invalid("length_required", "Send the Content-Length of the body.")
    if int(length) > most:
        raise too_large(most)
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    return kind, inflated(bytes(request._request.body), encoding, most=most)


def _kind_of(request: Any) -> str | None:
    named = (request.META.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    return named if named in (JSON, PROTOBUF) else None


def reasons_of(receipt: DoorReceipt, what: str) -> str:
    """Return why some were not taken, the most frequent reasons first, each with its count."""
    found = receipt.refused.most_common(MOST_REASONS)
    words = " ".join(f"{count} {what}: {reason}" for reason, count in found)
    left = len(receipt.refused) - len(found)
    return (
        worded("{words} And {left} further reasons.", words=words, left=left) if left > 0 else words
    )


def status_in(kind: str, code: int, message: str) -> bytes:
    """Return a google.rpc.Status: int32 code = 1, string message = 2."""
    if kind == JSON:
        return orjson.dumps({"code": code, "message": message})
    text = message.encode()
    return bytes([0x08, code, 0x12]) + _length(len(text)) + text


def _length(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _answer(kind: str, answer: Any, receipt: DoorReceipt, rejected: str) -> HttpResponse:
    if kind == PROTOBUF:
        return HttpResponse(answer.SerializeToString(), content_type=kind)
    told: dict[str, Any] = {}
    if receipt.rejected:
        # Numbers of 64 bits are text in the JSON of protobuf.
        told = {
            "partialSuccess": {
                rejected: str(receipt.rejected),
                "errorMessage": answer.partial_success.error_message,
            }
        }
    return HttpResponse(orjson.dumps(told), content_type=kind)
