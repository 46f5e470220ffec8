"""Findings as they arrive: what the record knows of onset, decisions, version and similar cases.

A draft states facts and names where each stands. Why it happened, the harm and what is to be done
are the owner's; a draft proposes none of them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.models import BreachCause
from governance.rules.figures import number
from incidents.models import Action, Incident
from incidents.rules.command_fields import RESOLUTIONS
from outbox.languages import say_date, spoken_title
from registry.models import Deployment, SystemVersion
from telemetry.selectors.counts import events_between

MOST_SIMILAR = 3
LOOKED_AT = 50
LONGEST_CHANGE = 600
CURED = dict(RESOLUTIONS)


@dataclass(frozen=True, slots=True)
class Source:
    """Where something that a draft says stands: its name, its address, what it is."""

    name: str
    url: str
    meta: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft of findings: the text, how many decisions there were, and its sources."""

    text: str = ""
    affected: int | None = None
    sources: Sequence[Source] = field(default_factory=list)


def last_line() -> str:
    """Return the line with which a draft ends, behind which the owner goes on."""
    return _("Why it happened:")


def draft_of(
    *, incident: Incident, causes: Sequence[BreachCause], visible: QuerySet[Incident], at: datetime
) -> Draft:
    """Return what is known before anybody writes; `visible` are the cases that the reader sees.

    Five queries at most.
    """
    affected = _affected(incident, at)
    live = _live(incident)
    similar = similar_to(incident=incident, causes=causes, visible=visible)
    told = [_onset(incident), _decisions(incident, affected, at), _version(incident, live)]
    told += [_cure(one) for one in similar]
    sources = [
        *_where_it_shows(incident, causes),
        *_where_versions_are(incident, live),
        *(_case(one) for one in similar),
    ]
    text = "\n\n".join([*(one for one in told if one), f"{last_line()} "])
    return Draft(text, affected or None, sources)


def similar_to(
    *, incident: Incident, causes: Sequence[BreachCause], visible: QuerySet[Incident]
) -> list[Incident]:
    """Return the cases most like one that ended with a cure: the same series, KPI, or system.

    Those of the same series first, then the same KPI of the system, of another system, then the
    same kind of case on the system; of equals the newest. With their actions that were confirmed.
    """
    series = {cause.standing.series_id for cause in causes}
    kpis = {cause.standing.series.kpi_id for cause in causes}
    found = list(_ended_alike(incident, kpis, visible)[:LOOKED_AT])

    def rank(one: Incident) -> tuple[int, ...]:
        its = [cause.standing.series for cause in one.causes.all()]
        is_here = one.system_id == incident.system_id
        same_kpi = any(each.kpi_id in kpis for each in its)
        return (
            not any(each.pk in series for each in its),
            not (same_kpi and is_here),
            not same_kpi,
            not is_here,
        )

    return sorted(found, key=rank)[:MOST_SIMILAR]


def _ended_alike(
    incident: Incident, kpis: Collection[str], visible: QuerySet[Incident]
) -> QuerySet[Incident]:
    """Cases that ended with a cure, of the same kind on the system or of one of these KPIs."""
    alike = Q(system_id=incident.system_id, kind=incident.kind)
    if kpis:
        same = BreachCause.objects.filter(
            incident_id=OuterRef("pk"), standing__series__kpi_id__in=kpis
        )
        alike |= Q(Exists(same))
    done = Action.objects.filter(state=Action.State.CONFIRMED).order_by("ordered_at", "position")
    caused = BreachCause.objects.select_related("standing__series")
    rows: QuerySet[Incident] = (
        Incident.objects.filter(pk__in=visible.values("pk"))
        .filter(alike, state=Incident.State.CLOSED, drill=False)
        .exclude(resolution="")
        .exclude(pk=incident.pk)
        .defer("plan")
        .order_by("-closed_at")
        .prefetch_related(Prefetch("causes", caused), Prefetch("actions", done))
    )
    return rows


def cure_of(incident: Incident) -> str:
    """Say what cured a case that has ended: how it ended, the actions that were carried out."""
    ended = CURED.get(incident.resolution, incident.resolution)
    done = [one.words.strip() or one.get_type_display() for one in incident.actions.all()]
    return f"{ended}: {'; '.join(done)}"[:LONGEST_CHANGE] if done else ended


