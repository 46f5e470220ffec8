"""Documents and suppliers that a leaver answers for, and how they are handed over."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import word, worded
from ledger.services.entries import append_entry
from registry import duties
from registry.duties import Duty, Source
from registry.models import Document, Supplier
from registry.services.access import require_anywhere

OWNER = word("Owner of the document {title}")
REVIEWER = word("Reviewer of the document {title}")


def register_keeping() -> None:
    """Register these duties."""
    duties.register(Source("documents", word("Documents"), find_documents, hand_over_document))
    duties.register(Source("suppliers", word("Suppliers"), find_suppliers, hand_over_supplier))


def find_documents(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the documents that a person owns or reviews and that are not withdrawn."""
    rows = Document.objects.filter(
        Q(owner_id=person_id) | Q(reviewer_id=person_id), withdrawn_at__isnull=True
    )
    found = []
    for row in rows.order_by("title", "pk"):
        part = "owner" if row.owner_id == person_id else "reviewer"
        words = worded(OWNER if part == "owner" else REVIEWER, title=row.title)
        found.append(Duty(f"{row.pk}.{part}", words, f"/documents/{row.pk}/"))
    return found


@transaction.atomic
def hand_over_document(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Name another owner or reviewer of a document; the two stay two persons.

    Raises Missing, Forbidden, Invalid, Conflict.
    """
    key, _dot, part = duty_id.partition(".")
    document = Document.objects.select_for_update(no_key=True).filter(pk=key).first()
    if document is None or part not in ("owner", "reviewer"):
        raise Missing("unknown_document", "There is no such document.")
    subject = ("document", str(document.pk), document.title)
    require_anywhere(act="administer", actor=actor, at=at, subject=subject)
    if to_id is None:
        raise Invalid("successor_needed", "Somebody takes it over.")
    if to_id in (document.owner_id, document.reviewer_id):
        words = "Owner and reviewer of a document are two persons."
        raise Conflict("reviewer_is_owner", words)
    if part == "owner":
        document.owner_id = to_id
    else:
        document.reviewer_id = to_id
    document.version += 1
    document.save(at=at)
    append_entry(
        verb="document.handed_over",
        actor=actor,
        at=at,
        subject=subject,
        before={part: from_id},
        after={part: to_id},
        reason=reason,
        system_id=document.system_id,
    )


def find_suppliers(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the suppliers that a person keeps."""
    rows = Supplier.objects.filter(keeper_id=person_id, ended_at__isnull=True).order_by("name")
    return [
        Duty(str(row.pk), worded("Keeps {supplier}", supplier=row.name), f"/suppliers/{row.slug}/")
        for row in rows
    ]


@transaction.atomic
def hand_over_supplier(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Name another keeper of a supplier. Raises Missing, Forbidden, Invalid."""
    supplier = Supplier.objects.select_for_update(no_key=True).filter(pk=duty_id).first()
    if supplier is None:
        raise Missing("unknown_supplier", "There is no such supplier.")
    subject = ("supplier", str(supplier.pk), supplier.name)
    require_anywhere(act="administer", actor=actor, at=at, subject=subject)
    if to_id is None:
        raise Invalid("successor_needed", "Somebody takes it over.")
    supplier.keeper_id = to_id
    supplier.version += 1
    supplier.save(at=at)
    append_entry(
        verb="supplier.changed",
        actor=actor,
        at=at,
        subject=subject,
        before={"keeper": from_id},
        after={"keeper": to_id, "version": supplier.version},
        reason=reason,
    )
