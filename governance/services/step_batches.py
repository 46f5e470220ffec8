"""Escalation: the steps of many incidents that fire at once, asked and written set-wise.

What is written is what `escalations.fire_step` writes one by one, in the same order. Whatever is
unusual is left to it, with all else that its incident has due: a step that reaches nobody, one
whose plan or payload cannot be read, one that two timers mean.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.rules.calling import holds_for, is_late
from governance.selectors.asked import Asked
from governance.selectors.escalations import holding, said_on
from governance.selectors.recipients import Reached, acknowledged, depends_on, resolve_all
from governance.selectors.step_cases import UNREADABLE, cases_of, fired_of, plans_of
from governance.services.step_notices import Firing, late_line, mail_of
from governance.services.step_rows import fired_entry, firing_of, reminder_of, skipped_entry
from governance.services.step_waits import Wait, wait_after
from governance.services.step_writing import NOTHING, Step, write
from incidents.models import Incident
from incidents.rules.transitions import ENDED
from ledger.selectors.acts import last_acts_on
from outbox.rules.calendars import Calendar
from outbox.timer_kinds import Due

Key = tuple[UUID, Any, Any, Any, Any]
NAMED_BY = ("cycle", "rule", "step", "repeat")


def fire_steps(*, timers: Sequence[Due], at: datetime) -> set[UUID]:
    """Fire the usual ones of these timers and return their ids; the others fire one by one.

    The caller holds the locks on the incidents and on the timers, and gives them in order.
    """
    batch = Batch(timers, at)
    steps = {timer.pk: batch.step(timer) for timer in timers}
    unusual = {timer.subject_id for timer in timers if steps[timer.pk] is None}
    usual = {
        timer.pk: step
        for timer in timers
        if timer.subject_id not in unusual and (step := steps[timer.pk]) is not None
    }
    write(usual, at)
    return {timer for timer, step in usual.items() if not step.waits}


class Batch:
    """What the steps of a batch of timers need to know, asked for all of them at once."""

    def __init__(self, timers: Sequence[Due], at: datetime) -> None:
        self.at = at
        self._incidents = cases_of({timer.subject_id for timer in timers})
        self._plans = plans_of(self._incidents.values())
        self._asked = Asked(list(self._incidents.values()), at)
        self._keys = {timer.pk: _key(timer) for timer in timers}
        self._times_meant = Counter(self._keys.values())
        self._fired = fired_of(self._times_meant)
        self._said = said_on(incident_ids=list(self._incidents), at=at)
        self._acted = last_acts_on(
            incident_ids={incident for incident, _, _ in self._said},
            people={person for people in self._said.values() for person in people},
        )
        self._reached: dict[Hashable, Reached] = {}
        self._waits: dict[Hashable, list[Wait]] = {}

    def step(self, timer: Due) -> Step | None:
        """Return what a timer comes to; None where it is unusual."""
        incident = self._incidents.get(timer.subject_id)
        if incident is None or self._times_meant[self._keys[timer.pk]] > 1:
            return None
        try:
            return self._step(timer, incident)
        except UNREADABLE:
            return None

    def _step(self, timer: Due, incident: Incident) -> Step | None:
        if any(wait.holds(timer) for wait in self._waits.get(incident.pk, ())):
            return Step(waits=True)
        if incident.state in ENDED or timer.payload["cycle"] != incident.cycle:
            return Step(entry=skipped_entry(incident, timer))
        plan, calendar = self._plans[incident.plan_sha256]
        firing = firing_of(timer, incident, plan, self.at)
        if firing is None or self._keys[timer.pk] in self._fired:
            return NOTHING
        return self._fires(firing, calendar)

    def _fires(self, firing: Firing, calendar: Calendar) -> Step | None:
        people = self._people(firing)
        if not people:
            return None
        having, lapsed = self._holders(firing)
        to_tell = acknowledged(people=people, having=having)
        late = is_late(firing.plan, due_at=firing.scheduled_at, at=self.at)
        step = Step(
            entry=fired_entry(firing, people, lapsed=lapsed),
            firing=firing,
            people=people,
            to_tell=to_tell,
            reminder=reminder_of(firing, calendar),
            wait=wait_after(firing) if late else None,
        )
        for one in to_tell:
            if late:
                step.late.append(late_line(firing, one.person))
            else:
                step.mails.append(
                    mail_of(firing, one.person, address=one.person.email, zone=one.person.zone)
                )
        if step.wait is not None:
            self._waits.setdefault(firing.incident.pk, []).append(step.wait)
        return step

    def _people(self, firing: Firing) -> Reached:
        """Return whom the step reaches; what was found for another case with the same people."""
        asked = (firing.step.recipients, firing.incident)
        same = depends_on(expressions=asked[0], incident=asked[1], asked=self._asked)
        known = self._reached.get(same) if same is not None else None
        if known is None:
            known = resolve_all(
                expressions=asked[0], incident=asked[1], at=self.at, asked=self._asked
            )
        if same is not None:
            self._reached[same] = known
        return known

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


def _key(timer: Due) -> Key:
    cycle, rule, step, repeat = map(timer.payload.get, NAMED_BY)
    return timer.subject_id, cycle, rule, step, repeat
