"""Escalation: the steps of many incidents that fire at once, asked and written set-wise.

What is written is what `escalations.fire_step` writes one by one. Whatever is unusual is left to
it, with all else that its incident has due: a step that is late after a downtime, one that reaches
nobody, one whose plan or payload cannot be read, one that two timers mean.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.models import EscalationFiring
from governance.rules.calling import holds_for, is_late, wakes
from governance.selectors.asked import Asked
from governance.selectors.escalations import holding, said_on
from governance.selectors.recipients import Recipient, acknowledged, resolve_all
from governance.services.step_notices import Firing, call, mail_of
from governance.services.step_rows import (
    fired_entry,
    firing_of,
    reminder_of,
    row_of,
    skipped_entry,
)
from incidents.models import Incident
from incidents.rules.plan import FrozenPlan, calendar_of, from_text
from incidents.rules.transitions import ENDED
from ledger.context import current_actor
from ledger.rules.actors import machine
from ledger.selectors.acts import last_acts_on
from ledger.services.entry_sets import Draft, append_entries
from outbox.contacts import Contact, contacts_of
from outbox.models import Timer
from outbox.rules.calendars import Calendar
from outbox.rules.mails import Mail
from outbox.services.mail_sets import queue_mails
from outbox.services.timers import Arming, arm_timers
from outbox.set_inserts import insert_rows
from registry.models import System, User

Key = tuple[UUID, Any, Any, Any, Any]
NAMED_BY = ("cycle", "rule", "step", "repeat")
# What a firing reads of its incident; the plan is read once for all that are bound to it.
READ = (
    "number", "title", "summary", "severity", "risk_tier", "kind", "state", "cycle", "drill",
    "plan_sha256", "onset_at", "detected_at", "stage_due_at",
    "unit_id", "system_id", "owner_id", "deputy_id",
)  # fmt: skip
UNREADABLE = (KeyError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Step:
    """What one timer comes to: its entry, whom it tells, its reminder. Nothing: it is told."""

    entry: Draft | None = None
    firing: Firing | None = None
    people: Sequence[Recipient] = ()
    to_tell: Sequence[Recipient] = ()
    mails: Sequence[Mail] = ()
    reminder: Arming | None = None


NOTHING = Step()


def fire_steps(*, timers: Sequence[Timer], at: datetime) -> set[UUID]:
    """Fire the usual ones of these timers and return their ids; the others fire one by one.

    The caller holds the locks on the incidents and on the timers.
    """
    batch = Batch(timers, at)
    steps = {timer.pk: batch.step(timer) for timer in timers}
    unusual = {timer.subject_id for timer in timers if steps[timer.pk] is None}
    usual = [timer.pk for timer in timers if timer.subject_id not in unusual]
    _write([step for step in map(steps.get, usual) if step is not None], at)
    return set(usual)


class Batch:
    """What the steps of a batch of timers need to know, asked for all of them at once."""

    def __init__(self, timers: Sequence[Timer], at: datetime) -> None:
        self.at = at
        self._incidents = _incidents({timer.subject_id for timer in timers})
        self._plans = _plans(self._incidents.values())
        self._asked = Asked(list(self._incidents.values()), at)
        self._times_meant = Counter(map(_key, timers))
        self._fired = _fired(timers)
        self._said = said_on(incident_ids=list(self._incidents), at=at)
        self._acted = last_acts_on(
            incident_ids={incident for incident, _, _ in self._said},
            people={person for people in self._said.values() for person in people},
        )

    def step(self, timer: Timer) -> Step | None:
        """Return what a timer comes to; None where it is unusual."""
        incident = self._incidents.get(timer.subject_id)
        if incident is None or self._times_meant[_key(timer)] > 1:
            return None
        try:
            return self._step(timer, incident)
        except UNREADABLE:
            return None

    def _step(self, timer: Timer, incident: Incident) -> Step | None:
        if incident.state in ENDED or timer.payload["cycle"] != incident.cycle:
            return Step(entry=skipped_entry(incident, timer))
        plan, calendar = self._plans[incident.plan_sha256]
        firing = firing_of(timer, incident, plan, self.at)
        if firing is None or _key(timer) in self._fired:
            return NOTHING
        if is_late(plan, due_at=firing.scheduled_at, at=self.at):
            return None
        return self._fires(firing, calendar)

    def _fires(self, firing: Firing, calendar: Calendar) -> Step | None:
        people = resolve_all(
            expressions=firing.step.recipients,
            incident=firing.incident,
            at=self.at,
            asked=self._asked,
        )
        if not people:
            return None
        having, lapsed = self._holders(firing)
        to_tell = acknowledged(people=people, having=having)
        return Step(
            entry=fired_entry(firing, people, lapsed=lapsed),
            firing=firing,
            people=people,
            to_tell=to_tell,
            mails=[
                mail_of(firing, one.person, address=one.person.email, zone=one.person.zone)
                for one in to_tell
            ],
            reminder=reminder_of(firing, calendar),
        )

    def _holders(self, firing: Firing) -> tuple[set[UUID], set[UUID]]:
        incident = firing.incident
        said = self._said.get((incident.pk, firing.rule, firing.step.step))
        if not said:
            return set(), set()
        acted = {
            person: self._acted[(incident.pk, person)]
            for person in said
            if (incident.pk, person) in self._acted
        }
        return holding(said, acted, lasts=holds_for(firing.plan, incident.severity), at=self.at)


def _write(steps: Sequence[Step], at: datetime) -> None:
    """Write entries, rows, mails, calls and reminders, each kind by one statement but the calls."""
    entered = [(step, step.entry) for step in steps if step.entry is not None]
    numbers = append_entries(
        drafts=[entry for _, entry in entered],
        actor=current_actor() or machine("sweep"),
        at=at,
    )
    # Each row names its entry, which is all that the net of triggers asks for.
    rows = [
        row_of(step.firing, step.people, number=number)
        for (step, _), number in zip(entered, numbers, strict=True)
        if step.firing is not None
    ]
    insert_rows(EscalationFiring, rows, skip_known=False)
    contacts = contacts_of([one.person.pk for step in steps for one in step.to_tell])
    queue_mails(mails=[mail for step in steps for mail in step.mails], contacts=contacts, at=at)
    _call(steps, contacts)
    reminders = [step.reminder for step in steps if step.reminder is not None]
    arm_timers(armings=reminders, at=at)


def _call(steps: Sequence[Step], contacts: Mapping[UUID, Contact]) -> None:
    """Call who has a pager, one by one: each call has an answer of its own."""
    for step in steps:
        if step.firing is None or not wakes(step.firing.plan, step.firing.incident.severity):
            continue
        for one in step.to_tell:
            if contacts.get(one.person.pk, Contact()).page:
                call(step.firing, one)


def _incidents(ids: set[UUID]) -> dict[UUID, Incident]:
    """Return the incidents with their people and systems, each of which is read once."""
    incidents = {one.pk: one for one in Incident.objects.filter(pk__in=ids).only(*READ)}
    sides = {person for one in incidents.values() for person in (one.owner_id, one.deputy_id)}
    people = User.objects.in_bulk(sides)
    systems = System.objects.in_bulk({one.system_id for one in incidents.values()})
    for one in incidents.values():
        one.owner, one.deputy = people[one.owner_id], people[one.deputy_id]
        one.system = systems[one.system_id]
    return incidents


def _plans(incidents: Iterable[Incident]) -> dict[str, tuple[FrozenPlan, Calendar]]:
    """Return the plans by their hash, without those that cannot be read."""
    bound = {one.plan_sha256: one.pk for one in incidents}
    rows = Incident.objects.filter(pk__in=bound.values()).values_list("plan_sha256", "plan")
    return {sha256: found for sha256, text in rows if (found := _plan(text)) is not None}


def _plan(text: str) -> tuple[FrozenPlan, Calendar] | None:
    try:
        plan = from_text(text)
        return plan, calendar_of(plan)
    except UNREADABLE:
        return None


def _fired(timers: Sequence[Timer]) -> set[Key]:
    """Return which steps of these timers have fired already."""
    keys = {_key(timer) for timer in timers}
    rules, steps, repeats = ({key[place] for key in keys} - {None} for place in (2, 3, 4))
    rows = EscalationFiring.objects.filter(
        incident_id__in={key[0] for key in keys},
        rule__in=rules,
        step__in=steps,
        repeat__in=repeats,
    )
    return keys & set(rows.values_list("incident_id", "cycle", "rule", "step", "repeat"))


def _key(timer: Timer) -> Key:
    cycle, rule, step, repeat = map(timer.payload.get, NAMED_BY)
    return timer.subject_id, cycle, rule, step, repeat
