"""Accepting a risk until a date, and what ends that."""

from incidents.rules.acceptances import GROUNDS
from incidents.rules.fields import Field
from incidents.rules.parties import Command
from incidents.rules.states import DECISION, RISK_ACCEPTED, VERIFICATION, Edge

EDGES: tuple[Edge, ...] = (
    Edge("T10", "accept_risk", DECISION, RISK_ACCEPTED),
    Edge("T20", "end_acceptance", RISK_ACCEPTED, DECISION),
    Edge("T20", "review_acceptance", RISK_ACCEPTED, RISK_ACCEPTED),
    Edge("T20", "review_acceptance", RISK_ACCEPTED, DECISION),
    Edge("T21", "risk_removed", RISK_ACCEPTED, VERIFICATION),
)

REVIEWS = (
    ("stands", "It stands as it is"),
    ("renew", "Back to the decision: renew it"),
    ("decide_again", "Back to the decision: it should not stand"),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "accept_risk",
        "accept the risk of",
        "",
        ("engine",),
        "incident.risk_accepted",
        fields=(
            Field("decision_id", "Decision", "uuid"),
            Field("motion_sha256", "Hash of the motion", longest=64),
            Field("title", "Motion", longest=300),
            Field("acceptance", "What is accepted, and until when", "map"),
        ),
    ),
    Command(
        "end_acceptance",
        "end the acceptance of",
        "",
        ("engine",),
        "incident.acceptance_ended",
        fields=(
            Field("ground", "Ground", "choice", choices=GROUNDS),
            Field("since", "Since when", "instant"),
            Field("words", "In words"),
        ),
    ),
    Command(
        "review_acceptance",
        "review the acceptance of",
        "Save the review",
        ("validator",),
        "incident.acceptance_reviewed",
        act="reviewed_acceptance",
        fields=(
            Field("outcome", "What you found", "choice", choices=REVIEWS),
            Field("reason", "What you looked at, and why"),
        ),
    ),
    Command(
        "risk_removed",
        "find the risk removed of",
        "The risk is removed",
        ("validator",),
        "incident.risk_removed",
        act="found_removed",
        fields=(
            Field("reason", "What removed it"),
            Field("evidence", "Evidence: where it stands"),
        ),
    ),
)
