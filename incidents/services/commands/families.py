"""T26: an incident goes with another one, or a part of it goes its own way; links between two.

The owner's side proposes, a compliance or risk officer agrees. A child goes from stage to stage
with its parent, and keeps its own population, its own proof and its own closing.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import uuid4

from incidents import observations
from incidents.models import Incident, IncidentLink, Participation, Transition, VerificationWindow
from incidents.rules.plan import SEVERITIES, Deadline, deadline
from incidents.rules.states import DECISION, VERIFICATION
from incidents.rules.tables.families import BACK_TO_DECISION
from incidents.rules.turns import STAGE_OF
from incidents.selectors.families import against_parent, follows
from incidents.selectors.kin import family_of
from incidents.selectors.visibility import incidents_visible_to
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.opening import open_incident
from incidents.services.deadlines import (
    arm_stages,
    cancel_stages,
    stages_from,
)
from incidents.services.turn_timers import arm_lapse_anew, cancel_lapse
from incidents.services.windows import build_observation, verification_deadline
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.rules.durations import Duration

UNKNOWN = "There is no such incident that you may see."


def merge(given: Given) -> Outcome:
    """T26: propose into which incident, or agree to it; then it follows that one's stages.

    A stricter severity goes to the parent (by what follows the command); an open vote is void.
    """
    incident = given.incident
    parent = _parent(given)
    if not given.agrees:
        return Outcome(
            incident.state,
            verb="incident.merge_asked",
            reason=given.values["reason"],
            details={"step": "asked", "into": parent.number},
        )
    incident.parent = parent
    incident.stage_due_at = parent.stage_due_at
    if incident.state != parent.state:
        incident.stage_due_at = None

    def be_quiet(transition: Transition) -> None:
        silence(incident, at=given.at)

    return Outcome(
        incident.state,
        reason=given.values["reason"],
        before={"parent": None},
        after={"parent": parent.number},
        details={"step": "agreed", "into": parent.number},
        then=be_quiet,
    )


def split(given: Given) -> Outcome:
    """T26: a child leaves, or a part gets a number of its own. Both inherit the history (SEG-04).

    An engine lets a child go whose own proof failed, or that came back.
    """
    incident, by_person = given.incident, given.attempt.user is not None
    is_child = incident.parent_id is not None
    title, population = _part(given)
    if not is_child and not (title and population):
        faults = {
            name: "Say what the part is and who and what belongs to it."
            for name, value in (("title", title), ("population", population))
            if not value
        }
        raise Invalid("nothing_to_split", "Say what is split off.", fields=faults)
    if by_person and not given.agrees:
        return Outcome(
            incident.state,
            verb="incident.split_asked",
            reason=given.values["reason"],
            details={"step": "asked"},
        )
    return _leave(given) if is_child else _part_with(given, str(title), str(population))


def follow_parent(given: Given) -> Outcome:
    """T26: it goes where its parent stands; its own proof begins where an effect is proved."""
    incident, at = given.incident, given.at
    parent = incident.parent
    if parent is None:
        raise Conflict("no_parent", worded("{number} goes with no case.", number=incident.number))
    windows: list[VerificationWindow] = []
    if incident.state == VERIFICATION:
        _supersede(incident, at)
    if parent.state == VERIFICATION:
        rules = observations.rules_for(incident, given.plan, at)
        windows = build_observation(incident, rules, at)
        for window in windows:
            window.save(force_insert=True, at=at)
    incident.level = max(incident.level, parent.level)
    found = verification_deadline(windows, [], at) or _of_parent(parent, at)

    def be_quiet(transition: Transition) -> None:
        silence(incident, at=at)

    return Outcome(
        parent.state,
        reason=given.values["words"],
        after={"parent": parent.number, "proofs": len(windows)},
        deadline=found,
        then=be_quiet,
    )


def link(given: Given) -> Outcome:
    """T22: two incidents have to do with each other. Nothing moves by it."""
    incident, values = given.incident, given.values
    other = _named(given, str(values["other"]), field="other")
    if other.pk == incident.pk:
        raise _fault("other", "An incident is not linked with itself.")
    if IncidentLink.objects.filter(incident=incident, other=other, kind=values["kind"]).exists():
        pair = {"number": incident.number, "number_2": other.number}
        raise _fault("other", worded("{number} is linked with {number_2} so already.", **pair))
    row = IncidentLink(
        id=uuid4(),
        incident=incident,
        other=other,
        kind=values["kind"],
        reason=values["reason"],
        linked_by=given.person,
        at=given.at,
    )
    return Outcome(
        incident.state,
        reason=values["reason"],
        after={"linked": other.number, "kind": values["kind"]},
        rows=[row],
    )


HANDLERS: Mapping[str, Callable[[Given], Outcome]] = {
    "merge": merge,
    "split": split,
    "follow_parent": follow_parent,
    "link": link,
}


def silence(incident: Incident, *, at: datetime) -> None:
    """End the timers of a child's stage: its parent's run. Its own proof keeps its deadline."""
    parent = follows(incident)
    if parent is None or incident.state == VERIFICATION:
        return
    words = f"it goes with {parent.number}"
    cancel_stages(incident, reason=words, at=at)
    cancel_lapse(incident, reason=words, at=at)


def _parent(given: Given) -> Incident:
    """Return the incident that it is merged into, locked. Raises Invalid."""
    incident, said = given.incident, given.values["into"]
    proposed = given.asked.payload.get("into") if given.agrees and given.asked else None
    if proposed and said and said.upper() != proposed:
        told = worded("Proposed was {proposed}. You agree to that, or to none.", proposed=proposed)
        raise _fault("into", told)
    number = proposed or said
    if not number:
        raise _fault("into", "Name the incident that it goes with.")
    parent = _named(given, number, field="into")
    reason = against_parent(incident, parent)
    if reason:
        raise _fault("into", reason)
    return parent


def _named(given: Given, number: str, *, field: str) -> Incident:
    visible = incidents_visible_to(user=given.person, at=given.at)
    known = visible.filter(number__iexact=number).values_list("pk", flat=True).first()
    if known is None:
        raise _fault(field, UNKNOWN)
    rows = Incident.objects.select_for_update(no_key=True, of=("self",))
    found: Incident = rows.get(pk=known)
    return found


def _fault(field: str, words: str) -> Invalid:
    return Invalid("not_that_incident", words, fields={field: words})


def _part(given: Given) -> tuple[str | None, str | None]:
    """What is split off: as it was proposed, where another person agrees to it."""
    asked = given.asked.payload if given.agrees and given.asked else given.values
    return asked.get("title"), asked.get("population")


def _leave(given: Given) -> Outcome:
    """A child goes its own way, with the time of its stage from now on."""
    incident, plan, at = given.incident, given.plan, given.at
    parent = incident.parent
    number = parent.number if parent else ""
    if parent is not None:
        _inherit(parent, incident, given)
        _inherit(incident, parent, given)
    target = DECISION if incident.state in BACK_TO_DECISION else str(incident.state)
    incident.parent = None
    stages: list[Deadline] = []
    if target == incident.state:
        stages = stages_from(plan, incident, at) or _stage_anew(given)

    def run(transition: Transition) -> None:
        if stages:
            cancel_stages(incident, reason="it goes its own way", at=at)
            arm_stages(plan, incident, stages, version=transition.version, at=at)
            arm_lapse_anew(plan, incident, reason="it goes its own way", at=at)

    return Outcome(
        target,
        reason=given.values["reason"],
        before={"parent": number},
        after={"parent": None},
        details={"step": "agreed"},
        then=run,
    )


def _stage_anew(given: Given) -> list[Deadline]:
    """The deadline of a validation or a decision, as it counts from now; sets it."""
    incident = given.incident
    stage = STAGE_OF.get(incident.state)
    found = stage and deadline(
        given.plan, severity=incident.severity, stage=stage, starts_at=given.at
    )
    if not found:
        return []
    incident.stage_entered_at, incident.stage_due_at = given.at, found.due_at
    return [found]


def _part_with(given: Given, title: str, population: str) -> Outcome:
    """A part gets a number of its own and begins at its opening; who took part here did there."""
    incident, at = given.incident, given.at

    def open_part(transition: Transition) -> None:
        key = f"{incident.dedup_key}:split:{transition.version}"
        part = open_incident(
            kind=incident.kind,
            dedup_key=hashlib.sha256(key.encode()).hexdigest(),
            title=title,
            summary=worded(
                "{population}\n\nSplit off {number}: {reason}",
                population=population,
                number=incident.number,
                reason=given.values["reason"],
            ),
            category=incident.category,
            system=incident.system,
            environment=incident.environment,
            live_version=incident.live_version,
            severity=incident.severity,
            plan=given.plan,
            onset_at=incident.onset_at,
            onset_method=incident.onset_method,
            detected_at=incident.detected_at,
            actor=given.attempt.actor,
            at=at,
            aware_at=incident.aware_at,
            aware_by=incident.aware_by,
            drill=incident.drill,
        )
        _inherit(incident, part, given)
        IncidentLink.objects.create(
            id=uuid4(),
            incident=part,
            other=incident,
            kind=IncidentLink.Kind.SPLIT,
            reason=given.values["reason"],
            linked_by=given.person,
            at=at,
            entry_number=transition.entry_number,
        )

    return Outcome(
        incident.state,
        reason=given.values["reason"],
        after={"split_off": title},
        details={"step": "agreed", "title": title, "population": population},
        then=open_part,
    )


def _inherit(source: Incident, target: Incident, given: Given) -> None:
    """Whoever took part in one family took part in what came of it (SEG-04); on record once."""
    rows = Participation.objects.filter(incident=target)
    known = set(rows.values_list("person_id", "act", "as_delegate_of_id"))
    kin = Participation.objects.filter(family_of(source)).order_by("id")
    wanted = dict.fromkeys(kin.values_list("person_id", "act", "as_delegate_of_id"))
    made = Participation.objects.bulk_create(
        Participation(
            incident=target,
            cycle=target.cycle,
            person_id=person,
            act=act,
            as_delegate_of_id=principal,
            at=given.at,
        )
        for person, act, principal in wanted
        if (person, act, principal) not in known
    )
    if made:
        append_entry(
            verb="incident.inherited",
            actor=given.attempt.actor,
            at=given.at,
            subject=("incident", str(target.pk), target.number),
            incident_id=target.pk,
            system_id=target.system_id,
            details={"from": source.number, "acts": len(made)},
            touched=[f"incidents_participation:{row.pk}" for row in made],
        )


def _supersede(incident: Incident, at: datetime) -> None:
    rows = VerificationWindow.objects.filter(incident=incident, superseded_at__isnull=True)
    for row in rows:
        row.superseded_at = at
        row.save(update_fields=["superseded_at"], at=at)


def _of_parent(parent: Incident, at: datetime) -> Deadline | None:
    """The parent's deadline as the child shows it; nothing is armed for it."""
    stage, due_at = STAGE_OF.get(parent.state), parent.stage_due_at
    if stage is None or due_at is None:
        return None
    seconds = Fraction(max(due_at - at, timedelta()) // timedelta(seconds=1))
    return Deadline(stage, at, due_at, Duration(seconds, "s"))


def higher(one: str, other: str) -> bool:
    """Whether a severity is higher than another one."""
    return SEVERITIES.index(one) > SEVERITIES.index(other)
