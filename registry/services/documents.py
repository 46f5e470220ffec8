"""Documents: uploaded with a hash, reviewed by a second person, replaced, withdrawn (REG-7)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.services.entries import append_entry
from registry.models import Document, DocumentVersion, System, User
from registry.selectors.documents import day_of
from registry.services.access import require_anywhere, require_system_permit
from registry.services.files import Kept, Upload, keep_file

Subject = tuple[str, str, str]
State = DocumentVersion.State


@dataclass(frozen=True, slots=True)
class Terms:
    """What an uploader says of a version: from when it is valid, until when, and a note."""

    valid_from: date | None = None
    expires_on: date | None = None
    note: str = ""


def add_document(
    *,
    system_id: UUID | None,
    kind: str,
    title: str,
    owner_id: UUID,
    reviewer_id: UUID,
    upload: Upload,
    terms: Terms,
    actor: Actor,
    at: datetime,
) -> Document:
    """Add a document with its first version, of a system or (None) of the organisation.

    The file is written before the transaction. Raises Forbidden, Invalid, TooLarge, Conflict.
    """
    system = _system(system_id)
    _require("document.write", system, actor, at, ("document", title, title))
    kept = keep_file(upload=upload)
    with transaction.atomic():
        document = _create(system, kind, title, owner_id, reviewer_id, actor, at)
        _add_version(document, kept, terms, actor, at)
    return document


def add_version(
    *,
    document_id: UUID,
    expected_version: int,
    upload: Upload,
    terms: Terms,
    actor: Actor,
    at: datetime,
) -> DocumentVersion:
    """Add the next version of a document; the one in force stays until a review replaces it.

    Raises Missing, Forbidden, Invalid, TooLarge, Conflict (stale, withdrawn, the same file).
    """
    known = _document(document_id, lock=False)
    _require("document.write", known.system, actor, at, subject_of(known))
    kept = keep_file(upload=upload)
    with transaction.atomic():
        document = _document(document_id)
        _check_stands(document, expected_version)
        newest = document.versions.order_by("-number").first()
        if newest is not None and newest.sha256 == kept.sha256:
            raise Conflict("same_file", "This is the very file of the newest version.")
        return _add_version(document, kept, terms, actor, at)


@transaction.atomic
def review_version(
    *,
    document_id: UUID,
    number: int,
    expected_version: int,
    sha256: str,
    accepted: bool,
    reason: str,
    actor: Actor,
    at: datetime,
) -> DocumentVersion:
    """Accept a version, which replaces the one in force, or refuse it; bound to what was read.

    By another person than who uploaded it, with the reason. Raises Missing, Forbidden, Invalid,
    Conflict.
    """
    document = _document(document_id)
    version = _version(document, number)
    _require_reviewer(document, version, actor, at)
    _check_stands(document, expected_version)
    if version.state != State.DRAFT:
        raise Conflict("reviewed_already", "This version was reviewed already.")
    if version.sha256 != sha256:
        raise Conflict("another_file", "This is not the file that you looked at. Load it again.")
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    replaced = _replace(document, at) if accepted else None
    version.state = State.IN_FORCE if accepted else State.REFUSED
    version.reviewed_by_id, version.reviewed_at = actor.person, at
    version.review_reason = reason.strip()
    version.save(at=at)
    _bump(document, at)
    append_entry(
        verb="document.accepted" if accepted else "document.refused",
        actor=actor,
        at=at,
        subject=subject_of(document),
        before={"state": State.DRAFT, "in_force": replaced},
        after={"state": version.state, "number": number, "sha256": version.sha256},
        reason=version.review_reason,
        system_id=document.system_id,
    )
    return version


@transaction.atomic
def withdraw_document(
    *, document_id: UUID, expected_version: int, reason: str, actor: Actor, at: datetime
) -> Document:
    """Withdraw a document: it stays on record and counts for nothing. Raises as `add_version`."""
    document = _document(document_id)
    _require("document.write", document.system, actor, at, subject_of(document))
    _check_stands(document, expected_version)
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "Say why."})
    document.withdrawn_at, document.withdrawn_reason = at, reason.strip()
    _bump(document, at)
    append_entry(
        verb="document.withdrawn",
        actor=actor,
        at=at,
        subject=subject_of(document),
        after={"withdrawn": at},
        reason=document.withdrawn_reason,
        system_id=document.system_id,
    )
    return document


def _create(
    system: System | None,
    kind: str,
    title: str,
    owner_id: UUID,
    reviewer_id: UUID,
    actor: Actor,
    at: datetime,
) -> Document:
    _check(kind, title, owner_id, reviewer_id)
    taken = Document.objects.filter(system=system, title=title.strip(), withdrawn_at__isnull=True)
    if taken.exists():
        raise Conflict("title_in_use", "There is a document of this title; add a version to it.")
    document = Document(
        system=system,
        kind=kind,
        title=title.strip(),
        owner_id=owner_id,
        reviewer_id=reviewer_id,
        created_at=at,
    )
    document.save(force_insert=True, at=at)
    append_entry(
        verb="document.added",
        actor=actor,
        at=at,
        subject=subject_of(document),
        after={"kind": kind, "owner": owner_id, "reviewer": reviewer_id},
        system_id=document.system_id,
    )
    return document


def _add_version(
    document: Document, kept: Kept, terms: Terms, actor: Actor, at: datetime
) -> DocumentVersion:
    valid_from = terms.valid_from or day_of(at)
    if terms.expires_on is not None and terms.expires_on <= valid_from:
        words = "It would run out before it is valid."
        raise Invalid("ends_before_start", words, fields={"expires_on": words})
    last = document.versions.aggregate(last=Max("number"))["last"] or 0
    version = DocumentVersion(
        document=document,
        number=last + 1,
        sha256=kept.sha256,
        size=kept.size,
        media_type=kept.media_type,
        name=kept.name,
        note=terms.note.strip(),
        uploaded_by_id=_person(actor),
        uploaded_at=at,
        valid_from=valid_from,
        expires_on=terms.expires_on,
    )
    version.save(force_insert=True, at=at)
    if last:
        _bump(document, at)
    append_entry(
        verb="document.uploaded",
        actor=actor,
        at=at,
        subject=subject_of(document),
        after={
            "number": version.number,
            "sha256": version.sha256,
            "size": version.size,
            "media_type": version.media_type,
            "name": version.name,
            "valid_from": version.valid_from,
            "expires_on": version.expires_on,
        },
        reason=version.note,
        system_id=document.system_id,
    )
    return version


def _replace(document: Document, at: datetime) -> int | None:
    """End the version in force; return its number."""
    old = document.versions.filter(state=State.IN_FORCE).first()
    if old is None:
        return None
    old.state, old.replaced_at = State.REPLACED, at
    old.save(at=at)
    return old.number


def _bump(document: Document, at: datetime) -> None:
    document.version += 1
    document.save(at=at)


def _check(kind: str, title: str, owner_id: UUID, reviewer_id: UUID) -> None:
    found = {}
    if kind not in Document.Kind.values:
        found["kind"] = "There is no such kind."
    if not title.strip() or len(title.strip()) > 160:
        found["title"] = "Give it a title of at most 160 characters."
    people = {"owner": owner_id, "reviewer": reviewer_id}
    known = set(
        User.objects.filter(
            pk__in=people.values(), is_active=True, kind=User.Kind.PERSON
        ).values_list("pk", flat=True)
    )
    found |= {name: "No active person." for name, pk in people.items() if pk not in known}
    if owner_id == reviewer_id:
        found["reviewer"] = "The reviewer is somebody else than the owner."
    if found:
        raise Invalid("document_not_right", next(iter(found.values())), fields=found)


def _check_stands(document: Document, expected_version: int) -> None:
    if document.version != expected_version:
        raise Conflict(
            "stale_version",
            "Somebody else changed this document a moment ago. Load it again.",
            extra={"version": document.version},
        )
    if document.withdrawn_at is not None:
        raise Conflict("withdrawn", "This document was withdrawn.")


def _require(act: str, system: System | None, actor: Actor, at: datetime, subject: Subject) -> None:
    if system is not None:
        require_system_permit(act=act, system=system, actor=actor, at=at)
    else:
        require_anywhere(act=f"{act}.organisation", actor=actor, at=at, subject=subject)


def _require_reviewer(
    document: Document, version: DocumentVersion, actor: Actor, at: datetime
) -> None:
    """Let the named reviewer pass, and who may review at that place; never the uploader."""
    if actor.person == version.uploaded_by_id:
        raise Forbidden(
            "own_upload",
            "You cannot review this version: you uploaded it.",
            who_can=[document.reviewer.name],
            recorded=True,
            subject=subject_of(document),
        )
    if actor.person is None or actor.person != document.reviewer_id:
        _require("document.review", document.system, actor, at, subject_of(document))


def _person(actor: Actor) -> UUID:
    if actor.person is None:
        raise Forbidden("person_needed", "A document is uploaded by a person who is signed in.")
    return actor.person


def _system(system_id: UUID | None) -> System | None:
    if system_id is None:
        return None
    system: System | None = (
        System.objects.select_related("owner", "deputy").filter(pk=system_id).first()
    )
    if system is None:
        raise Missing("unknown_system", "There is no such system that you may see.")
    return system


def _document(document_id: UUID, *, lock: bool = True) -> Document:
    rows = Document.objects.select_related("system__owner", "system__deputy", "reviewer")
    if lock:
        rows = rows.select_for_update(no_key=True, of=("self",))
    document: Document | None = rows.filter(pk=document_id).first()
    if document is None:
        raise Missing("unknown_document", "There is no such document that you may see.")
    return document


def _version(document: Document, number: int) -> DocumentVersion:
    version: DocumentVersion | None = document.versions.filter(number=number).first()
    if version is None:
        raise Missing("unknown_document", "This document has no such version.")
    return version


def subject_of(document: Document) -> Subject:
    """Return what an entry about a document is about."""
    return "document", str(document.pk), document.title
