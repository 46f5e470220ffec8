"""The ledger lines of the pack, exactly as they are sealed, and the refusals among them."""

from collections.abc import Sequence

from ledger.rules.lines import ORGANISATION
from ledger.selectors.extracts import Matter
from ledger.selectors.lines import Line
from reports.rules.decided import ExceptionRecord
from reports.rules.things import Scope


def matter_of(scope: Scope, incidents: Sequence[str], objects: Sequence[str], size: int) -> Matter:
    """Return which lines of a tree of `size` leaves belong to the pack.

    The systems' of the period (of a whole organisation simply all of the period), and its
    incidents' and motions' (ids) whenever they were written until the pack's instant.
    """
    return Matter(
        streams=None if scope.everything else scope.streams,
        since=scope.since,
        until=scope.until,
        as_of=scope.as_of,
        incidents=incidents,
        objects=objects,
        size=size,
    )


def streams_to_count(scope: Scope) -> Sequence[str] | None:
    """Return the streams that the checkpoint's last leaf shall count, None for all of them.

    A pack of named matters claims no stream to be whole; its leaf counts the organisation's own.
    """
    if scope.everything:
        return None
    return scope.streams or [ORGANISATION]


def refusal(line: Line, incidents: dict[str, str], systems: dict[str, str]) -> ExceptionRecord:
    """Return a refused attempt as an exception; ids are mapped to numbers and short names."""
    details = line.body.get("details", {})
    return ExceptionRecord(
        kind="refused attempt",
        system=systems.get(str(line.body.get("system", "")), ""),
        at=line.at,
        who=line.actor,
        what=f"{details.get('attempted', '')} on {line.label}",
        why=line.reason,
        incident=incidents.get(str(line.body.get("incident", "")), ""),
        entry=line.number,
    )
