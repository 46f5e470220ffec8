"""What the committee asks for before it decides, and what takes a decision's place."""

from collections.abc import Callable, Mapping

from incidents.models import Transition
from incidents.rules.asking import answer_by
from incidents.rules.plan import deadline_after
from incidents.rules.transitions import INVESTIGATING
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.decisions import order_of
from incidents.services.orders import build_actions, order_actions
from outbox.rules.durations import Duration


def request_information(given: Given) -> Outcome:
    """T11: the owner answers in new findings, by the date that the committee set.

    At severe nothing is paused: the answer is due by the decision's own deadline (KOM-25).
    """
    incident, values = given.incident, given.values
    due_at = answer_by(
        values["due_at"], severity=incident.severity, decision_due=incident.stage_due_at
    )
    seconds = max(int((due_at - given.at).total_seconds()), 0)
    found = deadline_after(given.plan, "findings", given.at, Duration.parse(f"{seconds}s"))
    return Outcome(
        INVESTIGATING,
        reason="\n".join(str(one) for one in values["questions"]),
        after={"decision": values["decision_id"], "answers_due_at": due_at},
        deadline=found,
    )


def supersede(given: Given) -> Outcome:
    """T09 in place of a decision: its new actions are ordered; the old ones are taken back next."""
    incident, values = given.incident, given.values
    orders = [order_of(one) for one in values["actions"] or ()]
    actions = (
        build_actions(
            incident=incident, decision_id=values["decision_id"], orders=orders, at=given.at
        )
        if orders
        else []
    )

    def order(transition: Transition) -> None:
        order_actions(incident=incident, actions=actions, actor=given.attempt.actor, at=given.at)

    return Outcome(
        incident.state,
        reason=values["title"],
        after={
            "decision": values["decision_id"],
            "superseded": values["superseded_id"],
            "actions": len(actions),
        },
        then=order,
    )


HANDLERS: Mapping[str, Callable[[Given], Outcome]] = {
    "request_information": request_information,
    "supersede": supersede,
}
