"""This floor's duties of a person: what they are, and how each is handed over or ended."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from ledger.rules.actors import Actor
from ledger.rules.refusals import Missing
from ledger.rules.worded import as_written, joined, term, word, worded
from ledger.services.entries import append_entry
from registry import duties
from registry.duties import Duty, Source
from registry.models import (
    BreakGlass,
    Delegation,
    LegalHold,
    OperatingControls,
    RoleAssignment,
    System,
    SystemReviewer,
    SystemVersion,
)
from registry.selectors.holds import holds_in_force, words_of
from registry.selectors.people import in_force
from registry.services.access import active_person
from registry.services.changes import SystemChange, change_system
from registry.services.delegations import end_delegation
from registry.services.roles import end_role, grant_role

RETIRED = System.Lifecycle.RETIRED
OWNER = word("Owner of {system}")
DEPUTY = word("Deputy of {system}")


def find_systems(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the systems that a person owns or deputises and that are not retired."""
    rows = System.objects.filter(Q(owner_id=person_id) | Q(deputy_id=person_id))
    rows = rows.exclude(lifecycle=RETIRED).exclude(kind=System.Kind.RECORD).filter(sample="")
    found = []
    for system in rows.order_by("name"):
        part = "owner" if system.owner_id == person_id else "deputy"
        words = worded(OWNER if part == "owner" else DEPUTY, system=system.name)
        found.append(Duty(f"{system.pk}.{part}", words, f"/systems/{system.slug}/"))
    return found


