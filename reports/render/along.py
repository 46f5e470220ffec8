"""The frameworks in the report: each article and clause with its controls and what shows them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.render.contents import lettered
from reports.render.folder_pages import Row, overview
from reports.rules import figures
from reports.rules.content import Content
from reports.rules.controls import WORDS
from reports.rules.files import slug
from reports.rules.frameworks import ControlRecord, EvidenceRecord, FrameworkRecord
from reports.rules.gaps import Gap, letters_by_control
from reports.selectors.control_pages import MARKS

NAMED, NAMED_BRIEFLY = 2, 1
SAID_OFTEN = 3
NOTHING = "Nothing on record"
NOT_ASKED = "Nothing is asked, nothing is kept"
KEPT = "By choice: "
HEADS = {
    "ai-act": "Contents by Annex IV and article",
    "iso-42001": "Contents by clause and Annex A",
}


@dataclass(frozen=True)
class Control:
    """A control as the report prints it: what shows it, what is wanting, its gaps."""

    number: str
    title: str
    evidence: str
    wanting: str
    newest: datetime | None
    mark: str
    word: str
    gaps: str


@dataclass(frozen=True)
class Part:
    """An article, an item of Annex IV, a clause or a category."""

    anchor: str
    number: str
    title: str
    path: str
    evidence: str
    newest: datetime | None
    mark: str
    said: str
    counted: str
    controls: list[Control]

    @property
    def headed(self) -> bool:
        """Whether it needs a head of its own: several controls, or one under another name."""
        return len(self.controls) > 1


@dataclass(frozen=True)
class Along:
    """A framework: its parts, and the annex that holds the controls where the report does not."""

    id: str
    anchor: str
    head: str
    name: str
    edition: str
    path: str
    counted: str
    parts: list[Part]
    annex: str
    notes: list[str]
    by_law: str = ""


def along_of(content: Content, gaps: Sequence[Gap]) -> list[Along]:
    """Return the frameworks that the pack is asked along, in their order."""
    letters = letters_by_control(gaps, content.frameworks)
    evidence = {one.key: one for one in content.frameworks.evidence}
    often = {record.id: said_often(record) for record in content.frameworks.along}
    return [
        Along(
            id=record.id,
            anchor=f"along-{slug(record.id)}",
            head=HEADS.get(record.id, f"Contents by {record.name}"),
            name=record.name,
            edition=record.edition,
            path=record.path,
            counted=shown.said,
            parts=[
                _part(record, row, evidence, letters, often[record.id])
                for row in sorted(shown.rows, key=_first)
            ],
            annex=f"annexes/controls-{slug(record.id).lower()}.pdf",
            notes=shown.notes,
            by_law=often[record.id],
        )
        for record, shown in zip(content.frameworks.along, overview(content, gaps), strict=True)
    ]


def said_often(record: FrameworkRecord) -> str:
    """Return the reason that several controls share for not applying: it is printed once."""
    said = Counter(
        one.by_law for one in record.controls if one.state == "not_applicable" and one.by_law
    )
    (reason, count), *_ = said.most_common(1) or [("", 0)]
    return reason if count >= SAID_OFTEN else ""


def _first(row: Row) -> bool:
    """Put the items of Annex IV, which is what the technical documentation follows, first."""
    return "/annex-iv/" not in row.path


def _part(
    record: FrameworkRecord,
    row: Row,
    evidence: Mapping[str, EvidenceRecord],
    letters: Mapping[str, Sequence[str]],
    often: str,
) -> Part:
    own = [one for one in record.controls if one.folder == row.path]
    pieces = {key: evidence[key] for one in own for key in one.rests_on}
    number, _, title = row.title.replace("Annex IV, item ", "Annex IV, ").partition(": ")
    word = row.word if row.mark != "pending" or not row.letters else ""
    return Part(
        anchor=f"part-{slug(row.path).lower()}",
        number=number,
        title=title or (own[0].title if len(own) == 1 else number),
        path=row.path,
        evidence=_shown(list(pieces.values()), own, NAMED_BRIEFLY),
        newest=max((one.newest for one in own if one.newest), default=None),
        mark=row.mark,
        said=", ".join(text for text in (word, lettered(row.letters)) if text) or row.word,
        counted=row.said,
        controls=[_control(one, evidence, letters, often) for one in own],
    )


def _control(
    one: ControlRecord,
    evidence: Mapping[str, EvidenceRecord],
    letters: Mapping[str, Sequence[str]],
    often: str,
) -> Control:
    signed = f"{one.reason} Signed by {one.signed_by}." if one.signed_by else ""
    by_law = "" if one.by_law == often else one.by_law
    wanting = one.missing[0] if one.missing else signed or by_law
    more = len(one.missing) - 1
    return Control(
        number=one.number,
        title=one.title,
        evidence=_shown([evidence[key] for key in one.rests_on], [one]),
        wanting=f"{wanting.rstrip('.')}; {more} more" if more > 0 else wanting,
        newest=one.newest,
        mark=MARKS[one.state],
        word=WORDS[one.state],
        gaps=lettered(letters.get(one.provision, ())),
    )


def _shown(
    pieces: Sequence[EvidenceRecord], controls: Sequence[ControlRecord], most: int = NAMED
) -> str:
    """Name what is on record; where nobody owes it, that it is kept by choice."""
    named = _named(pieces, most)
    if not controls or any(one.state != "not_applicable" for one in controls):
        return named
    return NOT_ASKED if named == NOTHING else f"{KEPT}{named}"


def _named(pieces: Sequence[EvidenceRecord], most: int) -> str:
    """Name what is on record, the fullest first: 'Incidents (4), Policies in force (2)'."""
    there = sorted((one for one in pieces if one.count), key=lambda one: (-one.count, one.label))
    if not there:
        return NOTHING
    shown = [f"{one.label} ({figures.number(one.count)})" for one in there[:most]]
    more = len(there) - most
    return f"{', '.join(shown)}{f' and {more} more' if more > 0 else ''}"
