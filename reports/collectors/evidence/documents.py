"""Evidence that was uploaded and reviewed by a second person, by kind of document."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from incidents.selectors.instances import asked_columns, instances_of
from ledger.rules.worded import word, worded
from ledger.selectors.at_once import Question, Rows
from registry.models import Document, DocumentVersion
from registry.selectors.documents import day_of
from registry.selectors.law import begins_at
from reports.collectors.evidence.lines import counted
from reports.rules.evidence import Found, Piece
from reports.selectors.control_ground import Footing, Ground

KINDS = {
    "technical_documents": Document.Kind.TECHNICAL,
    "instructions": Document.Kind.INSTRUCTIONS,
    "data_protection": Document.Kind.DATA_PROTECTION,
    "model_cards": Document.Kind.MODEL_CARD,
    "test_reports": Document.Kind.TEST_REPORT,
    "conformity": Document.Kind.CONFORMITY,
    "contracts": Document.Kind.CONTRACT,
}
EVERYWHERE = {"procedures": Document.Kind.POLICY, "training": Document.Kind.TRAINING}
SOURCES = (*KINDS, *EVERYWHERE, "documents_controlled")
RUN_OUT = word("documents have run out")
VERSION = {
    "": ("id", "document_id", "reviewed_at", "expires_on"),
    "document": ("id", "kind", "system_id"),
}


def told(ground: Ground, answers: Mapping[str, Rows]) -> Mapping[str, Found]:
    """Return the documents that count by kind."""
    rows = instances_of(DocumentVersion, VERSION, answers["versions"])
    found = {source: _by_system(ground, rows, kind) for source, kind in KINDS.items()}
    for source, kind in EVERYWHERE.items():
        of_kind = [row for row in rows if row.document.kind == kind]
        found[source] = Found(organisation=_piece(of_kind, ground.at))
    return found | {"documents_controlled": Found(organisation=_controlled(rows, ground.at))}


def asked(ground: Footing) -> Mapping[str, Question]:
    """Ask for what counted at the instant or had run out; what was replaced is left out."""
    rows = DocumentVersion.objects.filter(
        Q(document__system_id__in=ground.ids) | Q(document__system__isnull=True),
        Q(replaced_at__isnull=True) | Q(replaced_at__gt=ground.at),
        Q(document__withdrawn_at__isnull=True) | Q(document__withdrawn_at__gt=ground.at),
        state__in=[DocumentVersion.State.IN_FORCE, DocumentVersion.State.REPLACED],
        reviewed_at__lte=ground.at,
        valid_from__lte=day_of(ground.at),
    )
    return {"versions": asked_columns(rows.order_by("document_id", "number"), VERSION)}


def _by_system(ground: Ground, rows: Iterable[DocumentVersion], kind: str) -> Found:
    of_kind: dict[UUID, list[DocumentVersion]] = {}
    for row in rows:
        if row.document.kind == kind and row.document.system_id is not None:
            of_kind.setdefault(row.document.system_id, []).append(row)
    return ground.each(lambda one: _piece(of_kind.get(one.pk, []), ground.at))


def _piece(rows: Iterable[DocumentVersion], at: datetime) -> Piece:
    found = list(rows)
    if not found:
        return Piece(lacks=worded("no reviewed document"))
    # Of several documents the one that lasts longest keeps the kind alive.
    ends = [_end(row) for row in found]
    until = None if None in ends else max(end for end in ends if end is not None)
    newest = max(row.reviewed_at for row in found if row.reviewed_at)
    fresh = [row for row, end in zip(found, ends, strict=True) if end is None or end > at]
    return Piece(count=len(fresh) or len(found), newest=newest, until=until)


def _end(row: DocumentVersion) -> datetime | None:
    return begins_at(row.expires_on) if row.expires_on else None


def _controlled(rows: Iterable[DocumentVersion], at: datetime) -> Piece:
    found = list(rows)
    late = sum(1 for row in found if (end := _end(row)) is not None and end <= at)
    lacks = counted(late, len(found), RUN_OUT) if late else ""
    newest = max((row.reviewed_at for row in found if row.reviewed_at), default=None)
    return Piece(count=len(found), newest=newest, lacks=lacks)
