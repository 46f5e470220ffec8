"""Stopping at once and holding still: emergency, interim measures, evidence hold."""

from incidents.rules.containment import KINDS
from incidents.rules.fields import Field
from incidents.rules.parties import Command
from incidents.rules.states import OPEN_STATES, Edge

EDGES: tuple[Edge, ...] = tuple(
    Edge(code, command, state, state)
    for code, command in (
        ("T23", "emergency_contain"),
        ("T23", "explain_containment"),
        ("T23", "confirm_containment"),
        ("T23", "ratify"),
        ("T23", "lift_containment"),
        ("T23a", "take_interim"),
        ("T23a", "end_interim"),
        ("T27", "set_hold"),
        ("T27", "release_hold"),
    )
    for state in OPEN_STATES
)

_HOLD = (
    Field(
        "snapshot_ref",
        "Snapshot of the system as it is",
        required=False,
        longest=300,
        hint="Needed while evidence is held: where it stands.",
    ),
    Field(
        "authorities_informed_at",
        "Authorities informed at",
        "instant",
        required=False,
        hint="Needed while evidence is held, or the next field.",
    ),
    Field(
        "immediate_protection_because",
        "Protection cannot wait because",
        required=False,
        longest=2000,
    ),
)
_DECISION = (
    Field("decision_id", "Decision", "uuid"),
    Field("motion_sha256", "Hash of the motion", longest=64),
    Field("title", "Title", longest=200),
    Field("containment_id", "What was contained", "uuid"),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "emergency_contain",
        "stop or restrict at once the system of",
        "Stop it now",
        ("emergency", "engine"),
        "incident.contained",
        act="contained",
        meaning="execution",
        fields=(
            Field("kind", "What to do", "choice", choices=KINDS),
            Field(
                "scope",
                "What is stopped or restricted",
                longest=300,
                hint="For example: everything, payouts above 500 EUR, the refund tool.",
            ),
            Field("environment", "Where", required=False, longest=30, hint="Empty: as the case."),
            Field(
                "reason",
                "Why",
                required=False,
                longest=4000,
                hint="You may give it within a day; you will be asked.",
            ),
            Field("standing_order", "Standing order", "uuid", required=False),
            Field("by_rule", "By which rule", required=False, longest=120),
        ),
    ),
    Command(
        "explain_containment",
        "give the reason for the emergency containment of",
        "Give the reason",
        ("emergency",),
        "incident.containment_explained",
        act="explained",
        fields=(
            Field("containment_id", "Which one", "uuid"),
            Field("reason", "Why it could not wait", longest=4000),
        ),
    ),
    Command(
        "confirm_containment",
        "confirm that the emergency containment holds of",
        "Confirm that it holds",
        ("gateway", "witness"),
        "incident.containment_confirmed",
        act="confirmed",
        fields=(
            Field("containment_id", "Which one", "uuid"),
            Field("nonce", "Nonce", required=False, longest=64),
            Field("evidence", "Evidence: where it stands", required=False, longest=2000),
        ),
    ),
    Command(
        "ratify",
        "ratify the emergency containment of",
        "",
        ("engine",),
        "incident.containment_ratified",
        fields=(*_DECISION, Field("ratified", "Ratified", "boolean")),
    ),
    Command(
        "lift_containment",
        "lift the emergency containment of",
        "",
        ("engine",),
        "incident.containment_lifted",
        fields=(*_DECISION, Field("reason", "Why it may run again", required=False, longest=4000)),
    ),
    Command(
        "take_interim",
        "take an interim measure on",
        "Take the measure",
        ("owner_side",),
        "incident.interim_taken",
        act="took_interim",
        fields=(
            Field(
                "measure",
                "Measure",
                longest=200,
                hint="As the operating controls name it.",
            ),
            Field(
                "hours",
                "For how many hours",
                "integer",
                required=False,
                hint="Empty: as long as is allowed, 72 hours, at high tier 24.",
            ),
            Field("reason", "Why", longest=4000),
            *_HOLD,
        ),
    ),
    Command(
        "end_interim",
        "end an interim measure on",
        "End the measure",
        ("owner_side", "validator", "engine"),
        "incident.interim_ended",
        act="ended_interim",
        fields=(
            Field("interim_id", "Which one", "uuid"),
            Field("reason", "Why", longest=4000),
            Field(
                "ground",
                "How it ended",
                "choice",
                required=False,
                choices=(("ended", "Ended"), ("expired", "By itself"), ("adopted", "Adopted")),
            ),
        ),
    ),
    Command(
        "set_hold",
        "hold the evidence of",
        "Hold the evidence",
        ("validator",),
        "incident.evidence_held",
        act="held_evidence",
        fields=(Field("reason", "Why", longest=4000),),
    ),
    Command(
        "release_hold",
        "release the evidence of",
        "Release the evidence",
        ("validator",),
        "incident.evidence_released",
        act="released_evidence",
        fields=(Field("reason", "Why", longest=4000),),
    ),
)
