"""What the register holds beyond a system's record, and the bills of materials, as files."""

from collections.abc import Iterable
from pathlib import Path

from registry.rules.exchange.bom import SystemFacts, bill_of
from reports.collectors.registered import OWN_LISTS, SHARED_LISTS
from reports.render.tables import write_json
from reports.rules import places
from reports.rules.content import Content, SystemContent
from reports.rules.frameworks import RowRecord


def write_registered(data: Path, content: Content) -> None:
    """Write each list of the register, of each system and of the organisation, and the bills."""
    bills: list[SystemFacts] = []
    for item in content.systems:
        if not item.scope.only.incidents:
            bills += _write_system(data, content, item)
    if bills:
        _write_bill(data / places.of_bill(), content, bills)
    if content.frameworks.along:
        for name in SHARED_LISTS:
            _write(data / places.of_shared(name), name, content.frameworks.rows)


def _write_system(data: Path, content: Content, item: SystemContent) -> list[SystemFacts]:
    """Write the lists of a system, and its own bill where the pack is of several; return it."""
    held, slug = item.registered, item.scope.slug
    for name in OWN_LISTS:
        _write(data / places.of_system(slug, f"{name}.json"), name, held.rows)
    if held.bills and len(content.scope.systems) > 1:
        _write_bill(data / places.of_bill(slug), content, held.bills)
    return held.bills


def _write(path: Path, name: str, rows: Iterable[RowRecord]) -> None:
    write_json(path, [row for row in rows if row.of == name])


def _write_bill(path: Path, content: Content, facts: list[SystemFacts]) -> None:
    scope = content.scope
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bill_of(facts, organisation=scope.organisation, generator=scope.generator))
