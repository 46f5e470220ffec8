"""Who is told after a command: the next party, the second signatory, the executors, the owner."""

from incidents.models import Transition
from incidents.rules.tables.families import FOLLOW
from incidents.rules.transitions import (
    CANCELLED,
    CLOSED,
    DECISION,
    EXECUTION,
    INVESTIGATING,
    OPEN,
    RISK_ACCEPTED,
    VALIDATION,
    VERIFICATION,
)
from incidents.rules.turns import ASKED, STAGE_OF
from incidents.selectors.proofs import obligations_of, pending_stopping
from incidents.selectors.reviews import proposal_of
from incidents.services.commands.context import Given
from incidents.services.notices import able, tell, told_by_ladder
from registry.selectors import people_with_role

TASK_OF = {
    OPEN: "acknowledge",
    INVESTIGATING: "returned",
    VALIDATION: "validation",
    DECISION: "decision",
    RISK_ACCEPTED: "accepted",
}
OWNERS_TASK = {"reassign": "reassigned", "resume_clock": "runs_again"}
TASK_OF_COMMAND = {"reopen": "reopened", "ack_lapse": "lapsed"}
AGREE_TASK = {
    "withdraw": "agree_withdrawal",
    "reopen": "agree_reopening",
    "pause_clock": "agree_pause",
    "merge": "agree_merge",
    "split": "agree_split",
}


def notify(given: Given, transition: Transition) -> None:
    """Tell whoever must act now, after a change of state or a signature that waits for another."""
    incident = given.incident
    if incident.suppressed:
        return
    if transition.command == FOLLOW:
        _tell_of_child(given, transition)
        return
    if transition.from_state != incident.state:
        _tell_of_state(given, transition)
    elif transition.command == "validate":
        _tell_able("validate", "validation", given, transition.version)
    elif transition.command == "dismiss" and proposal_of(incident) is not None:
        _tell_able("dismiss", "agree_dismissal", given, transition.version)
    else:
        _tell_of_turn(given, transition)


def _tell_of_child(given: Given, transition: Transition) -> None:
    """A child has its own proof to be seen to; of other stages its parent's people are told."""
    if given.incident.state == VERIFICATION:
        _tell_owners(given, transition, "verification")


def _tell_of_turn(given: Given, transition: Transition) -> None:
    """Tell who is asked to agree, and the owner's side of what became of its case."""
    command = transition.command
    if command in ASKED and transition.payload.get("step") == "asked":
        _tell_able(command, AGREE_TASK[command], given, transition.version)
    elif command in OWNERS_TASK:
        _tell_owners(given, transition, OWNERS_TASK[command])


def _tell_of_state(given: Given, transition: Transition) -> None:
    incident, at = given.incident, given.at
    stage = STAGE_OF.get(incident.state, "verification")
    if incident.state == EXECUTION or incident.state == VERIFICATION:
        _tell_executors(given, transition)
    elif incident.state == CANCELLED:
        _tell_owners(given, transition, "withdrawn")
    elif transition.command in TASK_OF_COMMAND:
        _tell_owners(given, transition, TASK_OF_COMMAND[transition.command])
    elif incident.state == CLOSED:
        people = [incident.owner, incident.deputy]
        key = f"{transition.version}:closed"
        tell(incident, people, task="informed", key=key, due_at=None, at=at, words=incident.lessons)
    elif transition.command != "acknowledge" and not told_by_ladder(given.plan, incident, stage):
        _tell_next(given, transition)


def _tell_owners(given: Given, transition: Transition, task: str) -> None:
    incident = given.incident
    tell(
        incident,
        [incident.owner, incident.deputy],
        task=task,
        key=f"{transition.version}:{task}",
        due_at=incident.stage_due_at,
        at=given.at,
        words=transition.reason,
    )


def _tell_next(given: Given, transition: Transition) -> None:
    incident, at = given.incident, given.at
    if incident.state == VALIDATION:
        _tell_able("validate", "validation", given, transition.version)
        return
    people = [incident.owner]
    if incident.state == DECISION:
        people = people_with_role(
            role="secretary", unit_id=incident.unit_id, system_id=incident.system_id, at=at
        )
    tell(
        incident,
        people,
        task=TASK_OF[incident.state],
        key=str(transition.version),
        due_at=incident.stage_due_at,
        at=at,
        words=transition.reason,
    )


def _tell_able(command: str, task: str, given: Given, version: int) -> None:
    incident = given.incident
    people = able(command, incident, given.plan, given.at)
    tell(incident, people, task=task, key=str(version), due_at=incident.stage_due_at, at=given.at)


def _tell_executors(given: Given, transition: Transition) -> None:
    incident = given.incident
    waiting = [*pending_stopping(incident)]
    if transition.command in ("adopt", "begin_verification"):
        waiting += list(obligations_of(incident))
    for action in waiting:
        tell(
            incident,
            [action.executor],
            task="execution",
            key=f"action:{action.pk}",
            due_at=action.due_at,
            at=given.at,
            words=action.words,
        )
