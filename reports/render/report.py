"""report.pdf: one tagged document of at most 40 pages; more incidents go to annexes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone, translation

from reports.render.chain import chain_of
from reports.render.charts import figure_of
from reports.render.claims import COVER, not_proved, proved, proved_in_short
from reports.render.contents import sections_of
from reports.render.pdf import to_pdf
from reports.rules import figures
from reports.rules.content import Content
from reports.rules.exceptions import counts, exceptions_of
from reports.rules.gaps import gaps_of
from reports.rules.matters import IncidentRecord
from reports.rules.readings import SeriesRecord

MOST_PAGES = 40
GRAVITY = ("severe", "major", "moderate", "minor")


@dataclass(frozen=True)
class Limits:
    """How much of each kind the one document shows; the rest stands in files."""

    incidents: int = 12
    charts: int = 12
    rows: int = 30
    annex: int = 12

    def halved(self) -> "Limits":
        """The next smaller limits."""
        return replace(
            self, incidents=self.incidents // 2, charts=self.charts // 2, rows=self.rows // 2
        )


def write_report(data: Path, content: Content, beat: Callable[[], None]) -> list[int]:
    """Write report.pdf and annexes/*.pdf below `data`; return their pages, the report's first.

    `beat` is called before each document, which may take a minute. Raises PdfUnavailable where
    the renderer's system libraries are missing.
    """
    limits = Limits()
    beat()
    main = to_pdf(html_of(content, limits), content.scope.number)
    while main.pages > MOST_PAGES and limits.incidents + limits.charts:
        limits = limits.halved()
        beat()
        main = to_pdf(html_of(content, limits), content.scope.number)
    main.write(data / "report.pdf")
    return [main.pages, *_annexes(data, content, limits, beat)]


def html_of(content: Content, limits: Limits) -> str:
    """Return the report's markup; the same content and limits give the same text."""
    gaps = gaps_of(content)
    exceptions = exceptions_of(content)
    ordered = by_gravity(content.matters.incidents)
    drawn = worth_drawing(content.readings.series)
    return _rendered(
        "reports/pack/report.html",
        content,
        limits=limits,
        gaps=gaps,
        sections=sections_of(content, gaps),
        exceptions=exceptions,
        exception_counts=counts(exceptions),
        chains=[chain_of(item, content) for item in ordered[: limits.incidents]],
        left_incidents=ordered[limits.incidents :],
        figures=[figure_of(item, content) for item in drawn[: limits.charts]],
        left_charts=len(drawn) - len(drawn[: limits.charts]),
        proved=proved(content),
        not_proved=not_proved(content),
        proved_in_short=proved_in_short(content),
        not_proved_in_short=COVER,
        latest=[_latest(item) for item in content.readings.series],
        ran=_ran(content),
    )


def by_gravity(incidents: Sequence[IncidentRecord]) -> list[IncidentRecord]:
    """Return the incidents, the gravest first, then by number."""
    return sorted(incidents, key=lambda item: (GRAVITY.index(item.severity), item.number))


def worth_drawing(series: Sequence[SeriesRecord]) -> list[SeriesRecord]:
    """Return the series that have readings: those that broke a band, then those with bands."""
    known = [item for item in series if item.readings]
    return sorted(known, key=lambda item: (not item.breached, item.threshold is None))


def _annexes(data: Path, content: Content, limits: Limits, beat: Callable[[], None]) -> list[int]:
    left = by_gravity(content.matters.incidents)[limits.incidents :]
    found = []
    for start in range(0, len(left), limits.annex):
        chains = [chain_of(item, content) for item in left[start : start + limits.annex]]
        number = start // limits.annex + 1
        beat()
        markup = _rendered("reports/pack/annex.html", content, chains=chains, annex=number)
        annex = to_pdf(markup, f"{content.scope.number}-{number}")
        annex.write(data / f"annexes/incidents-{number:02}.pdf")
        found.append(annex.pages)
    return found


def _rendered(template: str, content: Content, **more: object) -> str:
    zone = ZoneInfo(content.scope.zone)
    context = {"content": content, "scope": content.scope, "at": content.scope.as_of, "paper": True}
    with timezone.override(zone), translation.override("en"):
        return render_to_string(template, context | more)


def _ran(content: Content) -> str:
    """Name what the pack is about: 'one system, versions 2.2 and 2.3, production'."""
    rows = content.things.deployments
    versions = list(dict.fromkeys(row.version for row in rows))
    places = list(dict.fromkeys(row.environment for row in rows))
    if not versions:
        return "one system, no version live"
    word = "version" if len(versions) == 1 else "versions"
    return f"one system, {word} {_listed(versions)}, {_listed(places)}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _latest(item: SeriesRecord) -> dict[str, str]:
    def said(value: float | None) -> str:
        return figures.say(value, unit=item.unit, neutral=item.neutral) if value is not None else ""

    given = item.threshold
    newest = item.readings[-1] if item.readings else None
    return {
        "name": item.name,
        "segment": item.segment,
        "value": figures.say(
            newest.value if newest else None, unit=item.unit, neutral=item.neutral
        ),
        "interval": figures.span(newest.low, newest.high, unit=item.unit, neutral=item.neutral)
        if newest
        else "",
        "baseline": said(given.baseline if given else None),
        "target": said(given.target if given else None),
        "warning": said(given.warning if given else None),
        "critical": said(given.critical if given else None),
        "bands": f"v{given.number}" if given else "",
        "count": figures.number(item.count),
        "standing": {"NO_DATA": "none", "ERROR": "none"}.get(item.standing, item.standing.lower())
        or "none",
        "unjudged": "" if given else "not judged",
    }
