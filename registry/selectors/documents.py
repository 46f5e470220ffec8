"""Documents: which ones a person may see, which version counts at an instant, what runs out."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, Q, QuerySet, UUIDField

from ledger.rules.refusals import Missing
from ledger.selectors.at_once import Question, at_once
from registry.models import Document, DocumentVersion, System, User
from registry.selectors.people import roles_of
from registry.selectors.unnest import Unnest

State = DocumentVersion.State
SOON = timedelta(days=60)
# Who sees no more documents than these, of no more systems, is shown what ends among them.
MOST_NEAR = 300
PEOPLE = ("uploaded_by", "reviewed_by")
LISTED = ("document__system", "document__owner")


def day_of(at: datetime) -> date:
    """Return the day of an instant at the organisation's seat."""
    return at.astimezone(ZoneInfo(settings.SEAT_ZONE)).date()


def current_documents(system_id: UUID, at: datetime) -> QuerySet[DocumentVersion]:
    """Return the versions that counted for a system at an instant, with their documents.

    Reviewed by a second person by then, not replaced, not withdrawn, valid and not expired on that
    day at the organisation's seat.
    """
    day = day_of(at)
    rows = DocumentVersion.objects.filter(
        Q(replaced_at__isnull=True) | Q(replaced_at__gt=at),
        Q(document__withdrawn_at__isnull=True) | Q(document__withdrawn_at__gt=at),
        Q(expires_on__isnull=True) | Q(expires_on__gt=day),
        document__system_id=system_id,
        state__in=[State.IN_FORCE, State.REPLACED],
        reviewed_at__lte=at,
        valid_from__lte=day,
    )
    return rows.select_related("document").order_by("document__kind", "document__title", "number")


def documents_of_system(*, system: System) -> QuerySet[Document]:
    """Return the documents of a system with their versions, withdrawn ones last."""
    return _listed(Document.objects.filter(system=system))


def documents_of_organisation() -> QuerySet[Document]:
    """Return the documents that belong to no system."""
    return _listed(Document.objects.filter(system__isnull=True))


def document_visible(
    *, document_id: UUID, systems: QuerySet[System], organisation: bool
) -> Document:
    """Return a document of one of these systems, or of the organisation. Raises Missing."""
    mine = Q(system__in=systems.values("pk"))
    if organisation:
        mine |= Q(system__isnull=True)
    found = _listed(Document.objects.filter(mine, pk=document_id)).first()
    if found is None:
        raise Missing("unknown_document", "There is no such document that you may see.")
    return found


def version_of(*, document: Document, number: int) -> DocumentVersion:
    """Return one version of a document. Raises Missing."""
    found = document.versions.select_related(*PEOPLE).filter(number=number).first()
    if found is None:
        raise Missing("unknown_document", "This document has no such version.")
    return found


def expiring_documents(
    *, systems: QuerySet[System], organisation: bool, at: datetime, within: timedelta = SOON
) -> QuerySet[DocumentVersion]:
    """Return the versions in force that have run out or will within a time, the soonest first."""
    mine = Q(document__system__in=systems.values("pk"))
    if organisation:
        mine |= Q(document__system__isnull=True)
    rows = DocumentVersion.objects.filter(
        mine,
        state=State.IN_FORCE,
        document__withdrawn_at__isnull=True,
        expires_on__lte=day_of(at + within),
    )
    return rows.select_related(*LISTED).order_by("expires_on", "pk")


def expiring_near(
    *, systems: QuerySet[System], organisation: bool, at: datetime, within: timedelta = SOON
) -> QuerySet[DocumentVersion]:
    """Return what `expiring_documents` does, entered by the documents where these are few.

    Whoever sees next to nothing else looks through all that ends. One query before the one that
    reads them.
    """
    rows = expiring_documents(systems=systems, organisation=organisation, at=at, within=within)
    first = systems.order_by().values("pk")[:MOST_NEAR]
    asked: dict[str, Question] = {
        "more": systems.order_by().values_list("pk")[MOST_NEAR : MOST_NEAR + 1],
        "known": _documents_of_each(System.objects.filter(pk__in=first)),
    }
    if organisation:
        own = Document.objects.filter(system__isnull=True).order_by("title", "pk")
        asked["own"] = own.values_list("pk")[: MOST_NEAR + 1]
    found = at_once(asked)
    known = [UUID(key) for name in ("known", "own") for (key,) in found.get(name, [])]
    if found["more"] or len(known) > MOST_NEAR:
        return rows
    # Said as what they are not: the index of all that ends is of no use for it.
    others = [one for one in State if one != State.IN_FORCE]
    named = DocumentVersion.objects.filter(
        document_id__in=known,
        document__withdrawn_at__isnull=True,
        expires_on__lte=day_of(at + within),
    ).exclude(state__in=others)
    return named.select_related(*LISTED).order_by("expires_on", "pk")


def _documents_of_each(systems: QuerySet[System]) -> QuerySet[System, Any]:
    """The documents of each system by its title, of all together one more than MOST_NEAR at most.

    In that order by index: without one it may be sought among all documents.
    """
    own = Document.objects.filter(system_id=OuterRef("pk")).order_by("title", "pk").values("pk")
    each = Unnest(ArraySubquery(own[: MOST_NEAR + 1]), output_field=UUIDField())
    found: QuerySet[System, Any] = systems.order_by().values_list(each)
    return found[: MOST_NEAR + 1]


def works_here(*, user: User, at: datetime) -> bool:
    """Whether a person holds any role, or owns a system: they read what is the organisation's."""
    if not user.is_active:
        return False
    owns = System.objects.filter(Q(owner=user) | Q(deputy=user))
    return bool(roles_of(user_id=user.pk, at=at)) or owns.exists()


def standing_of(version: DocumentVersion, *, at: datetime) -> str:
    """Return where a version stands: its state, or 'expired', or 'ahead' before it is valid."""
    if version.state != State.IN_FORCE:
        return str(version.state)
    day = day_of(at)
    if version.expires_on is not None and version.expires_on <= day:
        return "expired"
    return "ahead" if version.valid_from > day else str(version.state)


def newest_first(document: Document) -> Sequence[DocumentVersion]:
    """Return the versions of a listed document, the newest first."""
    loaded: Any = document
    rows: list[DocumentVersion] = loaded.all_versions
    return rows


def _listed(rows: QuerySet[Document]) -> QuerySet[Document]:
    versions = DocumentVersion.objects.select_related(*PEOPLE).order_by("-number")
    return (
        rows.select_related("system", "owner", "reviewer")
        .prefetch_related(Prefetch("versions", queryset=versions, to_attr="all_versions"))
        .order_by("withdrawn_at", "kind", "title", "pk")
    )
