"""Before and after with what lay behind it, what was learned, where support is needed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.urls import reverse

from governance.selectors.improvements import since_baseline
from incidents.models import Action, Findings, VerificationWindow
from registry.models import System
from registry.selectors.law import coming, seat_day
from reports.rules.board import UNIMPROVED, VERDICTS, length_words, statement
from reports.selectors.board_kpis import Ends, exact, link_of, measure_for, name_of, silence_of
from reports.selectors.board_scope import Ground
from telemetry.models import Baseline, Series

MOST_COMPARED = 40
MOST_WINDOWS = 6000
MOST_MEANWHILE = 10
MOST_NAMED = 8


def improvements_part(series: Sequence[Series], ground: Ground) -> dict[str, Any]:
    """Return the before-and-after statements of the quarter against the approved baselines.

    A figure without a baseline is named and nothing is said of it. One query for each statement,
    for as many as MOST_COMPARED.
    """
    baselines = _baselines(series, ground)
    agreed = [one for one in series if one.pk in baselines]
    without = [one for one in series if one.pk not in baselines]
    few = [one for one in agreed if not _too_many(baselines[one.pk], one, ground)]
    shown = few[:MOST_COMPARED]
    actions = _actions(shown, ground)
    found = [_statement(one, baselines[one.pk], actions, ground) for one in shown]
    return {
        "rows": [one for one in found if one is not None],
        "too_few": [name_of(one) for one, told in zip(shown, found, strict=True) if told is None],
        "left": len(agreed) - len(shown),
        "without": [f"{name_of(one)}, {one.system.name}" for one in without],
        "refused": UNIMPROVED if without else "",
    }


def learned_part(ground: Ground) -> list[dict[str, Any]]:
    """Return what each closed incident of the quarter taught: cause, gap of detection, cures."""
    rows = ground.incidents.filter(
        closed_at__gte=ground.since, closed_at__lt=ground.until, state="CLOSED"
    )
    cures = Action.objects.filter(state=Action.State.CONFIRMED).order_by("cycle", "position")
    findings = Findings.objects.order_by("-cycle", "-revision")
    rows = rows.select_related("system").prefetch_related(
        Prefetch("findings", findings), Prefetch("actions", cures)
    )
    return [_lesson(row) for row in rows.order_by("system__name", "closed_at", "number")]


def support_part(
    series: Sequence[Series],
    ends: Mapping[int, Ends],
    overdue: Sequence[Mapping[str, Any]],
    ground: Ground,
) -> list[dict[str, Any]]:
    """Return the systems that need support: work overdue, nobody answerable, figures silent."""
    late: defaultdict[Any, int] = defaultdict(int)
    for one in overdue:
        late[one["system_id"]] += 1
    silent: defaultdict[UUID, list[str]] = defaultdict(list)
    measured = {one.system_id for one in series}
    for row in series:
        if silence_of(row, ends[row.pk], ground):
            silent[row.system_id].append(name_of(row))
    found = [
        _support(one, late[one.pk], silent[one.pk], one.pk in measured) for one in ground.systems
    ]
    needing = [one for one in found if one["needs"]]
    return sorted(needing, key=lambda one: (-one["overdue"], one["system"]))


def law_part(ground: Ground) -> list[dict[str, Any]]:
    """Return the next dates of the law."""
    return [
        {
            "date": row.date,
            "what": row.what,
            "basis": row.legal_basis,
            "link": reverse("law-framework", args=[row.framework_id]),
        }
        for row in coming(seat_day(ground.at))
    ]


def _baselines(series: Sequence[Series], ground: Ground) -> dict[int, Baseline]:
    """Return the approved baseline of each series; one query."""
    rows = Baseline.objects.filter(
        series_id__in=[one.pk for one in series],
        state=Baseline.State.APPROVED,
        approved_at__lte=ground.at,
    )
    return {row.series_id: row for row in rows.select_related("comparison__kpi")}


def _too_many(baseline: Baseline, series: Series, ground: Ground) -> bool:
    """Whether a comparison would read thousands of windows."""
    seconds = (ground.until - baseline.since_at).total_seconds()
    return seconds / series.window_seconds > MOST_WINDOWS


def _statement(
    series: Series, baseline: Baseline, actions: Mapping[int, Sequence[Action]], ground: Ground
) -> dict[str, Any] | None:
    found = since_baseline(
        series=series, since=ground.since, until=ground.until, at=ground.at, baseline=baseline
    )
    if found is None:
        return None
    measure = measure_for(series, found.after)
    over = length_words(baseline.until_at, ground.until)
    behind, meanwhile = _behind(series, baseline, actions, ground)
    return {
        "system": series.system.name,
        "said": statement(
            name=name_of(series),
            measure=measure,
            before=found.before,
            after=found.after,
            over=over,
            bounds=(found.change.low, found.change.high),
            word=found.word,
        ),
        "verdict": found.word,
        "verdict_said": VERDICTS[found.word],
        "before": f"{exact(found.before)}",
        "after": f"{exact(found.after)}",
        "low": f"{exact(found.change.low)}",
        "high": f"{exact(found.change.high)}",
        "windows": [found.before_windows, found.after_windows],
        "beyond_control": found.beyond_control,
        "baseline": baseline.number,
        "behind": behind,
        "meanwhile": meanwhile,
        "link": link_of(series),
        "baseline_link": reverse("kpi-baseline", args=[series.system.slug, series.pk]),
    }


def _actions(series: Sequence[Series], ground: Ground) -> dict[int, list[Action]]:
    """Return the confirmed actions that are proved by each series; key 0 holds those of no series.

    Two queries for any number of series.
    """
    done = Action.objects.filter(
        incident__in=ground.incidents,
        state=Action.State.CONFIRMED,
        confirmed_at__lt=ground.until,
    ).select_related("incident")
    own = [one.pk for one in series]
    windows = VerificationWindow.objects.filter(
        series_id__in=own, superseded_at=None, action__in=done
    )
    tied: defaultdict[int, list[UUID]] = defaultdict(list)
    for series_id, action_id in windows.values_list("series_id", "action_id").distinct():
        if series_id is not None and action_id is not None:
            tied[series_id].append(action_id)
    by_id = {row.pk: row for row in done.order_by("confirmed_at", "pk")} if own else {}
    found = {key: [by_id[one] for one in ids if one in by_id] for key, ids in tied.items()}
    return found | {0: list(by_id.values())}


def _behind(
    series: Series, baseline: Baseline, actions: Mapping[int, Sequence[Action]], ground: Ground
) -> tuple[list[Any], list[Any]]:
    """Return the actions that this figure proves, and what else was done to its system since."""
    since = [
        row
        for row in actions.get(0, ())
        if row.confirmed_at is not None and row.confirmed_at >= baseline.since_at
    ]
    proved = [row.pk for row in actions.get(series.pk, ())]
    own = [row for row in since if row.pk in proved]
    other = [
        row for row in since if row.pk not in proved and row.incident.system_id == series.system_id
    ]
    return [_act(row) for row in own], [_act(row) for row in other[-MOST_MEANWHILE:]]


def _act(row: Action) -> dict[str, Any]:
    return {
        "words": row.words,
        "type": row.get_type_display(),
        "at": row.confirmed_at,
        "incident": row.incident.number,
        "link": reverse("incident", args=[row.incident.number]),
    }


def _lesson(row: Any) -> dict[str, Any]:
    findings = next(iter(row.findings.all()), None)
    return {
        "system": row.system.name,
        "incident": row.number,
        "title": row.title,
        "cause": findings.get_cause_display() if findings else "",
        "found": findings.narrative if findings else "",
        "gap": row.detection_gap,
        "lessons": row.lessons,
        "cures": [one.words for one in row.actions.all()],
        "link": reverse("incident", args=[row.number]),
    }


def _support(system: System, late: int, silent: list[str], measured: bool) -> dict[str, Any]:
    needs = []
    if late:
        needs.append(f"{late} overdue")
    if not system.owner.is_active:
        needs.append("its owner has left and nobody has taken over")
    if silent:
        more = len(silent) - MOST_NAMED
        named = ", ".join(silent[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        needs.append(f"silent: {named}")
    if not measured and system.lifecycle in (System.Lifecycle.PILOT, System.Lifecycle.PRODUCTION):
        needs.append("it runs and no KPI of it is measured")
    return {
        "system": system.name,
        "overdue": late,
        "silent": len(silent),
        "needs": needs,
        "link": reverse("system-scorecard", args=[system.slug]),
    }
