"""Own frameworks: what may be named in them, their versions, what their pages show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from ledger.rules.refusals import Missing
from registry.models import Framework, Provision, User
from registry.selectors.law import IN_FORCE
from reports.models import OwnFramework
from reports.rules.own_documents import Change, OwnFrameworkDocument, difference
from reports.rules.own_frameworks import Known, Understood, read_framework
from reports.selectors.control_map import control_map
from reports.selectors.control_reading import KINDS
from reports.selectors.own_rows import FILE, document_of
from reports.selectors.statements import reads_controls

BRING, APPROVE = "own_framework.bring", "own_framework.approve"
State = OwnFramework.State


def known() -> Known:
    """Return what an own framework may name: sources, provisions that are controls, ids taken."""
    rows = Provision.objects.filter(IN_FORCE, kind__in=KINDS, status="").exclude(file=FILE)
    taken = Framework.objects.exclude(file=FILE)
    return Known(
        sources=frozenset(control_map().sources),
        provisions=frozenset(rows.values_list("pk", flat=True)),
        taken=frozenset(taken.values_list("pk", flat=True)),
    )


def understood(text: str) -> Understood:
    """Return what is understood of a text, and every fault with its line."""
    return read_framework(text, known())


def own_frameworks() -> QuerySet[OwnFramework]:
    """Return every version with its people, without the texts, the newest of each first."""
    rows = OwnFramework.objects.select_related("brought_by", "approved_by", "ended_by")
    return rows.defer("text", "document").order_by("key", "-version")


def own_framework_seen(version_id: UUID, *, user: User, at: datetime) -> OwnFramework:
    """Return a version. Raises Forbidden, Missing."""
    reads_controls(user=user, at=at)
    rows = OwnFramework.objects.select_related("brought_by", "approved_by", "ended_by")
    found = rows.filter(pk=version_id).first()
    if found is None:
        raise Missing("unknown_framework_version", "There is no such version.")
    return found


def held(key: str) -> OwnFramework | None:
    """Return the version of a framework that is in force."""
    return OwnFramework.objects.filter(key=key, state=State.IN_FORCE).first()


@dataclass(frozen=True, slots=True)
class Preview:
    """What a text would bring: the document, against which version, what that changes."""

    document: OwnFrameworkDocument
    against: OwnFramework | None
    changes: tuple[Change, ...]
    labels: Mapping[str, str]


def preview_of(found: OwnFrameworkDocument) -> Preview:
    """Return what a document would change of the version in force."""
    against = held(found.id)
    before = document_of(against) if against else None
    return Preview(found, against, difference(before, found), _labels())


def shown_of(row: OwnFramework) -> Preview:
    """Return what a version says, with what it changed of the one before it that was in force.

    A version that waits is compared with the one in force.
    """
    against = held(row.key) if row.state == State.PROPOSED else _before(row)
    found = document_of(row)
    before = document_of(against) if against else None
    return Preview(found, against, difference(before, found), _labels())


def _before(row: OwnFramework) -> OwnFramework | None:
    rows = OwnFramework.objects.filter(
        key=row.key, version__lt=row.version, approved_at__isnull=False
    )
    return rows.order_by("-version").first()


def _labels() -> dict[str, str]:
    return {key: one.label for key, one in control_map().sources.items()}
