"""The law as data: loaded from files of the project, a version at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import Questionnaire, ReferenceRelease
from registry.services.access import require_anywhere
from registry.services.classification import reopen_for_reference
from registry.services.reference.differences import Difference, difference_of
from registry.services.reference.files import shipped
from registry.services.reference.tables import Document, Part, Row
from registry.services.retention import load_retention

# One loader at a time; any number that nothing else locks by.
LOCK = 7_041_742


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a release changed, by id; `repeated` when it had been loaded before.

    `rests_on` are the ids by which something may rest on what changed.
    """

    name: str
    version: str
    repeated: bool = False
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoadedAll:
    """What loading every file changed, and whose classification is open again, by slug."""

    files: tuple[Loaded, ...]
    reopened: tuple[str, ...] = ()

    @property
    def added(self) -> tuple[str, ...]:
        """The ids of all rows that are new."""
        return tuple(key for one in self.files for key in one.added)

    @property
    def changed(self) -> tuple[str, ...]:
        """The ids of all rows that changed."""
        return tuple(key for one in self.files for key in one.changed)

    @property
    def superseded(self) -> tuple[str, ...]:
        """The ids of all rows that went, and stay as superseded."""
        return tuple(key for one in self.files for key in one.superseded)

    @property
    def repeated(self) -> bool:
        """Whether every file had been loaded before."""
        return all(one.repeated for one in self.files)

    def of(self, name: str) -> Loaded:
        """Return what became of one file. Raises KeyError."""
        return {one.name: one for one in self.files}[name]


@transaction.atomic
def load_reference(
    *,
    actor: Actor,
    at: datetime,
    documents: Sequence[Document] | None = None,
    reason: str = "",
) -> LoadedAll:
    """Load the reference data that this floor ships, or other documents, in one transaction.

    Classifications that rest on what changed are opened again. Raises Forbidden (a person who is
    not of compliance), Invalid, Conflict.
    """
    subject = ("reference", "law", "the law as data")
    require_anywhere(act="reference.load", actor=actor, at=at, subject=subject)
    if documents is None:
        load_retention(actor=actor, at=at)
    given = documents if documents is not None else shipped()
    files = tuple(
        load_document(document=document, actor=actor, at=at, reason=reason) for document in given
    )
    reopened = _reopen(files, actor, at)
    return LoadedAll(files, tuple(reopened))


def _reopen(files: Sequence[Loaded], actor: Actor, at: datetime) -> list[str]:
    """Open again what rests on rows that changed or went, and on what stands above them."""
    rests_on = [key for one in files for key in one.rests_on]
    if not rests_on:
        return []
    release = ", ".join(f"{one.name} {one.version}" for one in files if not one.repeated)
    return reopen_for_reference(release=release, changed=rests_on, actor=actor, at=at)


@transaction.atomic
def load_document(*, document: Document, actor: Actor, at: datetime, reason: str = "") -> Loaded:
    """Bring the rows of one file to a release; the same one again changes nothing.

    A row that the release no longer holds stays and is marked superseded, for what rests on it.
    Raises Invalid (a row that nobody can read), Conflict (a known version, other content).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    found = difference_of(document)
    if found.repeated:
        return Loaded(found.name, found.version, repeated=True)
    _check_owners(found)
    for part, rows in found.to_save:
        _save(part, rows, found.name, at)
    for part, _ in found.to_save:
        _supersede(part, found)
    release = ReferenceRelease(
        name=found.name, version=found.version, sha256=found.sha256, loaded_at=at
    )
    release.save(force_insert=True)
    append_entry(
        verb="reference.loaded",
        actor=actor,
        at=at,
        subject=("reference", f"{found.name}@{found.version}", f"{found.name} {found.version}"),
        after={"sha256": found.sha256, "rows": found.rows},
        reason=reason,
        details=found.details,
    )
    return Loaded(
        name=found.name,
        version=found.version,
        added=tuple(sorted(one.id for one in found.added)),
        changed=tuple(sorted(one.id for one in found.changed)),
        superseded=tuple(sorted(one.id for one in found.superseded)),
        rests_on=found.rests_on,
        details=found.details,
    )


def load_clock_rules(*, document: Document, actor: Actor, at: datetime) -> Loaded:
    """Bring the clock rules to a release. Raises Invalid, Conflict."""
    return load_document(document=document, actor=actor, at=at)


def _check_owners(found: Difference) -> None:
    """Refuse a row whose id another file holds already. Raises Invalid."""
    for part, rows in found.to_save:
        if not part.placed:
            continue
        manager: models.Manager[Any] = part.model._default_manager
        taken = manager.filter(pk__in=[row["id"] for row in rows]).exclude(file=found.name)
        other = taken.values_list("pk", "file").first()
        if other is not None:
            words = worded(
                "{other!r} is a row of {other_2}; {found_name} gives it again.",
                other=other[0],
                other_2=other[1],
                found_name=found.name,
            )
            raise Invalid("bad_reference", words)


def _save(part: Part, rows: Sequence[Row], file: str, at: datetime) -> None:
    """Insert or bring up to date, in one statement."""
    extra: dict[str, Any] = {"superseded_in": ""}
    if part.placed:
        extra["file"] = file
    if part.model is Questionnaire:
        extra["loaded_at"] = at
    manager: models.Manager[Any] = part.model._default_manager
    manager.bulk_create(
        [part.model(**row, **extra) for row in rows],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*part.fields, "superseded_in"],
    )


def _supersede(part: Part, found: Difference) -> None:
    gone = [one.id for one in found.superseded if one.model == part.model.__name__]
    if gone:
        manager: models.Manager[Any] = part.model._default_manager
        manager.filter(pk__in=gone).update(superseded_in=found.version)
