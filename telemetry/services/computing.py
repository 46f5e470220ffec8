"""KPIs from decision events: the windows that a delivery touched, or that have ended since.

A window that has ended is computed at once; one that is open waits for the sweep, and so does one
of more than a day whose figure is made of every case. Events and labels that come late compute it
again, and a figure that changed is a new revision.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from telemetry.models import Computation, OpenWindow
from telemetry.rules.computations import Figure
from telemetry.rules.events import figure_of, finite, window_ends
from telemetry.rules.exact import BY_TOOL, EXACT, TOOL, Terms, exact_of
from telemetry.rules.fairness_kpis import GAPS
from telemetry.rules.gaps import gaps_of
from telemetry.rules.tallies import Counts
from telemetry.selectors.cases import cases_of
from telemetry.selectors.counts import Bucket
from telemetry.selectors.readings import newest_of
from telemetry.selectors.tallies import counts_of_windows
from telemetry.services.decisions import RecordedEvents
from telemetry.services.measurements import Recorded, record_rows
from telemetry.services.series import Identity, series_for
from telemetry.services.states import Row
from telemetry.services.tallies import add_events, ensure_scopes

Window = tuple[Computation, datetime]
Figures = dict[tuple[Identity, datetime], Figure]
Touched = Mapping[tuple[UUID, str], Iterable[datetime]]
AT_ONCE = 500
DAY = 86400


@transaction.atomic(savepoint=False)
def compute_after(*, recorded: RecordedEvents, actor: Actor, at: datetime) -> Recorded:
    """Add the new events to their hours, compute the windows that have ended, note the others."""
    touched, keys = _touched(recorded)
    if not touched:
        return Recorded()
    # Deliveries to one system take turns from here: the later one counts the events of the first.
    computations = lock_active({system for system, _ in touched})
    ensure_scopes(computations, at)
    for system in sorted({one.system_id for one in computations}):
        add_events(system_id=system, keys=keys[system])
    return compute_touched(computations=computations, touched=touched, actor=actor, at=at)


@transaction.atomic(savepoint=False)
def compute_touched(
    *, computations: Sequence[Computation], touched: Touched, actor: Actor, at: datetime
) -> Recorded:
    """Compute the windows in which something changed, or note them for the sweep.

    `touched` holds the instants by system and environment; the computations are locked.
    """
    now: list[Window] = []
    later: list[Window] = []
    for one in computations:
        instants = touched.get((one.system_id, one.environment), ())
        for end in window_ends(instants, one.window_seconds):
            (later if end > at or _is_long(one) else now).append((one, end))
    OpenWindow.objects.bulk_create(
        [OpenWindow(computation=one, window_end=end) for one, end in later], ignore_conflicts=True
    )
    return compute_windows(windows=now, actor=actor, at=at)


@transaction.atomic
def compute_open_windows(*, actor: Actor, at: datetime) -> Recorded:
    """Compute the noted windows that have ended; what another sweep holds is left to it."""
    due = OpenWindow.objects.select_for_update(skip_locked=True).filter(window_end__lte=at)
    rows = list(due.order_by("window_end", "pk")[:AT_ONCE])
    if not rows:
        return Recorded()
    ends: dict[UUID, list[datetime]] = defaultdict(list)
    for row in rows:
        ends[row.computation_id].append(row.window_end)
    computations = _locked(Computation.objects.filter(pk__in=ends))
    windows = [(one, end) for one in computations for end in ends[one.pk]]
    recorded = compute_windows(windows=windows, actor=actor, at=at)
    OpenWindow.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return recorded


@transaction.atomic(savepoint=False)
def compute_windows(*, windows: Sequence[Window], actor: Actor, at: datetime) -> Recorded:
    """Count the events of windows that have ended and store the figures that are new.

    The computations are locked. A window with too few cases gives no reading: nothing is known.
    """
    figures: Figures = {}
    for system, some in _by_system(windows).items():
        buckets = {_bucket(*window) for window in some if not _is_exact(window[0])}
        counts = counts_of_windows(system_id=system, buckets=buckets)
        for window in some:
            figures |= _figures(window, counts)
    if not figures:
        return Recorded()
    cadences = {_identity(one, ""): one.cadence_seconds for one, _ in windows}
    rows = _new_rows(figures, cadences, at)
    if not rows:
        return Recorded()
    return record_rows(
        rows=rows,
        kind="computed",
        source="decision events",
        system_ids=sorted({one.system_id for one, _ in windows}),
        actor=actor,
        at=at,
    )


def lock_active(system_ids: Iterable[UUID]) -> list[Computation]:
    """Return the computations of systems that are active, locked in one order."""
    return _locked(Computation.objects.filter(system_id__in=list(system_ids)))


def _touched(
    recorded: RecordedEvents,
) -> tuple[dict[tuple[UUID, str], set[datetime]], dict[UUID, list[tuple[datetime, str]]]]:
    """Return the instants of new events by system and environment, and their keys by system."""
    found: dict[tuple[UUID, str], set[datetime]] = defaultdict(set)
    keys: dict[UUID, list[tuple[datetime, str]]] = defaultdict(list)
    for row in recorded.inserted:
        found[row[0], row[3]].add(row[1])
        keys[row[0]].append((row[1], row[2]))
    return found, keys


def _is_exact(one: Computation) -> bool:
    """Say whether a figure is made of every case, not of sums."""
    return one.kpi_id in EXACT or (one.kpi_id in BY_TOOL and one.attribute == TOOL)


def _is_long(one: Computation) -> bool:
    return _is_exact(one) and one.window_seconds > DAY


def _locked(computations: object) -> list[Computation]:
    rows = computations.filter(active=True).select_for_update(no_key=True)  # type: ignore[attr-defined]
    return list(rows.order_by("pk"))


def _by_system(windows: Iterable[Window]) -> dict[UUID, list[Window]]:
    found: dict[UUID, list[Window]] = defaultdict(list)
    for window in windows:
        found[window[0].system_id].append(window)
    return found


def _bucket(one: Computation, end: datetime) -> Bucket:
    return Bucket(one.environment, one.window_seconds, end, one.attribute, one.positive)


def _figures(window: Window, counts: Mapping[Bucket, Mapping[str, Counts]]) -> Figures:
    one, end = window
    parts = counts.get(_bucket(*window), {})
    found: Mapping[str, Figure | None]
    if _is_exact(one):
        found = _from_cases(one, end)
    elif one.kpi_id in GAPS and not one.legal_basis:
        found = {}
    elif one.kpi_id in GAPS:
        found = gaps_of(one.kpi_id, parts, reference=one.reference, group=one.group)
    else:
        found = {part: figure_of(one.kpi_id, some, one.limit) for part, some in parts.items()}
    return {
        (_identity(one, part), end): figure for part, figure in found.items() if figure is not None
    }


def _from_cases(one: Computation, end: datetime) -> dict[str, Figure | None]:
    terms = Terms(positive=one.positive, limit=one.limit)
    return {
        part: finite(exact_of(one.kpi_id, columns, terms))
        for part, columns in cases_of(one, end).items()
    }


def _identity(one: Computation, part: str) -> Identity:
    segment = f"{one.attribute}={part}" if part else ""
    return (one.system_id, one.kpi_id, one.environment, segment, one.window_seconds)


def _new_rows(figures: Figures, cadences: Mapping[Identity, int | None], at: datetime) -> list[Row]:
    series = series_for(
        cadences={identity: _cadence(identity, cadences) for identity, _ in figures}, at=at
    )
    keyed = {(series[identity], end): figure for (identity, end), figure in figures.items()}
    known = newest_of(keys=list(keyed))
    rows: list[Row] = []
    for (series_id, end), figure in sorted(keyed.items(), key=lambda item: item[0]):
        before = known.get((series_id, end))
        said = (figure.value, figure.n, figure.low, figure.high)
        if before is not None and (before.value, before.n, before.low, before.high) == said:
            continue
        revision = 0 if before is None else before.revision + 1
        rows.append((series_id, end, revision, *said, True))
    return rows


def _cadence(identity: Identity, cadences: Mapping[Identity, int | None]) -> int | None:
    system, kpi, environment, _, seconds = identity
    return cadences.get((system, kpi, environment, "", seconds))
