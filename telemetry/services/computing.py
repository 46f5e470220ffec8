"""KPIs from decision events: the windows that a delivery touched, or that have ended since.

A window that has ended is computed at once; one that is open waits for the sweep. Events that come
late compute it again, and a figure that changed is a new revision.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from telemetry.models import Computation, OpenWindow
from telemetry.rules.computations import Figure
from telemetry.rules.events import GAP, Counts, figure_of, gap_between, window_ends
from telemetry.selectors.counts import Bucket, count_events
from telemetry.selectors.readings import newest_of
from telemetry.services.decisions import RecordedEvents
from telemetry.services.measurements import Recorded, record_rows
from telemetry.services.series import Identity, series_for
from telemetry.services.states import Row

Window = tuple[Computation, datetime]
Figures = dict[tuple[Identity, datetime], Figure]
WHOLE = ""
AT_ONCE = 500


@transaction.atomic(savepoint=False)
def compute_after(*, recorded: RecordedEvents, actor: Actor, at: datetime) -> Recorded:
    """Compute the windows that have ended of what was delivered, note the open ones."""
    touched = _touched(recorded)
    if not touched:
        return Recorded()
    # Deliveries to one system take turns from here: the later one counts the events of the first.
    computations = _locked(Computation.objects.filter(system_id__in={key[0] for key in touched}))
    windows: list[Window] = []
    for one in computations:
        instants = touched.get((one.system_id, one.environment), set())
        windows += [(one, end) for end in window_ends(instants, one.window_seconds)]
    OpenWindow.objects.bulk_create(
        [OpenWindow(computation=one, window_end=end) for one, end in windows if end > at],
        ignore_conflicts=True,
    )
    return compute_windows(
        windows=[window for window in windows if window[1] <= at], actor=actor, at=at
    )


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
        counts = count_events(system_id=system, buckets={_bucket(*window) for window in some})
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


def _touched(recorded: RecordedEvents) -> dict[tuple[UUID, str], set[datetime]]:
    """Return the instants of new events by system and environment."""
    found: dict[tuple[UUID, str], set[datetime]] = defaultdict(set)
    for row in recorded.inserted:
        found[row[0], row[3]].add(row[1])
    return found


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
    found = _gaps(one, parts) if one.kpi_id == GAP else _parts(one, parts)
    return {
        (_identity(one, part), end): figure for part, figure in found.items() if figure is not None
    }


def _parts(one: Computation, parts: Mapping[str, Counts]) -> dict[str, Figure | None]:
    return {part: figure_of(one.kpi_id, counts, one.limit) for part, counts in parts.items()}


def _gaps(one: Computation, parts: Mapping[str, Counts]) -> dict[str, Figure | None]:
    reference = parts.get(one.reference)
    if reference is None:
        return {}
    others = {
        part: counts
        for part, counts in parts.items()
        if part not in (WHOLE, one.reference) and one.group in ("", part)
    }
    return {part: gap_between(reference, counts) for part, counts in others.items()}


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
