"""Alertmanager's webhook: alerts that fire and alerts that are over."""

from collections.abc import Sequence
from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.door_notes import NotedDoor, note_names, reach_of
from governance.api.ingest import arrived_at, token_of
from governance.rules.alerts import VALUE, Alert, Payload
from governance.selectors.doors import senders_in
from governance.services.alerts import AlertReceipt, take_in_alerts
from ledger.rules.refusals import Invalid, Refused, TooLarge
from ledger.rules.worded import worded
from registry.access import HasScope, actor_of
from registry.selectors.tokens import token_systems
from telemetry.models import DoorState
from telemetry.rules.doubled import refuse_doubled_names
from telemetry.rules.excerpts import SHOWN, excerpt_of
from telemetry.rules.parsing import malformed
from telemetry.rules.rows import Rejection
from telemetry.services.doors import MOST_ROWS, Refusals, RefusedRow

MOST_BYTES = 2 * 2**20
VERSION = "4"
_decoder = msgspec.json.Decoder(Payload)


class AlertIn(serializers.Serializer[Any]):
    """One alert, as Alertmanager writes it."""

    status = serializers.ChoiceField(choices=["firing", "resolved"])
    labels = serializers.DictField(
        child=serializers.CharField(), help_text="countersign_system or system: its short name"
    )
    annotations = serializers.DictField(child=serializers.CharField(), required=False)
    startsAt = serializers.DateTimeField()
    endsAt = serializers.DateTimeField(required=False)
    fingerprint = serializers.CharField(max_length=64)


class AlertsIn(serializers.Serializer[Any]):
    """A delivery of Alertmanager's webhook, version 4; further fields are ignored."""

    version = serializers.CharField()
    alerts = AlertIn(many=True)


class AlertReasonOut(serializers.Serializer[Any]):
    """Why an alert was not taken, or came to nothing; the first alert is 1."""

    alert = serializers.IntegerField()
    field = serializers.CharField()
    reason = serializers.CharField()


class AlertsOut(serializers.Serializer[Any]):
    """What became of a delivery."""

    opened = serializers.ListField(child=serializers.CharField(), help_text="numbers of incidents")
    joined = serializers.ListField(child=serializers.CharField())
    recovered = serializers.ListField(
        child=serializers.CharField(), help_text="incidents told that all of their alerts are over"
    )
    readings = serializers.IntegerField(help_text="readings of KPIs that were stored")
    repeated = serializers.IntegerField(help_text="alerts that were known already")
    nothing = AlertReasonOut(many=True)
    rejected = AlertReasonOut(many=True)


class AlertsIngest(NotedDoor):
    """Where Alertmanager's webhook_config points to."""

    door = DoorState.Door.ALERTS
    alerts: Sequence[Alert] = ()
    permission_classes = [HasScope("measurements:write")]

    @extend_schema(
        operation_id="alerts_send", tags=["ingest"], request=AlertsIn, responses=AlertsOut
    )
    def post(self, request: Request) -> Response:
        """Open, join or tell incidents; an alert that carries a reading is judged by its KPI."""
        token = token_of(request)
        self.alerts = _read(request).alerts
        receipt = take_in_alerts(
            alerts=self.alerts,
            reach=token_systems(token),
            actor=actor_of(request),
            at=arrived_at(request),
        )
        bad = {one.row for one in receipt.rejected}
        note_names(
            self.door,
            receipt.arrived,
            sender=actor_of(request).name,
            kept={one.name for number, one in enumerate(self.alerts, 1) if number not in bad},
        )
        self.note(
            request,
            Refusals(
                rows=self._rows(request, receipt.rejected),
                accepted=receipt.taken,
                repeated=receipt.repeated,
                count=len(receipt.rejected),
            ),
        )
        return Response(told_of(receipt))

    def refused_rows(self, request: Request, refusal: Refused) -> list[RefusedRow]:
        """Return the alerts that a refusal names, with what they said."""
        told = refusal.extra.get("rejected", [])
        rejected = [Rejection(one["alert"], one["field"], one["reason"]) for one in told]
        return self._rows(request, rejected)

    def _rows(self, request: Request, rejected: Sequence[Rejection]) -> list[RefusedRow]:
        if not rejected:
            return []
        sent = [(one, self.alerts[one.row - 1]) for one in rejected[:MOST_ROWS]]
        names = {alert.system for _, alert in sent}
        senders = senders_in(reach=reach_of(request), names=names)
        found = []
        for one, alert in sent:
            sender = senders.get(alert.system)
            slug = sender.slug if sender is not None else ""
            found.append(RefusedRow(one.row, one.field, one.reason, _excerpt(alert), slug))
        return found


def _excerpt(alert: Alert) -> dict[str, str]:
    """Return what is shown of an alert: what tells it apart, and of other labels the names."""
    said = dict(alert.labels) | {"status": alert.status, "startsAt": alert.starts_at.isoformat()}
    if VALUE in alert.annotations:
        said[VALUE] = alert.annotations[VALUE]
    return excerpt_of(said, SHOWN["alerts"])


def _read(request: Request) -> Payload:
    """Return the delivery. Raises Invalid, TooLarge."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise Invalid("length_required", "Send the Content-Length of the body.")
    if int(length) > MOST_BYTES:
        raise TooLarge("body_too_large", "A delivery of alerts holds at most 2 MiB.")
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Invalid("encoding_not_supported", "Send the body as it is, without an encoding.")
    body = bytes(request._request.body)
    try:
        payload = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise malformed(error, body) from error
    refuse_doubled_names(body)
    if payload.version != VERSION:
        raise Invalid(
            "invalid_document", worded("The webhook's version is {version}.", version=VERSION)
        )
    return payload


def told_of(receipt: AlertReceipt) -> dict[str, Any]:
    """Return a receipt as the API tells it."""
    return {
        "opened": [one.number for one in receipt.opened],
        "joined": [one.number for one in receipt.joined],
        "recovered": [one.number for one in receipt.recovered],
        "readings": receipt.readings,
        "repeated": receipt.repeated,
        "nothing": [
            {"alert": one.row, "field": one.field, "reason": one.reason} for one in receipt.nothing
        ],
        "rejected": [
            {"alert": one.row, "field": one.field, "reason": one.reason} for one in receipt.rejected
        ],
    }
