"""The page of figures: how long the chain takes and how often it goes back; INC-9."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from governance.selectors.pages.figures_names import choices_of, names_of
from governance.selectors.voids import VOIDED_ALONE
from incidents.models import Incident
from incidents.rules.figures import (
    ACKNOWLEDGE,
    CONTAIN,
    DECIDE,
    DETECT,
    DURATIONS,
    FAILED,
    FALSE_ALARMS,
    GROUPS,
    LEAST,
    OVERDUE,
    RATES,
    REOPENED,
    RESOLVE,
    RETURNED,
    ROLL_BACK,
    STOP,
    WITHDRAWN,
    Duration,
    Figures,
    Rate,
    Told,
)
from incidents.selectors.figures import figures_of
from registry.models import System
from registry.selectors.units import units_below
from telemetry.render.spark import sparkline

Words = str | Promise
PERIODS: dict[str, Words] = {
    "30d": _("30 days"),
    "90d": _("90 days"),
    "12m": _("12 months"),
    "all": _("All"),
}
USUAL = "12m"
DAYS = {"30d": 30, "90d": 90}
BY: dict[str, Words] = {
    "system": _("By system"),
    "unit": _("By unit"),
    "severity": _("By severity"),
    "month": _("By month"),
}
# What each figure is called, and from when to when, or what of what, it counts.
DURATION_WORDS: dict[str, tuple[Words, Words]] = {
    DETECT: (_("To detect (MTTD)"), _("from the onset to the detection; onset known for")),
    ACKNOWLEDGE: (_("To acknowledge (MTTA)"), _("from the detection to the owner's word; counted")),
    CONTAIN: (_("To contain"), _("from the detection until the harm could not go on; contained")),
    RESOLVE: (_("To resolve (MTTR)"), _("from the detection to the last closing; counted")),
    DECIDE: (_("To decide"), _("from the validation to the decision; counted")),
    STOP: (_("To stop"), _("from the order to its confirmation; counted")),
    ROLL_BACK: (_("To roll back"), _("from the order to its confirmation; counted")),
}
RATE_WORDS: dict[str, tuple[Words, Words]] = {
    REOPENED: (_("Reopened"), _("cases that were closed")),
    OVERDUE: (_("Overdue"), _("stages that ended or are due")),
    RETURNED: (_("Returned"), _("findings that were submitted")),
    FAILED: (_("Verification failed"), _("verifications that ended")),
    WITHDRAWN: (_("Withdrawn"), _("cases that were detected")),
    FALSE_ALARMS: (_("False alarms"), _("cases that were detected")),
}
HEAD = ("By", "Group", "Figure", "Median (s)", "Median is at least", "90th percentile (s)",
        "90th percentile is at least", "Counted", "Of", "Still running", "Numerator", "Denominator",
        "Share")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked for; what is none of the choices counts as not asked."""

    period: str = USUAL
    by: str = "system"
    system: str = ""
    unit: UUID | None = None
    severity: str = ""
    as_of: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The filters as they stand in an address."""
        given = {
            "period": "" if self.period == USUAL else self.period,
            "by": "" if self.by == "system" else self.by,
            "system": self.system,
            "unit": str(self.unit or ""),
            "severity": self.severity,
            "as_of": self.as_of,
        }
        return {name: value for name, value in given.items() if value}

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows what is counted."""
        return bool(self.system or self.unit or self.severity)


def asked_of(query: Mapping[str, str], *, as_of: str = "") -> Asked:
    """Read what was asked from an address; `as_of` is the instant, as the door has read it."""
    return Asked(
        period=_one_of(query.get("period", ""), PERIODS, USUAL),
        by=_one_of(query.get("by", ""), GROUPS, "system"),
        system=query.get("system", "").replace("\0", "")[:80],
        unit=_uuid(query.get("unit", "")),
        severity=_one_of(query.get("severity", ""), Incident.Severity.values, ""),
        as_of=as_of,
    )


def since_of(period: str, at: datetime) -> datetime | None:
    """Return from when a period counts: '12m' is this month and the eleven before it, in UTC."""
    if period in DAYS:
        return at - timedelta(days=DAYS[period])
    if period == "all":
        return None
    month = at.astimezone(UTC).year * 12 + at.astimezone(UTC).month - 12
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def told_of(*, asked: Asked, visible: QuerySet[Incident], at: datetime) -> Told:
    """Return the figures that were asked for; three queries at most."""
    rows = visible
    if asked.system:
        rows = rows.filter(system__slug=asked.system)
    if asked.unit is not None:
        rows = rows.filter(unit_id__in=units_below(unit_ids=[asked.unit]))
    if asked.severity:
        rows = rows.filter(severity=asked.severity)
    return figures_of(
        visible=rows,
        by=asked.by,
        since=since_of(asked.period, at),
        until=at,
        false_alarms=VOIDED_ALONE,
    )


def figures_page(*, asked: Asked, visible: QuerySet[Incident], at: datetime) -> dict[str, Any]:
    """Return what templates/governance/figures/page.html shows; four queries at most."""
    told = told_of(asked=asked, visible=visible, at=at)
    systems, units = choices_of(visible)
    names = {str(pk): (name, slug) for pk, slug, name in [*systems, *units]}
    if asked.by not in ("system", "unit"):
        names = names_of(by=asked.by, groups=told.groups)
    months = _months(told)
    return {
        "at": at,
        "asked": asked,
        "since": since_of(asked.period, at),
        "least": LEAST,
        "whole": told.whole,
        "times": [_time(name, told.whole, months) for name in DURATIONS],
        "rates": [_rate(name, told.whole, months) for name in RATES],
        "groups": [_group(one, names.get(one.key, (one.key, ""))) for one in _ordered(told, asked)],
        "by_label": BY[asked.by],
        "views": _views(asked, "period", PERIODS),
        "ends": [{"label": "CSV", "url": f"/figures/list.csv?{urlencode(asked.query)}"}],
        "ways": _views(asked, "by", BY),
        "systems": [(slug, name) for _pk, slug, name in systems],
        "units": [(pk, name) for pk, _slug, name in units],
        "severities": Incident.Severity.choices,
    }


