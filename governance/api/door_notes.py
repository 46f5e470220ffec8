"""Doors note what came through them: the last row taken, and every refusal with its reason."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from django.db.models import QuerySet
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.services.arrivals import Arrived, Named
from governance.services.otlp import DoorReceipt
from ledger.rules.refusals import Invalid, Refused, TooLarge
from outbox import clock
from registry.access import actor_of, asked_at
from registry.models import ServiceToken, System
from registry.selectors.tokens import token_systems
from telemetry.rules.excerpts import SHOWN, excerpt_of, excerpt_of_typed
from telemetry.rules.parsing import rows_as_sent
from telemetry.rules.rows import Delivery, Rejection
from telemetry.services.doors import (
    MOST_ROWS,
    Refusals,
    RefusedRow,
    is_due,
    note_accepted,
    note_refused,
)

WRONG_KIND = 415
# What the name of an arrival is in the excerpt of a row.
FIELD = {"traces": "operation", "metrics": "metric", "alerts": "alertname"}
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")


class Came(Protocol):
    """What became of a delivery, as every receipt says it."""

    @property
    def accepted(self) -> int:
        """How many rows were new."""

    @property
    def repeated(self) -> int:
        """How many were there already."""

    @property
    def rejected(self) -> Sequence[Rejection]:
        """Those that were not taken."""


class NotedDoor(APIView):
    """A door that tells why a delivery was refused as a whole, to who looks after the system.

    Only what was refused after the token was known: nobody fills the page from outside.
    """

    door: ClassVar[str] = ""

    def handle_exception(self, exc: Exception) -> Response:
        """Note the refusal, then answer as ever."""
        refusal = _refusal_of(exc)
        if refusal is not None and isinstance(self.request.auth, ServiceToken):
            self.note_refusal(self.request, refusal)
        return super().handle_exception(exc)

    def note_refusal(self, request: Request, refusal: Refused) -> None:
        """Keep why nothing of a delivery was taken."""
        if is_rehearsal(request):
            return
        rows = self.refused_rows(request, refusal)
        count = refusal.extra.get("rejected_count", len(rows))
        self.note(request, Refusals(rows=rows, failure=refusal.reason, count=count))

    def refused_rows(self, request: Request, refusal: Refused) -> list[RefusedRow]:
        """Return the rows that a refusal names."""
        del request
        return [
            RefusedRow(one["row"], one["field"], one["reason"], {})
            for one in refusal.extra.get("rejected", [])
        ]

    def note(self, request: Request, refusals: Refusals) -> None:
        """Keep what was refused of a delivery, where something was."""
        if not refusals.rows and not refusals.failure:
            return
        note_refused(
            door=self.door,
            refusals=refusals,
            reach=reach_of(request),
            sender=actor_of(request).name,
            at=clock.now(),
        )


class BulkDoor(NotedDoor):
    """A door for rows in bulk, which stand under `key` or one a line."""

    key: ClassVar[str] = ""

    def refused_rows(self, request: Request, refusal: Refused) -> list[RefusedRow]:
        """Return the rows that a refusal names, with what was sent of them."""
        told = refusal.extra.get("rejected", [])
        return self.rows_of(request, [Rejection(**one) for one in told[:MOST_ROWS]])

    def rows_of(self, request: Request, rejected: Sequence[Rejection]) -> list[RefusedRow]:
        """Return refused rows with excerpts of what was sent."""
        if not rejected:
            return []
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        sent = rows_as_sent(
            bytes(request._request.body),
            self.key,
            (one.row for one in rejected),
            lines=kind in LINES,
        )
        return [self.row_of(one, sent.get(one.row)) for one in rejected]

    def row_of(self, one: Rejection, sent: Any) -> RefusedRow:
        """Return a refused row as it is kept."""
        system = sent.get("system") if isinstance(sent, Mapping) else None
        return RefusedRow(
            number=one.row,
            field=one.field,
            reason=one.reason,
            row=excerpt_of(sent, SHOWN[self.door]),
            system=system if isinstance(system, str) else "",
        )

    def tell(self, request: Request, delivery: Delivery[Any], receipt: Came) -> None:
        """Note what became of a delivery; of one that is good that costs no query but rarely."""
        rejected = receipt.rejected
        if receipt.accepted:
            bad = {one.row for one in rejected}
            at = asked_at(request)
            note_accepted(
                door=self.door,
                rows=last_rows(self.door, delivery, bad, at),
                sender=actor_of(request).name,
                at=at,
            )
        if rejected:
            rows = self.rows_of(request, rejected[:MOST_ROWS])
            self.note(
                request,
                Refusals(
                    rows=rows,
                    accepted=receipt.accepted,
                    repeated=receipt.repeated,
                    count=len(rejected),
                ),
            )


class OtlpNotes(NotedDoor):
    """A door whose receipts say by name what came, with excerpts of what was not taken."""

    def tell(self, request: Request, receipt: DoorReceipt) -> None:
        """Note what became of a delivery."""
        note_names(self.door, receipt.arrived, sender=actor_of(request).name)
        if receipt.rows:
            self.note(
                request,
                Refusals(
                    rows=receipt.rows,
                    accepted=receipt.taken,
                    repeated=receipt.repeated,
                    count=receipt.rejected,
                ),
            )


def note_names(
    door: str, arrived: Named, *, sender: str, kept: Collection[str] = frozenset()
) -> None:
    """Note as the last row taken what came under a name and became something, or was `kept`."""
    taken = {
        system: excerpt_of({FIELD[door]: name} | _unit(one), SHOWN[door])
        for (system, name), one in arrived.items()
        if one.taken or name in kept
    }
    note_accepted(door=door, rows=taken, sender=sender, at=clock.now())


def _unit(one: Arrived) -> dict[str, str]:
    return {"unit": one.unit} if one.unit else {}


def _refusal_of(error: Exception) -> Refused | None:
    """Return a refusal of what was sent; what concerns the caller's rights is none."""
    if isinstance(error, Invalid | TooLarge):
        return error
    if isinstance(error, APIException) and error.status_code == WRONG_KIND:
        return Invalid("unsupported_media_type", str(error.detail))
    return None


def last_rows(
    door: str, delivery: Delivery[Any], bad: set[int], at: datetime
) -> dict[str, dict[str, str]]:
    """Return the last good row of each system whose row is due to be noted."""
    last = {
        row.system: row
        for number, row in zip(delivery.numbers, delivery.rows, strict=True)
        if number not in bad
    }
    return {
        slug: excerpt_of_typed(row, SHOWN[door])
        for slug, row in last.items()
        if is_due(door, slug, at)
    }


def is_rehearsal(request: Request) -> bool:
    """Whether a delivery is only tried out."""
    return bool(request.query_params.get("dry_run", "").lower() == "true")


def reach_of(request: Request) -> QuerySet[System]:
    """Return the systems that the token reaches."""
    assert isinstance(request.auth, ServiceToken)
    return token_systems(request.auth)
