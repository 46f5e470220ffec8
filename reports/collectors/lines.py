"""The ledger lines of the pack, exactly as they stand, and the refusals among them."""

from collections.abc import Iterator, Sequence

from ledger.selectors.lines import Line, lines_of_matter
from reports.rules.decided import DecisionRecord, ExceptionRecord
from reports.rules.matters import IncidentRecord
from reports.rules.things import Scope


def collect_lines(
    scope: Scope, incidents: Sequence[IncidentRecord], decisions: Sequence[DecisionRecord]
) -> Iterator[Line]:
    """Yield the lines by number: the system's of the period, its incidents' whenever they were.

    Ends at the entry before the pack's own request.
    """
    return lines_of_matter(
        since=scope.since,
        until=scope.until,
        system_id=scope.system_id,
        incident_ids=[item.id for item in incidents],
        object_ids=[item.id for item in decisions],
        newest=scope.newest_entry,
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
