"""Comments on an incident as a pack holds them: what was said by its instant, and what came along.

Privileged notes are another table, which no collector reads.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from incidents.models import Comment, CommentFile, CommentMention, EvidenceLink
from reports.rules.matters import CommentPaperRecord, CommentRecord


def until(as_of: datetime) -> "Prefetch[Any, Any, Any]":
    """Return what reads the comments of incidents with all that hangs on them: four queries."""
    rows = Comment.objects.filter(made_at__lte=as_of).select_related(
        "author", "corrects", "withdrawal__by"
    )
    told = CommentMention.objects.select_related("person").order_by("person__name", "pk")
    beside = (
        Prefetch("mentions", told),
        Prefetch("files", CommentFile.objects.order_by("name", "pk")),
        Prefetch("links", EvidenceLink.objects.order_by("added_at", "pk")),
    )
    return Prefetch("comments", rows.prefetch_related(*beside).order_by("made_at", "pk"))


def comments(rows: Iterable[Comment], as_of: datetime) -> list[CommentRecord]:
    """Return what was said, the oldest first."""
    return [_comment(row, as_of) for row in rows]


def _comment(row: Comment, as_of: datetime) -> CommentRecord:
    gone = getattr(row, "withdrawal", None)
    gone = gone if gone is not None and gone.at <= as_of else None
    return CommentRecord(
        author=row.author.name,
        made_at=row.made_at,
        text=row.text,
        told=[one.person.name for one in row.mentions.all()],
        papers=_papers(row),
        corrects=row.corrects.entry_number if row.corrects else None,
        withdrawn_by=gone.by.name if gone else "",
        withdrawn_at=gone.at if gone else None,
        withdrawn_reason=gone.reason if gone else "",
        entry=row.entry_number,
    )


def _papers(row: Comment) -> list[CommentPaperRecord]:
    files = [
        CommentPaperRecord(kind="file", reference=one.name, path="", sha256=one.sha256)
        for one in row.files.all()
    ]
    records = [
        CommentPaperRecord(kind=one.kind, reference=one.label, path=one.address, sha256=one.sha256)
        for one in row.links.all()
    ]
    return [*files, *records]
