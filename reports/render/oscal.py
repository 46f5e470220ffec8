"""The judged controls as OSCAL assessment results (NIST), one result for each framework.

OSCAL knows 'satisfied' and 'not-satisfied' only: partial, stale and missing are not satisfied, the
property `state` says which. What does not apply is excluded and has no finding.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from reports.render.tables import write_json
from reports.rules.content import Content
from reports.rules.controls import WORDS
from reports.rules.frameworks import ControlRecord, EvidenceRecord, FrameworkRecord
from reports.rules.things import Scope

VERSION = "1.1.3"
PATH = "oscal/assessment-results.json"
SPACE = uuid5(NAMESPACE_URL, "countersign:oscal")
NAMESPACE = "urn:countersign:oscal"
LEFT_OUT = "not_applicable"
REMARKS = (
    "Satisfied means that every wanted piece of evidence is on record, whole and fresh. It says "
    "nothing of conformity with a law or a standard."
)
EMPTY = "Nothing is on record"


def write_oscal(data: Path, content: Content, files: Mapping[str, list[str]]) -> None:
    """Write the assessment results; `files` are those of each piece of evidence by its key."""
    write_json(data / PATH, {"assessment-results": _results(content, files)})


def _results(content: Content, files: Mapping[str, list[str]]) -> dict[str, Any]:
    scope, named = content.scope, _Names(content.scope)
    plan = named("plan")
    evidence = {one.key: one for one in content.frameworks.evidence}
    return {
        "uuid": named("results"),
        "metadata": {
            "title": f"Evidence pack {scope.number}: {scope.subject}",
            "last-modified": _instant(scope.as_of),
            "version": scope.number,
            "oscal-version": VERSION,
            "parties": [
                {"uuid": named("party"), "type": "organization", "name": scope.organisation}
            ],
            "remarks": REMARKS,
        },
        "import-ap": {
            "href": f"#{plan}",
            "remarks": "No assessment plan was written; the scope of the pack stands in its place.",
        },
        "results": [
            _result(row, content, evidence, files, named) for row in content.frameworks.along
        ],
        "back-matter": {
            "resources": [
                {
                    "uuid": plan,
                    "title": "Scope, period and instant of the pack",
                    "rlinks": [{"href": "../pack.json", "media-type": "application/json"}],
                },
                *_stated(content, named),
            ]
        },
    }


class _Names:
    """Identifiers that follow from the pack and what they name: the same pack has the same."""

    def __init__(self, scope: Scope) -> None:
        self._pack: UUID = uuid5(SPACE, f"{scope.organisation} {scope.number} {scope.as_of}")

    def __call__(self, *parts: str) -> str:
        return str(uuid5(self._pack, " ".join(parts)))


def _stated(content: Content, named: _Names) -> Iterator[dict[str, Any]]:
    """Yield what the judgement rests on beside evidence: statements, own frameworks, uploads."""
    found = []
    for row in content.frameworks.along:
        if row.statement:
            title = f"Statement of applicability of {row.name}, version {row.statement[0].version}"
            found.append((title, f"{row.path}/statement-of-applicability.json"))
        if row.own is not None:
            title = f"{row.name}, version {row.own.number}, an own framework"
            found.append((title, f"{row.path}/framework.json"))
    if content.frameworks.uploads:
        found.append(("Uploads to controls that count", "uploads/uploads.json"))
    for title, path in found:
        yield {
            "uuid": named("resource", path),
            "title": title,
            "rlinks": [{"href": f"../{path}", "media-type": "application/json"}],
        }


def _result(
    row: FrameworkRecord,
    content: Content,
    evidence: Mapping[str, EvidenceRecord],
    files: Mapping[str, list[str]],
    named: _Names,
) -> dict[str, Any]:
    scope = content.scope
    keys = list(dict.fromkeys(key for one in row.controls for key in one.rests_on))
    judged = [one for one in row.controls if one.state != LEFT_OUT]
    found: dict[str, Any] = {
        "uuid": named(row.id),
        "title": f"{row.name}: {scope.subject}",
        "description": f"{row.edition}. Judged as of {_instant(scope.as_of)}.",
        "start": _instant(scope.since),
        "end": _instant(scope.until),
        "reviewed-controls": {"control-selections": _selections(row)},
    }
    if scope.systems:
        found["local-definitions"] = {"components": list(_components(content, named, row))}
    if keys:
        found["observations"] = [
            _observation(evidence[key], files[key], scope, named, row) for key in keys
        ]
    if judged:
        found["findings"] = [_finding(one, named, row) for one in judged]
    return found


def _selections(row: FrameworkRecord) -> list[dict[str, Any]]:
    judged = [{"control-id": one.provision} for one in row.controls if one.state != LEFT_OUT]
    left = [{"control-id": one.provision} for one in row.controls if one.state == LEFT_OUT]
    # A selection without included controls would mean all of them.
    included: dict[str, Any] = {"include-controls": judged} if judged else {"include-all": {}}
    selection: dict[str, Any] = {"description": f"The controls of {row.name} in this pack"}
    selection |= included
    return [selection | ({"exclude-controls": left} if left else {})]


def _components(content: Content, named: _Names, row: FrameworkRecord) -> Iterator[dict[str, Any]]:
    for one in content.scope.systems:
        yield {
            "uuid": named(row.id, "system", one.slug),
            "type": "system",
            "title": one.name,
            "description": f"The AI system {one.name}",
            "props": [_prop("short-name", one.slug)],
            "status": {"state": "other", "remarks": f"systems/{one.slug}/system.json says where "
                       "it stands in its life."},
        }  # fmt: skip


def _observation(
    one: EvidenceRecord,
    files: Sequence[str],
    scope: Scope,
    named: _Names,
    row: FrameworkRecord,
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "uuid": named(row.id, "evidence", one.key),
        "title": one.label,
        "description": _said(one),
        "props": [_prop("standing", one.standing), _prop("source", one.source)],
        "methods": ["EXAMINE"],
        "collected": _instant(scope.as_of),
    }
    if one.fresh_until is not None:
        found["expires"] = _instant(one.fresh_until)
    subjects = [
        {"subject-uuid": named(row.id, "system", slug), "type": "component"} for slug in one.systems
    ]
    if subjects:
        found["subjects"] = subjects
    if files:
        found["relevant-evidence"] = [
            {"href": f"../{name}", "description": f"{one.label}: data/{name}"} for name in files
        ]
    return found


def _said(one: EvidenceRecord) -> str:
    if one.idle:
        return one.idle
    counted = f"{one.count} on record" if one.count else EMPTY
    covered = f", {one.coverage}" if one.coverage else ""
    return f"{counted}{covered}.{f' {one.gap}' if one.gap else ''}"


def _finding(one: ControlRecord, named: _Names, row: FrameworkRecord) -> dict[str, Any]:
    good = one.state == "satisfied"
    found: dict[str, Any] = {
        "uuid": named(row.id, "finding", one.provision),
        "title": f"{one.number}: {one.title}",
        "description": " ".join(one.missing) or f"The control is {WORDS[one.state]}.",
        "props": [_prop("state", one.state), _prop("applies", one.applies)],
        "target": {
            "type": "objective-id",
            "target-id": one.provision,
            "status": {
                "state": "satisfied" if good else "not-satisfied",
                "reason": "pass" if good else "other",
            },
        },
    }
    if one.rests_on:
        found["related-observations"] = [
            {"observation-uuid": named(row.id, "evidence", key)} for key in one.rests_on
        ]
    return found


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": value}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
