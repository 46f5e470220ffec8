"""Families of incidents: merged into another one, split off it, linked to it (T26, T22)."""

from incidents.rules.fields import Field
from incidents.rules.parties import Command
from incidents.rules.states import (
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    OPEN_STATES,
    RISK_ACCEPTED,
    VALIDATION,
    Edge,
)

FOLLOW = "follow_parent"
KINDS = (
    ("related", "Related to"),
    ("duplicate", "Duplicate of"),
    ("recurs", "Recurs from"),
)
MERGED_FROM = (OPEN, INVESTIGATING, VALIDATION, DECISION)
"""Before a decision on it is carried out: what is decided goes its own way."""
JOINED_AT = (OPEN, INVESTIGATING, VALIDATION)
"""Where an incident may be joined by another one: before it is validated without that one."""
BACK_TO_DECISION = (EXECUTION, RISK_ACCEPTED)
"""Whoever leaves here leaves a decision that was the parent's, and needs one of its own."""

EDGES: tuple[Edge, ...] = (
    *(Edge("T26", "merge", state, state) for state in MERGED_FROM),
    *(Edge("T26", "split", state, state) for state in OPEN_STATES),
    *(Edge("T26", "split", state, DECISION) for state in BACK_TO_DECISION),
    *(Edge("T26", FOLLOW, source, target) for source in OPEN_STATES for target in OPEN_STATES),
    *(Edge("T22", "link", state, state) for state in OPEN_STATES),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "merge",
        "merge",
        "Merge",
        ("owner_side", "validator"),
        "incident.merged",
        act="asked_merge",
        fields=(
            Field(
                "into",
                "Number of the incident that it goes with",
                required=False,
                hint="Of the same unit and not validated yet, such as INC-2026-0001.",
                longest=20,
            ),
            Field("reason", "Reason"),
        ),
    ),
    Command(
        "split",
        "split",
        "Split",
        ("owner_side", "validator", "engine"),
        "incident.split",
        act="asked_split",
        fields=(
            Field(
                "title",
                "What the part is called",
                required=False,
                hint="For a part that gets a number of its own.",
                longest=200,
            ),
            Field(
                "population",
                "Who and what belongs to the part",
                required=False,
                longest=2000,
            ),
            Field("reason", "Reason"),
        ),
    ),
    Command(
        FOLLOW,
        "take along",
        "",
        ("engine",),
        "incident.followed",
        fields=(Field("words", "Why"),),
    ),
    Command(
        "link",
        "link",
        "Link it",
        ("owner_side", "validator", "engine"),
        "incident.linked",
        act="linked",
        fields=(
            Field("kind", "How", "choice", choices=KINDS),
            Field("other", "Number of the other incident", longest=20),
            Field("reason", "Reason"),
        ),
    ),
)
