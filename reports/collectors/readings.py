"""Series of the system: their bands, their figures of the period, every reading to a file."""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from governance.models import BreachCause, Standing, Threshold, ThresholdVersion
from reports.collectors.words import name
from reports.rules.files import slug, write_rows
from reports.rules.readings import ReadingRecord, SeriesRecord, ThresholdRecord
from reports.rules.things import Scope
from telemetry.models import Measurement, Series

DRAWN = 160
COLUMNS = ("window_end", "revision", "value", "low", "high", "n", "good", "received_at", "batch")


def collect_thresholds(scope: Scope) -> list[ThresholdRecord]:
    """Return every approved or superseded version of the system's bands, by name and number."""
    rows = (
        ThresholdVersion.objects.filter(
            threshold__system_id=scope.system_id, valid_from__lte=scope.as_of
        )
        .exclude(state=ThresholdVersion.State.DRAFT)
        .select_related("threshold__kpi", "author", "approved_by")
        .order_by("threshold__name", "threshold_id", "number")
    )
    return [_threshold(row) for row in rows]


def collect_series(scope: Scope, folder: Path) -> list[SeriesRecord]:
    """Return the series with readings in the period or bands; write each one's readings to CSV.

    Files go to `folder`/kpi/, named by KPI and segment, in the order of window_end and revision.
    """
    rows = Series.objects.filter(system_id=scope.system_id, created_at__lte=scope.as_of)
    standings = _standings(scope)
    newest = {(row.threshold_id, row.number): _threshold(row) for row in _active(scope)}
    breached = set(
        BreachCause.objects.filter(
            standing__series__system_id=scope.system_id, joined_at__lte=scope.as_of
        ).values_list("standing__series_id", flat=True)
    )
    found = []
    for row in rows.select_related("kpi").order_by("kpi__category", "kpi_id", "segment", "id"):
        standing = standings.get(row.pk)
        version = standing.threshold_version if standing else None
        bands = newest.get((version.threshold_id, version.number)) if version else None
        found.append(_series(scope, folder, row, standing, bands, row.pk in breached))
    return found


def _series(
    scope: Scope,
    folder: Path,
    row: Series,
    standing: Standing | None,
    bands: ThresholdRecord | None,
    breached: bool,
) -> SeriesRecord:
    file = f"kpi/{slug(row.kpi_id, row.segment, row.environment)}-{row.pk}.csv"
    tail: deque[Measurement] = deque(maxlen=DRAWN)
    tally = Tally(row.cadence_seconds)
    write_rows(folder / file, COLUMNS, _written(_measurements(scope, row), tail, tally))
    return SeriesRecord(
        id=row.pk,
        kpi=row.kpi_id,
        name=row.kpi.name,
        category=row.kpi.get_category_display(),
        unit=row.kpi.unit,
        better=row.kpi.better,
        formula=row.kpi.formula,
        environment=row.environment,
        segment=row.segment,
        window_seconds=row.window_seconds,
        cadence_seconds=row.cadence_seconds,
        file=file,
        count=tally.count,
        bad=tally.bad,
        missing=tally.missing,
        first=tally.first,
        last=tally.last,
        standing=standing.state if standing else "",
        standing_since=standing.since if standing else None,
        threshold=bands,
        breached=breached,
        readings=[_reading(item) for item in _newest_revisions(tail)],
    )


class Tally:
    """Counts while readings pass by: how many, how many bad, how many windows were left out."""

    def __init__(self, cadence_seconds: int | None) -> None:
        self.cadence = timedelta(seconds=cadence_seconds) if cadence_seconds else None
        self.count = 0
        self.bad = 0
        self.missing = 0
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, row: Measurement) -> None:
        """Count one reading; they come in the order of their windows."""
        self.count += 1
        self.bad += not row.good or row.value is None
        self.first = self.first or row.window_end
        if self.last is not None and self.cadence is not None:
            steps = (row.window_end - self.last) / self.cadence
            self.missing += max(0, round(steps) - 1)
        self.last = row.window_end


def _measurements(scope: Scope, row: Series) -> Iterator[Measurement]:
    rows = Measurement.objects.filter(
        series_id=row.pk,
        window_end__gt=scope.since,
        window_end__lte=scope.until,
        received_at__lte=scope.as_of,
    )
    return rows.order_by("window_end", "revision").iterator(chunk_size=2000)


def _written(
    rows: Iterator[Measurement], tail: deque[Measurement], tally: Tally
) -> Iterator[Sequence[object]]:
    for row in rows:
        tail.append(row)
        tally.add(row)
        yield (
            row.window_end,
            row.revision,
            row.value,
            row.low,
            row.high,
            row.n,
            row.good,
            row.received_at,
            row.batch_id,
        )


def _newest_revisions(rows: deque[Measurement]) -> list[Measurement]:
    return list({row.window_end: row for row in rows}.values())


def _reading(row: Measurement) -> ReadingRecord:
    return ReadingRecord(
        window_end=row.window_end,
        value=row.value,
        low=row.low,
        high=row.high,
        n=row.n,
        good=row.good,
    )


def _standings(scope: Scope) -> dict[int, Standing]:
    rows = Standing.objects.filter(series__system_id=scope.system_id)
    return {row.series_id: row for row in rows.select_related("threshold_version")}


def _active(scope: Scope) -> list[ThresholdVersion]:
    thresholds = Threshold.objects.filter(system_id=scope.system_id)
    rows = ThresholdVersion.objects.filter(threshold__in=thresholds)
    return list(rows.select_related("threshold__kpi", "author", "approved_by"))


def _threshold(row: ThresholdVersion) -> ThresholdRecord:
    return ThresholdRecord(
        name=row.threshold.name,
        kpi=row.threshold.kpi_id,
        kpi_name=row.threshold.kpi.name,
        environment=row.threshold.environment,
        segment=row.threshold.segment,
        number=row.number,
        direction=row.direction,
        target=row.target,
        warning=row.warning,
        critical=row.critical,
        instant_critical=row.instant_critical,
        recover_warning=row.recover_warning,
        recover_critical=row.recover_critical,
        baseline=row.baseline,
        baseline_note=row.baseline_note,
        fires=f"{row.fires_k} of {row.fires_n}",
        least_n=row.least_n,
        recover_windows=row.recover_windows,
        judged_by=row.judged_by,
        valid_from=row.valid_from,
        author=name(row.author),
        approved_by=name(row.approved_by),
        approved_at=row.approved_at,
        reason=row.reason,
        example=row.example,
        set_up=row.set_up,
        state=row.state,
    )