def line_of(*, system: System, visible: QuerySet[Incident], at: datetime) -> dict[str, Any]:
    """Return the one line of figures that the page of a system shows; `visible` are its cases."""
    whole = told_of(asked=Asked(by="severity"), visible=visible.filter(system=system), at=at).whole
    return {
        "cases": whole.cases,
        "acknowledge": Spread.of(whole.duration(ACKNOWLEDGE)),
        "resolve": Spread.of(whole.duration(RESOLVE)),
        "overdue": whole.rate(OVERDUE),
    }


def sheet_rows(
    *, asked: Asked, visible: QuerySet[Incident], at: datetime
) -> list[tuple[object, ...]]:
    """Return the figures as cells of HEAD: of everything, of each group, of each month."""
    told = told_of(asked=asked, visible=visible, at=at)
    names = names_of(by=asked.by, groups=told.groups)
    rows = list(_sheet("all", "", told.whole))
    for one in _ordered(told, asked):
        rows += _sheet(asked.by, names.get(one.key, (one.key, ""))[0], one)
    if asked.by != "month":
        for one in told.months:
            rows += _sheet("month", one.key, one)
    return rows


@dataclass(frozen=True, slots=True)
class Spread:
    """A duration as a page writes it: lengths of time, None where there are too few cases."""

    found: Duration
    median: timedelta | None
    ninth: timedelta | None
    longest_running: timedelta | None

    @classmethod
    def of(cls, found: Duration) -> "Spread":
        """Return a duration for a page."""
        return cls(
            found,
            _length(found.median_told),
            _length(found.ninth_told),
            _length(found.longest_running),
        )


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _time(name: str, whole: Figures, months: list[Figures]) -> dict[str, Any]:
    words, note = DURATION_WORDS[name]
    told = [one.duration(name).median_told for one in months]
    return {
        "name": name,
        "words": words,
        "note": note,
        "spread": Spread.of(whole.duration(name)),
        "spark": _spark(told),
    }


def _rate(name: str, whole: Figures, months: list[Figures]) -> dict[str, Any]:
    words, note = RATE_WORDS[name]
    return {
        "name": name,
        "words": words,
        "note": note,
        "rate": whole.rate(name),
        "spark": _spark([one.rate(name).share for one in months]),
    }


def _spark(values: list[float | None]) -> SafeString | str:
    """A line needs two points; a month with too few cases leaves a gap."""
    known = sum(value is not None for value in values)
    return sparkline(values) if known > 1 else ""


def _group(one: Figures, name: tuple[str, str]) -> dict[str, Any]:
    times = (ACKNOWLEDGE, CONTAIN, RESOLVE, DECIDE)
    return {
        "name": name[0],
        "slug": name[1],
        "figures": one,
        "times": {measure: Spread.of(one.duration(measure)) for measure in times},
        "rates": {rate: one.rate(rate) for rate in RATES},
    }


def _ordered(told: Told, asked: Asked) -> list[Figures]:
    """Months newest first, severities the gravest first, others by their number of cases."""
    if asked.by == "month":
        return sorted(told.groups, key=lambda one: one.key, reverse=True)
    if asked.by == "severity":
        order = [str(value) for value in Incident.Severity.values]
        return sorted(told.groups, key=lambda one: order.index(one.key), reverse=True)
    return sorted(told.groups, key=lambda one: (-one.cases, one.key))


def _months(told: Told) -> list[Figures]:
    """The months from the first to the last, those without a case too."""
    known = {one.key: one for one in told.months}
    if not known:
        return []
    first, last = (_number(key) for key in (min(known), max(known)))
    keys = [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(first, last + 1)]
    return [known.get(key, Figures(key)) for key in keys]


def _number(key: str) -> int:
    return int(key[:4]) * 12 + int(key[5:]) - 1


def _views(asked: Asked, name: str, choices: Mapping[str, Words]) -> list[dict[str, Any]]:
    present = getattr(asked, name)
    return [
        {
            "label": label,
            "url": f"?{urlencode({**asked.query, name: value})}",
            "current": value == present,
        }
        for value, label in choices.items()
    ]


def _sheet(by: str, group: str, told: Figures) -> Iterator[tuple[object, ...]]:
    for name in DURATIONS:
        yield (by, group, name, *_time_cells(told.duration(name)), "", "", "")
    for name in RATES:
        rate: Rate = told.rate(name)
        share = "" if rate.share is None else f"{rate.share:.4f}"
        empty = ("",) * 7
        yield (by, group, name, *empty, rate.numerator, rate.denominator, share)


def _time_cells(found: Duration) -> tuple[object, ...]:
    median, ninth = found.median_told, found.ninth_told
    return (
        "" if median is None else f"{median:.0f}",
        "" if median is None else found.median_is_least,
        "" if ninth is None else f"{ninth:.0f}",
        "" if ninth is None else found.ninth_is_least,
        found.counted,
        found.of,
        found.running,
    )


def _one_of(given: str, known: Any, otherwise: str) -> str:
    return given if given in known else otherwise


def _uuid(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        return None
