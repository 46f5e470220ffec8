"""Carrying out: what cannot be done, what is taken back, what runs on meanwhile."""

from incidents.rules.fields import Field
from incidents.rules.parties import Command
from incidents.rules.states import DECISION, EXECUTION, RISK_ACCEPTED, VERIFICATION, Edge

EDGES: tuple[Edge, ...] = (
    Edge("T15", "cannot_execute", EXECUTION, DECISION),
    Edge("T15", "cannot_execute", EXECUTION, EXECUTION),
    Edge("T15", "cannot_execute", VERIFICATION, VERIFICATION),
    Edge("T15", "cannot_execute", DECISION, DECISION),
    Edge("T09", "cancel_action", EXECUTION, EXECUTION),
    Edge("T09", "cancel_action", VERIFICATION, VERIFICATION),
    Edge("T09", "cancel_action", DECISION, DECISION),
    Edge("T13", "confirm_action", DECISION, DECISION),
    Edge("T13", "confirm_action", RISK_ACCEPTED, RISK_ACCEPTED),
    Edge("T14", "attempt_failed", DECISION, DECISION),
    Edge("T14", "attempt_failed", RISK_ACCEPTED, RISK_ACCEPTED),
    *(
        Edge("T13", "bind_version", state, state)
        for state in (EXECUTION, VERIFICATION, DECISION, RISK_ACCEPTED)
    ),
)
"""Of several actions one may fail alone (INC-D): the others run on through the new decision."""

COMMANDS: tuple[Command, ...] = (
    Command(
        "cannot_execute",
        "report that an action cannot be carried out of",
        "It cannot be carried out",
        ("executor", "engine"),
        "incident.cannot_execute",
        act="reported_failure",
        fields=(
            Field("action_id", "Action", "uuid"),
            Field("reason", "Why it cannot be carried out"),
        ),
    ),
    Command(
        "cancel_action",
        "take back an action of",
        "",
        ("engine",),
        "incident.action_cancelled",
        fields=(
            Field("action_id", "Action", "uuid"),
            Field("decision_id", "Decision that takes it back", "uuid"),
            Field("reason", "Reason"),
            Field("compensation", "What makes up for it", "map", required=False),
        ),
    ),
    Command(
        "bind_version",
        "bind a version to the retraining of",
        "Bind this version",
        ("witness", "engine"),
        "incident.version_bound",
        act="confirmed",
        fields=(
            Field("action_id", "Action", "uuid"),
            Field(
                "version_id",
                "Version",
                "uuid",
                required=False,
                hint="Empty: the one that is live now.",
            ),
            Field(
                "criteria_met",
                "How it meets each criterion, and where that can be seen",
                longest=4000,
            ),
        ),
    ),
)
