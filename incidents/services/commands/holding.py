"""Holding still: interim measures that end by themselves, and the hold on the evidence."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from incidents.models import EvidenceHold, InterimMeasure, Transition
from incidents.rules.containment import is_whole, limit
from incidents.selectors.containment import measures_named, running_measures
from incidents.selectors.evidence_hold import hold_fault, hold_in_force
from incidents.services.commands.context import Given, Outcome
from incidents.services.containing import (
    INTERIM_END,
    arm_interim,
    cancel_on,
    hold_records,
    holders,
    release_records,
)
from incidents.services.notices import tell
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded

HELD = ("snapshot_ref", "authorities_informed_at", "immediate_protection_because")


def take_interim(given: Given) -> Outcome:
    """A measure that the operating controls name; it restricts, ends by itself, compliance knows.

    It never holds the whole system, which is a stop (INC-F); under a hold on the evidence it
    needs a snapshot (INC-J).
    """
    incident = given.incident
    row = _interim(given)

    def arm(transition: Transition) -> None:
        arm_interim(row, given.at)
        tell(
            incident,
            [incident.owner, *holders(incident, "compliance", given.at)],
            task="interim",
            key=f"interim:{row.pk}",
            due_at=row.until_at,
            at=given.at,
            words=worded("{measure}. {reason}", measure=row.measure, reason=row.reason),
        )

    return Outcome(
        incident.state,
        reason=row.reason,
        after={"measure": row.measure, "until": row.until_at},
        details={"interim": row.pk},
        rows=[row],
        then=arm,
    )


def end_interim(given: Given) -> Outcome:
    """It ended by itself at its instant, somebody ended it, or a decision took it over."""
    values, incident = given.values, given.incident
    row = running_measures(incident).filter(pk=values["interim_id"]).first()
    if row is None:
        raise Conflict("no_measure_runs", "No such measure is in force on this incident.")
    ground = values["ground"] or "ended"
    if given.attempt.user is not None and ground != "ended":
        words = "A person ends it; by itself or adopted it ends without one."
        raise Invalid("not_by_hand", words, fields={"ground": words})
    row.state, row.ended_at, row.ended_reason = ground, given.at, values["reason"]
    row.save(update_fields=["state", "ended_at", "ended_reason"], at=given.at)
    cancel_on(given.incident, f"interim:{row.pk}", INTERIM_END, "it ended", given.at)

    def tell_owner(transition: Transition) -> None:
        if ground == "expired":
            people = [incident.owner, incident.deputy, *holders(incident, "compliance", given.at)]
            tell(
                incident,
                people,
                task="interim_over",
                key=f"interim-over:{row.pk}",
                due_at=None,
                at=given.at,
                words=worded(
                    "{measure} ended by itself; a decision may adopt it.", measure=row.measure
                ),
            )

    return Outcome(
        incident.state,
        reason=row.ended_reason,
        before={"measure": row.measure, "measure_state": "standing"},
        after={"measure_state": ground},
        details={"interim": row.pk},
        then=tell_owner,
    )


def set_hold(given: Given) -> Outcome:
    """T27: what happened is kept as it is; a stop stays possible at any time."""
    incident = given.incident
    row = EvidenceHold(
        incident=incident, reason=given.values["reason"], set_by=given.person, set_at=given.at
    )
    row.said_at = given.at
    hold_records(row, given.at)

    def tell_owner(transition: Transition) -> None:
        tell(
            incident,
            [incident.owner, incident.deputy],
            task="evidence",
            key=f"evidence:{row.pk}",
            due_at=None,
            at=given.at,
            words=worded(
                "Until it is released, nothing that alters the system is carried out without a "
                "snapshot. A stop is never held up. {reason}",
                reason=row.reason,
            ),
        )

    return Outcome(
        incident.state,
        reason=row.reason,
        after={"evidence": "held"},
        details={"hold": row.pk, "legal_hold": row.legal_hold},
        rows=[row],
        then=tell_owner,
    )


def release_hold(given: Given) -> Outcome:
    """T27: the evidence is secured; the system may be altered again."""
    row = hold_in_force(given.incident)
    if row is None:
        raise Conflict("not_held", "The evidence of this incident is not held.")
    row.released_by, row.released_at = given.person, given.at
    row.released_reason = given.values["reason"]
    row.save(update_fields=["released_by", "released_at", "released_reason"], at=given.at)

    def release(transition: Transition) -> None:
        release_records(row, given.at)

    return Outcome(
        given.incident.state,
        reason=row.released_reason,
        before={"evidence": "held"},
        after={"evidence": "released"},
        details={"hold": row.pk},
        then=release,
    )


def _interim(given: Given) -> InterimMeasure:
    """Return the measure, not saved yet. Raises Invalid, Conflict."""
    values, incident, at = given.values, given.incident, given.at
    longest = limit(given.plan.limits, "interim_longest")
    lasts = timedelta(hours=values["hours"]) if values["hours"] is not None else longest
    faults = _interim_faults(given, lasts, longest)
    if faults:
        raise Invalid("interim_not_right", next(iter(faults.values())), fields=faults)
    parameters = {name: _plain(values[name]) for name in HELD if values[name]}
    fault = hold_fault(incident, "interim", parameters)
    if fault:
        raise Conflict("evidence_held", fault, recorded=True, subject=given.attempt.subject)
    taken = InterimMeasure.objects.filter(
        incident=incident, cycle=incident.cycle, measure=values["measure"]
    )
    if taken.exists():
        raise Conflict(
            "interim_taken_already",
            "This measure was taken in this cycle already. To keep it longer takes a decision.",
        )
    row = InterimMeasure(
        incident=incident,
        cycle=incident.cycle,
        measure=values["measure"],
        reason=values["reason"],
        environment=incident.environment,
        taken_by=given.person,
        at=at,
        until_at=at + lasts,
        parameters=parameters,
    )
    row.said_at = at
    return row


def _interim_faults(given: Given, lasts: timedelta, longest: timedelta) -> dict[str, str]:
    named = measures_named(system_id=given.incident.system_id)
    measure = given.values["measure"]
    if measure not in named:
        told = worded("The operating controls name: {measures}.", measures="; ".join(named))
        return {"measure": told}
    if is_whole(measure):
        return {"measure": "This holds the whole system: that is a stop, not an interim measure."}
    if not timedelta() < lasts <= longest:
        most = longest // timedelta(hours=1)
        told = worded("Between 1 and {most} hours here; longer takes a decision.", most=most)
        return {"hours": told}
    return {}


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


HANDLERS: Mapping[str, Callable[[Given], Outcome]] = {
    "take_interim": take_interim,
    "end_interim": end_interim,
    "set_hold": set_hold,
    "release_hold": release_hold,
}
