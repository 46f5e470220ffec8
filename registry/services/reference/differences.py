"""What a reference file would change: its rows against those in the database, field by field."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import models

from ledger.rules.canonical import canonical
from ledger.rules.refusals import Conflict, Invalid
from ledger.rules.worded import worded
from registry.models import Questionnaire, ReferenceRelease, Source
from registry.services.reference.files import shipped
from registry.services.reference.tables import PARTS, Document, Part, Row


@dataclass(frozen=True, slots=True)
class Change:
    """One row that a file changes: `was` and `becomes` hold the fields that differ."""

    id: str
    model: str
    kind: str
    label: str
    parent: str = ""
    was: Mapping[str, Any] = field(default_factory=dict)
    becomes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """A file against the database: rows in full to be saved, and what that changes, by part."""

    name: str
    version: str
    sha256: str
    repeated: bool
    # Nothing of this file stood there before.
    first: bool = False
    rows: int = 0
    added: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    superseded: tuple[Change, ...] = ()
    to_save: tuple[tuple[Part, tuple[Row, ...]], ...] = ()

    @property
    def touched(self) -> tuple[str, ...]:
        """The ids of every row that is added, changed or superseded."""
        every = (*self.added, *self.changed, *self.superseded)
        return tuple(dict.fromkeys(one.id for one in every))

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The ids by which a classification may rest on what changed or went.

        A row counts with the one above it; a new questionnaire takes the place of an older one.
        """
        rows = [*self.changed, *self.superseded]
        rows += [one for one in self.added if one.parent or one.model == "Questionnaire"]
        named = [key for one in rows for key in (one.id, one.parent) if key]
        return tuple(dict.fromkeys(named)) if not self.first else ()

    @property
    def details(self) -> dict[str, Any]:
        """What the ledger says of it, each change field by field."""
        return {
            "added": [one.id for one in self.added],
            "superseded": [one.id for one in self.superseded],
            "changed": {
                one.id: {key: [one.was[key], one.becomes[key]] for key in one.was}
                for one in self.changed
            },
        }


def difference_of(document: Document, *, sources: frozenset[str] = frozenset()) -> Difference:
    """Return what loading a document would change.

    `sources` are ids that are loaded before it, beside those in the database. Raises Invalid,
    Conflict (a known version, other content).
    """
    name, version = str(document["name"]), str(document["version"])
    own = next((place for place, one in enumerate(shipped()) if one is document), None)
    rows, digest = _read(document) if own is None else _read_shipped(own)
    if _known(name, version, digest):
        return Difference(name, version, digest, repeated=True)
    found = [_compared(part, rows[part.key], name) for part in PARTS if part.key in rows]
    _check_sources(rows, sources)
    return Difference(
        name=name,
        version=version,
        sha256=digest,
        repeated=False,
        first=not ReferenceRelease.objects.filter(name=name).exists(),
        rows=sum(len(one) for one in rows.values()),
        added=tuple(one for part in found for one in part.added),
        changed=tuple(one for part in found for one in part.changed),
        superseded=tuple(one for part in found for one in part.superseded),
        to_save=tuple((part.part, part.rows) for part in found),
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    part: Part
    rows: tuple[Row, ...]
    added: list[Change]
    changed: list[Change]
    superseded: list[Change]


Rows = dict[str, list[Row]]


@cache
def _read_shipped(place: int) -> tuple[Rows, str]:
    return _read(shipped()[place])


def _read(document: Document) -> tuple[Rows, str]:
    rows = {part.key: _rows(part, document) for part in PARTS if part.key in document}
    return rows, hashlib.sha256(canonical(rows)).hexdigest()


def _rows(part: Part, document: Document) -> list[Row]:
    rows = [part.row(row, place, document) for place, row in enumerate(document[part.key])]
    ids = [row["id"] for row in rows]
    if len(set(ids)) < len(ids):
        doubled = next(key for key in ids if ids.count(key) > 1)
        raise Invalid(
            "bad_reference",
            worded("The {key} row {doubled!r} stands there twice.", key=part.key, doubled=doubled),
        )
    return rows


def _known(name: str, version: str, digest: str) -> bool:
    release = ReferenceRelease.objects.filter(name=name, version=version).first()
    if release is not None and release.sha256 != digest:
        raise Conflict(
            "reference_changed",
            worded(
                "{name} {version} was loaded with other content; give the new one its own version.",
                name=name,
                version=version,
            ),
        )
    return release is not None


def _compared(part: Part, rows: list[Row], file: str) -> _Compared:
    before = {str(row["id"]): row for row in _stored(part, file)}
    if part.model is Questionnaire:
        rows = [_same_questionnaire(row, before) for row in rows]
    after = {row["id"]: row for row in rows}
    again = [row for row in rows if _differs(part, before.get(row["id"]), row)]
    # A row that only moved within its file is saved, and is no change of the law.
    both = [_change(part, before[row["id"]], row) for row in again if row["id"] in before]
    gone = [row for key, row in before.items() if key not in after and not row["superseded_in"]]
    return _Compared(
        part=part,
        rows=tuple(again),
        added=[_change(part, None, row) for row in again if row["id"] not in before],
        changed=[one for one in both if one.was],
        superseded=[_change(part, row, None) for row in gone],
    )


def _stored(part: Part, file: str) -> Sequence[Row]:
    rows: models.QuerySet[Any] = part.model._default_manager.order_by("pk")
    if part.placed:
        rows = rows.filter(file=file)
    return list(rows.values("id", "superseded_in", *part.fields))


def _same_questionnaire(row: Row, before: Mapping[str, Row]) -> Row:
    """Return the row that is there where the questions are the same, whatever the file's version.

    A new version of the file is no new version of every questionnaire in it.
    """
    for known in before.values():
        same = all(known[key] == row[key] for key in ("slug", "title", "document"))
        if same and not known["superseded_in"]:
            return row | {"id": known["id"], "version": known["version"]}
    return row


def _differs(part: Part, known: Row | None, row: Row) -> bool:
    if known is None or known["superseded_in"]:
        return True
    return any(known[key] != row[key] for key in part.fields)


def _change(part: Part, known: Row | None, row: Row | None) -> Change:
    shown = row or known or {}
    compared = [key for key in (*part.fields, "superseded_in") if key != "place"]
    differing = compared if known and row else []
    differing = [key for key in differing if (known or {})[key] != (row or {}).get(key, "")]
    return Change(
        id=str(shown["id"]),
        model=part.model.__name__,
        kind=str(shown.get("kind", "")),
        label=_label(shown),
        parent=str(shown.get("parent", "")),
        was={key: (known or {})[key] for key in differing},
        becomes={key: (row or {}).get(key, "") for key in differing},
    )


def _label(row: Row) -> str:
    words = (row.get(key) for key in ("reference", "basis", "title", "what", "name", "kpi"))
    return ": ".join([str(word) for word in words if word][:2])


def _check_sources(rows: Mapping[str, Sequence[Row]], sources: frozenset[str]) -> None:
    """Refuse a row that names a source which nobody has loaded."""
    named = {name for part in rows.values() for row in part for name in row.get("sources", ())}
    known = {row["id"] for row in rows.get("sources", ())}
    missing = named - known - sources
    if missing:
        missing -= set(Source.objects.filter(pk__in=missing).values_list("pk", flat=True))
    if missing:
        raise Invalid(
            "bad_reference",
            worded("Nobody knows the source {missing!r}.", missing=sorted(missing)[0]),
        )
