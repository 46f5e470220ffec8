"""The stored past judged again, chunk by chunk: nothing is written here.

The first windows of a series begin some way before the span, so that its state is known there.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from governance.models import ThresholdVersion
from governance.rules.backtest import Case, Comparison, compared
from governance.rules.backtest_judging import Judging, Track, deliveries, end, take
from governance.rules.bands import Reading, Rule
from governance.rules.stated import Stated, resolved, rule_as_stated
from governance.selectors.thresholds import rule_of
from governance.services.backtest_sources import judging_by, judging_in_force, terms_of
from ledger.rules.refusals import Invalid
from telemetry.models import Kpi, Series
from telemetry.selectors.counting import counting_readings, warm_from
from telemetry.selectors.readings import Reading as Stored

CHUNK = 2000
WARM = 200


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a past would have brought under a rule, and under the one that is in force.

    `incidents` and `watches` are those of windows that end in the span that was asked for;
    `readings` counts the windows judged. `comparison` is None where no rule is in force.
    """

    incidents: list[Case]
    watches: list[Case]
    readings: int
    comparison: Comparison | None


@dataclass(slots=True)
class Progress:
    """How far a run is: which series, after which window, both ways of judging it."""

    place: int = 0
    after: str = ""
    readings: int = 0
    proposed: dict[str, Any] | None = None
    present: dict[str, Any] | None = None
    cases: list[dict[str, Any]] = field(default_factory=list)
    present_cases: list[dict[str, Any]] = field(default_factory=list)
    beyond: int = 0


def replay(
    *,
    series_ids: Sequence[int],
    stated: Stated | None,
    since: datetime,
    until: datetime,
    at: datetime,
) -> Replayed:
    """Judge the stored past of some series by a threshold, and say which cases it brings.

    Nothing is written. Without `stated` the versions judge that were in force then: that gives the
    incidents that were opened. Raises Invalid for limits that need a baseline and have none.
    """
    series = list(
        Series.objects.filter(pk__in=series_ids).select_related("kpi", "system").order_by("pk")
    )
    progress = Progress()
    while progress.place < len(series):
        one = series[progress.place]
        rule = None if stated is None else rule_of_stated(stated, one.kpi)
        judge_chunk(progress, one, rule, since, until, at)
    return replayed(progress, since)


def judge_chunk(
    progress: Progress,
    series: Series,
    rule: Rule | None,
    since: datetime,
    until: datetime,
    at: datetime,
    against: ThresholdVersion | None = None,
) -> None:
    """Judge the next windows of a series; at its end keep its cases and go to the next one."""
    terms = terms_of(system=series.system, at=at)
    present = None
    if rule is None:
        proposal = judging_in_force(series=series, terms=terms)
    else:
        proposal = judging_by(series=series, rule=rule, terms=terms)
        if against is not None:
            present = judging_by(series=series, rule=rule_of(against), terms=terms)
    rows, after = _rows(progress, series, since, until)
    counted = [one for one in rows if one.window_end >= since]
    progress.readings += len(counted)
    groups = deliveries((one.received_at.timestamp(), _reading(one)) for one in rows)
    is_last = len(rows) < CHUNK
    progress.proposed = _judged(progress.proposed, proposal, groups, is_last, until)
    progress.present = _judged(progress.present, present, groups, is_last, until)
    progress.after = after
    if is_last:
        _close(progress, since)


def _rows(
    progress: Progress, series: Series, since: datetime, until: datetime
) -> tuple[list[Stored], str]:
    """Return the next windows: the first ones begin some way before, so that state is known."""
    after = datetime.fromisoformat(progress.after) if progress.after else None
    if after is None:
        after = warm_from(series_id=series.pk, before=since, windows=WARM)
    rows = counting_readings(series_id=series.pk, since=None, until=until, after=after, limit=CHUNK)
    return rows, rows[-1].window_end.isoformat() if rows else progress.after


def _judged(
    kept: dict[str, Any] | None,
    judging: Judging | None,
    groups: Sequence[tuple[float, list[Reading]]],
    is_last: bool,
    until: datetime,
) -> dict[str, Any] | None:
    if judging is None:
        return None
    track = Track() if kept is None else Track.from_plain(kept)
    for at, readings in groups:
        take(track, judging, at, readings)
    if is_last:
        end(track, judging, until.timestamp())
    return track.to_plain()


def _close(progress: Progress, since: datetime) -> None:
    for plain, cases in (
        (progress.proposed, progress.cases),
        (progress.present, progress.present_cases),
    ):
        if plain is not None:
            first = since.timestamp()
            played = Track.from_plain(plain).played
            cases += [asdict(one) for one in played.cases if one.window_end >= first]
            progress.beyond += played.beyond
    progress.place += 1
    progress.after, progress.proposed, progress.present = "", None, None


def replayed(progress: Progress, since: datetime) -> Replayed:
    """Return what a finished replay found; cases of windows before the span are left out."""
    cases = [Case(**one) for one in progress.cases]
    present = [Case(**one) for one in progress.present_cases if one["severity"] != "watch"]
    opened = [one for one in cases if not one.is_watch]
    return Replayed(
        incidents=opened,
        watches=[one for one in cases if one.is_watch],
        readings=progress.readings,
        comparison=compared(opened, present) if progress.present_cases else None,
    )


def rule_of_stated(stated: Stated, kpi: Kpi) -> Rule:
    """Return the rule of stated limits for a KPI. Raises Invalid without a baseline."""
    return rule_as_stated(
        absolute(stated), neutral=kpi.neutral, lowest=kpi.lowest, highest=kpi.highest
    )


def absolute(stated: Stated) -> Stated:
    """Return limits in the KPI's unit. Raises Invalid where they need a baseline and have none."""
    try:
        return resolved(stated)
    except ValueError as error:
        raise Invalid("no_baseline", str(error), fields={"baseline": str(error)}) from error


def _reading(row: Stored) -> Reading:
    return Reading(
        window_end=row.window_end,
        value=row.value,
        n=row.n,
        low=row.low,
        high=row.high,
        quality="good" if row.good else "bad",
        revision=row.revision,
    )
