"""What monitoring asks of an installation: open incidents, what is late, how fast the chain is."""

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from governance.rules.exposition import Gauge, Sample
from governance.selectors.engine import Look, grace, look
from governance.selectors.voids import VOIDED_ALONE
from incidents.models import Incident
from incidents.rules.figures import ACKNOWLEDGE, RESOLVE, Duration
from incidents.rules.transitions import ENDED
from incidents.selectors.figures import figures_of
from outbox.models import Message

PERIOD = timedelta(days=30)


def gauges_of(*, visible: QuerySet[Incident], at: datetime) -> list[Gauge]:
    """Return the figures of the incidents that the caller may see, and those of the engine.

    Rehearsals are left out. Nine queries, however many incidents there are.
    """
    return [*_incidents(visible, at), *_times(visible, at), *_engine(look(at=at)), _messages()]


def _incidents(visible: QuerySet[Incident], at: datetime) -> list[Gauge]:
    rows = visible.exclude(state__in=ENDED).filter(drill=False)
    counted = rows.order_by().values_list("state", "severity").annotate(number=Count("pk"))
    late = rows.filter(stage_due_at__lt=at).order_by().values_list("state")
    overdue = Counter(dict(late.annotate(number=Count("pk"))))
    return [
        Gauge(
            "countersign_incidents_open",
            "Incidents that are not closed, without rehearsals.",
            tuple(
                Sample(number, {"state": state.lower(), "severity": severity})
                for state, severity, number in sorted(counted)
            )
            or (Sample(0),),
        ),
        Gauge(
            "countersign_stages_overdue",
            "Stages of open incidents whose deadline has passed.",
            tuple(
                Sample(number, {"state": state.lower()})
                for state, number in sorted(overdue.items())
            )
            or (Sample(0),),
        ),
    ]


def _times(visible: QuerySet[Incident], at: datetime) -> list[Gauge]:
    told = figures_of(
        visible=visible,
        by="severity",
        since=at - PERIOD,
        until=at,
        false_alarms=VOIDED_ALONE,
    ).whole
    return [
        *_time("acknowledge", "acknowledgement", told.duration(ACKNOWLEDGE)),
        *_time("resolve", "closing", told.duration(RESOLVE)),
    ]


def _time(name: str, words: str, found: Duration) -> list[Gauge]:
    """Too few cases give no percentile: a figure that is not known is absent, never zero."""
    known = (("0.5", found.median_told), ("0.9", found.ninth_told))
    return [
        Gauge(
            f"countersign_incident_{name}_seconds",
            f"Time from detection to {words} of the incidents detected in the last 30 days;"
            " what still runs counts with its time so far.",
            tuple(Sample(value, {"percentile": of}) for of, value in known if value is not None),
        ),
        Gauge(
            f"countersign_incident_{name}_cases",
            f"Incidents of the last 30 days that the time to {words} is told of.",
            (
                Sample(found.counted - found.running, {"outcome": "done"}),
                Sample(found.running, {"outcome": "running"}),
            ),
        ),
    ]


def _engine(found: Look) -> list[Gauge]:
    oldest = found.oldest_due
    lateness = 0.0 if oldest is None else (found.at - oldest).total_seconds()
    swept = (Sample(found.swept_at.timestamp()),) if found.swept_at else ()
    return [
        Gauge(
            "countersign_timers_overdue",
            f"Armed timers that are due for longer than {grace().total_seconds():.0f} s.",
            (Sample(found.overdue),),
        ),
        Gauge(
            "countersign_sweep_lateness_seconds",
            "How long the oldest overdue timer has waited, 0 where none is overdue.",
            (Sample(lateness),),
        ),
        Gauge(
            "countersign_sweep_last_run_timestamp_seconds",
            "When the sweep last ran; absent before its first run.",
            swept,
        ),
    ]


def _messages() -> Gauge:
    waiting = (Message.State.QUEUED, Message.State.FAILED)
    rows = Message.objects.filter(state__in=waiting, carried_by=None).order_by()
    found = Counter(dict(rows.values_list("state").annotate(number=Count("pk"))))
    return Gauge(
        "countersign_messages_undelivered",
        "Messages that wait to be sent, and those that failed for good.",
        tuple(Sample(found[str(state)], {"state": str(state)}) for state in waiting),
    )
