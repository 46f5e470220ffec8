"""What follows a command in a family: children go along, a parent gets the stricter severity."""

from datetime import datetime

from incidents import followers
from incidents.models import Incident, Transition
from incidents.rules.states import ENDED
from incidents.rules.tables.families import FOLLOW
from incidents.rules.transitions import COMMANDS
from incidents.selectors.families import follows, open_children
from incidents.services.commands import execute
from incidents.services.commands.families import higher, silence
from ledger.context import acting_as
from ledger.rules.actors import machine

FAMILIES = machine("families")
LEAVES = {
    "verification_failed": "Its own proof failed, so that it goes its own way from here.",
    "reopen": "It came back, and goes its own way.",
}
"""Commands after which a child goes with its parent no longer, and why."""


def keep_together(incident: Incident, transition: Transition, at: datetime) -> None:
    """Take children along, and keep a child with its parent. The caller holds the lock."""
    if incident.parent_id is not None and transition.command != FOLLOW:
        _keep_child(incident, transition, at)
    if transition.from_state != incident.state and incident.state not in ENDED:
        for child in open_children(incident):
            _take_along(child, incident, at)


def _keep_child(child: Incident, transition: Transition, at: datetime) -> None:
    if transition.command in LEAVES and transition.from_state != transition.to_state:
        _execute("split", child, {"reason": LEAVES[transition.command]}, at)
        return
    parent = follows(child)
    if parent is None:
        return
    if higher(child.severity, parent.severity):
        words = f"{child.number} goes with it and is {child.severity}."
        _execute("raise_severity", parent, {"severity": child.severity, "reason": words}, at)
    if child.state != parent.state and transition.command == "merge":
        _take_along(child, parent, at)
    else:
        silence(child, at=at)


def _take_along(child: Incident, parent: Incident, at: datetime) -> None:
    if child.state == parent.state:
        return
    words = f"{parent.number} stands at {parent.get_state_display()}."
    _execute(FOLLOW, child, {"words": words}, at)


def _execute(command: str, incident: Incident, payload: dict[str, str], at: datetime) -> None:
    with acting_as(FAMILIES):
        execute(
            command=command,
            incident_id=incident.pk,
            actor=FAMILIES,
            at=at,
            expected_version=None,
            idempotency_key=None,
            payload=payload,
        )


def register_families() -> None:
    """Let families follow every command."""
    for command in COMMANDS:
        followers.register(command, keep_together)