def hand_over_system(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Name another owner or deputy of a system; the other of the two stays."""
    key, _dot, part = duty_id.partition(".")
    system: System | None = System.objects.filter(pk=key).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system.")
    change = SystemChange(owner_id=to_id) if part == "owner" else SystemChange(deputy_id=to_id)
    change_system(
        system_id=system.pk,
        change=change,
        expected_version=system.version,
        reason=reason,
        acceptance=reason,
        actor=actor,
        at=at,
    )


def find_reviews(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the systems whose reviewer a person is."""
    rows = SystemReviewer.objects.filter(person_id=person_id, until_at__isnull=True)
    return [
        Duty(
            str(row.system_id),
            worded("Reviewer of {system}", system=row.system.name),
            f"/systems/{row.system.slug}/",
        )
        for row in rows.select_related("system").order_by("system__name")
    ]


def hand_over_review(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Name another reviewer of a system in the person's place."""
    system: System | None = System.objects.filter(pk=duty_id).first()
    if system is None:
        raise Missing("unknown_system", "There is no such system.")
    rows = SystemReviewer.objects.filter(system=system, until_at__isnull=True)
    kept = set(rows.values_list("person_id", flat=True)) - {from_id}
    change_system(
        system_id=system.pk,
        change=SystemChange(reviewers=kept | ({to_id} if to_id else set())),
        expected_version=system.version,
        reason=reason,
        actor=actor,
        at=at,
    )


def find_holds(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the legal holds that a person owns."""
    rows = holds_in_force(at).filter(owner_id=person_id)
    return [
        Duty(str(row.pk), worded("Owner of the hold: {what}", what=words_of(row))) for row in rows
    ]


def hand_over_hold(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Give a legal hold another owner; it holds on. Raises Missing, Invalid."""
    rows = LegalHold.objects.select_for_update(no_key=True, of=("self",))
    hold = rows.filter(pk=duty_id).first()
    if hold is None or to_id is None:
        raise Missing("unknown_hold", "There is no such hold, or nobody to own it.")
    owner = active_person(to_id)
    before, hold.owner = hold.owner_id, owner
    hold.save(update_fields=["owner"], at=at)
    append_entry(
        verb="legal_hold.handed_over",
        actor=actor,
        at=at,
        subject=("legal_hold", str(hold.pk), str(hold.scope)),
        before={"owner": before},
        after={"owner": to_id},
        reason=reason,
        incident_id=hold.incident_id,
        system_id=hold.system_id,
        details={"owner_name": owner.on_record},
        touched=[f"registry_legalhold:{hold.pk}"],
    )


def find_roles(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the roles that a person holds or will hold; a successor may be given the same."""
    rows = RoleAssignment.objects.filter(user_id=person_id).filter(
        Q(until_at__isnull=True) | Q(until_at__gt=at)
    )
    rows = rows.select_related("unit", "system").order_by("role", "unit__name", "system__name")
    found = []
    for row in rows:
        scope = row.system or row.unit
        words = joined(", ", [term(row.get_role_display()), as_written(str(scope))])
        found.append(Duty(str(row.pk), words, successor="optional", note="The role ends."))
    return found


def hand_over_role(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Give a successor the same role until the same end, and end the person's."""
    row = RoleAssignment.objects.filter(pk=duty_id).first()
    if row is None:
        raise Missing("unknown_role", "There is no such role.")
    if to_id is not None and not _holds(row, to_id, at):
        grant_role(
            user_id=to_id,
            role=row.role,
            unit_id=row.unit_id,
            system_id=row.system_id,
            until_at=row.until_at,
            reason=reason,
            actor=actor,
            at=at,
        )
    end_role(assignment_id=row.pk, reason=reason, actor=actor, at=at)


def find_delegations(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the delegations in both directions that have not ended."""
    rows = Delegation.objects.filter(Q(principal_id=person_id) | Q(delegate_id=person_id))
    rows = rows.filter(until_at__gt=at).select_related("principal", "delegate")
    return [
        Duty(
            str(row.pk),
            worded(
                "{delegate} acts for {principal}",
                delegate=row.delegate.name,
                principal=row.principal.name,
            ),
            successor="none",
            note="The delegation ends.",
        )
        for row in rows.order_by("from_at", "pk")
    ]


def close_delegation(
    *,
    duty_id: str,
    from_id: UUID,
    to_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """End a delegation of who leaves."""
    end_delegation(delegation_id=UUID(duty_id), reason=reason, actor=actor, at=at)


def find_glasses(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the accesses in an emergency that a person has open."""
    rows = BreakGlass.objects.filter(person_id=person_id, until_at__gt=at)
    return [
        Duty(
            str(row.pk),
            worded("Break-glass access to {where}", where=row.system or row.unit),
            successor="none",
            link=f"/people/glass/{row.pk}/",
            note=word("It ends with the account within four hours."),
        )
        for row in rows.select_related("unit", "system").order_by("until_at", "pk")
    ]


def find_drafts(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return what a person wrote that waits for somebody's approval: it stays, in their name."""
    versions = SystemVersion.objects.filter(author_id=person_id, state="draft")
    controls = OperatingControls.objects.filter(author_id=person_id, state="draft")
    found = [
        Duty(
            f"version.{row.pk}",
            worded(
                "Draft of version {version}, {system}", version=row.label, system=row.system.name
            ),
            f"/systems/{row.system.slug}/versions/",
            "none",
            word("Stays for who approves it."),
        )
        for row in versions.select_related("system").order_by("created_at", "pk")
    ]
    return found + [
        Duty(
            f"controls.{row.pk}",
            worded("Draft of operating controls, {system}", system=row.system.name),
            f"/systems/{row.system.slug}/profile/",
            "none",
            word("Stays for who approves it."),
        )
        for row in controls.select_related("system").order_by("system__name")
    ]


def find_named(person_id: UUID, at: datetime) -> Sequence[Duty]:
    """Return the operating controls in force that name a person: on call, second, reviewer.

    They are a version that two persons signed; another name is another version.
    """
    rows = OperatingControls.objects.filter(
        Q(on_call_id=person_id) | Q(on_call_second_id=person_id) | Q(reviewer_id=person_id),
        state="in_force",
    )
    return [
        Duty(
            str(row.pk),
            worded("Named in the operating controls of {system}", system=row.system.name),
            f"/systems/{row.system.slug}/profile/",
            "none",
            "Write their next version with another name.",
        )
        for row in rows.select_related("system").order_by("system__name")
    ]


def register_duties() -> None:
    """Register this floor's sources."""
    for source in (
        Source("systems", word("Systems"), find_systems, hand_over_system),
        Source("reviews", word("Reviewer of systems"), find_reviews, hand_over_review),
        Source("controls", word("Named in operating controls"), find_named),
        Source("holds", word("Legal holds"), find_holds, hand_over_hold),
        Source("roles", word("Roles"), find_roles, hand_over_role),
        Source("delegations", word("Delegations"), find_delegations, close_delegation),
        Source("glasses", word("Break-glass access"), find_glasses),
        Source("drafts", word("Drafts that wait"), find_drafts),
    ):
        duties.register(source)


def _holds(row: RoleAssignment, person: UUID, at: datetime) -> bool:
    rows = RoleAssignment.objects.filter(
        in_force(at), user_id=person, role=row.role, unit=row.unit, system=row.system
    )
    return rows.filter(until_at=row.until_at).exists()
