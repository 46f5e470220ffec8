"""What the report has no room for, as documents by section: controls, systems, readings, incidents.

One system is in memory at a time; each annex is drawn by itself.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, overload

from reports.render.along import Along
from reports.render.chain import Chain, chain_of
from reports.render.chapters import ANNEX, annex_of
from reports.render.charts import Figure, figure_of, latest
from reports.render.fitting import Limits
from reports.render.shown import gravity, is_drawn, lists_of, worth
from reports.rules.content import Content, SystemContent

# What an annex shows of one system: lists run on where the report cuts them.
FULL = Limits(charts=12, rows=120, chars=4000)
CHARTS = 24


@dataclass(frozen=True)
class Annex:
    """A document: where it goes, its head, its template and what that needs, made when drawn."""

    path: str
    title: str
    template: str
    context: Callable[[], dict[str, Any]]


def annexes_of(content: Content, limits: Limits, along: Sequence[Along]) -> Iterator[Annex]:
    """Yield the annexes in their order."""
    if not limits.controls:
        for row in along:
            yield _annex("controls", row.annex, f"Controls of {row.name}", partial(dict, row=row))
    if len(content.scope.systems) > 1:
        yield from _of_systems(content)
    else:
        yield from _of_readings(content, limits)
    yield from _of_incidents(content, limits)


def _annex(kind: str, path: str, title: str, context: Callable[[], dict[str, Any]]) -> Annex:
    return Annex(path, title, f"reports/pack/annex_{kind}.html", context)


def _of_systems(content: Content) -> Iterator[Annex]:
    total = len(content.scope.systems)
    for start in range(0, total, ANNEX):
        last = min(start + ANNEX, total)
        title = f"Systems {start + 1} to {last} of {total}"
        yield _annex("systems", annex_of(start), title, partial(_systems, content, start, last))


class Chapters(Sequence[dict[str, Any]]):
    """Whole chapters, each made when its turn comes and kept by nobody: a template reads them once.

    `start` to `last` (excluded) are places of the scope's systems.
    """

    def __init__(self, content: Content, start: int, last: int) -> None:
        self._content = content
        self._places = range(start, last)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> dict[str, Any] | Sequence[dict[str, Any]]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        return whole_of(self._content, self._content.systems[self._places[place]])


def _systems(content: Content, start: int, last: int) -> dict[str, Any]:
    return {"chapters": Chapters(content, start, last)}


def whole_of(content: Content, item: SystemContent) -> dict[str, Any]:
    """Return all that a chapter of one system needs, whole."""
    lists = lists_of(replace(content, systems=[item]), FULL)
    drawn = _drawable(item)
    return {
        "item": item,
        "prefix": f"{item.scope.slug}-",
        "lists": lists,
        "latest": [latest(row.it) for row in lists["series"].rows],
        "figures": [figure_of(one, item) for one in drawn[: FULL.charts]],
        "left": max(0, len(drawn) - FULL.charts),
        "few": sum(bool(one.readings) for one in item.readings.series) - len(drawn),
    }


def _of_readings(content: Content, limits: Limits) -> Iterator[Annex]:
    total = sum(len(_drawable(item)) for item in content.systems)
    for number, start in enumerate(range(limits.charts, total, CHARTS), start=1):
        path = f"annexes/readings-{number:02}.pdf"
        yield _annex("readings", path, "Readings", partial(_readings, content, start))


def _readings(content: Content, start: int) -> dict[str, list[Figure]]:
    return {
        "figures": [
            figure_of(one, item)
            for item in content.systems
            for one in _drawable(item)[start : start + CHARTS]
        ]
    }


def _drawable(item: SystemContent) -> list[Any]:
    return sorted((one for one in item.readings.series if is_drawn(one)), key=worth)


def _of_incidents(content: Content, limits: Limits) -> Iterator[Annex]:
    ordered = sorted(gravity(one) for one in content.incidents())
    for number, start in enumerate(range(limits.incidents, len(ordered), limits.annex), start=1):
        wanted = {name for _, name in ordered[start : start + limits.annex]}
        path = f"annexes/incidents-{number:02}.pdf"
        yield _annex("incidents", path, "Incidents", partial(_incidents, content, wanted))


def _incidents(content: Content, wanted: set[str]) -> dict[str, list[Chain]]:
    chains = [
        chain_of(one, item)
        for item in content.systems
        for one in item.matters.incidents
        if one.number in wanted
    ]
    return {"chains": sorted(chains, key=lambda chain: gravity(chain.incident))}
