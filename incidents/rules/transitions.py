"""The transition table as data: states, edges, commands, who may, what each asks for.

This is workflow section 2 as far as it is built. `execute` reads it, the pages and the docs draw
it, the tests go through every state with every command of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from incidents.rules.command_fields import FIELDS, SHORT_FINDINGS
from incidents.rules.fields import Field

Party = Literal[
    "owner_side", "validator", "second_person", "witness", "verifier", "gateway", "engine"
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

PARTY_WORDS: dict[Party, str] = {
    "owner_side": "the owner, the deputy or a delegate of theirs",
    "validator": "a compliance or risk officer",
    "second_person": "a second person from compliance, risk or the executive",
    "witness": "a second person: an engineer, compliance, risk or an executive",
    "verifier": "a compliance or risk officer who took no part as owner or executor",
    "gateway": "the gateway's service account",
    "engine": "the engine",
}

PARTY_ROLES: dict[Party, frozenset[str]] = {
    "validator": frozenset({"compliance", "risk"}),
    "second_person": frozenset({"compliance", "risk", "executive"}),
    "witness": frozenset({"compliance", "risk", "executive", "engineer"}),
    "verifier": frozenset({"compliance", "risk"}),
}
"""Which roles make somebody a party; owner's side, gateway and engine are none."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow: the code of the table, the command, from where, to where."""

    code: str
    command: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Command:
    """What a command is: its words, who may give it, what the record calls it.

    `act` is the part that the person takes in the incident; `meaning` what their signature means,
    empty where none is asked for.
    """

    name: str
    words: str
    button: str
    who: tuple[Party, ...]
    verb: str
    act: str = ""
    meaning: str = ""

    @property
    def fields(self) -> tuple[Field, ...]:
        """What the command asks for."""
        return FIELDS[self.name]

    @property
    def by_engine_only(self) -> bool:
        """Whether no person may give it."""
        return self.who == ("engine",)


COMMANDS: Mapping[str, Command] = {
    one.name: one
    for one in (
        Command(
            "acknowledge",
            "acknowledge",
            "Acknowledge",
            ("owner_side",),
            "incident.acknowledged",
            act="acknowledged",
        ),
        Command(
            "first_assessment",
            "write the first assessment of",
            "Save the first assessment",
            ("owner_side",),
            "incident.first_assessed",
            act="assessed",
        ),
        Command(
            "submit_findings",
            "submit the findings of",
            "Submit and sign",
            ("owner_side",),
            "incident.findings_submitted",
            act="submitted",
            meaning="authorship",
        ),
        Command(
            "validate",
            "validate",
            "Validate and sign",
            ("validator",),
            "incident.validated",
            act="validated_compliance",
            meaning="review",
        ),
        Command(
            "return_to_owner",
            "return",
            "Return to the owner",
            ("validator",),
            "incident.returned",
            act="returned",
        ),
        Command(
            "dismiss",
            "dismiss",
            "Dismiss",
            ("validator", "second_person"),
            "incident.dismissed",
            act="dismissed",
        ),
        Command(
            "close_small",
            "close as a small case",
            "Close and sign",
            ("validator",),
            "incident.closed_small",
            act="closed_small",
            meaning="review",
        ),
        Command("adopt", "adopt", "", ("engine",), "incident.decision_adopted"),
        Command("keep_running", "keep running", "", ("engine",), "incident.kept_running"),
        Command("lapse", "note a lapsed vote on", "", ("engine",), "incident.lapsed"),
        Command(
            "confirm_action",
            "confirm an action of",
            "Confirm",
            ("gateway", "witness"),
            "incident.action_confirmed",
            act="confirmed",
        ),
        Command(
            "confirm_proof",
            "confirm a proof of",
            "Confirm the proof",
            ("witness",),
            "incident.verification_judged",
            act="confirmed",
        ),
        Command(
            "begin_verification",
            "begin the verification of",
            "",
            ("engine",),
            "incident.executed",
        ),
        Command(
            "attempt_failed",
            "note a failed attempt on",
            "",
            ("engine",),
            "incident.attempt_failed",
        ),
        Command(
            "close",
            "verify and close",
            "Verify, sign and close",
            ("verifier",),
            "incident.closed",
            act="verified",
            meaning="verification",
        ),
        Command(
            "verification_failed",
            "find the verification failed of",
            "Verification failed",
            ("engine", "verifier"),
            "incident.verification_failed",
            act="verified",
        ),
        Command(
            "inconclusive",
            "note an inconclusive proof of",
            "",
            ("engine",),
            "incident.inconclusive",
        ),
        Command(
            "add_evidence",
            "add evidence to",
            "Add evidence",
            ("owner_side", "validator", "witness", "engine"),
            "incident.evidence_added",
            act="added_evidence",
        ),
        Command(
            "raise_severity",
            "raise the severity of",
            "Raise the severity",
            ("owner_side", "validator", "engine"),
            "incident.severity_raised",
            act="raised",
        ),
        Command("join_breach", "join a breach to", "", ("engine",), "incident.joined"),
        Command("note_recovery", "note a recovery of", "", ("engine",), "incident.recovery_noted"),
    )
}

EDGES: tuple[Edge, ...] = (
    Edge("T01", "open", "", OPEN),
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
