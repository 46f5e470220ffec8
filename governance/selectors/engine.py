"""Whether the engine lives: what should have fired, who beat last, which version runs."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Value

from governance.models import EngineBeat, EngineVersion
from ledger.rules.worded import worded, worded_number
from ledger.selectors.at_once import at_once
from outbox.models import Timer
from outbox.selectors import MOST_COUNTED, overdue_rows, waiting_rows
from registry.selectors.instants import said_here

SKEW = timedelta(seconds=5)
"""So far may the clock of a machine be from the database's, by which everything is counted."""
MOST_SHOWN = 50
SWEEP = "sweep"
WATCHDOG = "watchdog"


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the engine found; `faults` are sentences, and none of them means all is well.

    `overdue` counts timers of any age that are older than two sweeps and did not fire, `waiting`
    messages that are due and not out: MOST_COUNTED of each at most, `more_…` says that there are
    more.
    """

    at: datetime
    overdue: int
    oldest_due: datetime | None
    swept_at: datetime | None
    watched_at: datetime | None
    skew_seconds: float
    version: int
    waiting: int
    more_overdue: bool = False
    more_waiting: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def plain(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return {
            "ok": self.is_well,
            "at": self.at.isoformat(),
            "overdue_timers": self.overdue,
            "oldest_due_at": self.oldest_due.isoformat() if self.oldest_due else None,
            "swept_at": self.swept_at.isoformat() if self.swept_at else None,
            "watched_at": self.watched_at.isoformat() if self.watched_at else None,
            "clock_skew_seconds": round(self.skew_seconds, 3),
            "engine": self.version,
            "waiting_messages": self.waiting,
            "faults": list(self.faults),
        }


def grace() -> timedelta:
    """Return how long a due timer may wait: two sweeps."""
    return timedelta(seconds=2 * settings.SWEEP_SECONDS)


def number_in_force() -> int:
    """Return the number of the newest engine that took over, 0 before the first."""
    newest: int | None = EngineVersion.objects.aggregate(newest=Max("number"))["newest"]
    return newest or 0


def look(*, at: datetime, machine_now: datetime | None = None, version: int | None = None) -> Look:
    """Look at timers, beats and clocks; `at` is the database's clock, `machine_now` this one's.

    The sweep counts as stopped once it showed itself before and then not for twice the grace.
    `version` is the engine in force, where the caller knows it.
    """
    asked = at_once(
        {
            "overdue": overdue_rows(at=at),
            "waiting": waiting_rows(at=at),
            "beats": EngineBeat.objects.values_list("process", "at"),
        }
    )
    beats = {process: datetime.fromisoformat(text) for process, text in asked["beats"]}
    late = asked["overdue"]
    skew = (machine_now or at).astimezone(UTC) - at
    found = Look(
        at=at,
        overdue=min(len(late), MOST_COUNTED),
        oldest_due=datetime.fromisoformat(late[0][0]) if late else None,
        swept_at=beats.get(SWEEP),
        watched_at=beats.get(WATCHDOG),
        skew_seconds=skew.total_seconds(),
        version=number_in_force() if version is None else version,
        waiting=min(len(asked["waiting"]), MOST_COUNTED),
        more_overdue=len(late) > MOST_COUNTED,
        more_waiting=len(asked["waiting"]) > MOST_COUNTED,
    )
    found.faults.extend(_faults(found, skew))
    return found


def troubled_timers(*, at: datetime) -> tuple[list[Timer], list[Timer]]:
    """Return armed timers that should have fired, and those whose firing failed; one query.

    The longest overdue first; the most tried first. One may be both.
    """
    armed = Timer.objects.filter(state=Timer.State.ARMED)
    late = armed.filter(next_try_at__lt=at - grace()).order_by("next_try_at")
    failing = armed.filter(attempts__gt=0).order_by("-attempts", "due_at")
    parts = (
        rows.annotate(part=Value(number))[:MOST_SHOWN]
        for number, rows in enumerate((late, failing))
    )
    first, second = parts
    found: list[Any] = list(first.union(second, all=True))
    return (
        sorted((row for row in found if row.part == 0), key=lambda row: row.next_try_at),
        sorted(
            (row for row in found if row.part == 1), key=lambda row: (-row.attempts, row.due_at)
        ),
    )


def _faults(found: Look, skew: timedelta) -> list[str]:
    faults = []
    if found.overdue:
        faults.append(_overdue(found))
    if found.swept_at is not None and found.at - found.swept_at > 2 * grace():
        faults.append(worded("The sweep last ran on {at}.", at=said_here(found.swept_at)))
    if abs(skew) > SKEW:
        faults.append(
            worded(
                "The clock of this machine is {seconds} s off the database's.",
                seconds=f"{skew.total_seconds():.0f}",
            )
        )
    return faults


def _overdue(found: Look) -> str:
    if found.more_overdue:
        return worded(
            "More than {number} timers are due and did not fire: the sweep is stopped, or too "
            "slow.",
            number=found.overdue,
        )
    return worded_number(
        "{number} timers are due and did not fire: the sweep is stopped, or too slow.",
        "{number} timers are due and did not fire: the sweep is stopped, or too slow.",
        found.overdue,
    )
