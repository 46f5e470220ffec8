"""Why one person may not act for another: their own part stands against it."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from ledger.rules.worded import word, worded
from registry import duties
from registry.models import Delegation, RoleAssignment, System
from registry.rules.permits import SECOND_LINE
from registry.selectors.people import in_force
from registry.selectors.units import units_below


def why_no_delegate(*, delegation: Delegation, at: datetime) -> str:
    """Return why, as a clause about the delegate, empty when nothing stands against it.

    The owner's side and the second line never lend to each other (workflow section 1, SEG-01); an
    auditor neither lends nor borrows. The floors above add what they know.
    """
    principal, delegate = delegation.principal_id, delegation.delegate_id
    if _audits(principal, at):
        return word("an auditor's access is given to nobody else")
    if _audits(delegate, at):
        return word("they are an auditor, who reads and does nothing")
    owned = _within(delegation, _owned_by(principal)) & _second_line(delegate, at)
    if name := _first(owned):
        return worded("they validate {name}, which this person answers for", name=name)
    mirrored = _within(delegation, _owned_by(delegate)) & _second_line(principal, at)
    if name := _first(mirrored):
        return worded("they answer for {name}, which this person validates", name=name)
    found = duties.reasons_against(principal=principal, delegate=delegate, at=at)
    return found[0] if found else ""


def _audits(person: UUID, at: datetime) -> bool:
    rows = RoleAssignment.objects.filter(in_force(at), user_id=person, role="auditor")
    return rows.exists()


def _owned_by(person: UUID) -> Q:
    return Q(owner_id=person) | Q(deputy_id=person)


def _second_line(person: UUID, at: datetime) -> Q:
    rows = RoleAssignment.objects.filter(in_force(at), user_id=person, role__in=SECOND_LINE)
    held = list(rows.values_list("unit_id", "system_id"))
    units = units_below(unit_ids=[unit for unit, _ in held if unit is not None])
    return Q(unit_id__in=units) | Q(pk__in=[system for _, system in held if system is not None])


def _within(delegation: Delegation, found: Q) -> Q:
    if delegation.system_id is not None:
        return found & Q(pk=delegation.system_id)
    if delegation.unit_id is not None:
        return found & Q(unit_id__in=units_below(unit_ids=[delegation.unit_id]))
    return found


def _first(condition: Q) -> str:
    rows: QuerySet[System] = System.objects.filter(condition)
    rows = rows.exclude(lifecycle="retired").exclude(kind=System.Kind.RECORD).filter(sample="")
    return rows.order_by("name").values_list("name", flat=True).first() or ""