def _affected(incident: Incident, at: datetime) -> int | None:
    if incident.onset_at is None:
        return None
    return events_between(
        system_id=incident.system_id,
        since=incident.onset_at,
        until=at,
        environment=incident.environment,
    )


def _live(incident: Incident) -> list[Deployment]:
    """The deployment that was live when the case was opened, and the one before it."""
    rows = Deployment.objects.filter(
        system_id=incident.system_id,
        environment=incident.environment,
        from_at__lte=incident.opened_at,
    )
    found = rows.select_related("version__author", "version__approved_by").order_by("-from_at")
    return list(found[:2])


def _onset(incident: Incident) -> str:
    if incident.onset_at is None:
        return _("When it began is not known; it was detected %(at)s.") % {
            "at": _utc(incident.detected_at)
        }
    said = {"at": _utc(incident.onset_at), "how": incident.onset_method}
    if incident.onset_method:
        return _("It began %(at)s (%(how)s).") % said
    return _("It began %(at)s.") % said


def _decisions(incident: Incident, affected: int | None, at: datetime) -> str:
    if incident.onset_at is None:
        return ""
    if not affected:
        return _("No decision events of the time since then are known.")
    return ngettext(
        "Since then %(count)s decision was made, counted from the decision events until %(at)s.",
        "Since then %(count)s decisions were made, counted from the decision events until %(at)s.",
        affected,
    ) % {"count": number(affected), "at": _utc(at)}


def _version(incident: Incident, live: Sequence[Deployment]) -> str:
    if not live:
        return ""
    now, before = live[0], live[1] if len(live) > 1 else None
    said = {
        "version": now.version.label,
        "since": _utc(now.from_at),
        "before": before.version.label if before else "",
    }
    text = (
        _("Version %(version)s was live since %(since)s, before it %(before)s.")
        if before
        else _("Version %(version)s was live since %(since)s.")
    ) % said
    change = now.version.changelog.strip()
    if not change:
        return f"{text} {_('What changed with it is not said in the registry.')}"
    return f"{text} {_('What changed with it: %(change)s') % {'change': _short(change)}}"


def _cure(similar: Incident) -> str:
    said = {
        "number": similar.number,
        "title": spoken_title(similar.title),
        "cure": _short(cure_of(similar)),
        "lesson": _short(similar.lessons.strip()),
    }
    if said["lesson"]:
        return (
            _("%(number)s was similar (%(title)s). It ended by: %(cure)s. Lesson: %(lesson)s")
            % said
        )
    return _("%(number)s was similar (%(title)s). It ended by: %(cure)s.") % said


def _where_it_shows(incident: Incident, causes: Sequence[BreachCause]) -> list[Source]:
    slug = incident.system.slug
    found = [
        Source(
            cause.standing.series.kpi.called,
            reverse("kpi", args=[slug, cause.standing.series_id]),
            _("onset, readings and threshold"),
        )
        for cause in causes[:MOST_SIMILAR]
    ]
    decided = f"{reverse('answers')}?system={slug}"
    return [*found, Source(_("Answers of the system"), decided, _("the decision events"))]


def _where_versions_are(incident: Incident, live: Sequence[Deployment]) -> list[Source]:
    return [
        Source(
            _("Version %(label)s") % {"label": one.version.label},
            reverse("system-version", args=[incident.system.slug, one.version.label]),
            _approved(one.version),
        )
        for one in live
    ]


def _approved(version: SystemVersion) -> str:
    said: dict[str, Any] = {"author": version.author.name}
    if version.approved_by is None:
        return _("what changed, by %(author)s") % said
    said |= {"approver": version.approved_by.name}
    return _("what changed, by %(author)s, approved by %(approver)s") % said


def _case(similar: Incident) -> Source:
    url = reverse("incident", args=[similar.number])
    return Source(f"{similar.number} {spoken_title(similar.title)}", url, cure_of(similar))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CHANGE else f"{text[:LONGEST_CHANGE].rstrip()} …"


def _utc(instant: datetime) -> str:
    """Write an instant as the record does: 20 November 2026 14:00 UTC."""
    there = instant.astimezone(UTC)
    return f"{say_date(there, 'j F Y H:i')} UTC"
