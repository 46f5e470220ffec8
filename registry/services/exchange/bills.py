"""A bill of materials leaves the house: built, and put on record."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from ledger.rules.actors import Actor
from registry.models import System
from registry.selectors.bom import bill_for
from registry.services.downloads import record_download


@transaction.atomic
def take_bill(
    *, systems: QuerySet[System], one: System | None = None, actor: Actor, at: datetime
) -> bytes:
    """Return the bill (CycloneDX 1.6) of the systems that the caller may see, on record.

    With `one` it lists all its versions, else those that are live.
    """
    content, count = bill_for(systems, every_version=one is not None)
    subject = ("system", str(one.pk), one.name) if one else ("systems", "mlbom", "all systems seen")
    asked: Mapping[str, str] = {"format": "CycloneDX 1.6"}
    record_download(
        what=f"mlbom {hashlib.sha256(content).hexdigest()}",
        subject=subject,
        rows=count,
        asked=asked,
        actor=actor,
        at=at,
        system_id=one.pk if one else None,
    )
    return content
