"""What a look over many readings comes to: a standing on record, a case opened, a recovery told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isfinite
from typing import Literal

from django.db import transaction

from governance.models import MeasuredLook, MeasuredStanding, Standing
from governance.rules.breach import Breach
from governance.rules.measured import FIRED, Settled, Verdict, settle, unknown, worst
from governance.selectors.measured import (
    Known,
    instant,
    known_standings,
    standings_by_series,
)
from governance.services import cases
from governance.services.engine import EVALUATOR
from governance.services.turns import try_turns
from incidents.models import Incident
from ledger.services.entries import append_entry
from telemetry.models import Kpi, Series, SeriesState
from telemetry.selectors.small_groups import SmallGroups

Kind = Literal["trend", "budget", "pair"]

CARRIED_BY_NONE = "no approved threshold of the series carries it"
ONSETS: dict[str, str] = {
    "trend": "beginning of the stretch through which the line was drawn",
    "budget": "first window in which the budget fired",
    "pair": "first of the windows in which the gain cost its guardrail",
}


@dataclass(slots=True)
class Looked:
    """One series that was looked at: what is said at the end of each of its last windows.

    `words` tells of a verdict in sentences; `stored` and `stored_gain` are the marks of the
    readings that were there.
    """

    kind: Kind
    series: Series
    verdicts: Sequence[tuple[float, Verdict]]
    words: Callable[[Verdict], str]
    judged_by: str
    stored: int
    gain: Kpi | None = None
    stored_gain: int = 0


@dataclass(slots=True)
class _Concluded:
    breaches: list[Breach] = field(default_factory=list)
    recovered: list[int] = field(default_factory=list)
    groups: SmallGroups = field(default_factory=SmallGroups)


def has_turn(kind: Kind) -> bool:
    """Take the turn to judge a kind until the transaction ends; False while another sweep has it.

    Series are not locked, so no delivery waits: what comes meanwhile calls for another look.
    """
    return bool(try_turns([f"judge {kind}"]))


def states_of(series_ids: Sequence[int]) -> dict[int, SeriesState]:
    """Return the states of series; to be read before their readings are."""
    return SeriesState.objects.in_bulk(sorted(set(series_ids)))


@transaction.atomic
def conclude(*, kind: Kind, looked: Sequence[Looked], at: datetime) -> list[Incident]:
    """Keep where each series stands, open or join what has fired, tell what is over.

    The caller has the turn of the kind. Returns the incidents that were opened.
    """
    if not looked:
        return []
    ids = [one.series.pk for one in looked]
    known, bands = known_standings(kind=kind, series_ids=ids), standings_by_series(ids)
    done = _Concluded()
    for one in looked:
        _conclude(one, known.get(_key(one)), bands.get(one.series.pk), done, at)
    opened = cases.open_or_join(breaches=done.breaches, at=at)
    over = _over(kind, done, bands)
    if over:
        cases.note_recovery(standing_ids=over, at=at, measured=kind)
    return opened


def _key(one: Looked) -> tuple[int, str]:
    return one.series.pk, "" if one.gain is None else one.gain.pk


def _conclude(
    one: Looked, known: Known | None, bands: Standing | None, done: _Concluded, at: datetime
) -> None:
    look = known.look if known else None
    settled = settle(one.verdicts, look.fired if look else ())
    if bands is None:
        settled = Settled("NO_DATA", unknown(CARRIED_BY_NONE), settled.end)
    before = known.row.state if known else "NO_DATA"
    few = done.groups.withholds(one.series)
    told = replace(settled, newest=replace(settled.newest, figures={})) if few else settled
    row = _keep(one, known.row if known else None, told, at)
    _keep_look(row, one, told, at)
    if bands is None:
        return
    due = [*settled.due]
    if settled.newest.state in FIRED and settled.end is not None:
        due.append((settled.end, settled.newest))
    if due:
        breach = _breach(one, due, bands, before)
        done.breaches.append(_without_figures(breach, one.series) if few else breach)
    if settled.state == "OK" and (due or before != "OK"):
        done.recovered.append(one.series.pk)


def _keep(
    one: Looked, row: MeasuredStanding | None, settled: Settled, at: datetime
) -> MeasuredStanding:
    """Write the standing where it changed, with its entry."""
    is_new = row is None
    row = row or MeasuredStanding(kind=one.kind, series=one.series, gain=one.gain, since=at)
    why = settled.newest.why[:200] if settled.state == "NO_DATA" else ""
    if not is_new and (row.state, row.why) == (settled.state, why):
        return row
    before = {} if is_new else {"state": row.state, "why": row.why}
    row.since = at if is_new or row.state != settled.state else row.since
    row.state, row.why = settled.state, why
    row.save(at=at)
    append_entry(
        verb="measured.changed",
        actor=EVALUATOR,
        at=at,
        subject=("measured_standing", str(row.pk), f"{row.get_kind_display()}: {one.series.label}"),
        system_id=one.series.system_id,
        before=before,
        after={"state": row.state, "why": row.why},
        details={
            "series": one.series.pk,
            "gain": row.gain_id,
            "judged_by": one.judged_by,
            "window_end": None if settled.end is None else instant(settled.end),
            "figures": _as_text(settled.newest),
        },
        touched=[f"governance_measuredstanding:{row.pk}"],
    )
    return row


def _keep_look(row: MeasuredStanding, one: Looked, settled: Settled, at: datetime) -> None:
    MeasuredLook.objects.update_or_create(
        standing=row,
        defaults={
            "judged_at": at,
            "judged_by": one.judged_by,
            "window_end": None if settled.end is None else instant(settled.end),
            "stored": one.stored,
            "stored_gain": one.stored_gain,
            "figures": _as_plain(settled.newest),
            "fired": list(settled.fired),
        },
    )


def _breach(
    one: Looked, due: Sequence[tuple[float, Verdict]], bands: Standing, before: str
) -> Breach:
    """Return the worst of what is due; it began with the first."""
    end, verdict = worst(due)
    first, earliest = min(due, key=lambda each: each[0])
    began = earliest.figures.get("began") if one.kind != "budget" else first
    series = one.series
    return Breach(
        standing_id=bands.pk,
        series_id=series.pk,
        system_id=series.system_id,
        kpi_id=series.kpi_id,
        environment=series.environment,
        segment=series.segment,
        category=series.kpi.category,
        kind=one.kind,
        from_state=before,
        to_state=verdict.state,
        instant=False,
        window_end=instant(end),
        value=verdict.value,
        low=None,
        high=None,
        n=verdict.n,
        threshold_version_id=bands.threshold_version_id,
        onset_at=instant(began if isinstance(began, float) else first),
        onset_method=ONSETS[one.kind],
        fairness_flag=False,
        words=one.words(verdict),
    )


def _without_figures(breach: Breach, series: Series) -> Breach:
    """Return the breach of a series whose newest group has fewer than ten: its words are ours."""
    return replace(breach, n=series.state.n, words="")


def _over(kind: Kind, done: _Concluded, bands: dict[int, Standing]) -> list[int]:
    """Return the standings under thresholds of which nothing of this kind is in breach any more.

    One guardrail may guard several gains.
    """
    standing = MeasuredStanding.objects.filter(
        kind=kind, series_id__in=done.recovered, state__in=FIRED
    )
    still = set(standing.values_list("series_id", flat=True))
    return [bands[series].pk for series in done.recovered if series not in still]


def _as_plain(verdict: Verdict) -> dict[str, float | str | None]:
    """What the page reads of figures; what is endless is none."""
    return {
        name: value if isinstance(value, str) or (value is not None and isfinite(value)) else None
        for name, value in verdict.figures.items()
    }


def _as_text(verdict: Verdict) -> dict[str, str]:
    """What the record keeps of figures: numbers as decimal text."""
    return {
        name: value if isinstance(value, str) else repr(value)
        for name, value in verdict.figures.items()
        if value is not None
    }
