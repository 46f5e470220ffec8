"""The ledger lines of the pack, exactly as they are sealed, and the refusals among them."""

from collections.abc import Sequence

from ledger.selectors.extracts import Matter
from ledger.selectors.lines import Line
from reports.rules.decided import DecisionRecord, ExceptionRecord
from reports.rules.matters import IncidentRecord
from reports.rules.things import Scope


def matter_of(
    scope: Scope,
    incidents: Sequence[IncidentRecord],
    decisions: Sequence[DecisionRecord],
    size: int,
) -> Matter:
    """Return which lines of a tree of `size` leaves belong to the pack.

    The system's of the period, and its incidents' and motions' whenever they were written until
    the pack's instant.
    """
    return Matter(
        stream=scope.system_id,
        since=scope.since,
        until=scope.until,
        as_of=scope.as_of,
        incidents=[item.id for item in incidents],
        objects=[item.id for item in decisions],
        size=size,
    )


def refusal(line: Line, incidents: dict[str, str]) -> ExceptionRecord:
    """Return a refused attempt as an exception; `incidents` maps ids to numbers."""
    details = line.body.get("details", {})
    return ExceptionRecord(
        kind="refused attempt",
        at=line.at,
        who=line.actor,
        what=f"{details.get('attempted', '')} on {line.label}",
        why=line.reason,
        incident=incidents.get(str(line.body.get("incident", "")), ""),
        entry=line.number,
    )
