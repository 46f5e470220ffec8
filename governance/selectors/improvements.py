"""Before and after: whether a KPI improved, with an interval, and never without a baseline."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime

from governance.rules.improvement import (
    Span,
    Word,
    against_control,
    change_between,
    word_of,
)
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from telemetry.models import Baseline, Series
from telemetry.rules.metrics.comparison import Change
from telemetry.selectors.baselines import MOST_WINDOWS, approved_baseline
from telemetry.selectors.counting import counting_readings
from telemetry.selectors.readings import Reading
from telemetry.selectors.small_groups import SmallGroups

Between = tuple[datetime, datetime]
SHARES = ("ratio", "share")


@dataclass(frozen=True, slots=True)
class Improvement:
    """A change of a KPI: what it was, what it is, by how much with 95 % bounds, in one word.

    Units are the KPI's. `beyond_control` says that the change of a control group is taken off.
    """

    before: float
    after: float
    change: Change
    word: Word
    method: str
    baseline: Baseline
    before_windows: int
    after_windows: int
    beyond_control: bool = False

    @property
    def improved(self) -> bool:
        """Whether it may be called an improvement."""
        return self.word == "improved"


def compare(*, series: Series, before: Between, after: Between, at: datetime) -> Improvement:
    """Compare two spans [since, until) of a series over its approved baseline (KPI-6).

    With a control group the change beyond that group's is told. Raises Conflict `no_baseline`
    where none is agreed to, Invalid `too_few_readings`.
    """
    baseline = approved_baseline(series, at)
    if baseline is None:
        raise Conflict(
            "no_baseline",
            worded(
                "Nobody has agreed to a baseline of {series_label}: whether it "
                "improved cannot be said.",
                series_label=series.label,
            ),
        )
    return _over(baseline, series, before, after)


def _over(baseline: Baseline, series: Series, before: Between, after: Between) -> Improvement:
    first, second = _spans(series, before, after)
    is_share = series.kpi.unit in SHARES
    change = change_between(first, second, is_share=is_share)
    control = _control_change(baseline, before, after, is_share)
    if change is None or first.mean is None or second.mean is None:
        raise Invalid("too_few_readings", "There are too few valid readings to compare.")
    told = change if control is None else against_control(change, control)
    return Improvement(
        before=first.mean,
        after=second.mean,
        change=told,
        word=word_of(told, series.kpi.better),
        method=baseline.method,
        baseline=baseline,
        before_windows=len(first.values),
        after_windows=len(second.values),
        beyond_control=control is not None,
    )


def since_baseline(
    *,
    series: Series,
    since: datetime,
    until: datetime,
    at: datetime,
    baseline: Baseline | None = None,
) -> Improvement | None:
    """Compare a span with the approved baseline's own; None without one, or for too few readings.

    A span that the baseline lies in is compared from the baseline's end on. `baseline` is the
    approved one, where the caller has it.
    """
    baseline = baseline or approved_baseline(series, at)
    if baseline is None:
        return None
    begins = max(since, baseline.until_at)
    if begins >= until:
        return None
    try:
        return _over(baseline, series, (baseline.since_at, baseline.until_at), (begins, until))
    except Invalid:
        return None


def _control_change(
    baseline: Baseline, before: Between, after: Between, is_share: bool
) -> Change | None:
    if baseline.comparison is None:
        return None
    first, second = _spans(baseline.comparison, before, after)
    found = change_between(first, second, is_share=is_share)
    if found is None:
        raise Invalid("too_few_readings", "The control group has too few valid readings.")
    return found


def _spans(series: Series, before: Between, after: Between) -> tuple[Span, Span]:
    """Return the valid readings of two spans; one query where one begins as the other ends."""
    if before[1] != after[0]:
        return _span(_valid(series, before)), _span(_valid(series, after))
    rows = _valid(series, (before[0], after[1]), most=2 * MOST_WINDOWS)
    border = bisect_left(rows, after[0], key=lambda one: one.window_end)
    return _span(rows[:border]), _span(rows[border:])


def _valid(series: Series, span: Between, most: int = MOST_WINDOWS) -> list[Reading]:
    rows = counting_readings(series_id=series.pk, since=span[0], until=span[1], limit=most)
    groups = SmallGroups()
    # A mean that holds a group of fewer than ten would tell of it.
    told = [groups.shown(series, one) for one in rows if one.good]
    return [one for one in told if one.value is not None]


def _span(rows: list[Reading]) -> Span:
    return Span([one.value or 0.0 for one in rows], [one.n for one in rows])
