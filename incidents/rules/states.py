"""The states of an incident and what an arrow of the table is."""

from dataclasses import dataclass

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
