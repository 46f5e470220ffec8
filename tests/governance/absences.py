"""Who is told of a case while these are away: by every step, and by the first one for real."""

import datetime as dt

from django.db import connection, transaction

from governance.models import EscalationFiring
from governance.selectors.asked import Asked
from governance.selectors.recipients import resolve_all
from incidents.rules.plan import from_text, steps_for
from incidents.rules.turns import STAGE_OF
from ledger.context import acting_as
from outbox.models import Message, Timer
from outbox.services.sweeps import SWEEP, SweepReport, fire_timers
from tests.governance.organisation import AT
from tests.governance.rounds import DAY

BACK = AT + dt.timedelta(days=90)


def check_steps(of, incident, away, asked=None):
    """These are away already: nobody of them is told by any step; returns what fired first."""
    gone = {person.pk for person in away}
    # All steps ask at one instant, as in a sweep, which puts each question once.
    for step, found in reached(of, incident, asked or Asked([incident], AT)):
        assert not gone & {one.person.pk for one in found}, step
    rows = fired(incident)
    for row in rows:
        check_firing(row, rows, of)
    return rows


def reached(of, incident, asked):
    """Each step of the present stage with whom it reaches."""
    plan = from_text(incident.plan)
    stage = STAGE_OF.get(incident.state, "verification")
    asked.reachable(of.people)  # who is there is asked of all of them at once
    for step in steps_for(plan, severity=incident.severity, stage=stage):
        yield (
            step,
            resolve_all(expressions=step.recipients, incident=incident, at=AT, asked=asked),
        )


def fired(incident):
    """What fires first at the present stage."""
    timers = Timer.objects.filter(
        subject_id=incident.pk, kind="escalation.step", state=Timer.State.ARMED
    )
    first = timers.order_by("next_try_at").first()
    if first is None:
        return []
    known = set(EscalationFiring.objects.values_list("pk", flat=True))
    with acting_as(SWEEP):
        fire_timers(at=first.next_try_at, batch=50, report=SweepReport(), rounds=1)
    return [row for row in EscalationFiring.objects.order_by("pk") if row.pk not in known]


def check_firing(row, rows, of):
    """Somebody is told, or it is UNROUTABLE: the next level is told too, and operations are."""
    if not row.unroutable:
        assert row.recipients
        return
    higher = [one for one in rows if one.level > row.level and one.rule == row.rule]
    administrator = of.named("Administrator")
    assert higher or row.level == max(one.level for one in rows)
    assert Message.objects.filter(person_id=administrator.pk, urgent=True).exists()


class Absences:
    """One absence after the other; what holds whoever is away is asked about an incident once."""

    def __init__(self, of, incident):
        self.of, self.incident = of, incident
        self._asked = Asked([incident], AT)

    def check(self, away):
        """Look at the steps while these are away; returns what fired first."""
        self._asked._absent.clear()
        with transaction.atomic():
            be_away(away)
            rows = check_steps(self.of, self.incident, away, self._asked)
            transaction.set_rollback(True)
        return rows

    def check_kept(self):
        """What was kept from all absences is what is asked anew with everybody away."""
        self._asked._absent.clear()
        with transaction.atomic():
            be_away(self.of.people)
            anew = Asked([self.incident], AT)
            for asked in (self._asked, anew):
                list(reached(self.of, self.incident, asked))
            assert self._asked._roles == anew._roles
            assert self._asked._answers == anew._answers
            transaction.set_rollback(True)


def be_away(people):
    """These leave until after everything, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_leave (id, user_id, from_at, until_at)"
            " SELECT gen_random_uuid(), unnest(%s::uuid[]), %s, %s",
            [[person.pk for person in people], AT - DAY, BACK],
        )
