"""A system: who answers for it, what runs, how it performs, what happened."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance.models import Watch
from governance.rules.figures import number
from governance.selectors.pages.figures import line_of
from governance.selectors.pages.scorecard import Score, rows_of, scores_of, summary_of
from governance.selectors.pages.stages import place_words, with_words
from incidents.models import Incident
from incidents.rules.transitions import ENDED
from ledger.rules.worded import as_written, joined, shortened, term, word, worded
from outbox.languages import say_date, spoken
from registry.models import Deployment, LifecycleChange, System, SystemVersion
from registry.selectors.completeness import missing_for
from registry.selectors.systems import deployments_of, lifecycle_of
from telemetry.render.drawing import Marker
from telemetry.render.runs import Lane, Span, runs_chart
from telemetry.selectors.counts import events_between
from telemetry.selectors.scorecards import current_lines
from telemetry.selectors.small_groups import Newest

PRODUCTION = "production"
WEEK = timedelta(days=7)
SHOWN_INCIDENTS = 50
LIVES = {
    "production": "ok",
    "pilot": "current",
    "suspended": "suspended",
    "retired": "none",
}
TIERS = {"low": word("Low"), "medium": word("Medium"), "high": word("High")}
EDGES = {
    "assess": word("assessed"),
    "approve": word("approved"),
    "start_pilot": word("pilot"),
    "go_live": word("production"),
    "suspend": word("suspended"),
    "resume": word("resumed"),
    "retire": word("retired"),
}


def system_page(
    *, system: System, visible: QuerySet[Incident], zone: ZoneInfo, at: datetime
) -> dict[str, Any]:
    """Return what templates/governance/system.html shows; `visible` are the reader's incidents."""
    scores = scores_of(system)
    lines = current_lines(system_ids=[system.pk]).get(system.pk, [])
    deployments = list(deployments_of(system_id=system.pk))
    visible = visible.filter(system=system, drill=False)
    rows = visible.defer("plan").select_related("owner")
    opened = rows.exclude(state__in=ENDED).order_by("stage_due_at", "opened_at")
    incidents = list(rows.order_by("-opened_at")[:SHOWN_INCIDENTS])
    life = list(lifecycle_of(system_id=system.pk))
    state, words = summary_of(scores)
    return {
        "at": at,
        "system": system,
        "life_state": LIVES.get(system.lifecycle, "pending"),
        "life_words": _small_kept(system.get_lifecycle_display()),
        "life_since": life[0].at if life else system.registered_at,
        "standing": state,
        "standing_words": words,
        "identity": _identity(system, deployments, scores, at),
        "open_incidents": [_line(one) for one in opened[:SHOWN_INCIDENTS]],
        "incident_count": visible.count(),
        "figures": line_of(system=system, visible=visible, at=at),
        "watches": list(
            Watch.objects.filter(system=system, state__in=("open", "answered")).order_by("due_at")
        ),
        "scores": rows_of(scores, system, lines),
        "has_scorecard": bool(lines),
        "score_note": _score_note(scores),
        "missing": missing_for(system, at),
        "versions": _versions(system, deployments),
        **_runs(deployments, incidents, life, at, zone),
    }


def _identity(
    system: System, deployments: Sequence[Deployment], scores: Sequence[Score], at: datetime
) -> list[dict[str, Any]]:
    events = events_between(system_id=system.pk, since=at - WEEK, until=at)
    return [
        {
            "label": word("Answers for it"),
            "value": system.owner.name,
            "note": worded("deputy {name}", name=system.deputy.name),
        },
        {
            "label": word("Risk tier, ours"),
            "value": term(TIERS.get(system.risk_tier, system.risk_tier)),
            "note": system.users_affected,
        },
        {
            "label": word("Legal class, AI Act"),
            "value": _small_kept(system.get_legal_class_display()),
        },
        _live(deployments),
        {
            "label": word("Decisions, 7 days"),
            "value": number(events),
            "note": _coverage(scores, at),
        },
        {"label": word("Supplier"), "value": system.supplier or term(word("built here"))},
    ]


def _small_kept(label: str) -> str:
    """A label as English pages begin it, large; another language says the label itself."""
    return shortened(label.capitalize(), label)


def _live(deployments: Sequence[Deployment]) -> dict[str, Any]:
    live = next(
        (one for one in deployments if one.until_at is None and one.environment == PRODUCTION), None
    )
    if live is None:
        return {
            "label": term("Live version"),
            "value": term("none"),
            "note": term("nothing runs in production"),
        }
    fallback = (
        worded("fallback {label}", label=live.fallback.label)
        if live.fallback
        else term("no fallback named")
    )
    stopped = (
        worded("; stopped: {scope}", scope=live.stop_scope or term("everything"))
        if live.suspended
        else ""
    )
    return {
        "label": "Live version",
        "value": live.version.label,
        "note": joined("", [fallback, stopped]),
        "since": live.from_at,
    }


def _coverage(scores: Sequence[Score], at: datetime) -> str:
    """How many series have a reading within twice their cadence."""
    expected = [score for score in scores if score.series.cadence_seconds]
    if not expected:
        return ""
    fresh = sum(_is_fresh(score.newest, score.series.cadence_seconds, at) for score in expected)
    return worded("{fresh} of {count} KPIs with fresh readings", fresh=fresh, count=len(expected))


