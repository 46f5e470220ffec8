"""What it is like without the guards of readings, cases and notices (F18, F20–F26).

Each function takes one guard out of the running program. Only the runs of test_guards.py call them.
"""

from dataclasses import replace

from django.core.cache import cache

from governance.rules.bands import Band
from governance.rules.judging import judge_in_order
from governance.services.seen_series import reading_of
from outbox.models import Message
from tests.faults.swapping import answer, swap


def without_sorting():
    """F18: every notice goes by itself, at once."""

    def make(original):
        def sort_one(rows, contacts, policy, storm, at):
            Message.objects.filter(pk__in=[row.pk for row in rows]).update(
                held=False, next_attempt_at=at
            )
            return len(rows)

        return sort_one

    swap("outbox.services.sorting:_sort_one", make)


def with_no_data_as_good():
    """F20: what is no number of enough samples is taken for a good reading."""

    def make(original):
        def band_of(rule, reading):
            found = original(rule, reading)
            return Band.OK if found is Band.BAD else found

        return band_of

    swap("governance.rules.bands:band_of", make)


def with_any_threshold():
    """F21: thresholds are saved as they are typed."""
    answer("governance.rules.band_checks:validate", ())


def without_flapping():
    """F22: each entry and exit counts anew."""

    def make(original):
        return lambda rule, **kwargs: replace(original(rule, **kwargs), flap_changes=0)

    swap("governance.rules.bands:fitted", make)


def with_late_readings_dropped():
    """F23: what is not newer than all that was judged is kept and judged no more."""

    def make(original):
        def judge_late(late):
            for one in late:
                newest = one.state.previous_end
                new = {row[1]: row for row in one.rows if newest is None or row[1] > newest}
                rows = [new[end] for end in sorted(new)]
                one.outcome = judge_in_order(one.timeline, one.before, map(reading_of, rows))

        return judge_late

    swap("governance.services.rejudging:judge_late", make)


def with_counters_in_a_cache():
    """F24: what is carried of a series is known as long as a cache remembers it."""

    def make(original):
        def stored(states, ids):
            found = original(states, ids)
            known = {one: text for one, text in found.items() if cache.get(f"carried:{one}")}
            for one in ids:
                cache.set(f"carried:{one}", True)
            return known

        return stored

    swap("governance.services.seen_series:stored_carried", make)


def without_turns():
    """F25: breaches of one cause do not wait for each other; the index is gone too."""
    answer("governance.services.turns:take_turns", None)


def with_silences_that_hide():
    """F26: the end of a silence begins nothing."""
    answer("governance.services.muted_cases:_go_on", None)
