"""report.pdf: one tagged document of at most 40 pages, which says where it was cut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from outbox.languages import render_for_record
from reports.render.along import Along, along_of
from reports.render.annexes import Annex, annexes_of
from reports.render.chain import Chain, chain_of
from reports.render.chapters import Chapter, chapters_of
from reports.render.charts import Figure, figure_of, latest
from reports.render.claims import COVER, fingerprint, not_proved, proved, proved_in_short
from reports.render.contents import GRAVEST, Section, sections_of
from reports.render.fitting import MOST_PAGES, Limits
from reports.render.pdf import Pdf, TooLong, to_pdf
from reports.render.sample import Drawn, drawn_of
from reports.render.shown import Listed, gravity, is_drawn, listed, lists_of, worth
from reports.rules.asked import KINDS, RECIPIENTS
from reports.rules.content import Content, SystemContent
from reports.rules.decided import ExceptionRecord
from reports.rules.exceptions import counts, exceptions_of
from reports.rules.gaps import Gap, gaps_of

# A longer draft is left as soon as that shows: with so many pages the renderer takes 250 MB.
MOST_DRAWN = 48
__all__ = ["MOST_PAGES", "Limits", "html_of", "write_report"]


@dataclass(frozen=True)
class Facts:
    """What does not change with how much is shown."""

    gaps: list[Gap]
    exceptions: list[ExceptionRecord]
    sections: list[Section]
    along: list[Along]
    sample: list[Drawn]


@dataclass
class Shown:
    """What the document shows: the lists, the chains, the drawings, the chapters of systems."""

    lists: dict[str, Listed] = field(default_factory=dict)
    ran: str = ""
    one: SystemContent | None = None
    latest: list[dict[str, Any]] = field(default_factory=list)
    chains: list[Chain] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    drawable: int = 0
    few: int = 0

    @property
    def left_charts(self) -> int:
        """How many series have readings and are not drawn."""
        return self.drawable - len(self.figures)

    @property
    def left_chains(self) -> int:
        """How many incidents are told in annexes alone."""
        return self.lists["incidents"].total - len(self.chains)

    @property
    def left_chapters(self) -> int:
        """How many systems have no chapter here."""
        return 0 if self.one else self.lists["systems"].total - len(self.chapters)

    @property
    def cuts(self) -> list[Listed]:
        """The lists of which not all is shown."""
        return [one for one in self.lists.values() if one.cut]


def write_report(data: Path, content: Content, beat: Callable[[], None]) -> list[int]:
    """Write report.pdf and annexes/*.pdf below `data`; return their pages, the report's first.

    `beat` is called before each document and while it is drawn. Raises PdfUnavailable where the
    renderer's system libraries are missing, DrawingEnded where its process was ended.
    """
    facts = facts_of(content, drawn_of(data / "populations/sample.csv"))
    limits, main = _fitted(content, facts, beat)
    main.write(data / "report.pdf")
    pages = [main.pages]
    for annex in annexes_of(content, limits, facts.along):
        beat()
        identifier = f"{content.scope.number} {annex.path}"
        drawn = to_pdf(_annex(content, annex), identifier, beat=beat)
        drawn.write(data / annex.path)
        pages.append(drawn.pages)
    return pages


def _fitted(content: Content, facts: Facts, beat: Callable[[], None]) -> tuple[Limits, Pdf]:
    limits = Limits()
    while True:
        beat()
        most = None if limits.least else MOST_DRAWN
        try:
            main = to_pdf(_html(content, limits, facts), content.scope.number, most=most, beat=beat)
        except TooLong as draft:
            limits = limits.fewer(draft.pages)
            continue
        if main.pages <= MOST_PAGES or limits.least:
            return limits, main
        limits = limits.fewer(main.pages)


def facts_of(content: Content, sample: list[Drawn]) -> Facts:
    """Return what is found by rule, once for all attempts to find room."""
    gaps, exceptions = gaps_of(content), exceptions_of(content)
    return Facts(
        gaps=gaps,
        exceptions=exceptions,
        sections=sections_of(content, gaps, len(exceptions)),
        along=along_of(content, gaps),
        sample=sample,
    )


def html_of(content: Content, limits: Limits) -> str:
    """Return the report's markup; the same content and limits give the same text."""
    return _html(content, limits, facts_of(content, []))


def _html(content: Content, limits: Limits, facts: Facts) -> str:
    shown = shown_of(content, limits, facts)
    signed = shown.lists["signatures"].total
    return rendered(
        "reports/pack/report.html",
        content,
        shown=shown,
        limits=limits,
        facts=facts,
        prefix="",
        no={row.id: f"{row.number}. " for row in facts.sections},
        said={row.id: row.evidence for row in facts.sections},
        exception_counts=[(kind, count) for kind, count in counts(facts.exceptions) if count],
        no_exception=[kind for kind, count in counts(facts.exceptions) if not count],
        proved=proved(content, signed),
        not_proved=not_proved(content),
        proved_in_short=proved_in_short(content, signed),
        not_proved_in_short=COVER,
        fingerprint=fingerprint(content.seal.key),
        **shown.lists,
    )


def shown_of(content: Content, limits: Limits, facts: Facts | None = None) -> Shown:
    """Return what the document shows; one system is in memory at a time."""
    shown = Shown(lists=lists_of(content, limits), one=content.one)
    if facts is not None:
        shown.lists["gaps"] = listed(
            "gaps",
            "exceptions/gaps.csv",
            facts.gaps,
            limits.rows * 2,
            lambda gap: GRAVEST.index(gap.state),
        )
        shown.lists["exceptions"] = listed(
            "exceptions", "exceptions/", facts.exceptions, limits.rows
        )
        if shown.one is None:
            shown.chapters = chapters_of(content, facts.gaps, limits.chapters)
    shown.ran = _ran(shown.one) if shown.one else _many(content)
    shown.latest = [latest(row.it) | {"of": row.of} for row in shown.lists["series"].rows]
    _draw(shown, content, limits)
    return shown


def _draw(shown: Shown, content: Content, limits: Limits) -> None:
    """Add the chains of the gravest incidents and the drawings of what is most worth it."""
    rows = sorted(gravity(one) for one in content.incidents())[: limits.incidents]
    gravest = {number for _, number in rows}
    ranked = sorted(
        (worth(one), one.id)
        for item in content.systems
        for one in item.readings.series
        if is_drawn(one)
    )
    shown.few = sum(
        bool(one.readings) and not is_drawn(one)
        for item in content.systems
        for one in item.readings.series
    )
    shown.drawable = len(ranked)
    wanted = {id for _, id in ranked[: limits.charts]}
    for item in content.systems:
        shown.figures += [figure_of(one, item) for one in item.readings.series if one.id in wanted]
        shown.chains += [
            chain_of(one, item) for one in item.matters.incidents if one.number in gravest
        ]
    shown.figures.sort(key=lambda one: worth(one.series))
    shown.chains.sort(key=lambda chain: gravity(chain.incident))


def _annex(content: Content, annex: Annex) -> str:
    return rendered(annex.template, content, title=annex.title, annex=annex, **annex.context())


def rendered(template: str, content: Content, **more: object) -> str:
    """Render a document of the pack in its own zone and in English."""
    scope = content.scope
    context = {
        "content": content,
        "scope": scope,
        "at": scope.as_of,
        "paper": True,
        "kind": KINDS[scope.kind],
        "recipient": RECIPIENTS[scope.recipient],
        "many": len(scope.systems) > 1,
    }
    with timezone.override(ZoneInfo(scope.zone)), translation.override("en"):
        return render_for_record(template, context | more)


def _ran(content: SystemContent) -> str:
    """Name what the pack is about: 'one system, versions 2.2 and 2.3, production'."""
    rows = content.things.deployments
    versions = list(dict.fromkeys(row.version for row in rows))
    places = list(dict.fromkeys(row.environment for row in rows))
    if not versions:
        return "one system, no version live"
    word = "version" if len(versions) == 1 else "versions"
    return f"one system, {word} {_listed(versions)}, {_listed(places)}"


def _many(content: Content) -> str:
    scope = content.scope
    whose = {"organisation": "the whole organisation", "unit": scope.subject}.get(
        scope.breadth, scope.subject
    )
    number = len(scope.systems)
    return f"{whose}, {number} system{'' if number == 1 else 's'}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
