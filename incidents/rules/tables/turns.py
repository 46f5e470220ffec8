"""Turns that the usual way does not foresee: lapse, withdrawal, reopening, pauses, reassignment."""

from incidents.rules.command_fields import SEVERITY_CHOICES
from incidents.rules.fields import Field
from incidents.rules.parties import Command
from incidents.rules.states import (
    CANCELLED,
    CLOSED,
    DECISION,
    INVESTIGATING,
    OPEN,
    OPEN_STATES,
    VALIDATION,
    Edge,
)

GROUNDS = (
    ("false_positive", "False positive: nothing was wrong"),
    ("data_fault", "Data fault: the readings were wrong"),
    ("duplicate", "Duplicate: another incident has it"),
)
WITHDRAWN_FROM = (OPEN, INVESTIGATING, VALIDATION, DECISION)

EDGES: tuple[Edge, ...] = (
    Edge("T03", "ack_lapse", INVESTIGATING, OPEN),
    *(Edge("T08", "withdraw", state, state) for state in WITHDRAWN_FROM),
    *(Edge("T08", "withdraw", state, CANCELLED) for state in WITHDRAWN_FROM),
    Edge("T19", "reopen", CLOSED, CLOSED),
    Edge("T19", "reopen", CLOSED, INVESTIGATING),
    *(
        Edge("T22", command, state, state)
        for command in ("lower_severity", "reassign", "pause_clock", "resume_clock", "wait_for")
        for state in OPEN_STATES
    ),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "ack_lapse",
        "let the acknowledgement lapse of",
        "",
        ("engine",),
        "incident.acknowledgement_lapsed",
        fields=(Field("words", "Why"),),
    ),
    Command(
        "withdraw",
        "withdraw",
        "Withdraw",
        ("owner_side", "validator", "second_person", "chair", "engine"),
        "incident.withdrawn",
        act="asked_withdrawal",
        fields=(
            Field("ground", "Ground", "choice", choices=GROUNDS),
            Field(
                "duplicate_of",
                "Number of the incident that has it",
                required=False,
                hint="For a duplicate only, such as INC-2026-0001.",
                longest=20,
            ),
            Field("evidence", "Evidence: where it stands"),
            Field("reason", "Reason"),
        ),
    ),
    Command(
        "reopen",
        "reopen",
        "Reopen",
        ("validator", "chair", "auditor", "engine"),
        "incident.reopened",
        act="asked_reopening",
        fields=(
            Field("reason", "Reason"),
            Field("severity", "Severity", "choice", required=False, choices=SEVERITY_CHOICES),
            Field("suppressed", "Within a silence", "boolean", required=False),
        ),
    ),
    Command(
        "lower_severity",
        "lower the severity of",
        "Lower the severity",
        ("validator",),
        "incident.severity_lowered",
        act="lowered",
        fields=(
            Field("severity", "Severity", "choice", choices=SEVERITY_CHOICES),
            Field("reason", "Reason"),
        ),
    ),
    Command(
        "reassign",
        "reassign",
        "Reassign",
        ("owner_side", "validator"),
        "incident.reassigned",
        act="reassigned",
        fields=(
            Field("owner_id", "Owner", "uuid", required=False),
            Field("deputy_id", "Deputy", "uuid", required=False),
            Field("reason", "Reason"),
        ),
    ),
    Command(
        "pause_clock",
        "pause the deadline of",
        "Pause the deadline",
        ("owner_side", "validator"),
        "incident.clock_paused",
        act="asked_pause",
        fields=(
            Field("until", "Until when", "instant"),
            Field("reason", "Reason"),
        ),
    ),
    Command(
        "resume_clock",
        "let the deadline run again of",
        "Let the deadline run",
        ("owner_side", "validator", "engine"),
        "incident.clock_resumed",
        act="resumed",
        fields=(Field("reason", "Reason", required=False),),
    ),
    Command(
        "wait_for",
        "note a wait of",
        "Say whom it waits for",
        ("owner_side", "validator"),
        "incident.waits",
        act="said_waiting",
        fields=(
            Field(
                "party",
                "Whom it waits for",
                required=False,
                hint="Empty: for nobody any more.",
                longest=120,
            ),
            Field("since", "Since when", "instant", required=False, hint="Empty: now."),
            Field("expected_at", "Expected by", "instant", required=False),
        ),
    ),
)
