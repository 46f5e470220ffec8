"""What only a rehearsal has: it ends, from wherever it got to."""

from incidents.rules.fields import Field
from incidents.rules.parties import Command
from incidents.rules.states import CANCELLED, OPEN_STATES, Edge

EDGES: tuple[Edge, ...] = tuple(
    Edge("T08", "end_rehearsal", state, CANCELLED) for state in OPEN_STATES
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "end_rehearsal",
        "end the rehearsal",
        "",
        ("engine",),
        "incident.rehearsal_ended",
        fields=(Field("words", "Why"),),
    ),
)
