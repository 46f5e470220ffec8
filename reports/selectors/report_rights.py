"""Who may do what with reports: of a system, of a unit, of the whole organisation."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Missing
from registry.models import System, Unit, User
from registry.rules.permits import OWNERS, PERMITS
from registry.selectors.permits import refusal_for_system, refusal_for_unit, whole_needed
from registry.selectors.systems import systems_visible_to
from reports.models import Report
from reports.selectors.cases import RolesBySystem
from reports.selectors.rights import NOBODY, Rights

READ, WRITE, ISSUE = "report.read", "report.write", "report.issue"
ORGANISATION = ("organisation", "organisation", settings.ORGANISATION)


def refusal_for_report(
    *, act: str, system: System | None, unit: Unit | None, actor: Actor, at: datetime
) -> Forbidden | None:
    """Return why an actor may not do something with reports of a subject, None if they may.

    What is of the whole organisation takes a role for every unit at its top.
    """
    if system is not None:
        return refusal_for_system(act=act, system=system, actor=actor, at=at)
    if unit is not None:
        subject = ("unit", str(unit.pk), unit.name)
        return refusal_for_unit(act=act, unit_id=unit.pk, actor=actor, at=at, subject=subject)
    for top in Unit.objects.filter(parent__isnull=True):
        if refusal_for_unit(act=act, unit_id=top.pk, actor=actor, at=at, subject=ORGANISATION):
            return whole_needed(act, ORGANISATION)
    return None


def reports_visible_to(*, user: User, at: datetime) -> QuerySet[Report]:
    """Return the reports that a person may read, three queries before the one that reads them."""
    rights = rights_of(user, at)
    mine = Q(system__isnull=False) & rights.permitted(READ)
    mine |= Q(unit__isnull=False) & rights.in_unit(READ)
    mine |= Q(system=None, unit=None) if has_whole(rights, READ) else NOBODY
    return Report.objects.filter(mine)


def report_seen(number: str, *, user: User, at: datetime) -> Report:
    """Return a report that a person may read. Raises Missing."""
    return report_among(reports_visible_to(user=user, at=at), number)


def report_among(rows: QuerySet[Report], number: str) -> Report:
    """Return a report of these by its number, with all that its page needs. Raises Missing."""
    rows = rows.select_related("system", "unit", "author", "issued_by", "signature")
    found = None if "\x00" in number else rows.filter(number=number).first()
    if found is None:
        raise no_such_report()
    return found


def no_such_report() -> Missing:
    """Return the refusal for a report that is not there, or not theirs to see."""
    return Missing("unknown_report", "There is no such report that you may see.")


def rights_of(user: User, at: datetime) -> Rights:
    """Return a person with their roles; two queries."""
    return Rights(user.pk, frozenset({user.pk}), RolesBySystem(user_id=user.pk, at=at))


def has_whole(rights: Rights, act: str) -> bool:
    """Whether a person may do this for every unit at the top of the organisation."""
    units, _ = rights.roles.reach(PERMITS[act].roles - OWNERS)
    tops = set(Unit.objects.filter(parent__isnull=True).values_list("pk", flat=True))
    return bool(tops) and tops <= set(units)


def subjects_for(*, user: User, at: datetime) -> tuple[list[System], list[Unit], bool]:
    """Return of what a person may write reports: systems, units, and whether of the whole."""
    rights = rights_of(user, at)
    systems = systems_visible_to(user=user, at=at).filter(rights.permitted(WRITE, path=""))
    units = Unit.objects.filter(rights.in_unit(WRITE, path="pk")).order_by("name")
    return list(systems.order_by("name")), list(units), has_whole(rights, WRITE)
