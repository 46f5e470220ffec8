"""A KPI of a system: its trend with bands, the versions of its threshold, every value beside."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from governance.models import BreachCause, Standing, ThresholdVersion
from governance.rules.figures import Measure, often
from governance.selectors.pages.pictures import WHOLE_WIDTH, band_words, picture
from governance.selectors.pages.scorecard import standing_word
from governance.selectors.pages.subjects import Event, Subject, events_of_system, subject_of
from governance.selectors.thresholds import active_version
from incidents.models import Incident
from ledger.rules.refusals import Missing
from registry.models import Deployment, System
from telemetry.models import Series

DRAWN = 90
BETTER = {"higher": "higher is better", "lower": "lower is better"}
JUDGED = {"lower_bound": "the bound of the 95 % interval nearest to the good side"}
HEAD = ("Window end (UTC)", "Revision", "Value", "n", "Low", "High", "Good", "Standing")


def series_of_id(*, series_id: int, system: System) -> Series:
    """Return a series of a system. Raises Missing."""
    rows = Series.objects.filter(pk=series_id, system=system)
    found = rows.select_related("kpi__counter_metric", "system").first()
    if found is None:
        raise Missing("unknown_series", f"{system.name} has no series {series_id}.")
    return found


def kpi_page(
    *, series: Series, visible: QuerySet[Incident], zone: ZoneInfo, at: datetime
) -> dict[str, Any]:
    """Return what templates/governance/kpi.html shows; `visible` are the reader's incidents."""
    subject = subject_of(series=series, version=active_version(series=series), limit=DRAWN)
    standing = Standing.objects.filter(series=series).first()
    incidents = _incidents(series, visible)
    versions = list(
        ThresholdVersion.objects.filter(
            threshold__system_id=series.system_id,
            threshold__kpi_id=series.kpi_id,
            threshold__environment=series.environment,
            threshold__segment=series.segment,
        )
        .select_related("author", "approved_by", "threshold")
        .order_by("-number")
    )
    return {
        "at": at,
        "system": series.system,
        "series": series,
        "name": subject.name,
        "state": standing_word(standing),
        "standing": standing,
        "facts": _facts(series, subject),
        "chart": picture(
            subject,
            events=_events(series, incidents),
            zone=zone,
            key="kpi",
            rows=DRAWN,
            size=WHOLE_WIDTH,
        ),
        "versions": [_version(one, subject.measure) for one in versions],
        "incidents": [cause.incident for cause in incidents],
    }


def sheet_of(series: Series) -> tuple[Subject, list[tuple[object, ...]]]:
    """Return the readings that the page shows as cells of HEAD."""
    subject = subject_of(series=series, version=active_version(series=series), limit=DRAWN)
    rows: list[tuple[object, ...]] = [
        (
            one.window_end.isoformat(),
            one.revision,
            one.value,
            one.n,
            one.low,
            one.high,
            "yes" if one.good else "no",
            subject.standing(one),
        )
        for one in reversed(subject.readings)
    ]
    return subject, rows


def _incidents(series: Series, visible: QuerySet[Incident]) -> list[BreachCause]:
    rows = BreachCause.objects.filter(standing__series=series, incident__in=visible)
    return list(rows.select_related("incident").order_by("-joined_at")[:50])


def _events(series: Series, causes: list[BreachCause]) -> list[Event]:
    live = Deployment.objects.filter(
        system_id=series.system_id, environment=series.environment
    ).select_related("version")
    events = events_of_system(list(live.order_by("from_at")))
    for cause in causes:
        label = f"{cause.incident.number.rpartition('-')[2]} opened"
        events.append(Event(cause.incident.opened_at, label, "opened"))
    return events


def _facts(series: Series, subject: Subject) -> list[dict[str, Any]]:
    kpi, version = series.kpi, subject.version
    counter = kpi.counter_metric
    facts = [
        ("Formula", kpi.formula),
        ("Read as", BETTER.get(kpi.better, kpi.better)),
        ("Windows", often(series.window_seconds)),
        ("Segment", series.segment or "everybody"),
        ("Counter-metric", counter.name if counter else kpi.counter_metric_note),
        ("Computed", "from the decision events" if kpi.computed else "sent as measured"),
        ("Reference", kpi.reference),
    ]
    if version is not None:
        facts.append(("Judged by", JUDGED.get(version.judged_by, "the value")))
        facts.append(("Fires", f"{version.fires_k} of {version.fires_n} windows"))
    return [{"label": label, "value": value} for label, value in facts if value]


def _version(version: ThresholdVersion, measure: Measure) -> dict[str, Any]:
    state = {"active": "ok", "draft": "pending"}.get(version.state, "none")
    return {
        "version": version,
        "state": state,
        "bands": band_words(version, measure),
        "target": measure.say(version.target) if version.target is not None else "",
        "baseline": measure.say(version.baseline) if version.baseline is not None else "",
    }