def _is_fresh(newest: Newest | None, cadence: int | None, at: datetime) -> bool:
    if newest is None or newest.last_valid_at is None or cadence is None:
        return False
    return at - newest.last_valid_at <= timedelta(seconds=2 * cadence)


def _line(incident: Incident) -> dict[str, Any]:
    return {
        "incident": incident,
        "place": place_words(incident.state),
        "with": with_words(incident),
    }


def _score_note(scores: Sequence[Score]) -> str:
    judged = sum(score.standing is not None for score in scores)
    return worded(
        "{judged} of {count} series judged by an approved band", judged=judged, count=len(scores)
    )


def _versions(system: System, deployments: Sequence[Deployment]) -> list[dict[str, Any]]:
    rows = SystemVersion.objects.filter(system=system).select_related("author", "approved_by")
    live = {one.version_id for one in deployments if one.until_at is None}
    return [
        {"version": one, "live": one.pk in live} for one in rows.order_by("-created_at", "-label")
    ]


def _runs(
    deployments: Sequence[Deployment],
    incidents: Sequence[Incident],
    life: Sequence[LifecycleChange],
    at: datetime,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """What ran when, as a drawing and as a table; nothing before the first deployment."""
    production = [one for one in deployments if one.environment == PRODUCTION]
    if not production:
        return {"runs": None}
    start = min(one.from_at for one in production)
    if at <= start:
        return {"runs": None}
    lanes = [
        Lane(
            spoken(word("Live version")), tuple(_version_span(one) for one in reversed(production))
        ),
        Lane(
            spoken(word("Incidents")),
            tuple(span for one in incidents[::-1] for span in _spans(one, start)),
        ),
    ]
    events = _life_events(life, start, at)
    if events:
        lanes.append(Lane(spoken(word("Life")), events=events))
    return {
        "runs": runs_chart(
            lanes=lanes,
            start=start,
            end=at,
            description=spoken(_said(production, incidents)),
            zone=zone,
        ),
        "run_columns": [{"label": "What"}, {"label": "From"}, {"label": "Until"}],
        "run_rows": _run_rows(production, incidents),
        "run_period": _period(start.astimezone(zone), at.astimezone(zone)),
    }


def _period(start: datetime, end: datetime) -> str:
    """Say from when to when, by the hour within one day."""
    if start.date() == end.date():
        days = {"since": say_date(start, "j F Y H:i"), "until": say_date(end, "H:i")}
    else:
        days = {"since": say_date(start, "j F Y"), "until": say_date(end, "j F Y")}
    return _("%(since)s to %(until)s") % days


def _life_events(
    life: Sequence[LifecycleChange], start: datetime, at: datetime
) -> tuple[Marker, ...]:
    """The steps of the system's life; those that lie on one spot of the drawing share a label."""
    near = (at - start) / 20
    found: list[Marker] = []
    for one in sorted(life, key=lambda step: (step.at, step.version)):
        step = spoken(EDGES.get(one.edge, one.edge))
        if one.at < start:
            continue
        if found and one.at - found[-1].at < near:
            found[-1] = Marker(found[-1].at, f"{found[-1].label}, {step}")
        else:
            found.append(Marker(one.at, step))
    return tuple(found)


def _version_span(one: Deployment) -> Span:
    label = one.version.label
    if one.suspended:
        label = spoken(worded("{label}, suspended", label=label))
    return Span(one.from_at, one.until_at, label, "old" if one.until_at else "live")


def _spans(incident: Incident, start: datetime) -> list[Span]:
    opened = max(incident.opened_at, start)
    short = incident.number.rpartition("-")[2]
    found = []
    if incident.onset_at is not None and max(incident.onset_at, start) < opened:
        found.append(Span(max(incident.onset_at, start), opened, spoken(word("unseen")), "unseen"))
    severity = spoken(term(incident.get_severity_display(), lowered=True))
    label = f"{short} {severity}"
    if incident.closed_at is not None:
        found.append(Span(opened, incident.closed_at, f"{label}, {_('ended')}", "closed"))
    else:
        found.append(Span(opened, None, label, "open"))
    return found


def _said(deployments: Sequence[Deployment], incidents: Sequence[Incident]) -> str:
    versions = ", ".join(one.version.label for one in reversed(deployments))
    return worded(
        "Versions live, in order: {versions}. {count} incidents. The table says when.",
        versions=versions,
        count=len(incidents),
    )


def _run_rows(
    deployments: Sequence[Deployment], incidents: Sequence[Incident]
) -> list[dict[str, Any]]:
    rows = [
        _run_row(
            worded("Version {label}", label=one.version.label),
            one.from_at,
            one.until_at,
            term(word("live now")),
        )
        for one in deployments
    ]
    rows += [
        _run_row(
            joined(", ", [as_written(one.number), term(one.get_severity_display(), lowered=True)]),
            one.opened_at,
            one.closed_at,
            term(word("open")),
        )
        for one in incidents
    ]
    return rows


def _run_row(what: str, start: datetime, end: datetime | None, running: str) -> dict[str, Any]:
    until: dict[str, Any] = {"at": end} if end else {"text": running}
    return {"cells": [{"text": what}, {"at": start}, until]}
