"""What of a framework is stated not to apply, and what was uploaded to its controls.

The seam between controls and the statements about them: controls read these two functions and
nothing else of statements and uploads.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from msgspec.structs import replace

from incidents.selectors.instances import asked_columns, instances_of
from ledger.rules.worded import joined, worded
from ledger.selectors.at_once import Question, Rows, at_once, instant, named
from registry.models import Provision
from registry.rules.shipped import cited, shipped
from registry.selectors.law import begins_at
from registry.services.signatures import is_valid
from reports.models import ApplicabilityStatement, ControlUpload
from reports.rules.controls import ATTACHED, ControlScope
from reports.rules.evidence import (
    SHOWN,
    Evidence,
    Found,
    Piece,
    Places,
    evidence_of,
    large,
)
from reports.rules.statements import line_of
from reports.selectors.control_ground import names_among
from reports.selectors.control_map import control_map

# The source of an upload in `uploads_of`: this, a colon, the id of the provision.
UPLOADED = "attached"
STATED = {
    "": ("id", "framework_id", "version", "author_id", "lines", "approved_at", "signature_id"),
    "signature": ("id", "signer_name", "payload_sha256"),
}
# What counts of each control: how many, the newest, the last day of those that have one, the newest
# of those that have none, the first owners.
UPLOADS = """
WITH counted AS (
  SELECT provision_id, owner_id, count(*) AS number, max(uploaded_at) AS newest,
    max(valid_until) AS last_day, max(uploaded_at) FILTER (WHERE valid_until IS NULL) AS endless,
    min(reviewed_at) AS since
  FROM reports_controlupload WHERE state = 'reviewed' AND reviewed_at <= %(at)s
  GROUP BY provision_id, owner_id
), owned AS (
  SELECT counted.provision_id, owner.name, sum(counted.number) AS number,
    max(counted.newest) AS newest, max(counted.last_day) AS last_day,
    max(counted.endless) AS endless, min(counted.since) AS since
  FROM counted JOIN registry_user owner ON owner.id = counted.owner_id
  GROUP BY counted.provision_id, owner.name
)
SELECT shown.id, shown.reference, shown.file, sum(owned.number)::int AS number,
  max(owned.newest) AS newest, max(owned.last_day) AS last_day, max(owned.endless) AS endless,
  count(*) AS owners, (array_agg(owned.name ORDER BY owned.since, owned.name))[1:%(shown)s] AS names
FROM owned JOIN registry_provision shown ON shown.id = owned.provision_id
GROUP BY shown.id, shown.reference, shown.file
ORDER BY min(owned.since), shown.id
"""


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
    return {} if row is None else _said(row)


def stated_asked(at: datetime) -> Question:
    """Return what to ask of every statement in force, with ledger.selectors.at_once."""
    rows = _in_force(at).order_by("framework_id", "-version").distinct("framework_id")
    return asked_columns(rows, STATED)


def stated_told(rows: Rows) -> dict[str, dict[str, Applicability]]:
    """Return what `applicability_of` returns, by framework."""
    known = instances_of(ApplicabilityStatement, STATED, rows)
    return {row.framework_id: _said(row) for row in known if row.signature_id}


def in_force_at(*, framework: str, at: datetime) -> ApplicabilityStatement | None:
    """Return the statement of a framework that was in force at an instant."""
    rows = _in_force(at).filter(framework_id=framework)
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
    return uploads_told(at_once({"uploads": uploads_asked(scope)})["uploads"])


def uploads_asked(scope: ControlScope) -> Question:
    """Return what to ask for `uploads_told`, with ledger.selectors.at_once."""
    return named(UPLOADS, {"at": scope.as_of, "shown": SHOWN})


def uploads_told(rows: Rows) -> list[Evidence]:
    """Return what `uploads_of` returns."""
    return [_evidence(*row) for row in rows]


def not_attached(row: Provision, owner: str) -> Evidence:
    """Return that nothing was uploaded to a control that asks for it; `owner` mends it."""
    source = control_map().sources[ATTACHED]
    wanted = str(row.document.get("evidence", "")).strip() or row.title
    return Evidence(
        source=ATTACHED,
        kind=source.kind,
        label=_to(row.reference, row.file),
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
    return _after(row.valid_until) if row.valid_until is not None else _aged(row.uploaded_at)


def _in_force(at: datetime) -> QuerySet[ApplicabilityStatement]:
    rows = ApplicabilityStatement.objects.filter(approved_at__lte=at)
    return rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at))


def _said(row: ApplicabilityStatement) -> dict[str, Applicability]:
    if not is_intact(row):
        return {}
    signed_by = row.signature.signer_name if row.signature else ""
    found = {key: line_of(row.lines, key) for key in row.lines}
    return {
        key: Applicability(line.applicable, line.reason, signed_by, row.approved_at, row.version)
        for key, line in found.items()
        if line.applicable or line.reason
    }


def _evidence(
    provision: str,
    reference: str,
    file: str,
    number: int,
    newest: str,
    last_day: str | None,
    endless: str | None,
    owners: int,
    names: list[str],
) -> Evidence:
    piece = Piece(count=number, newest=instant(newest), until=_last(last_day, endless))
    places = Places(
        path=f"{reverse('control-uploads')}?provision={provision}",
        people=names_among(names, owners),
    )
    found = evidence_of(control_map().sources[ATTACHED], Found(organisation=piece), [], places)
    return replace(found, source=f"{UPLOADED}:{provision}", label=_to(reference, file))


def _to(reference: str, file: str) -> str:
    return worded("Upload to {control}", control=cited(reference, file))


def _last(last_day: str | None, endless: str | None) -> datetime | None:
    """Return when the last of several uploads ends; None where one never does."""
    ends = [_after(date.fromisoformat(last_day))] if last_day else []
    if endless:
        aged = _aged(instant(endless))
        if aged is None:
            return None
        ends.append(aged)
    return max(ends)


def _after(day: date) -> datetime:
    return begins_at(day + timedelta(days=1))


def _aged(uploaded_at: datetime) -> datetime | None:
    days = control_map().sources[ATTACHED].days
    return None if days is None else uploaded_at + timedelta(days=days)
