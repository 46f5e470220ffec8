"""Documents given out: the file is compared with its hash, and every reading is on record."""

from datetime import datetime
from typing import IO

from django.conf import settings
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from outbox.services.messages import queue_mail
from registry.models import DocumentVersion
from registry.services.documents import subject_of
from registry.services.files import open_kept


@transaction.atomic
def take_out(*, version: DocumentVersion, actor: Actor, at: datetime) -> IO[bytes] | None:
    """Open a version's file for a reader, and put that on record.

    Its bytes are compared with the hash first: None where they differ or are gone, which is then on
    record and told to the document's owner. Who may see it, the door has asked.
    """
    file = open_kept(version.sha256)
    document = version.document
    append_entry(
        verb="document.taken_out" if file else "document.found_changed",
        actor=actor,
        at=at,
        subject=subject_of(document),
        system_id=document.system_id,
        details={"number": version.number, "sha256": version.sha256},
    )
    if file is None:
        _tell_owner(version, at)
    return file


def changed_since(version: DocumentVersion) -> Conflict:
    """Return the refusal of a file that is not the one that was uploaded."""
    return Conflict(
        "file_changed",
        worded(
            "Version {number} cannot be given out: its file is not the one that "
            "was uploaded. This is on record, and the owner of the document is "
            "told.",
            number=version.number,
        ),
        who_can=[version.document.owner.name],
    )


def _tell_owner(version: DocumentVersion, at: datetime) -> None:
    document = version.document
    queue_mail(
        key=f"document-changed:{version.pk}:{at:%Y%m%d}",
        person_id=document.owner_id,
        address=document.owner.email,
        subject=worded(
            "The file of a document is not the one that was uploaded: {title}",
            title=document.title,
        ),
        body=worded(
            "Version {number} of {title} was asked for, and its file does not have the hash under "
            "which it was uploaded ({sha256}), or is gone. It is given to nobody. Restore the file "
            "from a backup, or upload a new version.\n\n{url}\n",
            number=version.number,
            title=document.title,
            sha256=version.sha256,
            url=f"{settings.PUBLIC_URL}/documents/{document.pk}/",
        ),
        subject_id=document.pk,
        at=at,
    )
