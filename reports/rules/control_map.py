"""The map of controls: which evidence a provision wants, read from controls.yaml."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct

from registry.rules.shipped import shipped
from reports.rules.controls import ATTACHED, Need, Want
from reports.rules.evidence import ORGANISATION, SYSTEM, Source

KINDS = frozenset(
    {"registry", "kpi", "incident", "decision", "audit_log", "oversight_log", "upload"}
)
OWNERS = frozenset(
    {"owner", "compliance", "risk", "executive", "administrator", "secretary", "engineer"}
)
UPLOAD, SHOWN = "+upload", "+shown"


class ControlMap(Struct, frozen=True, kw_only=True):
    """Sources by id, what provisions want by id, and which KPIs count for a source."""

    version: str
    sources: Mapping[str, Source]
    provisions: Mapping[str, Need]
    kpis: Mapping[str, frozenset[str]]


class MapFault(ValueError):
    """The map says what cannot be: the words name the place."""


def parse_map(document: Mapping[str, Any]) -> ControlMap:
    """Read the document of controls.yaml. Raises MapFault."""
    sources = {key: _source(key, row) for key, row in document["sources"].items()}
    provisions = {
        key: parse_need(
            row["wants"], owner=row["owner"], note=shipped(row.get("note", "")), place=key
        )
        for key, row in document["provisions"].items()
    }
    for key, need in provisions.items():
        unknown = [name for name in need.sources if name not in sources]
        if unknown:
            raise MapFault(f"{key} wants {', '.join(unknown)}, which is no source")
    kpis = {key: frozenset(names) for key, names in document.get("kpis", {}).items()}
    return ControlMap(
        version=str(document["version"]), sources=sources, provisions=provisions, kpis=kpis
    )


def parse_need(
    wants: Sequence[str], *, owner: str, note: str = "", place: str = "provision"
) -> Need:
    """Read wants as the map writes them: 'a', 'a | b', 'a +upload', 'a +shown'. Raises MapFault."""
    if owner not in OWNERS:
        raise MapFault(f"{place}: nobody is called {owner!r}")
    if not wants:
        raise MapFault(f"{place} wants nothing")
    return Need(wants=tuple(_want(line) for line in wants), owner=owner, note=note)


def faults_of(control_map: ControlMap, *, sources: Collection[str]) -> list[str]:
    """Return what the map and the sources that exist do not agree on, in words."""
    known, named = set(sources) | {ATTACHED}, set(control_map.sources)
    wanted = {name for need in control_map.provisions.values() for name in need.sources}
    return [
        *(f"controls.yaml names {name}, which no source gives" for name in sorted(named - known)),
        *(f"the source {name} is not in controls.yaml" for name in sorted(known - named)),
        *(f"nothing wants the source {name}" for name in sorted(named - wanted)),
    ]


def _want(line: str) -> Want:
    names = line.removesuffix(UPLOAD).removesuffix(SHOWN).split("|")
    return Want(
        any_of=tuple(name.strip() for name in names),
        upload=line.endswith(UPLOAD),
        shown=line.endswith(SHOWN),
    )


def _source(key: str, row: Mapping[str, Any]) -> Source:
    said = {name: shipped(row[name]) for name in ("label", "gap", "idle") if name in row}
    found = Source(id=key, **{**row, **said})
    if found.kind not in KINDS:
        raise MapFault(f"{key}: {found.kind!r} is no kind of evidence")
    if found.level not in (SYSTEM, ORGANISATION):
        raise MapFault(f"{key}: {found.level!r} is no level")
    if found.owner not in OWNERS:
        raise MapFault(f"{key}: nobody is called {found.owner!r}")
    return found
