"""The transition table as data: states, edges, commands, who may, what each asks for.

This is workflow section 2 as far as it is built. `execute` reads it, the pages and the docs draw
it, the tests go through every state with every command of it.
"""

from collections.abc import Iterable, Mapping

from incidents.rules.command_fields import SHORT_FINDINGS
from incidents.rules.commands import COMMANDS
from incidents.rules.fields import Field
from incidents.rules.parties import PARTY_ROLES, PARTY_WORDS, Command, Party
from incidents.rules.states import (
    CANCELLED,
    CLOSED,
    DECISION,
    ENDED,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    OPEN_STATES,
    RISK_ACCEPTED,
    STATE_WORDS,
    STATES,
    VALIDATION,
    VERIFICATION,
    Edge,
)
from incidents.rules.tables import (
    acceptance,
    asking,
    carrying,
    clockwork,
    containment,
    families,
    rehearsing,
    turns,
)

__all__ = [
    "CANCELLED",
    "CLOSED",
    "COMMANDS",
    "DECIDED_BY",
    "DECISION",
    "EDGES",
    "ENDED",
    "EXECUTION",
    "INVESTIGATING",
    "OPEN",
    "OPEN_STATES",
    "PARTY_ROLES",
    "PARTY_WORDS",
    "RISK_ACCEPTED",
    "STATES",
    "STATE_WORDS",
    "STOPPING_TYPES",
    "VALIDATION",
    "VERIFICATION",
    "Command",
    "Edge",
    "Party",
    "edge_of",
    "fields_of",
    "reachable",
    "sources_of",
]

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
    *turns.EDGES,
    *rehearsing.EDGES,
    *containment.EDGES,
    *carrying.EDGES,
    *acceptance.EDGES,
    *asking.EDGES,
    *clockwork.EDGES,
    *families.EDGES,
)

DECIDED_BY: Mapping[str, str] = {
    "retrain": "adopt",
    "rollback": "adopt",
    "suspend": "adopt",
    "restrict": "adopt",
    "compensate": "adopt",
    "inform": "adopt",
    "supplier_fix": "adopt",
    "pin": "adopt",
    "adjust": "adopt",
    "retire": "adopt",
    "resume": "adopt",
    "continue": "keep_running",
    "no_action": "keep_running",
    "exception": "keep_running",
}
"""Which command carries out a decision of each type."""

STOPPING_TYPES = frozenset({"rollback", "suspend", "restrict", "pin", "adjust", "retire", "resume"})
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
    """Return the states that can be reached over the table, but for being taken along."""
    edges = [edge for edge in EDGES if edge.command != families.FOLLOW]
    found = set(start)
    while True:
        more = {edge.target for edge in edges if edge.source in found} - found
        if not more:
            return frozenset(found)
        found |= more
