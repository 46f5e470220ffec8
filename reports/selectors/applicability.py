"""What of a framework is stated not to apply, and what was uploaded to its controls.

The seam between controls and the statements about them: controls read these two functions and
nothing else of statements and uploads.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from msgspec.structs import replace

from ledger.rules.worded import joined, worded
from registry.models import Provision
from registry.rules.shipped import cited, shipped
from registry.selectors.law import begins_at
from registry.services.signatures import is_valid
from reports.models import ApplicabilityStatement, ControlUpload
from reports.rules.controls import ATTACHED, ControlScope
from reports.rules.evidence import (
    Evidence,
    Found,
    Piece,
    Places,
    evidence_of,
    large,
    names_of,
)
from reports.rules.statements import line_of
from reports.selectors.control_map import control_map

# The source of an upload in `uploads_of`: this, a colon, the id of the provision.
UPLOADED = "attached"


@dataclass(frozen=True, slots=True)
class Applicability:
    """What an approved statement of applicability says of one provision.

    A provision is not applicable only with a reason that somebody signed.
    """

    applicable: bool
    reason: str
    signed_by: str
    signed_at: datetime | None
    version: int


def applicability_of(*, framework: str, at: datetime) -> dict[str, Applicability]:
    """Return what the statement in force at an instant says, by provision; nothing without one.

    A provision that is not among them applies. A statement that does not read as it was signed
    says nothing.
    """
    row = in_force_at(framework=framework, at=at)
    if row is None or not is_intact(row):
        return {}
    signed_by = row.signature.signer_name if row.signature else ""
    found = {key: line_of(row.lines, key) for key in row.lines}
    return {
        key: Applicability(line.applicable, line.reason, signed_by, row.approved_at, row.version)
        for key, line in found.items()
        if line.applicable or line.reason
    }


def in_force_at(*, framework: str, at: datetime) -> ApplicabilityStatement | None:
    """Return the statement of a framework that was in force at an instant."""
    rows = ApplicabilityStatement.objects.filter(framework_id=framework, approved_at__lte=at)
    rows = rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at))
    return rows.select_related("signature", "framework").order_by("-version").first()


def record_of(row: ApplicabilityStatement) -> dict[str, Any]:
    """Return what is signed under a statement."""
    return {
        "framework": row.framework_id,
        "version": row.version,
        "author": str(row.author_id),
        "lines": row.lines,
    }


def is_intact(row: ApplicabilityStatement) -> bool:
    """Whether a statement reads as it was signed."""
    return row.signature is not None and is_valid(row.signature, record_of(row))


def reviewed_uploads() -> QuerySet[ControlUpload]:
    """Return the uploads that count: reviewed by another person, not withdrawn."""
    return ControlUpload.objects.filter(state=ControlUpload.State.REVIEWED)


def uploads_of(*, scope: ControlScope) -> list[Evidence]:
    """Return what was uploaded to controls and reviewed by another person, for a scope.

    One Evidence a provision: `source` is 'attached:' and the provision's id, `kind` 'upload'. It
    is of the whole organisation, whatever the systems. One query.
    """
    rows = reviewed_uploads().filter(reviewed_at__lte=scope.as_of)
    by_provision: dict[str, list[ControlUpload]] = {}
    for row in rows.select_related("provision", "owner").order_by("reviewed_at", "pk"):
        by_provision.setdefault(row.provision_id, []).append(row)
    return [_evidence(key, found) for key, found in by_provision.items()]


def not_attached(row: Provision, owner: str) -> Evidence:
    """Return that nothing was uploaded to a control that asks for it; `owner` mends it."""
    source = control_map().sources[ATTACHED]
    wanted = str(row.document.get("evidence", "")).strip() or row.title
    return Evidence(
        source=ATTACHED,
        kind=source.kind,
        label=_to(row),
        count=0,
        newest=None,
        fresh_until=None,
        covered=0,
        of=1,
        path=reverse("control", args=[row.framework_id, row.pk]),
        gap=joined(". ", (large(shipped(wanted, row.file)), source.gap)),
        owner=owner,
        level=source.level,
    )


def ends_at(row: ControlUpload) -> datetime | None:
    """Return from when an upload shows nothing any more: the end of its last day at the seat.

    Without a day of its own it ages as the map of controls says, None where that says nothing.
    """
    if row.valid_until is not None:
        return begins_at(row.valid_until + timedelta(days=1))
    days = control_map().sources[ATTACHED].days
    return None if days is None else row.uploaded_at + timedelta(days=days)


def _evidence(provision: str, rows: list[ControlUpload]) -> Evidence:
    first = rows[0].provision
    piece = Piece(
        count=len(rows),
        newest=max(row.uploaded_at for row in rows),
        until=_last([ends_at(row) for row in rows]),
    )
    places = Places(
        path=f"{reverse('control-uploads')}?provision={provision}",
        people=names_of([row.owner.name for row in rows]),
    )
    found = evidence_of(control_map().sources[ATTACHED], Found(organisation=piece), [], places)
    return replace(found, source=f"{UPLOADED}:{provision}", label=_to(first))


def _to(row: Provision) -> str:
    return worded("Upload to {control}", control=cited(row.reference, row.file))


def _last(ends: Iterable[datetime | None]) -> datetime | None:
    """Return when the last of them ends; None where one never does."""
    known = list(ends)
    return None if None in known else max(end for end in known if end is not None)
