"""A line of the scorecards in words: for the page, for paper, as cells of a sheet, over the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.rules.figures import HARD, UNKNOWN, Measure, measure_of, segment_words
from governance.rules.scorecards import PRODUCTION, Fact
from governance.selectors.pages.pictures import band_words
from governance.selectors.pages.scorecard import Score, in_error
from governance.selectors.pages.scorecard_lines import Details, Guarded, Scored
from governance.selectors.pages.subjects import few_words
from outbox.languages import spoken
from telemetry.rules.kpi_words import of_kpi

Words = str | Promise
STATE_WORDS: dict[str, Words] = {
    "critical": gettext_lazy("Critical"),
    "warning": gettext_lazy("Warning"),
    "unknown": gettext_lazy("Not known"),
    "pending": gettext_lazy("Pending"),
    "recovering": gettext_lazy("Recovering"),
    "unjudged": gettext_lazy("Not judged"),
    "ok": gettext_lazy("In band"),
}
# The mark that a state is drawn with: what is not known or not judged is never shown as good.
MARKS = {"unknown": "none", "unjudged": "none"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is shown: what is listed, what is read beside it, its system and its unit."""

    fact: Fact
    details: Details
    system: Scored
    unit: str

    @property
    def score(self) -> Score | None:
        """The series with its readings, None for what was never measured."""
        return self.details.score

    @property
    def measure(self) -> Measure:
        """How its values are written."""
        if self.score is not None:
            return self.score.measure
        kpi, target = self.details.kpi, self.details.target
        return measure_of(unit=kpi.unit, neutral=kpi.neutral, size=target)

    @property
    def name(self) -> str:
        """The KPI with its segment, and its environment unless that is production."""
        called = spoken(of_kpi(self.fact.kpi, self.fact.name))
        parts = [called, segment_words(self.fact.segment)]
        parts += [] if self.fact.environment == PRODUCTION else [self.fact.environment]
        return ", ".join(part for part in parts if part)

    @property
    def url(self) -> str:
        """Where its readings stand; of what was never measured, what it is."""
        return url_of(self.fact, self.system)

    @property
    def value(self) -> float | None:
        """The latest value, in the KPI's unit."""
        newest = self.score.newest if self.score else None
        return newest.value if newest else None

    @property
    def withheld(self) -> str:
        """Why the latest value is not shown, '' where it is."""
        newest = self.score.newest if self.score else None
        return newest.withheld if newest else ""

    @property
    def now(self) -> str:
        """The latest value as it is written, 'no data' where there is none; or why it is not."""
        if self.withheld:
            return few_words()
        return self.measure.say(self.value) if self.value is not None else UNKNOWN

    @property
    def interval(self) -> str:
        """Its interval, '' where none was delivered."""
        newest = self.score.newest if self.score else None
        return self.measure.interval(newest.low, newest.high) if newest else ""

    @property
    def cases(self) -> int | None:
        """How many cases the latest value is of."""
        newest = self.score.newest if self.score else None
        return newest.n if newest else None

    @property
    def measured_at(self) -> datetime | None:
        """When the latest window ended."""
        newest = self.score.newest if self.score else None
        return newest.window_end if newest else None

    @property
    def baseline(self) -> str:
        """What it is compared with, '' where nothing was agreed on."""
        found = self.details.baseline
        return "" if found is None else self.measure.bare(found)

    @property
    def target(self) -> str:
        """What it should be, with its sign; '' where nobody said."""
        found = self.details.target
        return "" if found is None else f"{self._sign} {self.measure.say(found)}".strip()

    @property
    def _sign(self) -> str:
        """On which side of its target it should be; '' where both sides are bad."""
        return {"higher": "≥", "lower": "≤"}.get(self.details.kpi.better, "")

    @property
    def bands(self) -> str:
        """Its warning and critical limits, '' without an approved band."""
        told = band_words(self.score.version, self.measure) if self.score else ""
        limits, gap, unit = told.rpartition(" ")
        return f"{limits}{HARD}{unit}" if gap and unit == self.measure.unit else told

    @property
    def owner(self) -> str:
        """Who answers for it."""
        return self.details.line.owner.name if self.details.line else self.system.owner_name

    @property
    def on_breach(self) -> str:
        """What is done when it breaks, '' where no scorecard says it."""
        return self.details.line.on_breach if self.details.line else ""

    @property
    def mark(self) -> str:
        """The standing as the design names it."""
        return MARKS.get(self.fact.state, self.fact.state)

    @property
    def words(self) -> str:
        """How it stands, and why where that is not known."""
        if self.fact.series is None:
            return _("Never measured")
        standing = self.score.standing if self.score else None
        if in_error(standing):
            return _("Feed in error")
        if self.fact.state == "unknown":
            return _("No data")
        if self.fact.state == "unjudged":
            return _("Not judged")
        return str(STATE_WORDS[self.fact.state])

    @property
    def since(self) -> datetime | None:
        """Since when it stands so, None where nothing is judged."""
        standing = self.score.standing if self.score else None
        return standing.since if standing else None

    @property
    def guard(self) -> "Guard | None":
        """What guards it, None where it has no guardrail."""
        found = self.details.guard
        if found is not None:
            return Guard.of(found, self)
        kpi = self.details.kpi
        if kpi.counter_metric is not None:
            return Guard(
                kpi.counter_metric_id, kpi.counter_metric.name, None, "", "", "unknown", ""
            )
        note = kpi.counter_metric_note
        return Guard(None, note, None, "", "", "", "", kpi.pk) if note else None


