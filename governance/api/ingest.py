"""Where readings, decision events and heartbeats come in: service tokens only, in bulk."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.door_notes import LINES, BulkDoor
from governance.api.ingest_shapes import (
    BatchReceiptOut,
    DecisionsIn,
    HeartbeatIn,
    HeartbeatOut,
    MeasurementsIn,
)
from governance.services.intake import Receipt, take_in_decisions, take_in_measurements
from governance.services.rehearsals import rehearse
from ledger.rules.refusals import Forbidden, Invalid, TooLarge
from ledger.rules.worded import worded
from outbox import clock
from registry.access import HasScope, TokenAuthentication, actor_of, asked_at, visible_system
from registry.models import ServiceToken
from registry.selectors.tokens import token_systems
from telemetry.models import DoorState
from telemetry.rules.parsing import parse_json, parse_lines
from telemetry.rules.rows import DecisionRow, Delivery, MeasurementRow, OnError
from telemetry.services.heartbeats import record_heartbeat
from telemetry.services.measurements import MOST_TOLD, told
from telemetry.services.series import Reach

R = TypeVar("R")
DRY_RUN = OpenApiParameter(
    "dry_run",
    bool,
    description="With true the answer is the same, marked as a dry run, and nothing is kept:"
    " no reading, no series, no incident. The numbers in it name nothing.",
)
PARAMETERS = [
    OpenApiParameter(
        "on_error",
        str,
        enum=["keep_good", "refuse_all"],
        description="For NDJSON: keep the good rows, or refuse all where one is not good.",
    ),
    OpenApiParameter("source", str, description="For NDJSON: what the rows come from."),
    DRY_RUN,
]


class MeasurementsIngest(BulkDoor):
    """Values of KPIs by window. Sending them again is harmless."""

    door, key = DoorState.Door.MEASUREMENTS, "measurements"
    permission_classes = [HasScope("measurements:write")]

    @extend_schema(
        operation_id="measurements_send",
        tags=["ingest"],
        parameters=PARAMETERS,
        request={"application/json": MeasurementsIn, "application/x-ndjson": MeasurementsIn},
        responses=BatchReceiptOut,
    )
    def post(self, request: Request) -> Response:
        """Store and judge measurements; each row that is not taken is told with its reason."""
        token_of(request)
        delivery = delivered(request, self.key, MeasurementRow)
        deliver = partial(
            take_in_measurements,
            delivery=delivery,
            reach=reach_of(request),
            actor=actor_of(request),
            at=arrived_at(request),
        )
        receipt, said = kept_or_rehearsed(request, deliver)
        if not said:
            self.tell(request, delivery, receipt)
        return Response(receipt_body(receipt) | said)


class DecisionsIngest(BulkDoor):
    """Decision events, from which KPIs are computed by window and segment."""

    door, key = DoorState.Door.DECISIONS, "events"
    permission_classes = [HasScope("decisions:write")]

    @extend_schema(
        operation_id="decisions_send",
        tags=["ingest"],
        parameters=PARAMETERS,
        request={"application/json": DecisionsIn, "application/x-ndjson": DecisionsIn},
        responses=BatchReceiptOut,
    )
    def post(self, request: Request) -> Response:
        """Store events, compute the windows that have ended, judge them."""
        token = token_of(request)
        delivery = delivered(request, self.key, DecisionRow)
        deliver = partial(
            take_in_decisions,
            delivery=delivery,
            reach=token_systems(token),
            actor=actor_of(request),
            at=arrived_at(request),
        )
        receipt, said = kept_or_rehearsed(request, deliver)
        if not said:
            self.tell(request, delivery, receipt)
        return Response(receipt_body(receipt) | {"computed": receipt.computed} | said)


class HeartbeatsIngest(APIView):
    """Signs of life of a gateway."""

    permission_classes = [HasScope("heartbeat:write")]

    @extend_schema(
        operation_id="heartbeats_send",
        tags=["ingest"],
        request=HeartbeatIn,
        responses={201: HeartbeatOut},
    )
    def post(self, request: Request) -> Response:
        """Note that a gateway is alive and how many calls it refused."""
        token_of(request)
        given = HeartbeatIn(data=request.data)
        given.is_valid(raise_exception=True)
        at = clock.now()
        beat = record_heartbeat(
            system_id=visible_system(request, given.validated_data["system"], at).pk,
            environment=given.validated_data["environment"],
            refused_calls=given.validated_data["refused_calls"],
            actor=actor_of(request),
            at=at,
        )
        return Response(HeartbeatOut(beat).data, status=201)


def token_of(request: Request) -> ServiceToken:
    """Return the caller's service token. Raises Forbidden for a person's session."""
    if isinstance(request.auth, ServiceToken):
        return request.auth
    raise Forbidden(
        "token_needed",
        "Readings are sent with a service token, so that it is on record which machine sent them.",
        who_can=["a service account with a token"],
    )


def arrived_at(request: Request) -> datetime:
    """Return the instant at which authentication read the clock: once a request is enough."""
    return asked_at(request)


def reach_of(request: Request) -> Reach:
    """Return the systems that the caller's token may write to, as authentication found them."""
    door = request.successful_authenticator
    known = door.found.reach if isinstance(door, TokenAuthentication) else None
    return token_systems(token_of(request)) if known is None else known


