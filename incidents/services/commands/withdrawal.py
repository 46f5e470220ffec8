"""T08: two persons say that it was none. The first proposes, another one agrees."""

from datetime import datetime
from typing import Any

from incidents.models import Incident
from incidents.rules.states import CANCELLED
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.recording import end
from incidents.services.containing import INTERIM_END
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from outbox.models import Timer
from outbox.services.timers import cancel_timers

DUPLICATE = "duplicate"
WORDS = {
    "false_positive": "false positive",
    "data_fault": "data fault",
    DUPLICATE: "duplicate",
}


def withdraw(given: Given) -> Outcome:
    """T08: propose, or agree to what was proposed; then every timer ends with the reason."""
    incident = given.incident
    target = _target(given)
    reason = f"{given.values['reason']} (evidence: {given.values['evidence']})"
    if not given.agrees:
        return Outcome(
            incident.state,
            verb="incident.withdrawal_asked",
            reason=reason,
            details={"step": "asked"},
        )
    _same_as_proposed(given)
    ground = given.values["ground"]
    end(incident, given.at, resolution=ground, lessons=given.values["reason"])
    incident.duplicate_of = target
    _cancel_timers(incident, f"withdrawn: {WORDS[ground]}", given.at)
    after: dict[str, Any] = {"resolution": ground}
    after |= {"duplicate_of": target.number} if target else {}
    return Outcome(CANCELLED, reason=reason, after=after, details={"step": "agreed"})


def _cancel_timers(incident: Incident, reason: str, at: datetime) -> None:
    """Cancel every timer of the case but the one by which an interim measure ends."""
    armed = Timer.objects.filter(subject_id=incident.pk, state=Timer.State.ARMED)
    kinds = list(armed.exclude(kind=INTERIM_END).values_list("kind", flat=True).distinct())
    if kinds:
        cancel_timers(subject_id=incident.pk, reason=reason, at=at, kinds=kinds)


def _same_as_proposed(given: Given) -> None:
    """Whoever agrees agrees to the ground that was proposed, and to no other. Raises Invalid."""
    asked = given.asked
    if asked is None:
        return
    faults = {}
    for name in ("ground", "duplicate_of"):
        proposed = asked.payload.get(name) or None
        if (given.values[name] or None) != proposed:
            faults[name] = worded(
                "Proposed was: {proposed}. You agree to that, or to none.",
                proposed=proposed or "nothing",
            )
    if faults:
        raise Invalid("not_what_was_proposed", "This is not what was proposed.", fields=faults)


def _target(given: Given) -> Incident | None:
    """Return the incident that this one repeats, locked, None for another ground.

    It exists and is not withdrawn itself, so no circle of duplicates can come to be. Raises
    Invalid.
    """
    number, is_duplicate = given.values["duplicate_of"], given.values["ground"] == DUPLICATE
    if is_duplicate != bool(number):
        raise _fault(
            "A duplicate needs the number of the incident that has it."
            if is_duplicate
            else "Only a duplicate names another incident."
        )
    target = _named(given, number) if number else None
    if target is None:
        return None
    if target.pk == given.incident.pk:
        raise _fault("An incident is no duplicate of itself.")
    if target.state == CANCELLED:
        raise _fault(
            worded(
                "{number} was withdrawn itself; name the one that is kept.", number=target.number
            )
        )
    return target


def _named(given: Given, number: str) -> Incident:
    visible = incidents_visible_to(user=given.person, at=given.at)
    known = visible.filter(number__iexact=number).values_list("pk", flat=True).first()
    if known is None:
        raise _fault("There is no such incident that you may see.")
    rows = Incident.objects.select_for_update(no_key=True, of=("self",))
    found: Incident = rows.get(pk=known)
    return found


def _fault(words: str) -> Invalid:
    return Invalid("bad_duplicate", words, fields={"duplicate_of": words})
