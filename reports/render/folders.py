"""The folders of the frameworks in a pack: controls as JSON and as a page, evidence linked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from typing import Any

import msgspec

from registry.services.files import open_kept
from reports.render.folder_pages import write_contents_page, write_folder_page
from reports.render.oscal import write_oscal
from reports.render.tables import write_json, write_records
from reports.rules import places
from reports.rules.content import Content, SystemContent
from reports.rules.evidence_files import (
    DECISIONS,
    INCIDENTS,
    POLICIES,
    SERIES,
    STAMPS,
    files_of,
)
from reports.rules.folders import ISO
from reports.rules.frameworks import (
    ControlRecord,
    EvidenceRecord,
    FolderRecord,
    FrameworkRecord,
    Frameworks,
    OwnRecord,
    StatementRecord,
    UploadRecord,
)
from reports.rules.gaps import gaps_of, letters_by_control
from reports.rules.redaction import WITHHELD
from reports.selectors.control_map import control_map

# Of a piece of evidence so many files stand beside each control; its own file names them all.
BESIDE = 12
STATES = (
    "satisfied: every wanted piece is on record, whole for every system and fresh; partial: not "
    "all of it, or not for every system; stale: all of it, some too old; missing: nothing shows "
    "it; not_applicable: no system owes it, or a signed statement says why. What is not known is "
    "never satisfied. An aligned provision counts nothing. No conformity is claimed."
)


@dataclass(frozen=True)
class Linked:
    """The evidence by its key, the files of each, and the letters of the gaps by provision."""

    evidence: Mapping[str, EvidenceRecord]
    files: Mapping[str, list[str]]
    letters: Mapping[str, list[str]]

    def pieces(self, control: ControlRecord) -> list[tuple[EvidenceRecord, list[str]]]:
        """Return the evidence of a control with its files."""
        return [(self.evidence[key], self.files[key]) for key in control.rests_on]


def write_folders(
    data: Path, content: Content, frameworks: Frameworks, beat: Callable[[], None]
) -> None:
    """Write a folder for each part of the frameworks that the pack is asked along.

    The lists that evidence rests on must stand already: a file that is not there is not linked.
    """
    if not frameworks.along:
        return
    _write_uploads(data, frameworks.uploads)
    linked = link(data, content)
    _write_evidence(data, linked)
    for row in frameworks.along:
        beat()
        _write_framework(data, content, row, linked)
    write_oscal(data, content, linked.files)


def link(data: Path, content: Content) -> Linked:
    """Return the evidence of the frameworks with the files that are in the pack."""
    judged, known = content.frameworks, _known(data, content)
    return Linked(
        evidence={one.key: one for one in judged.evidence},
        files={one.key: _files(data, one, known) for one in judged.evidence},
        letters=letters_by_control(gaps_of(content), judged),
    )


def _files(data: Path, one: EvidenceRecord, known: Mapping[str, list[str]]) -> list[str]:
    """Return its own file, then those that hold it; none where nothing is on record."""
    own = [places.of_evidence(one.key)] if one.count or one.lacks else []
    if not one.count:
        return own
    found = files_of(one.source, one.systems, known)
    return own + [name for name in found if (data / name).is_file()]


def _known(data: Path, content: Content) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in content.systems:
        for topic, names in _of_system(item):
            found[f"{topic}/{item.scope.slug}"] = list(names)
    stamps = sorted((data / "audit/anchors").glob("*.tsr"))
    found[STAMPS] = [path.relative_to(data).as_posix() for path in stamps]
    return found


def _of_system(item: SystemContent) -> Iterable[tuple[str, Iterable[str]]]:
    series = [one for one in item.readings.series if one.count]
    yield SERIES, [one.file for one in series]
    for source, kpis in control_map().kpis.items():
        yield f"@{source}", [one.file for one in series if one.kpi in kpis]
    yield INCIDENTS, [places.of_incident(one.number) for one in item.matters.incidents]
    yield DECISIONS, [places.of_decision(one.number) for one in item.matters.decisions]
    yield POLICIES, [places.of_policy(one.unit, one.number) for one in item.things.policies]


def _write_evidence(data: Path, linked: Linked) -> None:
    for key, one in linked.evidence.items():
        own, *files = linked.files[key] or [""]
        if own:
            write_json(data / own, msgspec.to_builtins(one) | {"files": files})


def _write_framework(data: Path, content: Content, row: FrameworkRecord, linked: Linked) -> None:
    for folder in row.folders:
        controls = [one for one in row.controls if one.folder == folder.path]
        body = _body(content, row, folder, controls, linked)
        write_json(data / folder.path / "controls.json", body)
        write_folder_page(data, content, row, folder, controls, linked.pieces, linked.letters)
    if row.id == ISO or row.statement:
        _write_statement(data / row.path, row)
    if row.own is not None:
        _write_own(data / row.path, row.own)
    # An own framework has one folder, whose page is its contents.
    if any(folder.path != row.path for folder in row.folders):
        write_contents_page(data, content, row, linked.letters)


def _write_own(folder: Path, own: OwnRecord) -> None:
    """Write the YAML of an own framework as it was brought, and who put it into force."""
    body: dict[str, Any] = msgspec.to_builtins(own)
    del body["text"]
    write_json(folder / "framework.json", body)
    if own.text != WITHHELD:
        (folder / "framework.yaml").write_text(own.text, encoding="utf-8", newline="")


def _write_uploads(data: Path, uploads: list[UploadRecord]) -> None:
    """Write the uploads that count, and the files of those whose bytes are what was uploaded."""
    if not uploads:
        return
    write_records(data / "uploads/uploads.csv", UploadRecord, uploads)
    write_json(data / "uploads/uploads.json", uploads)
    for name, digest in {one.file: one.sha256 for one in uploads if one.file}.items():
        file = open_kept(digest)
        if file is not None:
            with file, (data / name).open("wb") as copy:
                copyfileobj(file, copy)


def _write_statement(folder: Path, row: FrameworkRecord) -> None:
    """Write the statement of applicability; that none was adopted is said in its place."""
    body: dict[str, Any] = {"framework": row.id, "adopted": bool(row.statement)}
    if not row.statement:
        body["said"] = "No statement of applicability was adopted; every control counts."
    body |= {"provisions": row.statement, "versions": row.statements}
    write_json(folder / "statement-of-applicability.json", body)
    write_records(folder / "statement-of-applicability.csv", StatementRecord, row.statement)


def _body(
    content: Content,
    row: FrameworkRecord,
    folder: FolderRecord,
    controls: Iterable[ControlRecord],
    linked: Linked,
) -> dict[str, Any]:
    scope = content.scope
    return {
        "pack": scope.number,
        "framework": {"id": row.id, "name": row.name, "edition": row.edition},
        "folder": folder.path,
        "title": folder.title,
        "systems": [one.slug for one in scope.systems],
        "since": scope.since,
        "until": scope.until,
        "as_of": scope.as_of,
        "states": STATES,
        "controls": [_control(one, linked, content.frameworks.uploads) for one in controls],
    }


def _control(one: ControlRecord, linked: Linked, uploads: Iterable[UploadRecord]) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(one)
    del body["rests_on"]
    body["gaps"] = linked.letters.get(one.provision, [])
    body["evidence"] = [_piece(piece, files) for piece, files in linked.pieces(one)]
    body["uploads"] = [it for it in uploads if it.provision == one.provision]
    return body


def _piece(one: EvidenceRecord, files: list[str]) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(one)
    del body["lacks"]
    more = len(files) - BESIDE
    return body | {"files": files[:BESIDE]} | ({"more_files": more} if more > 0 else {})
