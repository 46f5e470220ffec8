"""Where labels of decision events come in: what was found out about them later."""

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.door_notes import BulkDoor
from governance.api.ingest import (
    PARAMETERS,
    arrived_at,
    delivered,
    kept_or_rehearsed,
    receipt_body,
    token_of,
)
from governance.api.ingest_shapes import BatchReceiptOut
from governance.services.labels import take_in_labels
from registry.access import HasScope, actor_of
from registry.selectors.tokens import token_systems
from telemetry.models import DoorState
from telemetry.rules.rows import LABELS, LabelRow


class LabelIn(serializers.Serializer[Any]):
    """What was found out about an event. The newest `labelled_at` of a kind counts."""

    system = serializers.CharField(max_length=80)
    event_id = serializers.CharField(max_length=80)
    at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="the instant of the event; without it slower"
    )
    kind = serializers.ChoiceField(choices=list(LABELS))
    value = serializers.JSONField(help_text="a text, number, true or false, or a list of ids")
    labelled_at = serializers.DateTimeField(help_text="with its time zone")
    reviewer = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="a code, never a name"
    )


class LabelsIn(serializers.Serializer[Any]):
    """Labels in bulk."""

    on_error = serializers.ChoiceField(choices=["keep_good", "refuse_all"], default="keep_good")
    source = serializers.CharField(max_length=120, default="", allow_blank=True)  # type: ignore[assignment]
    labels = LabelIn(many=True)


class LabelsIngest(BulkDoor):
    """Labels of decision events, from which their windows are computed again."""

    door, key = DoorState.Door.LABELS, "labels"
    permission_classes = [HasScope("decisions:write")]

    @extend_schema(
        operation_id="labels_send",
        tags=["ingest"],
        parameters=PARAMETERS,
        request={"application/json": LabelsIn, "application/x-ndjson": LabelsIn},
        responses=BatchReceiptOut,
    )
    def post(self, request: Request) -> Response:
        """Store labels, compute the windows of their events again, judge what changed."""
        token = token_of(request)
        delivery = delivered(request, self.key, LabelRow)
        deliver = partial(
            take_in_labels,
            delivery=delivery,
            reach=token_systems(token),
            actor=actor_of(request),
            at=arrived_at(request),
        )
        receipt, said = kept_or_rehearsed(request, deliver)
        if not said:
            self.tell(request, delivery, receipt)
        return Response(receipt_body(receipt) | {"computed": receipt.computed} | said)
