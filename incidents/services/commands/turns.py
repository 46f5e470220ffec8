"""Turns that the usual way does not foresee: lapse, withdrawal, reopening, pauses, reassignment."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from incidents.models import Incident, Transition
from incidents.rules.plan import SEVERITIES
from incidents.rules.states import OPEN
from incidents.selectors.guard_tables.turns import floor_of
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.pausing import pause_clock, resume_clock
from incidents.services.commands.reopening import reopen
from incidents.services.commands.withdrawal import withdraw
from incidents.services.deadlines import arm_stages, cancel_stage, loosen
from incidents.services.handovers import refuse_clash, take_part
from incidents.services.turn_timers import arm_lapse_anew
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import term, word, worded
from registry.models import User
from registry.services.access import active_person

PARTS = {"owner": "owned", "deputy": "deputised"}


def ack_lapse(given: Given) -> Outcome:
    """T03: nobody entered anything since it was acknowledged; it is asked for anew, a level up.

    The findings' deadline and every regulatory clock run on, and what was written is kept (INC-C).
    """
    incident = given.incident
    before = {"level": incident.level}
    incident.level += 1
    return Outcome(
        OPEN, reason=given.values["words"], before=before, after={"level": incident.level}
    )


def lower_severity(given: Given) -> Outcome:
    """T22: a separate validator lowers, never below what harm, a law or fairness says.

    Running deadlines become later, never earlier, as new rows; the old rows are kept.
    """
    incident, plan, at, wanted = given.incident, given.plan, given.at, given.values["severity"]
    _check_lower(given, wanted)
    before = {"severity": incident.severity}
    incident.severity = wanted
    stages = [] if incident.suppressed else loosen(plan, incident)

    def arm_anew(transition: Transition) -> None:
        for stage in stages:
            words = f"severity lowered to {wanted}"
            cancel_stage(incident, stage.stage, reason=words, at=at)
        arm_stages(plan, incident, stages, version=transition.version, at=at)
        arm_lapse_anew(plan, incident, reason=f"severity lowered to {wanted}", at=at)

    return Outcome(
        incident.state,
        reason=given.values["reason"],
        before=before,
        after={"severity": wanted},
        then=arm_anew,
    )


def reassign(given: Given) -> Outcome:
    """T22: another owner, another deputy, or both; what was done stays done by who did it.

    Whoever is conflicted is refused here (SEG-08), and again at each act.
    """
    incident = given.incident
    successors = _successors(given)
    before: dict[str, Any] = {name: getattr(incident, f"{name}_id") for name in successors}
    for name, person in successors.items():
        refuse_clash(incident, PARTS[name], person, given.at)
        setattr(incident, name, person)
        take_part(incident, person, PARTS[name], given.at)
    return Outcome(
        incident.state,
        reason=given.values["reason"],
        before=before,
        after={name: person.pk for name, person in successors.items()},
    )


def wait_for(given: Given) -> Outcome:
    """T22: whom it waits for, since when, expected by when. It pauses nothing and is shown."""
    incident, values = given.incident, given.values
    party = values["party"] or ""
    _check_waiting(given, party)
    before = _waiting(incident)
    incident.waiting_for = party
    incident.waiting_since = (values["since"] or given.at) if party else None
    incident.waiting_until = values["expected_at"] if party else None
    told = (
        worded("Waits for {party}.", party=party) if party else word("Waits for nobody any more.")
    )
    return Outcome(incident.state, reason=told, before=before, after=_waiting(incident))


HANDLERS: Mapping[str, Callable[[Given], Outcome]] = {
    "ack_lapse": ack_lapse,
    "withdraw": withdraw,
    "reopen": reopen,
    "lower_severity": lower_severity,
    "reassign": reassign,
    "pause_clock": pause_clock,
    "resume_clock": resume_clock,
    "wait_for": wait_for,
}


def _check_lower(given: Given, wanted: str) -> None:
    incident = given.incident
    if SEVERITIES.index(wanted) >= SEVERITIES.index(incident.severity):
        words = worded(
            "{number} is {severity}; this is not lower.",
            number=incident.number,
            severity=term(incident.severity.capitalize(), lowered=True),
        )
        raise Invalid("not_lowered", words, fields={"severity": words})
    floor, why = floor_of(incident, given.plan)
    if SEVERITIES.index(wanted) < SEVERITIES.index(floor):
        words = worded(
            "It cannot be lower than {floor}: {why}.",
            floor=term(floor.capitalize(), lowered=True),
            why=term(why),
        )
        raise Invalid("not_below", words, fields={"severity": words})


def _successors(given: Given) -> dict[str, User]:
    """Return who becomes owner and deputy, of those that change. Raises Invalid, Conflict."""
    incident = given.incident
    wanted: dict[str, UUID] = {
        name: person
        for name in PARTS
        if (person := given.values[f"{name}_id"]) and person != getattr(incident, f"{name}_id")
    }
    if not wanted:
        words = "Name another owner, another deputy, or both."
        raise Invalid("nobody_named", words, fields={"owner_id": words})
    halves = {name: wanted.get(name, getattr(incident, f"{name}_id")) for name in PARTS}
    if halves["owner"] == halves["deputy"]:
        raise Conflict("deputy_is_owner", "Owner and deputy are two persons.")
    return {name: active_person(person) for name, person in wanted.items()}


def _check_waiting(given: Given, party: str) -> None:
    values, faults = given.values, {}
    if party and values["expected_at"] is None:
        faults["expected_at"] = "Say by when it is expected."
    elif party and values["expected_at"] <= (values["since"] or given.at):
        faults["expected_at"] = "This lies before it began to wait."
    if party and values["since"] and values["since"] > given.at:
        faults["since"] = "This is in the future."
    if faults:
        raise Invalid("fields_missing_or_wrong", "Some fields are not right.", fields=faults)


def _waiting(incident: Incident) -> dict[str, Any]:
    return {
        "waiting_for": incident.waiting_for,
        "waiting_since": incident.waiting_since,
        "waiting_until": incident.waiting_until,
    }
