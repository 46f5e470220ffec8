"""Regulatory clocks as pages show them: time used, and whether they bind yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from incidents.models import Incident, RegulatoryClock
from incidents.rules.transitions import ENDED

ADVISORY = "advisory clock (not binding yet)"


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock: the row, the percent of its time used, its state and whether it binds."""

    clock: RegulatoryClock
    share: int
    state: str
    binding: str


def clocks_of(*, incident: Incident, at: datetime) -> list[ClockLine]:
    """Return the clocks of an incident, the next one due first; ended ones stay shown."""
    rows = RegulatoryClock.objects.filter(incident_id=incident.pk).select_related("rule")
    return [_line(row, at) for row in rows.order_by("due_at")]


def running_clocks(*, system_ids: Sequence[UUID], at: datetime) -> list[ClockLine]:
    """Return every clock that runs on an open incident of some systems, the next one due first."""
    rows = (
        RegulatoryClock.objects.filter(incident__system_id__in=system_ids)
        .exclude(state=RegulatoryClock.State.ENDED)
        .exclude(incident__state__in=ENDED)
        .select_related("rule", "incident__system")
    )
    return [_line(row, at) for row in rows.order_by("due_at")]


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
    """Whether the duty binds at awareness (CLK-02), from the seat's local midnight (CLK-03)."""
    if clock.rule.statutory_from is None:
        return clock.rule.status == "in_force"
    zone = ZoneInfo(settings.SEAT_ZONE)
    begins = datetime.combine(clock.rule.statutory_from, time(), tzinfo=zone)
    return clock.aware_at >= begins


def _line(clock: RegulatoryClock, at: datetime) -> ClockLine:
    length = clock.due_at - clock.aware_at
    used = min(max((at - clock.aware_at) / length, 0.0), 1.0)
    return ClockLine(
        clock=clock,
        share=round(100 * used),
        state=_state(clock, at, used),
        binding="statutory" if is_binding(clock) else ADVISORY,
    )


def _state(clock: RegulatoryClock, at: datetime, used: float) -> str:
    if clock.state == RegulatoryClock.State.ENDED:
        return ""
    if at >= clock.due_at:
        return "overdue"
    return "soon" if used >= 0.5 else ""
