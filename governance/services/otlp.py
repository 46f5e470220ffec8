"""Spans in: decisions with their steps become decision events, judged in the same transaction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from governance.models import Arrival, SpanPart
from governance.selectors.doors import Sender, parts_of_traces, senders_in
from governance.services.arrivals import Arrived, Named, note_arrivals
from governance.services.intake import take_in_decisions
from incidents.models import Incident
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid
from ledger.rules.worded import as_written, joined, worded
from registry.models import System
from telemetry.rules.excerpts import SPAN, excerpt_of
from telemetry.rules.otlp.conventions import AGENT_RUNS, MODEL_CALLS, OWN, operation_of, text_said
from telemetry.rules.otlp.parts import Part
from telemetry.rules.otlp.shapes import Attributes, Span
from telemetry.rules.otlp.spans import Sorted, Unfit, event_of, is_decision, sort_spans
from telemetry.rules.rows import DecisionRow, Delivery
from telemetry.services.doors import MOST_ROWS, RefusedRow

SOURCE = "otlp"
PARTS_WAIT = timedelta(hours=1)
AT_ONCE = 5000
OTHER = "(other spans)"
NO_DECISION = "It is no decision by what the system says of its spans."
MODES = {
    "model_calls": "Only calls of a model are decisions of this system.",
    "agent_runs": "Only runs of an agent are decisions of this system.",
    "marked": "Only spans with countersign.decision = true are decisions of this system.",
}


@dataclass(slots=True)
class DoorReceipt:
    """What became of a delivery. `refused` counts by reason; `ignored` is what concerns nobody."""

    taken: int = 0
    repeated: int = 0
    ignored: int = 0
    waiting: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    incidents: list[Incident] = field(default_factory=list)
    arrived: Named = field(default_factory=dict)
    rows: list[RefusedRow] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """How many were not taken though they should have been."""
        return self.refused.total()

    def refuse(self, reason: str, times: int = 1) -> None:
        """Count what is not taken, by its reason."""
        self.refused[reason] += times

    def keep(self, reason: str, row: Mapping[str, str], system: str = "") -> None:
        """Keep an excerpt of what is not taken, of the first five hundred."""
        if len(self.rows) < MOST_ROWS:
            name, told, words = reason.partition(": ") if reason[:1].islower() else ("", "", "")
            plain = bool(told) and " " not in name
            number = len(self.rows) + 1
            self.rows.append(
                RefusedRow(number, name if plain else "", words if plain else reason, row, system)
            )

    def note(self, system: UUID, name: str, *, taken: int = 0, reason: str = "") -> Arrived:
        """Count what came under a name."""
        one = self.arrived.setdefault((system, name), Arrived())
        one.taken += taken
        if reason:
            one.not_taken += 1
            one.reason = reason
        return one


class Place(NamedTuple):
    """Where an event comes from: its sender, and the span that it was."""

    sender: Sender
    operation: str
    span: Span


def take_in_spans(
    *, spans: Sequence[Span], reach: QuerySet[System], actor: Actor, at: datetime
) -> DoorReceipt:
    """Store and judge the decisions among spans; steps wait for theirs, the rest is ignored.

    Nothing is raised for spans that are not good: the receipt counts them by reason.
    """
    receipt = _take(spans=spans, reach=reach, actor=actor, at=at)
    note_arrivals(door=Arrival.Door.TRACES, arrived=receipt.arrived, at=at)
    return receipt


@retried
@transaction.atomic
def _take(
    *, spans: Sequence[Span], reach: QuerySet[System], actor: Actor, at: datetime
) -> DoorReceipt:
    receipt = DoorReceipt()
    groups = _by_sender(receipt, spans, reach)
    found = _sorted(groups)
    rows: list[DecisionRow] = []
    places: list[Place] = []
    for sender, one in found:
        receipt.ignored += one.ignored
        for span, parts in one.decisions:
            place = Place(sender, operation_of(span.attributes) or span.name, span)
            try:
                rows.append(event_of(span, parts, sender.slug))
                places.append(place)
            except Unfit as error:
                name, reason = error.args
                _refuse(receipt, place, joined(": ", [as_written(name), reason]))
    _note_others(receipt, groups)
    _keep(receipt, found, at)
    if rows:
        _store(receipt, rows, places, reach, actor, at)
    return receipt


def service_of(resource: Attributes) -> str:
    """Return the name that a sender goes by: our own attribute, or else service.name."""
    own = resource.get(OWN + "system")
    return own if isinstance(own, str) and own else text_said("service", resource)


def nobody(name: str, *, several: bool) -> str:
    """Return why telemetry under a name is not taken."""
    if several:
        return worded(
            "Several systems go by the service name {name!r}; say countersign.system.",
            name=name[:80],
        )
    if not name:
        return "The resource has no service.name, so its system is not known."
    return worded(
        "No system that this token may write to goes by the service name {name!r}.", name=name[:80]
    )


def _by_sender(
    receipt: DoorReceipt, spans: Sequence[Span], reach: QuerySet[System]
) -> list[tuple[Sender, list[Span]]]:
    named = [(service_of(span.resource), span) for span in spans]
    senders = senders_in(reach=reach, names={name for name, _ in named})
    groups: dict[UUID, tuple[Sender, list[Span]]] = {}
    for name, span in named:
        sender = senders.get(name)
        if sender is not None:
            groups.setdefault(sender.system_id, (sender, []))[1].append(span)
        elif _could_be_one(span):
            reason = nobody(name, several=name in senders)
            receipt.refuse(reason)
            receipt.keep(reason, _excerpt(span, operation_of(span.attributes) or span.name))
        else:
            receipt.ignored += 1
    return list(groups.values())


def _could_be_one(span: Span) -> bool:
    """Whether a span of a sender that nobody knows would be a decision of some system."""
    marked = is_decision(span, "marked")
    return marked or operation_of(span.attributes) in MODEL_CALLS | AGENT_RUNS


def _sorted(groups: Sequence[tuple[Sender, list[Span]]]) -> list[tuple[Sender, Sorted]]:
    """Sort the spans of each sender, with the steps that came before in their traces."""
    traces = {
        sender.system_id: {span.trace_id for span in spans if is_decision(span, sender.decisions)}
        for sender, spans in groups
    }
    earlier = parts_of_traces(traces=traces)
    return [
        (
            sender,
            sort_spans(
                spans,
                sender.decisions,
                [msgspec.convert(one, Part) for one in earlier.get(sender.system_id, ())],
            ),
        )
        for sender, spans in groups
    ]


def _note_others(receipt: DoorReceipt, groups: Sequence[tuple[Sender, list[Span]]]) -> None:
    """Note by operation what is no decision, so that who sets up a sender sees it."""
    for sender, spans in groups:
        for span in spans:
            if not is_decision(span, sender.decisions):
                name = operation_of(span.attributes)
                is_run = name in MODEL_CALLS | AGENT_RUNS
                reason = MODES[sender.decisions] if is_run else NO_DECISION
                receipt.note(sender.system_id, name or OTHER, reason=reason)


def _refuse(receipt: DoorReceipt, place: Place, reason: str) -> None:
    receipt.refuse(reason)
    receipt.note(place.sender.system_id, place.operation, reason=reason)
    receipt.keep(reason, _excerpt(place.span, place.operation), place.sender.slug)


def _excerpt(span: Span, operation: str) -> dict[str, str]:
    """Return what is shown of a span that was not taken: which it is, nothing that it says."""
    ended = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=span.ended_ns // 10**9 % 10**11)
    said = {
        "service": service_of(span.resource),
        "operation": operation,
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "ended_at": ended.isoformat() if span.ended_ns else "",
    }
    return excerpt_of(said, SPAN)


def _keep(receipt: DoorReceipt, found: Sequence[tuple[Sender, Sorted]], at: datetime) -> None:
    """Keep the steps that have no decision yet; one that is kept already stays as it is."""
    rows = [
        SpanPart(
            system_id=sender.system_id,
            trace_id=part.trace_id,
            span_id=part.span_id,
            parent_id=part.parent_id,
            part=msgspec.to_builtins(part),
            received_at=at,
        )
        for sender, one in found
        for part in one.waiting
    ]
    rows.sort(key=lambda row: (row.system_id, row.trace_id, row.span_id))
    SpanPart.objects.bulk_create(rows, ignore_conflicts=True)
    receipt.waiting = len(rows)


def _store(
    receipt: DoorReceipt,
    rows: Sequence[DecisionRow],
    places: Sequence[Place],
    reach: QuerySet[System],
    actor: Actor,
    at: datetime,
) -> None:
    delivery = Delivery(rows, range(1, len(rows) + 1), (), SOURCE)
    try:
        stored = take_in_decisions(delivery=delivery, reach=reach, actor=actor, at=at)
    except Invalid as refused:
        if "rejected" not in refused.extra:
            raise
        _tell(receipt, refused.extra["rejected"], places)
        unnamed = refused.extra["rejected_count"] - len(refused.extra["rejected"])
        receipt.refuse("for the same reasons", unnamed) if unnamed else None
        return
    receipt.taken, receipt.repeated = stored.accepted, stored.repeated
    receipt.incidents = stored.incidents
    refused_rows = {one.row for one in stored.rejected}
    _tell(
        receipt,
        [{"row": one.row, "field": one.field, "reason": one.reason} for one in stored.rejected],
        places,
    )
    for number, place in enumerate(places, 1):
        if number not in refused_rows:
            receipt.note(place.sender.system_id, place.operation, taken=1)


def _tell(
    receipt: DoorReceipt,
    rejected: Sequence[dict[str, object]],
    places: Sequence[Place],
) -> None:
    for one in rejected:
        row, reason = one["row"], one["reason"]
        assert isinstance(row, int)
        assert isinstance(reason, str)
        told = joined(": ", [as_written(str(one["field"])), reason])
        _refuse(receipt, places[row - 1], told)


@transaction.atomic
def forget_waiting_parts(*, at: datetime) -> int:
    """Delete the steps whose decision did not come within an hour, some thousands at once."""
    old = SpanPart.objects.filter(received_at__lt=at - PARTS_WAIT).order_by("received_at")
    keys = list(old.values_list("pk", flat=True)[:AT_ONCE])
    SpanPart.objects.filter(pk__in=keys).delete()
    return len(keys)
