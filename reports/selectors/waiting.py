"""What else is on a desk: approvals, clocks, what happened since the last sign-in."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.models import Watch
from incidents.models import Incident
from ledger.selectors.lines import count_of, instants_of
from outbox.languages import spoken
from registry.models import Delegation, Signature, System, User
from registry.rules.shipped import shipped
from reports.models import Pack
from reports.rules.desk_beside import Also, Clock, Since, share_used
from reports.selectors.cases import RolesBySystem
from reports.selectors.rights import Rights
from reports.selectors.tasks import incident_url
from reports.selectors.waiting_registry import registry_waiting

MOST_CLOCKS = 6


def open_watches(*, systems: QuerySet[System], limit: int = 30) -> list[Watch]:
    """Return the watches of these systems that are not over, the nearest deadline first."""
    rows = Watch.objects.filter(system__in=systems.values("pk"), state__in=("open", "answered"))
    return list(
        rows.select_related(
            "system__owner", "standing__series__kpi", "standing__threshold_version"
        ).order_by("due_at", "id")[:limit]
    )


def also_waiting(
    *,
    user: User,
    systems: QuerySet[System],
    roles: RolesBySystem,
    near: frozenset[UUID],
    lent: Sequence[Delegation],
    since: datetime | None,
    at: datetime,
) -> list[Also]:
    """Return broken glass to review, what to approve or to renew, and packs to fetch.

    `near` are the reader and everybody for whom they act, `lent` the delegations they hold.
    """
    rights = Rights(user.pk, near, roles)
    return [
        *registry_waiting(user=user, systems=systems, rights=rights, at=at, lent=lent),
        *_packs(user, since),
    ]


def clocks_of(incidents: Sequence[Incident], at: datetime) -> list[Clock]:
    """Return the running regulatory clocks and action deadlines, the nearest first."""
    found = [clock for incident in incidents for clock in _clocks(incident, at)]
    return sorted(found, key=lambda clock: clock.due)[:MOST_CLOCKS]


def last_sign_in(*, user: User) -> datetime | None:
    """Return when the reader signed in before this time, None for the first time."""
    instants = instants_of(verb="user.signed_in", actor_id=str(user.pk), limit=2)
    return instants[1] if len(instants) > 1 else None


def happened(*, user: User, visible: QuerySet[Incident], since: datetime | None) -> list[Since]:
    """Return what happened on the reader's incidents since then, three lines at most."""
    if since is None:
        return []
    ids = visible.values("pk")
    closed = visible.filter(closed_at__gt=since).count()
    signed = (
        Signature.objects.filter(signed_at__gt=since, subject_id__in=ids)
        .exclude(signer=user)
        .count()
    )
    refused = count_of(verb="request.refused", since=since, incident_ids=ids)
    lines = (
        ("check", closed, ngettext("%d incident closed", "%d incidents closed", closed)),
        ("pen", signed, ngettext("%d signature of others", "%d signatures of others", signed)),
        ("no", refused, ngettext("%d refused attempt", "%d refused attempts", refused)),
    )
    return [Since(icon, words % number) for icon, number, words in lines if number]


def _packs(user: User, since: datetime | None) -> Iterator[Also]:
    rows = Pack.objects.filter(requested_by=user, state=Pack.State.READY)
    if since is not None:
        rows = rows.filter(built_at__gt=since)
    for row in rows.select_related("system").order_by("-built_at")[:3]:
        yield Also(
            title=_("Evidence pack %(number)s, %(system)s")
            % {"number": row.number, "system": row.subject or str(row.system)},
            url=f"/packs/{row.number}/",
            who=_("asked for by you"),
            due=None,
            step=_("Download"),
        )


def _clocks(incident: Incident, at: datetime) -> Iterator[Clock]:
    for clock in incident.clocks.all():
        yield Clock(
            title=f"{spoken(shipped(clock.rule.regime))} {clock.rule.basis}",
            url=incident_url(incident),
            due=clock.due_at,
            share=share_used(clock.aware_at, clock.due_at, at),
            tag=_("provisional") if clock.state == "provisional" else _("confirmed"),
            state="overdue" if clock.due_at < at else "",
            note=_("Ends only by a signed answer. %(number)s") % {"number": incident.number},
        )
    for action in incident.actions.all():
        yield Clock(
            title=action.words,
            url=incident_url(incident),
            due=action.due_at,
            share=share_used(action.ordered_at, action.due_at, at),
            tag="",
            state="overdue" if action.due_at < at else "",
            note=_("With %(name)s. %(number)s")
            % {"name": action.executor.name, "number": incident.number},
        )