def delivered(
    request: Request, key: str, row: type[Any], most_rows: int | None = None
) -> Delivery[Any]:
    """Read a body of rows, JSON or one row a line. Raises Invalid, TooLarge."""
    body, most = read_body(request), most_rows or settings.INGEST_MAX_ROWS
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind in LINES:
        return parse_lines(
            body,
            row=row,
            most_rows=most,
            source=request.query_params.get("source", "")[:120],
            on_error=_on_error(request),
        )
    return parse_json(body, key=key, row=row, most_rows=most)


def read_body(request: Request) -> bytes:
    """Read the body once its length is known to be small enough. Raises Invalid, TooLarge."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise Invalid("length_required", "Send the Content-Length of the body.")
    if int(length) > settings.INGEST_MAX_BYTES:
        megabytes = settings.INGEST_MAX_BYTES // 2**20
        raise TooLarge(
            "body_too_large",
            worded(
                "A body holds at most {megabytes} MiB; send several smaller ones.",
                megabytes=megabytes,
            ),
        )
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Invalid("encoding_not_supported", "Send the body as it is, without an encoding.")
    return bytes(request._request.body)


def receipt_body(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as the API tells it; of very many rows the first thousand."""
    return {
        "batch": receipt.batch_id,
        "accepted": receipt.accepted,
        "repeated": receipt.repeated,
        "quarantined": len(receipt.quarantined),
        "quarantined_rows": receipt.quarantined[:MOST_TOLD],
        "rejected": [told(one) for one in receipt.rejected[:MOST_TOLD]],
        "rejected_count": len(receipt.rejected),
        "incidents": [incident.number for incident in receipt.incidents],
    }


def kept_or_rehearsed(request: Request, deliver: Callable[[], R]) -> tuple[R, dict[str, bool]]:
    """Deliver, or with `dry_run=true` only rehearse it; return the receipt and how it is marked.

    Raises Invalid for another word.
    """
    asked = request.query_params.get("dry_run", "false").lower()
    if asked not in ("true", "false"):
        raise Invalid(
            "invalid_document", "dry_run is true or false.", fields={"dry_run": "true or false"}
        )
    if asked == "true":
        return rehearse(deliver), {"dry_run": True}
    return deliver(), {}


def _on_error(request: Request) -> OnError:
    given = request.query_params.get("on_error", "keep_good")
    if given == "keep_good":
        return "keep_good"
    if given == "refuse_all":
        return "refuse_all"
    raise Invalid(
        "invalid_document",
        "on_error is keep_good or refuse_all.",
        fields={"on_error": "keep_good or refuse_all"},
    )
