"""What is shown of a segment: every reading that leaves passes here, on pages and in exports."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import connection

from telemetry.models import Computation, Series
from telemetry.rules.computations import SMALLEST_GROUP
from telemetry.rules.small_groups import FEW, is_small
from telemetry.selectors.readings import Reading


@dataclass(frozen=True, slots=True)
class Newest:
    """The latest reading of a series as it is shown; `withheld` says why a value is not."""

    window_end: datetime | None
    value: float | None
    n: int | None
    low: float | None
    high: float | None
    good: bool
    last_valid_at: datetime | None = None
    withheld: str = ""


@dataclass(slots=True)
class SmallGroups:
    """Which segments are of fewer than ten, for one page or answer.

    A segment is sensitive if a legal basis is on record for its attribute. That is asked once, and
    only where the number of a segment's cases is unknown.
    """

    _sensitive: frozenset[tuple[UUID, str]] | None = field(default=None)

    def hides(self, *, system_id: UUID, segment: str, n: int | None) -> bool:
        """Say whether a figure of a segment is not to be shown."""
        sensitive = bool(segment) and n is None and self._is_sensitive(system_id, segment)
        return is_small(segment=segment, n=n, sensitive=sensitive)

    def shown(self, series: Series, reading: Reading) -> Reading:
        """Return a reading as it may be shown; judge it before."""
        if not self.hides(system_id=series.system_id, segment=series.segment, n=reading.n):
            return reading
        return replace(reading, value=None, n=None, low=None, high=None, withheld=FEW)

    def newest(self, series: Series) -> Newest | None:
        """Return the latest reading of a series as it may be shown, None before the first."""
        state = getattr(series, "state", None)
        if state is None:
            return None
        few = self.hides(system_id=series.system_id, segment=series.segment, n=state.n)
        return Newest(
            window_end=state.window_end,
            value=None if few else state.value,
            n=None if few else state.n,
            low=None if few else state.low,
            high=None if few else state.high,
            good=state.good,
            last_valid_at=state.last_valid_at,
            withheld=FEW if few else "",
        )

    def withholds(self, series: Series) -> bool:
        """Say whether the latest reading of a series is not to be shown."""
        if not series.segment:
            return False
        newest = self.newest(series)
        return newest is not None and bool(newest.withheld)

    def _is_sensitive(self, system_id: UUID, segment: str) -> bool:
        if self._sensitive is None:
            rows = Computation.objects.exclude(legal_basis="").exclude(attribute="")
            known = rows.order_by().values_list("system_id", "attribute").distinct()
            self._sensitive = frozenset(known)
        return (system_id, segment.partition("=")[0]) in self._sensitive


def small_ends(
    *, series: Series, groups: SmallGroups, since: datetime, until: datetime
) -> Sequence[datetime]:
    """Return the ends of windows in (since, until] that are of fewer than ten, in order.

    Of sums and extremes over such windows nothing is shown either: they would tell the figure.
    """
    if not series.segment:
        return []
    unknown = groups.hides(system_id=series.system_id, segment=series.segment, n=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT window_end FROM telemetry_measurement WHERE series_id = %s"
            " AND window_end > %s AND window_end <= %s AND (n < %s OR (n IS NULL AND %s))"
            " ORDER BY window_end",
            [series.pk, since, until, SMALLEST_GROUP, unknown],
        )
        return [row[0] for row in cursor.fetchall()]
