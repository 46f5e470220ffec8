"""What the committee asks for before it decides, and what takes a decision's place."""

from incidents.rules.fields import Field
from incidents.rules.parties import Command
from incidents.rules.states import DECISION, EXECUTION, INVESTIGATING, VERIFICATION, Edge

EDGES: tuple[Edge, ...] = (
    Edge("T11", "request_information", DECISION, INVESTIGATING),
    Edge("T09", "supersede", EXECUTION, EXECUTION),
    Edge("T09", "supersede", VERIFICATION, VERIFICATION),
)

_DECISION = (
    Field("decision_id", "Decision", "uuid"),
    Field("motion_sha256", "Hash of the motion", longest=64),
    Field("title", "Title", longest=200),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "request_information",
        "request information on",
        "",
        ("engine",),
        "incident.information_requested",
        fields=(
            *_DECISION,
            Field("questions", "Questions", "list"),
            Field("due_at", "Answers due", "instant"),
        ),
    ),
    Command(
        "supersede",
        "take the place of a decision on",
        "",
        ("engine",),
        "incident.decision_superseded",
        fields=(
            *_DECISION,
            Field("superseded_id", "Decision that it replaces", "uuid"),
            Field("actions", "Actions", "list", required=False),
        ),
    ),
)
