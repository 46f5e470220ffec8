"""Guards of families: what stands against a merge, and what a child does no longer by itself."""

from collections.abc import Mapping
from datetime import datetime

from incidents.models import Incident
from incidents.rules.plan import FrozenPlan
from incidents.rules.tables.families import FOLLOW
from incidents.rules.transitions import COMMANDS, EDGES
from incidents.selectors.families import against_child, follows, open_children
from incidents.selectors.guard_facts import Found, Guard, running_clock
from ledger.rules.worded import term, worded

OWN = frozenset({"close", "verification_failed", "split", FOLLOW})
"""What a child does by itself: its own proof, its own closing, leaving."""
MOVING = frozenset(
    edge.command for edge in EDGES if edge.source and edge.source != edge.target
) - OWN | {"pause_clock", "resume_clock"}
ENDING = frozenset({"close", "dismiss", "close_small", "withdraw", "end_rehearsal"})


def within_family(command: str, incident: Incident) -> Found:
    """Say that a parent moves its children."""
    if incident.parent_id is None or command not in MOVING | {"merge"}:
        return None
    parent = follows(incident)
    if parent is None:
        return None
    return (
        "follows_parent",
        worded(
            "{number} goes from stage to stage with {number_2}: {words} that one, "
            "or split this one off first.",
            number=incident.number,
            number_2=parent.number,
            words=term(COMMANDS[command].words),
        ),
    )


def children_first(command: str, incident: Incident) -> Found:
    """Say that no parent ends before its children (INC-H); asked where nothing else stands."""
    children = open_children(incident) if command in ENDING else []
    if not children:
        return None
    numbers = ", ".join(one.number for one in children)
    return (
        "children_open",
        worded(
            "Cases that go with it are open: {numbers}. Those are closed first, "
            "each by its own proof, or split off.",
            numbers=numbers,
        ),
    )


def _merge(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    """CLK-17: a duty to report is settled on the incident that it runs on."""
    return running_clock(incident) or against_child(incident)


def _follow(incident: Incident, plan: FrozenPlan, at: datetime) -> Found:
    parent = follows(incident)
    if parent is None:
        return ("no_parent", worded("{number} goes with no open case.", number=incident.number))
    if parent.state == incident.state:
        return (
            "there_already",
            worded(
                "{number} stands where {number_2} does.",
                number=incident.number,
                number_2=parent.number,
            ),
        )
    return None


GUARDS: Mapping[str, Guard] = {"merge": _merge, FOLLOW: _follow}
