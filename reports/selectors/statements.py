"""Statements of applicability, uploads and gaps: who may do what, what their pages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Missing
from registry.models import Framework, LifecycleChange, Provision, System, User
from registry.rules.permits import PERMITS
from registry.selectors.exchange import holds_everywhere
from registry.selectors.people import roles_of
from registry.selectors.permits import (
    refusal_anywhere,
    refusal_for_system,
    whole_needed,
)
from registry.services.signatures import hash_payload
from reports.models import ApplicabilityStatement, ControlUpload, EvidenceGap
from reports.rules.statements import Line, line_of
from reports.selectors.applicability import is_intact, record_of
from reports.selectors.control_pages import ACT, Reader, reader_of
from reports.selectors.control_reading import control_provisions
from reports.selectors.controls import control_frameworks
from reports.selectors.report_rights import rights_of

DRAFT, APPROVE = "applicability.draft", "applicability.approve"
UPLOAD, REVIEW = "control.upload", "control.review"
ASSIGN = "gap.assign"
CONTROL = "control"
ORGANISATION = ("organisation", "organisation", settings.ORGANISATION)


@dataclass(frozen=True, slots=True)
class Row:
    """A control with its line."""

    provision: Provision
    line: Line


def refusal_for_whole(*, act: str, actor: Actor, at: datetime) -> Forbidden | None:
    """Return why an actor may not do what binds the whole organisation, None if they may.

    It takes a role for every unit at its top: what does not apply hides gaps of every system.
    """
    refusal = refusal_anywhere(act=act, actor=actor, at=at, subject=ORGANISATION)
    if refusal is not None or actor.person is None:
        return refusal
    everywhere = holds_everywhere(act=act, user_id=actor.person, at=at)
    return None if everywhere else whole_needed(act, ORGANISATION)


def refusal_for_evidence(*, act: str, actor: Actor, at: datetime) -> Forbidden | None:
    """Return why an actor may not upload or review evidence, None if they may.

    A role for any unit or system is enough; who owns a system, or is its deputy, uploads too.
    """
    refusal = refusal_anywhere(act=act, actor=actor, at=at, subject=ORGANISATION)
    if refusal is None or act != UPLOAD or actor.person is None:
        return refusal
    theirs = System.objects.filter(Q(owner=actor.person) | Q(deputy=actor.person))
    return None if theirs.exists() else refusal


def refusal_for_gap(
    *, row: EvidenceGap | None, system: System | None, actor: Actor, at: datetime
) -> Forbidden | None:
    """Return why an actor may not assign or settle a gap; who closes one may settle it."""
    if row is not None and actor.person == row.owner_id:
        return None
    if system is not None:
        return refusal_for_system(act=ASSIGN, system=system, actor=actor, at=at)
    return refusal_anywhere(act=f"{ASSIGN}.organisation", actor=actor, at=at, subject=ORGANISATION)


def stated_frameworks() -> list[Framework]:
    """Return the frameworks that a statement may speak of: all but laws.

    Whether a law binds a system is its confirmed classification's to say, and nobody's to state.
    """
    return [one for one in control_frameworks() if one.kind != "law"]


def provisions_of(framework: str) -> list[Provision]:
    """Return what a statement of a framework speaks of, in its order.

    Its controls, such as the 38 of Annex A: the clauses of a standard that has controls cannot be
    left out. Where it has none, all that it asks for.
    """
    rows = list(control_provisions().filter(framework_id=framework))
    return [one for one in rows if one.kind == CONTROL] or rows


def reads_controls(*, user: User, at: datetime) -> Reader:
    """Return whose controls a person reads now; three queries. Raises Forbidden."""
    rights = rights_of(user, at)
    retired = LifecycleChange.objects.filter(to_state="retired", at__lte=at)
    # What lets somebody read the controls of a system lets them see it.
    mine = System.objects.filter(rights.permitted(ACT, path=""), sample=System.Sample.NONE)
    mine = mine.exclude(kind=System.Kind.RECORD).exclude(pk__in=retired.values("system_id"))
    systems = mine.select_related("owner", "unit").order_by("name", "pk")
    if user.is_active and (systems or rights.anywhere(ACT)):
        return Reader(tuple(systems))
    return reader_of(user=user, now=at, at=at)


def require_reader(*, user: User, at: datetime) -> None:
    """Let in who reads controls of anything, in one query for most. Raises Forbidden."""
    held = {role for role, _, _ in roles_of(user_id=user.pk, at=at)}
    if not held & PERMITS[ACT].roles:
        reads_controls(user=user, at=at)


def statements() -> QuerySet[ApplicabilityStatement]:
    """Return every statement with its people, the newest version of a framework first."""
    rows = ApplicabilityStatement.objects.select_related(
        "framework", "author", "approved_by", "signature"
    )
    return rows.order_by("framework__name", "-version")


def in_force_of(frameworks: Sequence[Framework]) -> set[str]:
    """Return the ids of those of some frameworks that have a statement in force."""
    rows = ApplicabilityStatement.objects.filter(
        framework__in=frameworks, state=ApplicabilityStatement.State.IN_FORCE
    )
    return set(rows.values_list("framework_id", flat=True))


def statement_seen(statement_id: UUID, *, user: User, at: datetime) -> ApplicabilityStatement:
    """Return a statement. Raises Forbidden, Missing."""
    reads_controls(user=user, at=at)
    found = statements().filter(pk=statement_id).first()
    if found is None:
        raise Missing("unknown_statement", "There is no such statement.")
    return found


def statement_page(row: ApplicabilityStatement) -> dict[str, Any]:
    """Return what page, paper, sheet and API of a statement show."""
    rows = [Row(one, line_of(row.lines, one.pk)) for one in provisions_of(row.framework_id)]
    is_draft = row.state == row.State.DRAFT
    return {
        "statement": row,
        "rows": rows,
        "excluded": [one for one in rows if not one.line.applicable],
        "unsaid": sum(1 for one in rows if one.line.applicable and not one.line.how),
        "is_draft": is_draft,
        "sha256": hash_payload(record_of(row)),
        "intact": is_intact(row) if row.signature else None,
    }


def uploads(provision: str = "") -> QuerySet[ControlUpload]:
    """Return uploads, of one control for an id, the newest first."""
    rows = ControlUpload.objects.select_related(
        "provision__framework", "owner", "uploaded_by", "reviewed_by"
    )
    if provision:
        rows = rows.filter(provision_id="" if "\x00" in provision else provision[:40])
    return rows.order_by("-uploaded_at", "-pk")


def files_named(hashes: Sequence[str]) -> set[str]:
    """Return those of some SHA-256 hashes that an upload to a control names."""
    return set(ControlUpload.objects.filter(sha256__in=hashes).values_list("sha256", flat=True))


def upload_seen(upload_id: UUID, *, user: User, at: datetime) -> ControlUpload:
    """Return an upload. Raises Forbidden, Missing."""
    reads_controls(user=user, at=at)
    found = uploads().filter(pk=upload_id).first()
    if found is None:
        raise Missing("unknown_upload", "There is no such upload.")
    return found


def gaps_visible_to(*, user: User, at: datetime) -> QuerySet[EvidenceGap]:
    """Return the gaps that a person reads, the next one due first.

    Those of every system and those of the systems whose controls they read. Raises Forbidden.
    """
    return gaps_read_by(reads_controls(user=user, at=at), user=user)


def gaps_read_by(reader: Reader, *, user: User) -> QuerySet[EvidenceGap]:
    """Return the gaps that a person reads whose controls are known, the next one due first."""
    mine = Q(system__isnull=True) | Q(system__in=reader.ids) | Q(owner=user)
    rows = EvidenceGap.objects.filter(mine).select_related(
        "provision__framework", "system", "owner", "assigned_by", "closed_by"
    )
    return rows.order_by("due_at", "pk")


def gap_seen(gap_id: UUID, *, user: User, at: datetime) -> EvidenceGap:
    """Return a gap; who closes it sees it whatever their roles. Raises Forbidden, Missing."""
    rows = EvidenceGap.objects.filter(pk=gap_id, owner=user).select_related(
        "provision__framework", "system", "owner", "assigned_by", "closed_by"
    )
    found = rows.first() or gaps_visible_to(user=user, at=at).filter(pk=gap_id).first()
    if found is None:
        raise Missing("unknown_gap", "There is no such gap.")
    return found


def control_choices() -> Sequence[Provision]:
    """Return every control with its framework, to choose one from."""
    return list(control_provisions().select_related("framework"))
