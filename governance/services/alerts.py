"""Alerts of others in: one cause is one incident, said again it is nothing new, ended it is told.

The end of an alert closes no incident: it is evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from governance.models import AlertNotice, Arrival
from governance.rules.alerts import (
    Alert,
    Unfit,
    cause_key,
    fault_of,
    is_reading,
    reading_of,
)
from governance.selectors.doors import senders_in
from governance.services.alert_cases import Became, begin_case, end_case, notice_of
from governance.services.arrivals import Arrived, Named, note_arrivals
from governance.services.intake import take_in_measurements
from governance.services.turns import take_turns
from incidents.models import Incident
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import System
from telemetry.rules.rows import Delivery, MeasurementRow, Rejection
from telemetry.services.measurements import unknown_system

SOURCE = "alertmanager"
NO_VALUE = "An alert that is over carries the value from when it fired: no reading."


@dataclass(slots=True)
class AlertReceipt:
    """What became of a delivery. `nothing` and `rejected` say why, by the number of the alert."""

    opened: list[Incident] = field(default_factory=list)
    joined: list[Incident] = field(default_factory=list)
    recovered: list[Incident] = field(default_factory=list)
    readings: int = 0
    repeated: int = 0
    taken: int = 0
    nothing: list[Rejection] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    arrived: Named = field(default_factory=dict)

    def tell(self, found: Became) -> None:
        """Name the incident of an alert, once however many alerts it has."""
        lists = {"incident": self.opened, "joined": self.joined, "recovered": self.recovered}
        told = lists.get(found.became)
        if told is None or found.incident is None:
            return
        if found.incident not in (self.opened + told):
            told.append(found.incident)

    def note(self, system: System, alert: Alert, *, reason: str = "") -> None:
        """Count an alert under its name."""
        one = self.arrived.setdefault((system.pk, alert.name), Arrived())
        one.taken += not reason
        one.not_taken += bool(reason)
        one.reason = reason or one.reason


def take_in_alerts(
    *, alerts: Sequence[Alert], reach: QuerySet[System], actor: Actor, at: datetime
) -> AlertReceipt:
    """Open, join or tell incidents of alerts, and judge the readings that some of them carry.

    Raises Invalid where no alert can be taken; then nothing is stored.
    """
    receipt = _take(alerts=alerts, reach=reach, actor=actor, at=at)
    note_arrivals(door=Arrival.Door.ALERTS, arrived=receipt.arrived, at=at)
    return receipt


@retried
@transaction.atomic
def _take(
    *, alerts: Sequence[Alert], reach: QuerySet[System], actor: Actor, at: datetime
) -> AlertReceipt:
    receipt = AlertReceipt()
    sound = _sound(receipt, alerts, reach)
    take_turns(cause_key(system.pk, one.name, one.environment) for _, one, system in sound)
    readings: list[tuple[int, MeasurementRow]] = []
    for number, alert, system in sound:
        if is_reading(alert):
            _read(receipt, readings, number, alert, system, at)
        else:
            _settle(receipt, number, alert, system, actor, at)
    if readings:
        _judge(receipt, readings, reach, actor, at)
    _refuse_if_none(receipt)
    return receipt


def _refuse_if_none(receipt: AlertReceipt) -> None:
    if not receipt.rejected or receipt.taken or receipt.repeated:
        return
    first = receipt.rejected[0]
    raise Invalid(
        "alerts_refused",
        worded(
            "Alert {row}, {field}: {why} Nothing was stored.",
            row=first.row,
            field=first.field,
            why=first.reason,
        ),
        extra={
            "rejected": [
                {"alert": one.row, "field": one.field, "reason": one.reason}
                for one in receipt.rejected
            ]
        },
    )


def _sound(
    receipt: AlertReceipt, alerts: Sequence[Alert], reach: QuerySet[System]
) -> list[tuple[int, Alert, System]]:
    """Return the alerts that can be kept, with their numbers and systems."""
    senders = senders_in(reach=reach, names={alert.system for alert in alerts})
    ids = {one.system_id for one in senders.values() if one is not None}
    systems = {one.pk: one for one in reach.filter(pk__in=ids).select_related("unit", "owner")}
    found = []
    for number, alert in enumerate(alerts, 1):
        fault, sender = fault_of(alert), senders.get(alert.system)
        if fault is not None:
            receipt.rejected.append(Rejection(number, fault.field, fault.reason))
        elif sender is None:
            words = unknown_system(alert.system[:80])
            receipt.rejected.append(Rejection(number, "labels", words))
        else:
            found.append((number, alert, systems[sender.system_id]))
    return found


def _read(
    receipt: AlertReceipt,
    readings: list[tuple[int, MeasurementRow]],
    number: int,
    alert: Alert,
    system: System,
    at: datetime,
) -> None:
    if alert.status == "resolved":
        receipt.taken += 1
        receipt.nothing.append(Rejection(number, "status", NO_VALUE))
        return
    row = reading_of(alert, at)
    if isinstance(row, Unfit):
        receipt.rejected.append(Rejection(number, row.field, row.reason))
        receipt.note(system, alert, reason=row.reason)
        return
    row.system = system.slug
    readings.append((number, row))
    receipt.note(system, alert)


def _judge(
    receipt: AlertReceipt,
    readings: Sequence[tuple[int, MeasurementRow]],
    reach: QuerySet[System],
    actor: Actor,
    at: datetime,
) -> None:
    numbers = [number for number, _ in readings]
    delivery = Delivery([row for _, row in readings], numbers, (), SOURCE)
    try:
        stored = take_in_measurements(delivery=delivery, reach=reach, actor=actor, at=at)
    except Invalid as refused:
        if "rejected" not in refused.extra:
            raise
        receipt.rejected += [Rejection(**one) for one in refused.extra["rejected"]]
        return
    receipt.readings, receipt.taken = stored.accepted, receipt.taken + stored.accepted
    receipt.repeated += stored.repeated
    receipt.rejected += stored.rejected
    receipt.opened += stored.incidents


def _settle(
    receipt: AlertReceipt,
    number: int,
    alert: Alert,
    system: System,
    actor: Actor,
    at: datetime,
) -> None:
    if notice_of(system=system, alert=alert, status=alert.status):
        receipt.repeated += 1
        return
    receipt.taken += 1
    settle = end_case if alert.status == "resolved" else begin_case
    found = settle(alert=alert, system=system, at=at)
    if found.reason:
        receipt.nothing.append(Rejection(number, "", found.reason))
    receipt.tell(found)
    receipt.note(system, alert, reason=found.reason)
    _keep(alert, system, found, actor, at)


def _keep(
    alert: Alert,
    system: System,
    found: Became,
    actor: Actor,
    at: datetime,
) -> None:
    notice = AlertNotice(
        system=system,
        fingerprint=alert.fingerprint,
        name=alert.name[:200],
        status=alert.status,
        environment=alert.environment,
        severity=alert.severity[:30],
        labels=alert.labels,
        summary=alert.summary,
        starts_at=alert.starts_at,
        ends_at=alert.over_at,
        received_at=at,
        sender_id=actor.id,
        incident=found.incident,
        became=found.became,
        reason=found.reason,
    )
    notice.save(force_insert=True, at=at)
    append_entry(
        verb="alert.fired" if alert.status == "firing" else "alert.ended",
        actor=actor,
        at=at,
        subject=("alert", alert.fingerprint, notice.name),
        after={"became": found.became, "starts_at": alert.starts_at, "ends_at": alert.over_at},
        reason=found.reason,
        incident_id=found.incident.pk if found.incident else None,
        system_id=system.pk,
        details={"labels": alert.labels, "environment": alert.environment},
    )
