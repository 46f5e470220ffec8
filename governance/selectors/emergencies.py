"""Emergencies: who is woken, what waits for its ratification, where a stop can be pressed."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast

from governance.models import Decision
from governance.selectors.on_call import on_call_now
from incidents.models import Containment, Incident
from incidents.rules.transitions import ENDED
from ledger.rules.actors import Actor
from ledger.rules.refusals import Refused
from ledger.rules.worded import worded
from registry.gates import Gap
from registry.models import Deployment, OperatingControls, System, User
from registry.selectors.people import available, people_with_role, principals_of
from registry.selectors.permits import refusal_for_system
from registry.selectors.profile import in_force


def people_to_wake(*, incident: Incident, at: datetime) -> list[User]:
    """Return who is called at once: on call, else owner and deputy, else emergency actors.

    First the rota of the unit, then who the operating controls name; who is away is left out as
    long as somebody is there.
    """
    system = incident.system
    first = [*on_call_now(unit_id=incident.unit_id, at=at), *_named_on_call(system)]
    rest = [incident.owner, incident.deputy]
    rest += people_with_role(
        role="emergency", unit_id=incident.unit_id, system_id=incident.system_id, at=at
    )
    for people in (first, rest):
        there = [one for one in people if available(user_id=one.pk, at=at)]
        if there:
            return _once(there)
    executives = people_with_role(
        role="executive", unit_id=incident.unit_id, system_id=incident.system_id, at=at
    )
    return _once([*executives, *first, *rest])


def unratified_without_motion() -> QuerySet[Containment]:
    """Return the containments that wait for a ratification which nobody has put yet."""
    motions = Decision.objects.filter(
        matter=Decision.Matter.RATIFICATION, about=Cast(OuterRef("pk"), CharField())
    )
    rows = Containment.objects.filter(state=Containment.State.STANDING, incident__drill=False)
    return rows.exclude(incident__state__in=ENDED).exclude(Exists(motions)).order_by("at")


def containments_of(*, system: System) -> QuerySet[Containment]:
    """Return every emergency containment of a system, the newest first."""
    rows = Containment.objects.filter(incident__system=system)
    return rows.select_related("incident", "person").order_by("-at", "-id")


def open_emergency(*, system: System, at: datetime) -> Incident | None:
    """Return the open incident that an emergency stop of a system was reported as last."""
    rows = Incident.objects.filter(system=system, kind=Incident.Kind.REPORTED, contained=True)
    found: Incident | None = rows.exclude(state__in=ENDED).order_by("-opened_at").first()
    return found


def _named_on_call(system: System) -> Sequence[User]:
    controls = in_force(OperatingControls, system.pk)
    named = (controls.on_call, controls.on_call_second) if controls else ()
    return [one for one in named if one is not None]


def _once(people: Sequence[User]) -> list[User]:
    return list({one.pk: one for one in people if one.is_active}.values())


def why_not_stop(*, system: System, user: User, at: datetime) -> Refused | None:
    """Return why a person may not stop a system at once, None if they may, or for a principal."""
    refusal = refusal_for_system(act="stop.now", system=system, actor=_actor(user), at=at)
    if refusal is None:
        return None
    for principal in principals_of(user_id=user.pk, system=system, at=at):
        theirs = _actor(principal)
        if refusal_for_system(act="stop.now", system=system, actor=theirs, at=at) is None:
            return None
    return refusal


def environments_of(*, system: System) -> list[str]:
    """Return where a system runs, 'production' where nothing is on record."""
    rows = Deployment.objects.filter(system=system, until_at__isnull=True)
    return sorted(set(rows.values_list("environment", flat=True))) or ["production"]


def stop_lifted(system: System, at: datetime) -> list[Gap]:
    """Check of the step 'resume': what was stopped at once is lifted by a decision first."""
    rows = containments_of(system=system).filter(kind=Containment.Kind.STOP)
    rows = rows.filter(incident__drill=False).exclude(state=Containment.State.LIFTED)
    return [
        Gap(
            worded(
                "It was stopped at once in {number}; a decision there lifts the stop.",
                number=row.incident.number,
            ),
            f"/incidents/{row.incident.number}/",
        )
        for row in rows
    ]


def _actor(user: User) -> Actor:
    return Actor(kind="person", id=str(user.pk), name=user.name)
