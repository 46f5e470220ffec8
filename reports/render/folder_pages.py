"""The pages of the frameworks' folders: they open offline, without script, and link to files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from outbox.languages import render_for_record
from reports.rules.content import Content
from reports.rules.controls import STATES, WORDS, State
from reports.rules.folders import ISO
from reports.rules.frameworks import (
    AlignedRecord,
    ControlRecord,
    EvidenceRecord,
    FolderRecord,
    FrameworkRecord,
    UploadRecord,
)
from reports.rules.gaps import Gap, letters_by_control
from reports.selectors.control_pages import MARKS, STANDINGS

Pieces = Callable[[ControlRecord], list[tuple[EvidenceRecord, list[str]]]]
SHOWN = 12
NO_STATEMENT = "No statement of applicability was adopted: every control counts"
# The worst of a folder marks it; what does not apply marks it only where nothing else is there.
GRAVEST: tuple[State, ...] = ("missing", "partial", "stale", "satisfied", "not_applicable")


@dataclass(frozen=True)
class ShownPiece:
    """A piece of evidence as a page shows it."""

    record: EvidenceRecord
    mark: str
    said: str
    links: list[str]
    more: int


@dataclass(frozen=True)
class ShownControl:
    """A control as a page shows it."""

    record: ControlRecord
    mark: str
    said: str
    applies: str
    pieces: list[ShownPiece]
    aligned: list[AlignedRecord]
    letters: Sequence[str]
    uploads: Sequence[tuple[UploadRecord, bool]]


@dataclass(frozen=True)
class Row:
    """A folder in the contents: its state in a mark and words, and the letters of its gaps."""

    title: str
    path: str
    mark: str
    word: str
    said: str
    letters: list[str]


@dataclass(frozen=True)
class Overview:
    """A framework in the contents."""

    name: str
    edition: str
    path: str
    said: str
    notes: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def overview(content: Content, gaps: Sequence[Gap]) -> list[Overview]:
    """Return the frameworks of a pack by clause and article, each with its state and gaps."""
    letters = letters_by_control(gaps, content.frameworks)
    uploads = content.frameworks.uploads
    return [_overview(row, letters, uploads) for row in content.frameworks.along]


def notes_of(row: FrameworkRecord, uploads: Sequence[UploadRecord]) -> list[str]:
    """Say what was stated of a framework, whose it is, and how many uploads to it count."""
    found = []
    if row.own is not None:
        own = row.own
        approved = f", approved by {own.approved_by}" if own.approved_by else ""
        found.append(f"Our own, version {own.number}, brought by {own.brought_by}{approved}")
    if row.statement:
        first = row.statement[0]
        left = sum(1 for one in row.statement if not one.applicable)
        day = f" on {first.signed_at:%Y-%m-%d}" if first.signed_at else ""
        found.append(
            f"Statement of applicability, version {first.version}, signed by {first.signed_by}"
            f"{day}: {left} of {len(row.statement)} left out"
        )
    elif row.id == ISO:
        found.append(NO_STATEMENT)
    own_controls = {one.provision for one in row.controls}
    counted = sum(1 for one in uploads if one.provision in own_controls)
    if counted:
        found.append(f"Uploads that count: {counted}")
    return found


def _overview(
    row: FrameworkRecord,
    letters: Mapping[str, Sequence[str]],
    uploads: Sequence[UploadRecord],
) -> Overview:
    return Overview(
        name=row.name,
        edition=row.edition,
        path=row.path,
        said=_counted(row.controls),
        notes=notes_of(row, uploads),
        rows=[_row(row, folder, letters) for folder in row.folders],
    )


def _row(row: FrameworkRecord, folder: FolderRecord, letters: Mapping[str, Sequence[str]]) -> Row:
    controls = [one for one in row.controls if one.folder == folder.path]
    there = {one.state for one in controls}
    worst = next(state for state in GRAVEST if state in there)
    found = dict.fromkeys(it for one in controls for it in letters.get(one.provision, ()))
    return Row(
        title=folder.title,
        path=folder.path,
        mark=MARKS[worst],
        word=WORDS[worst],
        said=_counted(controls),
        letters=sorted(found, key=lambda letter: (len(letter), letter)),
    )


def _counted(controls: Sequence[ControlRecord]) -> str:
    """Say '21 satisfied, 9 partial, 6 missing'; a state that none has is left out."""
    counts = [(WORDS[state], sum(1 for one in controls if one.state == state)) for state in STATES]
    return ", ".join(f"{count} {words}" for words, count in counts if count)


def write_folder_page(
    data: Path,
    content: Content,
    row: FrameworkRecord,
    folder: FolderRecord,
    controls: Sequence[ControlRecord],
    pieces: Pieces,
    letters: Mapping[str, Sequence[str]],
) -> None:
    """Write the page of a folder: its controls, their evidence, what is missing."""
    uploads = uploads_by_control(data, content.frameworks.uploads)
    shown = [
        _control(one, pieces, letters.get(one.provision, ()), uploads.get(one.provision, ()))
        for one in controls
    ]
    context = {
        "row": row,
        "folder": folder,
        "controls": shown,
        "said": _counted(controls),
        # An own framework has one folder: its page is also its contents.
        "notes": notes_of(row, content.frameworks.uploads) if folder.path == row.path else [],
        "has_yaml": row.own is not None and (data / row.path / "framework.yaml").is_file(),
    }
    _write(data, content, folder.path, "reports/pack/folder.html", context)


def uploads_by_control(
    data: Path, uploads: Sequence[UploadRecord]
) -> dict[str, list[tuple[UploadRecord, bool]]]:
    """Return the uploads that count by control, each with whether its file lies in the pack."""
    found: dict[str, list[tuple[UploadRecord, bool]]] = {}
    for one in uploads:
        there = bool(one.file) and (data / one.file).is_file()
        found.setdefault(one.provision, []).append((one, there))
    return found


def write_contents_page(
    data: Path, content: Content, row: FrameworkRecord, letters: Mapping[str, Sequence[str]]
) -> None:
    """Write the page above the folders of a framework."""
    context = {"row": row, "overview": _overview(row, letters, content.frameworks.uploads)}
    _write(data, content, row.path, "reports/pack/folder_contents.html", context)


def _control(
    one: ControlRecord,
    pieces: Pieces,
    letters: Sequence[str],
    uploads: Sequence[tuple[UploadRecord, bool]],
) -> ShownControl:
    return ShownControl(
        record=one,
        mark=MARKS[one.state],
        said=WORDS[one.state],
        applies=_applies(one),
        pieces=[_piece(record, files) for record, files in pieces(one)],
        aligned=one.aligned,
        letters=letters,
        uploads=uploads,
    )


def _applies(one: ControlRecord) -> str:
    if one.applies == "later":
        return f"applies from {one.due:%Y-%m-%d}" if one.due else "applies later"
    words = {"yes": "", "open": "whether it applies is not decided", "no": "owed by no system"}
    return words[one.applies]


def _piece(one: EvidenceRecord, files: Sequence[str]) -> ShownPiece:
    mark, said = STANDINGS[one.standing]
    more = max(0, len(files) - SHOWN)
    return ShownPiece(record=one, mark=mark, said=said, links=list(files[:SHOWN]), more=more)


def _write(
    data: Path, content: Content, folder: str, template: str, context: dict[str, object]
) -> None:
    scope = content.scope
    context |= {
        "scope": scope,
        "up": "../" * (folder.count("/") + 1),
        "paper": True,
        "at": scope.as_of,
    }
    with timezone.override(ZoneInfo(scope.zone)), translation.override("en"):
        markup = render_for_record(template, context)
    path = data / folder / "index.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(markup, encoding="utf-8", newline="\n")
