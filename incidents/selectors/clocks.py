"""Regulatory clocks as pages show them: time used, whether they bind, what authorities may read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from incidents.models import Incident, RegulatoryClock
from incidents.rules.clock_binding import ADVISORY_WORDS, STATUTORY, binding_of
from incidents.rules.clock_terms import Terms, terms_of
from incidents.rules.clock_times import IsWorking, outer_days, outer_noon
from incidents.rules.plan import calendar_of, from_text
from incidents.rules.transitions import ENDED
from incidents.selectors.clock_rules import due_by, seat
from incidents.selectors.holidays import working_days
from ledger.rules.worded import joined, term, word, worded

ADVISORY = ADVISORY_WORDS
SOON = 0.5
TWINS = ("organisation", "deployer", "provider")


NOON_NOT_FOR = (
    word("credit institutions"),
    word("central counterparties"),
    word("operators of trading venues"),
    word("essential or important entities under NIS2"),
)
"""Whom the shipped rules except from the noon of the next working day."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How an authority may read a clock: never an alarm, information only."""

    words: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock: the row, the percent of its time used, its state and whether it binds.

    `late_by` is how long after its end it was sent or ended, None where it was not.
    """

    clock: RegulatoryClock
    share: int
    state: str
    binding: str
    late_by: timedelta | None = None
    readings: tuple[Reading, ...] = ()

    @property
    def is_binding(self) -> bool:
        """Whether the duty binds."""
        return self.binding == STATUTORY


def clocks_of(*, incident: Incident, at: datetime) -> list[ClockLine]:
    """Return the clocks of an incident, the next one due first; ended ones stay shown."""
    rows = RegulatoryClock.objects.filter(incident_id=incident.pk)
    calendar = calendar_of(from_text(incident.plan))
    found = list(rows.select_related("rule", "submission", "beside__rule").order_by("due_at"))
    is_working = working_days(incident, calendar) if found else _always
    lines = []
    for row in found:
        row.incident = incident
        lines.append(replace(line_of(row, at), readings=readings_of(row, is_working)))
    return lines


def running_clocks(*, system_ids: Sequence[UUID], at: datetime) -> list[ClockLine]:
    """Return every clock that runs on an incident of some systems, the next one due first.

    A report that follows another may be owed after the case was closed.
    """
    rows = still_owed().filter(incident__system_id__in=system_ids)
    return [line_of(row, at) for row in rows.order_by("due_at")]


def still_owed() -> QuerySet[RegulatoryClock]:
    """Return the clocks that neither a signed reason ended nor a report met."""
    rows = RegulatoryClock.objects.filter(submission__isnull=True)
    rows = rows.exclude(state=RegulatoryClock.State.ENDED)
    return rows.select_related("rule", "incident__system", "incident__owner")


def clocks_of_rules(
    *, rule_ids: Sequence[str], system_ids: Sequence[UUID] | None = None
) -> list[RegulatoryClock]:
    """Return the clocks that run by some rules, of some systems or of all, by rule and due date."""
    rows = RegulatoryClock.objects.filter(rule_id__in=rule_ids).exclude(
        state=RegulatoryClock.State.ENDED
    )
    if system_ids is not None:
        rows = rows.filter(incident__system_id__in=system_ids)
    rows = rows.exclude(incident__state__in=ENDED).select_related("rule", "incident__system__owner")
    return list(rows.order_by("rule_id", "due_at"))


def is_binding(clock: RegulatoryClock) -> bool:
    """Whether the duty binds: as it was when the clock was armed, or by a recorded act since.

    Clocks that are older than this record are judged by the law's data (CLK-02, CLK-03).
    """
    if clock.binding:
        return clock.binding == STATUTORY
    rule = clock.rule
    found = binding_of(
        clock.aware_at, status=rule.status, statutory_from=rule.statutory_from, zone=seat()
    )
    return found.kind == STATUTORY


def is_superseded(clock: RegulatoryClock) -> bool:
    """Whether a twin of another awareness alarms earlier (CLK-07)."""
    if clock.counted_as not in TWINS:
        return False
    twins = RegulatoryClock.objects.filter(
        incident_id=clock.incident_id,
        rule_id=clock.rule_id,
        counted_as__in=TWINS,
        due_at__lt=clock.due_at,
        submission__isnull=True,
    )
    return twins.exclude(pk=clock.pk).exclude(state=RegulatoryClock.State.ENDED).exists()


def readings_of(clock: RegulatoryClock, is_working: IsWorking) -> tuple[Reading, ...]:
    """Return how an authority may read a clock at the latest, and from a later awareness."""
    terms = terms_of(clock.rule.terms)
    found = [_later_awareness(clock, terms), _outer(clock, terms, is_working)]
    return tuple(one for one in found if one is not None)


def _later_awareness(clock: RegulatoryClock, terms: Terms) -> Reading | None:
    """What a later certainty would make of it: printed, never due (CLK-06)."""
    later = getattr(clock.incident, terms.reading) if terms.reading else None
    if later is None or later <= clock.aware_at:
        return None
    return Reading(word("counted from when it was certain"), due_by(clock.rule, later))


def _always(day: date) -> bool:
    return True


def _outer(clock: RegulatoryClock, terms: Terms, is_working: IsWorking) -> Reading | None:
    if terms.outer == "noon":
        noon = outer_noon(clock.due_at, zone=seat(), is_working=is_working)
        if noon is None:
            return None
        words = worded(
            "noon of the next working day; not for {excepted}",
            excepted=joined(", ", map(term, terms.noon_not_for)),
        )
        return Reading(words, noon)
    if terms.outer == "days":
        outer = outer_days(
            clock.aware_at,
            days=clock.rule.hours // 24,
            months=terms.months,
            zone=seat(),
            is_working=is_working,
        )
        return Reading(word("whole days by Regulation 1182/71"), outer)
    return None


def line_of(clock: RegulatoryClock, at: datetime) -> ClockLine:
    """Return a clock with how much of its time is used."""
    length = clock.due_at - clock.aware_at
    used = min(max((at - clock.aware_at) / length, 0.0), 1.0)
    return ClockLine(
        clock=clock,
        share=round(100 * used),
        state=_state(clock, at, used),
        binding=STATUTORY if is_binding(clock) else ADVISORY,
        late_by=_late_by(clock),
    )


def _late_by(clock: RegulatoryClock) -> timedelta | None:
    """How late it was sent; or ended, where an earlier awareness was learned since (CLK-16)."""
    settled_at = clock.submission.submitted_at if clock.submission else clock.ended_at
    if settled_at is None or settled_at <= clock.due_at:
        return None
    return settled_at - clock.due_at


def _state(clock: RegulatoryClock, at: datetime, used: float) -> str:
    if not clock.runs:
        return ""
    if at >= clock.due_at:
        return "overdue"
    return "soon" if used >= SOON else ""
