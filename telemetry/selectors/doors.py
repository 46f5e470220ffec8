"""Doors: which a person sees, what came through each last, what was refused and why."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet

from ledger.rules.refusals import Missing
from registry.models import System
from telemetry.models import DoorRun, DoorState
from telemetry.rules.excerpts import SHOWN

LARGEST = 2**63 - 1


class RefusedLine(NamedTuple):
    """A row that was refused: of which delivery, which, where and why, and its excerpt."""

    run: DoorRun
    number: int
    field: str
    reason: str
    row: Mapping[str, str]


def doors_of(
    systems: QuerySet[System], asked: Mapping[str, str] | None = None
) -> QuerySet[DoorState]:
    """Return the doors of these systems by name; `asked` may hold `search`, `door`, `refused`.

    With `refused` only those at which nothing has been taken since the last refusal; with `after`,
    the id of a door, those behind it.
    """
    given = {name: text.replace("\0", "")[:80] for name, text in (asked or {}).items()}
    rows: QuerySet[DoorState] = DoorState.objects.filter(system__in=systems)
    if search := given.get("search"):
        rows = rows.filter(Q(system__name__icontains=search) | Q(system__slug__icontains=search))
    if given.get("door") in DoorState.Door.values:
        rows = rows.filter(door=given["door"])
    if given.get("refused"):
        rows = rows.filter(_refused_last())
    after = given.get("after", "")
    if after.isdecimal() and len(after) < 19:
        rows = rows.filter(_behind(int(after)))
    return rows.select_related("system").order_by("system__name", "pk")


def door_of(state_id: int, systems: QuerySet[System]) -> DoorState:
    """Return one of them. Raises Missing, for there and not theirs alike."""
    found = doors_of(systems).filter(pk=state_id).first() if state_id <= LARGEST else None
    if found is None:
        raise Missing("unknown_door", "There is no such door that you may see.")
    return found


def deliveries_of(state: DoorState) -> QuerySet[DoorRun]:
    """Return the deliveries of which something was refused, newest first."""
    return DoorRun.objects.filter(state=state).order_by("-at", "-pk")


def lines_of(runs: QuerySet[DoorRun]) -> Iterator[RefusedLine]:
    """Yield the refused rows of deliveries in their order."""
    for run in runs.iterator(chunk_size=10):
        yield from lines_in(run)


def lines_in(run: DoorRun) -> Iterator[RefusedLine]:
    """Yield the refused rows of a delivery."""
    for number, field, reason, row in run.rows:
        yield RefusedLine(run, number, field, reason, row)


def in_order(door: str, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return an excerpt as it is shown: what says which row it is first."""
    given = row or {}
    first = [name for name in SHOWN.get(door, SHOWN["measurements"]) if name in given]
    return {name: given[name] for name in (*first, *(one for one in given if one not in first))}


def refuses(state: DoorState) -> bool:
    """Whether the last that came was refused: nothing has been taken since."""
    if state.rejected_at is None:
        return False
    return state.accepted_at is None or state.rejected_at > state.accepted_at


def _behind(state_id: int) -> Q:
    last = DoorState.objects.filter(pk=state_id).values_list("system__name", flat=True).first()
    if last is None:
        return Q()
    return Q(system__name__gt=last) | Q(system__name=last, pk__gt=state_id)


def _refused_last() -> Q:
    later = Q(rejected_at__gt=F("accepted_at"))
    return Q(rejected_at__isnull=False) & (Q(accepted_at__isnull=True) | later)
