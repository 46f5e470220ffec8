"""What a pack holds of statements of applicability, own frameworks and uploads that count."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from reports.models import ApplicabilityStatement, ControlUpload, OwnFramework
from reports.rules import places
from reports.rules.frameworks import OwnRecord, StatedRecord, StatementRecord, UploadRecord
from reports.rules.statements import line_of
from reports.rules.withheld import gives_files
from reports.selectors.applicability import applicability_of, in_force_at, record_of

IN_FORCE, REPLACED, WITHDRAWN = "in force", "replaced", "withdrawn"


def lines_of(framework: str, at: datetime) -> list[StatementRecord]:
    """Return what the statement in force says of each provision; nothing without one."""
    row = in_force_at(framework=framework, at=at)
    return [
        StatementRecord(
            provision=key,
            applicable=said.applicable,
            reason=said.reason,
            signed_by=said.signed_by,
            signed_at=said.signed_at,
            version=said.version,
            implemented=line_of(row.lines, key).how if row else "",
        )
        for key, said in sorted(applicability_of(framework=framework, at=at).items())
    ]


def versions_of(framework: str, at: datetime) -> list[StatedRecord]:
    """Return the versions that were signed by the instant, the newest first."""
    rows = ApplicabilityStatement.objects.filter(framework_id=framework, approved_at__lte=at)
    rows = rows.select_related("author", "signature", "framework").order_by("-version")
    return [_stated(row, at) for row in rows]


def own_of(framework: str, at: datetime) -> OwnRecord | None:
    """Return the version of an own framework that was in force; None for a shipped one."""
    rows = OwnFramework.objects.filter(key=framework, approved_at__lte=at)
    rows = rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at))
    row = rows.select_related("brought_by", "approved_by").order_by("-version").first()
    if row is None:
        return None
    return OwnRecord(
        number=row.version,
        sha256=row.sha256,
        brought_by=row.brought_by.name,
        brought_at=row.brought_at,
        reason=row.brought_because,
        approved_by=row.approved_by.name if row.approved_by else "",
        approved_at=row.approved_at,
        text=row.text,
    )


def uploads_to(provisions: Collection[str], *, recipient: str, at: datetime) -> list[UploadRecord]:
    """Return the uploads to some provisions that counted at an instant."""
    rows = ControlUpload.objects.filter(provision_id__in=provisions, reviewed_at__lte=at)
    rows = rows.filter(Q(state="reviewed") | Q(state="withdrawn", ended_at__gt=at))
    rows = rows.select_related("owner", "uploaded_by", "reviewed_by")
    gives = gives_files(recipient)
    return [_upload(row, gives=gives) for row in rows.order_by("provision_id", "uploaded_at", "pk")]


def _stated(row: ApplicabilityStatement, at: datetime) -> StatedRecord:
    ended = row.ended_at if row.ended_at and row.ended_at <= at else None
    state = IN_FORCE if ended is None else REPLACED if row.state == "replaced" else WITHDRAWN
    return StatedRecord(
        number=row.version,
        state=state,
        author=row.author.name,
        signed_by=row.signature.signer_name if row.signature else "",
        signed_at=row.approved_at,
        sha256=row.sha256,
        signature=str(row.signature_id or ""),
        ended_at=ended,
        ended_reason=row.ended_reason if ended else "",
        payload=record_of(row) if ended is None else {},
    )


def _upload(row: ControlUpload, *, gives: bool) -> UploadRecord:
    has_file = bool(row.sha256) and gives
    return UploadRecord(
        provision=row.provision_id,
        title=row.title,
        link=row.link,
        file=places.of_upload(row.sha256, row.file_name) if has_file else "",
        # What somebody called a file may say more than its title does.
        name=row.file_name if gives else "",
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        owner=row.owner.name,
        uploaded_by=row.uploaded_by.name,
        uploaded_at=row.uploaded_at,
        reviewed_by=row.reviewed_by.name if row.reviewed_by else "",
        reviewed_at=row.reviewed_at,
        review_words="" if row.state == "withdrawn" else row.said,
        valid_until=row.valid_until,
    )
