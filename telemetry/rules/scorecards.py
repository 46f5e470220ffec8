"""A scorecard: the few KPIs that a system is steered by, and what is missing from it (KPI-2)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ledger.rules.worded import either, term, worded
from telemetry.rules.kpi_words import of_kpi

MOST = 8
# Beyond this nobody reads it at all; the record takes no more.
CEILING = 20
LONGEST = 200
PERSPECTIVES = ("speed", "quality", "cost", "risk", "adoption")
# A gain in these is bought too easily at somebody's expense (KPI-3).
GUARDED = frozenset({"business", "support", "sales"})


@dataclass(frozen=True, slots=True)
class Line:
    """A KPI, what it tells of, who answers for it, what is done when it breaks, and the target."""

    kpi: str
    perspective: str
    owner_id: UUID
    on_breach: str
    target: float | None = None

    @property
    def said(self) -> dict[str, Any]:
        """The line as the record tells it; a number as text."""
        target = None if self.target is None else repr(self.target)
        return {
            "perspective": self.perspective,
            "owner": self.owner_id,
            "on_breach": self.on_breach,
            "target": target,
        }


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue says of a KPI that a scorecard needs: its category, its counter-metric."""

    name: str
    category: str
    counter: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a scorecard should hold or should not; it is told, never refused."""

    code: str
    words: str


def faults_of(
    lines: Sequence[Line], *, kpis: Collection[str], people: Collection[UUID]
) -> dict[str, str]:
    """Return what cannot be saved, in words by 'position.field' (positions from 0)."""
    faults: dict[str, str] = {}
    seen: set[str] = set()
    for place, line in enumerate(lines):
        for name, words in _line_faults(line, kpis, people, seen):
            faults[f"{place}.{name}"] = words
        seen.add(line.kpi)
    if len(lines) > CEILING:
        faults["lines"] = worded(
            "A scorecard takes at most {ceiling} KPIs, and serves with {most}.",
            ceiling=CEILING,
            most=MOST,
        )
    return faults


def findings_of(lines: Sequence[Line], *, known: Mapping[str, Known]) -> tuple[Finding, ...]:
    """Return what is missing or too much, in the order in which it matters."""
    return (*_count(lines), *_perspectives(lines), *_guardrails(lines, known))


def moved(lines: Sequence[Line], *, kpi: str, by: int) -> list[Line] | None:
    """Return the lines with that of a KPI `by` places further; None where it cannot go there."""
    place = next((place for place, line in enumerate(lines) if line.kpi == kpi), None)
    if place is None or not 0 <= place + by < len(lines):
        return None
    found = list(lines)
    found.insert(place + by, found.pop(place))
    return found


def _line_faults(
    line: Line, kpis: Collection[str], people: Collection[UUID], seen: Collection[str]
) -> Iterator[tuple[str, str]]:
    if line.kpi not in kpis:
        yield "kpi", worded("There is no KPI {kpi!r} that you may see.", kpi=line.kpi)
    elif line.kpi in seen:
        yield "kpi", "This KPI stands on the scorecard already."
    if line.perspective not in PERSPECTIVES:
        yield (
            "perspective",
            worded("It is one of {perspectives}.", perspectives=", ".join(PERSPECTIVES)),
        )
    if line.owner_id not in people:
        yield "owner", "Somebody with a role for this system answers for it."
    yield from _said_faults(line)


def _said_faults(line: Line) -> Iterator[tuple[str, str]]:
    said = line.on_breach.strip()
    if not said or len(said) > LONGEST or len(said.splitlines()) > 1:
        yield (
            "on_breach",
            worded(
                "Say in one line of at most {longest} characters what is then done.",
                longest=LONGEST,
            ),
        )
    # What is no number compares false, and so does what is endless.
    if line.target is not None and not abs(line.target) <= 1e15:
        yield "target", "A target is a number."


def _count(lines: Sequence[Line]) -> Iterator[Finding]:
    if len(lines) > MOST:
        words = worded(
            "{number} KPIs: more than {most} are not steered by, only looked at.",
            number=len(lines),
            most=MOST,
        )
        yield Finding("too_many", words)


def _perspectives(lines: Sequence[Line]) -> Iterator[Finding]:
    held = {line.perspective for line in lines}
    missing = [one for one in PERSPECTIVES if one not in held]
    if missing:
        kinds = either([term(one.title(), lowered=True) for one in missing], between=", ")
        words = worded("Nothing here tells of {kinds}.", kinds=kinds)
        yield Finding("perspective_missing", words)


def _guardrails(lines: Sequence[Line], known: Mapping[str, Known]) -> Iterator[Finding]:
    held = {line.kpi for line in lines}
    for line in lines:
        kpi = known.get(line.kpi)
        if kpi is None or kpi.category not in GUARDED or kpi.counter in held:
            continue
        counter = known.get(kpi.counter or "")
        if counter is not None:
            words = worded(
                "{kpi} can be bought at the expense of {counter}. Watch both.",
                kpi=of_kpi(line.kpi, kpi.name),
                counter=of_kpi(kpi.counter or "", counter.name),
            )
            yield Finding("guardrail_missing", words)