@dataclass(frozen=True, slots=True)
class Guard:
    """A guardrail as it is shown; `state` '' where the catalogue only says why there is none.

    `noted_of` is then the KPI of which the catalogue says it.
    """

    kpi: str | None
    name: str
    value: float | None
    now: str
    limit: str
    state: str
    url: str
    noted_of: str = ""

    @classmethod
    def of(cls, found: Guarded, line: Line) -> "Guard":
        """Return what is measured beside a line."""
        score, newest = found.score, found.score.newest
        version = score.version
        limit = version.warning if version else None
        sign = "≥" if version and version.direction == "below" else "≤"
        return cls(
            kpi=score.series.kpi_id,
            name=score.series.kpi.name,
            value=newest.value if newest else None,
            now=_now(score),
            limit="" if limit is None else f"{sign} {score.measure.bare(limit)}",
            state=found.state if newest else "unknown",
            url=reverse("kpi", args=[line.system.slug, score.series.pk]),
        )

    @property
    def mark(self) -> str:
        """Its standing as the design names it."""
        return MARKS.get(self.state, self.state)

    @property
    def called(self) -> str:
        """Its name, or why there is none, in the reader's language."""
        return spoken(of_kpi(self.kpi or self.noted_of, self.name))

    @property
    def words(self) -> str:
        """How it stands."""
        if not self.url:
            return _("Not measured")
        return str(STATE_WORDS[self.state])


def _now(score: Score) -> str:
    if score.newest is None:
        return UNKNOWN
    return few_words() if score.newest.withheld else score.measure.say(score.newest.value)


HEAD = (
    "System", "Short name", "Unit", "KPI", "KPI id", "Environment", "Segment", "Category",
    "Perspective", "Timing", "On the scorecard", "Trend, oldest first", "Window end (UTC)", "Value",
    "Unit of the value", "n", "Low", "High", "Baseline", "Target", "Direction of the band",
    "Warning", "Critical", "Guardrail", "Guardrail value", "Guardrail limit", "Guardrail state",
    "State", "Why", "Since (UTC)", "Owner", "What is done on breach", "Readings",
    "Withheld",
)  # fmt: skip


def cells_of(line: Line) -> tuple[object, ...]:
    """Return a line as cells of HEAD: values in the KPI's unit, instants in UTC."""
    fact, details = line.fact, line.details
    newest = line.score.newest if line.score else None
    return (
        line.system.name,
        line.system.slug,
        line.unit,
        fact.name,
        fact.kpi,
        fact.environment,
        fact.segment,
        fact.category,
        fact.perspective,
        fact.timing,
        "yes" if fact.chosen else "no",
        " ".join(_number(one) for one in trend_values(line)),
        _instant(line.measured_at),
        line.value,
        details.kpi.unit,
        line.cases,
        newest.low if newest else None,
        newest.high if newest else None,
        details.baseline,
        details.target,
        *_band_cells(line),
        *_guard_cells(line),
        fact.state,
        line.words,
        _instant(line.since),
        line.owner,
        line.on_breach,
        line.url,
        line.withheld,
    )


def _band_cells(line: Line) -> tuple[object, ...]:
    """The direction of the band, and where warning and critical begin."""
    version = line.score.version if line.score else None
    if version is None:
        return ("", None, None)
    return (version.direction, version.warning, version.critical)


def _guard_cells(line: Line) -> tuple[object, ...]:
    """The guardrail, its value, its limit and where it stands."""
    guard = line.guard
    if guard is None:
        return ("", None, "", "")
    return (guard.name, guard.value, guard.limit, guard.state)


def trend_values(line: Line) -> list[float | None]:
    """Return the last readings, oldest first; None for one that does not count."""
    readings = line.score.readings if line.score else ()
    return [one.value if one.good else None for one in readings]


def lines_of(
    facts: list[Fact],
    details: list[Details],
    systems: Mapping[UUID, Scored],
    units: Mapping[UUID, str],
) -> list[Line]:
    """Put together what is shown."""
    return [
        Line(fact, one, systems[fact.system], units.get(systems[fact.system].unit, ""))
        for fact, one in zip(facts, details, strict=True)
    ]


def url_of(fact: Fact, system: Scored) -> str:
    """Return where the readings of a line stand; of what was never measured, what it is."""
    if fact.series is None:
        return reverse("kpi-definition", args=[fact.kpi])
    return reverse("kpi", args=[system.slug, fact.series])


def _number(value: float | None) -> str:
    return "gap" if value is None else repr(value)


def _instant(value: datetime | None) -> str:
    return "" if value is None else value.isoformat()
