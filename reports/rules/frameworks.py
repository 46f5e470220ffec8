"""The controls of the frameworks as a pack judges them: value types, as written to JSON.

A piece of evidence stands there once, by its key, and serves every control that names it.
"""

from datetime import date, datetime
from typing import Any

from msgspec import Struct

from registry.rules.exchange.bom import SystemFacts
from reports.rules.controls import State


class LackRecord(Struct, frozen=True, kw_only=True):
    """What is wanting of one system (its short name), and who mends it."""

    system: str
    lack: str
    owner: str


class EvidenceRecord(Struct, frozen=True, kw_only=True):
    """What a source shows. `systems` are the short names of those that it speaks of.

    `covered` of `of` have a whole piece. `gap` says what is wanting, `idle` why nothing is wanted.
    """

    key: str
    source: str
    kind: str
    label: str
    level: str
    standing: str
    count: int
    newest: datetime | None
    fresh_until: datetime | None
    covered: int
    of: int
    coverage: str
    gap: str
    idle: str
    owner: str
    page: str
    systems: list[str]
    lacks: list[LackRecord]


class AlignedRecord(Struct, frozen=True, kw_only=True):
    """An aligned provision of another framework with the confidence of that; it counts nothing."""

    provision: str
    framework: str
    number: str
    title: str
    confidence: str
    because: str
    checked: str
    shared: list[str]
    more: list[str]


class ControlRecord(Struct, frozen=True, kw_only=True):
    """A provision with its state; `rests_on` are keys of EvidenceRecord.

    `by_law` says why no system owes it; `reason` and `signed_by` are of a signed statement.
    """

    provision: str
    number: str
    title: str
    kind: str
    folder: str
    applies: str
    due: date | None
    dated: list[str]
    owing: dict[str, int]
    state: State
    by_law: str
    reason: str
    signed_by: str
    signed_at: datetime | None
    asked: str
    only_where: str
    owner: str
    newest: datetime | None
    fresh_until: datetime | None
    missing: list[str]
    rests_on: list[str]
    aligned: list[AlignedRecord]
    text: str = ""


class StatementRecord(Struct, frozen=True, kw_only=True):
    """What the statement of applicability in force says of a provision."""

    provision: str
    applicable: bool
    reason: str
    signed_by: str
    signed_at: datetime | None
    version: int
    implemented: str = ""


class StatedRecord(Struct, frozen=True, kw_only=True):
    """A signed version of a statement of applicability, and how it stood at the instant.

    `payload` is what was signed, `sha256` the hash of its canonical JSON; of the one in force
    alone.
    """

    number: int
    state: str
    author: str
    signed_by: str
    signed_at: datetime | None
    sha256: str
    signature: str
    ended_at: datetime | None
    ended_reason: str
    payload: dict[str, Any]


class OwnRecord(Struct, frozen=True, kw_only=True):
    """The version of an own framework that was in force: who brought it, who approved it.

    `text` is its YAML as it was brought, `sha256` the hash of that.
    """

    number: int
    sha256: str
    brought_by: str
    brought_at: datetime
    reason: str
    approved_by: str
    approved_at: datetime | None
    text: str


class UploadRecord(Struct, frozen=True, kw_only=True):
    """An upload to a control that counted: reviewed by another person, not withdrawn.

    `file` is where its bytes lie below data/; '' for a link, or where they are not handed over.
    """

    provision: str
    title: str
    link: str
    file: str
    name: str
    media_type: str
    size: int
    sha256: str
    owner: str
    uploaded_by: str
    uploaded_at: datetime
    reviewed_by: str
    reviewed_at: datetime | None
    review_words: str
    valid_until: date | None


class FolderRecord(Struct, frozen=True, kw_only=True):
    """A folder of a framework: an article, an item of Annex IV, a clause or a category."""

    path: str
    title: str


class FrameworkRecord(Struct, frozen=True, kw_only=True):
    """A framework with its controls in order and the folders that they stand in."""

    id: str
    name: str
    edition: str
    kind: str
    path: str
    folders: list[FolderRecord]
    controls: list[ControlRecord]
    statement: list[StatementRecord]
    statements: list[StatedRecord] = []
    own: OwnRecord | None = None


class LackingRecord(Struct, frozen=True, kw_only=True):
    """One thing that controls wait for: what, how grave, who mends it, from when a law binds.

    `state` is a standing of the design; `provisions` are what waits for it.
    """

    lack: str
    state: str
    owner: str
    due: date | None
    provisions: list[str]


class Frameworks(Struct, frozen=True, kw_only=True):
    """What was judged along, the evidence that it rests on, and what is lacking."""

    along: list[FrameworkRecord] = []
    evidence: list[EvidenceRecord] = []
    lacking: list[LackingRecord] = []
    rows: list["RowRecord"] = []
    uploads: list[UploadRecord] = []


class RowRecord(Struct, frozen=True, kw_only=True):
    """A row of the register as it stood: of which list, its name, state and whole terms."""

    of: str
    id: str
    label: str
    state: str
    at: datetime | None
    terms: dict[str, Any]


class Registered(Struct, frozen=True, kw_only=True):
    """What the register holds of a system beyond its record, and the facts of its bill."""

    rows: list[RowRecord] = []
    bills: list[SystemFacts] = []
