"""The transition table as data: states, edges, commands, who may, what each asks for.

This is workflow section 2 as far as it is built. `execute` reads it, the pages and the docs draw
it, the tests go through every state with every command of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from incidents.rules.command_fields import SHORT_FINDINGS
from incidents.rules.commands import COMMANDS, PARTY_ROLES, PARTY_WORDS, Command, Party
from incidents.rules.fields import Field

__all__ = [
    "COMMANDS",
    "DECIDED_BY",
    "EDGES",
    "ENDED",
    "OPEN_STATES",
    "PARTY_ROLES",
    "PARTY_WORDS",
    "STATES",
    "STATE_WORDS",
    "STOPPING_TYPES",
    "Command",
    "Edge",
    "Party",
    "edge_of",
    "fields_of",
    "reachable",
    "sources_of",
]

OPEN, INVESTIGATING, VALIDATION = "OPEN", "INVESTIGATING", "VALIDATION"
DECISION, EXECUTION, VERIFICATION = "DECISION", "EXECUTION", "VERIFICATION"
RISK_ACCEPTED, CLOSED, CANCELLED = "RISK_ACCEPTED", "CLOSED", "CANCELLED"
STATES = (
    OPEN,
    INVESTIGATING,
    VALIDATION,
    DECISION,
    EXECUTION,
    VERIFICATION,
    RISK_ACCEPTED,
    CLOSED,
    CANCELLED,
)
ENDED = frozenset({CLOSED, CANCELLED})
OPEN_STATES = tuple(state for state in STATES if state not in ENDED)

STATE_WORDS = {
    OPEN: "Open",
    INVESTIGATING: "Investigating",
    VALIDATION: "Validation",
    DECISION: "Decision",
    EXECUTION: "Action",
    VERIFICATION: "Verification",
    RISK_ACCEPTED: "Risk accepted",
    CLOSED: "Closed",
    CANCELLED: "Withdrawn",
}


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow: the code of the table, the command, from where, to where."""

    code: str
    command: str
    source: str
    target: str


EDGES: tuple[Edge, ...] = (
    Edge("T01", "open", "", OPEN),
    Edge("T01c", "answer_silenced", OPEN, CLOSED),
    Edge("T02", "acknowledge", OPEN, INVESTIGATING),
    Edge("T02a", "first_assessment", INVESTIGATING, INVESTIGATING),
    Edge("T04", "submit_findings", INVESTIGATING, VALIDATION),
    Edge("T05", "return_to_owner", VALIDATION, INVESTIGATING),
    Edge("T06", "validate", VALIDATION, VALIDATION),
    Edge("T06", "validate", VALIDATION, DECISION),
    Edge("T07", "dismiss", VALIDATION, VALIDATION),
    Edge("T07", "dismiss", VALIDATION, CLOSED),
    Edge("T25", "close_small", VALIDATION, CLOSED),
    Edge("T09", "adopt", DECISION, EXECUTION),
    Edge("T24", "keep_running", DECISION, VERIFICATION),
    Edge("T12", "lapse", DECISION, DECISION),
    Edge("T13", "confirm_action", EXECUTION, EXECUTION),
    Edge("T13", "confirm_action", EXECUTION, VERIFICATION),
    Edge("T13", "confirm_action", VERIFICATION, VERIFICATION),
    Edge("T13", "confirm_proof", VERIFICATION, VERIFICATION),
    Edge("T13", "begin_verification", EXECUTION, VERIFICATION),
    Edge("T14", "attempt_failed", EXECUTION, EXECUTION),
    Edge("T14", "attempt_failed", VERIFICATION, VERIFICATION),
    Edge("T16", "close", VERIFICATION, CLOSED),
    Edge("T17", "verification_failed", VERIFICATION, DECISION),
    Edge("T18", "inconclusive", VERIFICATION, VERIFICATION),
    *(Edge("NOTE", "add_evidence", state, state) for state in OPEN_STATES),
    *(Edge("T22", "raise_severity", state, state) for state in OPEN_STATES),
    *(Edge("T01a", "join_breach", state, state) for state in OPEN_STATES),
    *(Edge("T01b", "end_silence", state, state) for state in OPEN_STATES),
    *(Edge("NOTE", "note_recovery", state, state) for state in OPEN_STATES),
)

DECIDED_BY: Mapping[str, str] = {
    "retrain": "adopt",
    "rollback": "adopt",
    "suspend": "adopt",
    "restrict": "adopt",
    "compensate": "adopt",
    "inform": "adopt",
    "supplier_fix": "adopt",
    "continue": "keep_running",
    "no_action": "keep_running",
}
"""Which command carries out a decision of each type."""

STOPPING_TYPES = frozenset({"rollback", "suspend", "restrict"})
"""Actions that are confirmed before the incident leaves EXECUTION; all others are obligations."""


def sources_of(command: str) -> tuple[str, ...]:
    """Return the states in which a command is possible, in the order of the table."""
    return tuple(dict.fromkeys(edge.source for edge in EDGES if edge.command == command))


def edge_of(command: str, source: str, target: str) -> Edge:
    """Return one arrow. Raises KeyError where the table has none."""
    for edge in EDGES:
        if (edge.command, edge.source, edge.target) == (command, source, target):
            return edge
    raise KeyError(f"{command} does not lead from {source} to {target}")


def fields_of(command: str, *, small: bool) -> tuple[Field, ...]:
    """Return the fields of a command; small cases have shorter findings."""
    return SHORT_FINDINGS if small and command == "submit_findings" else COMMANDS[command].fields


def reachable(start: Iterable[str]) -> frozenset[str]:
    """Return the states that can be reached from some states over the table."""
    found = set(start)
    while True:
        more = {edge.target for edge in EDGES if edge.source in found} - found
        if not more:
            return frozenset(found)
        found |= more
