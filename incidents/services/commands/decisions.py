"""What follows from a committee's resolution; only governance gives these, as an engine."""

from typing import Any

import msgspec

from incidents.models import Transition
from incidents.rules.transitions import DECISION, EXECUTION, VERIFICATION
from incidents.services.commands.context import Given, Outcome
from incidents.services.deadlines import execution_deadline
from incidents.services.orders import ActionOrder, build_actions, order_actions
from incidents.services.windows import build_observation, verification_deadline
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded


def adopt(given: Given) -> Outcome:
    """T09: the actions of the resolution are ordered and dispatched."""
    incident, values = given.incident, given.values
    orders = [order_of(one) for one in values["actions"]]
    actions = build_actions(
        incident=incident, decision_id=values["decision_id"], orders=orders, at=given.at
    )

    def order(transition: Transition) -> None:
        order_actions(incident=incident, actions=actions, actor=given.attempt.actor, at=given.at)

    return Outcome(
        EXECUTION,
        reason=values["title"],
        after={"decision": values["decision_id"], "actions": len(actions)},
        deadline=execution_deadline(actions, given.at),
        then=order,
    )


def keep_running(given: Given) -> Outcome:
    """T24: no action, or continue with conditions; an observation window starts at once."""
    incident, values = given.incident, given.values
    windows = build_observation(incident, values["verification"], given.at)
    for window in windows:
        window.save(force_insert=True, at=given.at)
    return Outcome(
        VERIFICATION,
        reason=values["reason"],
        after={"decision": values["decision_id"], "kind": values["kind"]},
        deadline=verification_deadline(windows, [], given.at),
    )


def lapse(given: Given) -> Outcome:
    """T12: a round ended without a resolution; nothing is approved, perhaps it goes up a level."""
    incident, values = given.incident, given.values
    before = {"level": incident.level}
    if values["raises_level"]:
        incident.level += 1
    return Outcome(DECISION, reason=values["words"], before=before, after={"level": incident.level})


def order_of(data: Any) -> ActionOrder:
    """Return one ordered action read from plain data. Raises Invalid."""
    if isinstance(data, ActionOrder):
        return data
    try:
        return msgspec.convert(data, ActionOrder, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(
            "bad_order", worded("An action is not readable: {error}.", error=error)
        ) from error
