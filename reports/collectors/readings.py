"""Series of the system: their bands, their figures of the period, every reading to a file."""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from governance.models import BreachCause, Standing, ThresholdVersion
from incidents.models import VerificationWindow
from reports.collectors.instant import at_its_instant
from reports.collectors.words import name
from reports.rules.places import of_series
from reports.rules.readings import ReadingRecord, SeriesRecord, ThresholdRecord
from reports.rules.things import Scope
from telemetry.models import Measurement, Series
from telemetry.rules.small_groups import FEW
from telemetry.selectors.small_groups import SmallGroups

DRAWN = 160
COLUMNS = (
    "window_end", "revision", "value", "low", "high", "n", "good", "received_at", "batch_id",
    "withheld",
)  # fmt: skip
OF_A_GROUP = ("value", "low", "high", "n")


@at_its_instant
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


@at_its_instant
def collect_series(scope: Scope) -> list["SeriesReadings"]:
    """Return every series of the system, each ready to give its readings and then its record.

    Where the scope names incidents of the system, only the series that they are about.
    """
    rows = Series.objects.filter(system_id=scope.system_id, created_at__lte=scope.as_of)
    if scope.only.incidents:
        rows = rows.filter(pk__in=_concerned(scope))
    standings = _standings(scope)
    breached = set(
        BreachCause.objects.filter(
            standing__series__system_id=scope.system_id, joined_at__lte=scope.as_of
        ).values_list("standing__series_id", flat=True)
    )
    ordered = rows.select_related("kpi").order_by("kpi__category", "kpi_id", "segment", "id")
    return [
        SeriesReadings(scope, row, standings.get(row.pk), breached=row.pk in breached)
        for row in ordered
    ]


def _concerned(scope: Scope) -> set[int]:
    """Return the series that broke a band of the named incidents, or that prove an effect there."""
    causes = BreachCause.objects.filter(incident_id__in=scope.only.incidents)
    proofs = VerificationWindow.objects.filter(incident_id__in=scope.only.incidents)
    named = [
        *causes.values_list("standing__series_id", flat=True),
        *proofs.values_list("series_id", flat=True),
    ]
    return {series for series in named if series is not None}


class SeriesReadings:
    """One series: `rows` passes its readings by once and counts them, `record` says the counts.

    `file` is where its readings go, below the pack's data folder.
    """

    def __init__(
        self, scope: Scope, series: Series, standing: Standing | None, *, breached: bool
    ) -> None:
        self.scope = scope
        self.series = series
        self.standing = standing
        self.breached = breached
        self.file = of_series(
            scope.slug, series.kpi_id, series.segment, series.environment, str(series.pk)
        )
        self.newest: deque[Measurement] = deque(maxlen=DRAWN)
        self.tally = Tally(series.cadence_seconds)
        self.groups = SmallGroups()

    def rows(self) -> Iterator[Sequence[object]]:
        """Yield the readings of the period in the order of COLUMNS, by window and revision."""
        for row in _measurements(self.scope, self.series):
            self.newest.append(row)
            self.tally.add(row)
            withheld = FEW if self.is_small(row.n) else ""
            yield tuple(
                withheld if column == "withheld"
                else None if withheld and column in OF_A_GROUP
                else getattr(row, column)
                for column in COLUMNS
            )  # fmt: skip

    def is_small(self, n: int | None) -> bool:
        """Say whether a reading is of a group of fewer than ten: its figures are in no pack."""
        row = self.series
        return self.groups.hides(system_id=row.system_id, segment=row.segment, n=n)

    def record(self) -> SeriesRecord:
        """Return the series' figures, once its rows have passed."""
        row, tally, standing = self.series, self.tally, self.standing
        return SeriesRecord(
            id=row.pk,
            kpi=row.kpi_id,
            name=row.kpi.name,
            category=row.kpi.get_category_display(),
            unit=row.kpi.unit,
            better=row.kpi.better,
            lowest=row.kpi.lowest,
            highest=row.kpi.highest,
            neutral=row.kpi.neutral,
            formula=row.kpi.formula,
            environment=row.environment,
            segment=row.segment,
            window_seconds=row.window_seconds,
            cadence_seconds=row.cadence_seconds,
            file=self.file,
            count=tally.count,
            bad=tally.bad,
            missing=tally.missing,
            first=tally.first,
            last=tally.last,
            standing=standing.state if standing else "",
            standing_since=standing.since if standing else None,
            threshold=_threshold(standing.threshold_version) if standing else None,
            breached=self.breached,
            readings=[
                _withheld(item) if self.is_small(item.n) else _reading(item)
                for item in _newest_revisions(self.newest)
            ],
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


def _withheld(row: Measurement) -> ReadingRecord:
    return ReadingRecord(
        window_end=row.window_end, value=None, low=None, high=None, n=None, good=row.good,
        withheld=FEW,
    )  # fmt: skip


def _standings(scope: Scope) -> dict[int, Standing]:
    rows = Standing.objects.filter(series__system_id=scope.system_id).select_related(
        "threshold_version__threshold__kpi",
        "threshold_version__author",
        "threshold_version__approved_by",
    )
    return {row.series_id: row for row in rows}


def _threshold(row: ThresholdVersion) -> ThresholdRecord:
    return ThresholdRecord(
        name=row.threshold.name,
        kpi=row.threshold.kpi_id,
        kpi_name=row.threshold.kpi.name,
        environment=row.threshold.environment,
        segment=row.threshold.segment,
        number=row.number,
        direction=row.direction,
        mode=row.mode,
        low_side=row.low_side,
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
        grace_seconds=row.grace_seconds,
    )
