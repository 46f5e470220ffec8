"""What it is like without the guards of timers, clocks and escalation (F1–F3, F7–F9, F19, F38–F43).

Each function takes one guard out of the running program. Only the runs of test_guards.py call them.
"""

import datetime as dt
import sys
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.db import transaction

from outbox import timer_kinds
from outbox.models import Timer
from outbox.rules.durations import Duration
from outbox.services.timers import cancel_timers
from tests.faults.swapping import answer, swap

AUDITED_DAYS = 2
MOST_REPEATS = 5


def without_one_transaction():
    """F1: a timer is marked as fired before what it does is done."""

    def make(original):
        def fire_kind(name, rows, at, report):
            kind = timer_kinds.lookup(name)
            ids = [row[0] for row in rows]
            due = list(Timer.objects.filter(id__in=ids, state="armed").order_by("due_at", "id"))
            Timer.objects.filter(id__in=ids).update(state="fired", fired_at=at)
            for timer in due:
                with transaction.atomic():
                    kind.lock([timer.subject_id])
                    kind.fire(timer=timer, at=at)
            return len(due)

        return fire_kind

    swap("outbox.services.sweeps:_fire_kind", make)


def with_an_age_limit():
    """F2: what was armed more than two days ago is looked for no more."""

    def make(original):
        def fire_round(at, batch, report):
            old = Timer.objects.filter(armed_at__lt=at - dt.timedelta(days=AUDITED_DAYS))
            kept = list(old.filter(state="armed").values_list("pk", flat=True))
            Timer.objects.filter(pk__in=kept).update(state="cancelled", cancelled_reason="too old")
            return original(at, batch, report)

        return fire_round

    swap("outbox.services.sweeps:_fire_round", make)


def without_locks_on_timers():
    """F3: no lock, no second look, and nothing asks whether a step has fired."""

    def make(original):
        def fire_kind(name, rows, at, report):
            kind = timer_kinds.lookup(name)
            ids = [row[0] for row in rows]
            due = list(Timer.objects.filter(id__in=ids, state="armed").order_by("due_at", "id"))
            with transaction.atomic():
                for timer in due:
                    kind.fire(timer=timer, at=at)
                    Timer.objects.filter(pk=timer.pk).update(state="fired", fired_at=at)
            return len(due)

        return fire_kind

    swap("outbox.services.sweeps:_fire_kind", make)
    answer("governance.services.escalations:_has_fired", False)


def with_the_machine_s_clock():
    """F7: the hour of the machine instead of the database's."""

    def make(original):
        return lambda: sys.modules["ledger.clock"].datetime.now(dt.UTC)

    swap("ledger.clock:database_now", make)


def with_local_hours():
    """F8: the winter offset of the zone is taken for the whole year."""

    def make(original):
        def working_times(calendar, day):
            zone = ZoneInfo(calendar.zone)
            winter = dt.datetime(day.year, 1, 1, tzinfo=zone).utcoffset()
            now = dt.datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset()
            return [(a + (now - winter), b + (now - winter)) for a, b in original(calendar, day)]

        return working_times

    swap("outbox.rules.calendars:working_times", make)


def with_the_machine_s_zone():
    """F9: a local time of the machine that is called UTC."""

    def make(original):
        return lambda: dt.datetime.now().replace(tzinfo=dt.UTC)  # noqa: DTZ005  the fault itself

    swap("ledger.clock:database_now", make)


def with_five_reminders():
    """F19: after the fifth reminder the next is a hundred years away."""

    def make(original):
        def repeat_after(number, *args, **kwargs):
            if number > MOST_REPEATS:
                return Duration(Fraction(36_500), "d")
            return original(number, *args, **kwargs)

        return repeat_after

    swap("outbox.rules.backoff:repeat_after", make)


def without_time_to_answer():
    """F38: whatever is overdue fires at once, on all levels, each in a mail of its own."""
    answer("governance.rules.calling:is_late", False)


def with_answers_that_stop_deadlines():
    """F39: 'I have it' cancels what was still to come."""

    def make(original):
        def acknowledge(*, incident_id, at, **kwargs):
            found = original(incident_id=incident_id, at=at, **kwargs)
            cancel_timers(subject_id=incident_id, reason="somebody has it", at=at)
            return found

        return acknowledge

    swap("governance.services.acknowledgements:acknowledge_step", make)


def with_a_blind_watchdog():
    """F40: nothing is ever found wrong."""
    answer("governance.selectors.engine:_faults", [])


def without_the_engine_s_version():
    """F41: nobody asks whether a newer engine has taken over."""
    answer("outbox.engine:require_newest", None)
    answer("governance.services.engine_versions:require_newest", None)


def without_days():
    """F43: the seconds of a length are taken for the whole of it."""

    def make(original):
        return lambda length: original(dt.timedelta(seconds=abs(length).seconds))

    swap("config.words:span", make)
