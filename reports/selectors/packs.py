"""Packs: what waits to be built and whose turn it is, what one is about."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, DateTimeField, F, IntegerField, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.db.models.query import QuerySet

from ledger.rules.refusals import Missing
from ledger.rules.worded import worded
from ledger.services.entries import VERSION
from reports.models import Pack
from reports.rules.things import Scope, SystemRef

BUSY = (Pack.State.QUEUED, Pack.State.BUILDING)


def pack_by_number(number: str) -> Pack:
    """Return a pack with what it is about and who asked for it. Raises Missing."""
    rows = Pack.objects.select_related(
        "system__owner", "system__unit", "unit", "incident", "request", "requested_by"
    )
    found = rows.filter(number=number).first()
    if found is None:
        raise Missing(
            "unknown_pack", worded("There is no pack {number!r} that you may see.", number=number)
        )
    return found


def waiting(*, at: datetime) -> QuerySet[Pack]:
    """Return the packs that somebody must build now, the oldest request first.

    A pack that is being built is among them when its worker has let the lease run out.
    """
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
    return Pack.objects.filter(free, state__in=BUSY).order_by("requested_at", "id")


def running(*, at: datetime) -> QuerySet[Pack]:
    """Return the packs that a worker builds now; those that wait for the sealer are not."""
    return Pack.objects.filter(state=Pack.State.BUILDING, leased_until__gt=at, waits_for="")


def by_turn(*, at: datetime) -> list[UUID]:
    """Return the waiting packs in the order of their turn.

    Who has the fewest being built goes first, then whose last pack was ready longest ago (never
    before all others), then the oldest request: nobody waits behind another's whole heap.
    """
    theirs = Q(requested_by=OuterRef("requested_by"))
    own = Pack.objects.filter(theirs).order_by().values("requested_by")
    now = running(at=at).filter(theirs).order_by()
    rows = waiting(at=at).annotate(
        busy=Coalesce(
            Subquery(
                now.values("requested_by").annotate(n=Count("pk")).values("n"),
                output_field=IntegerField(),
            ),
            0,
        ),
        last=Subquery(
            own.annotate(newest=Max("built_at")).values("newest"), output_field=DateTimeField()
        ),
    )
    ordered = rows.order_by("busy", F("last").asc(nulls_first=True), "requested_at", "id")
    return list(ordered.values_list("pk", flat=True))


def before_it(*, pack: Pack, at: datetime) -> int:
    """Return how many packs are built before it, as it looks now."""
    order = by_turn(at=at)
    return order.index(pack.pk) if pack.pk in order else 0


def systems_of(pack: Pack) -> list[SystemRef]:
    """Return the systems of a pack as frozen when it was asked for."""
    if pack.systems:
        return [SystemRef(**item) for item in pack.systems]
    if pack.system is None:
        return []
    return [SystemRef(id=str(pack.system_id), slug=pack.system.slug, name=pack.system.name)]


def scope_of(pack: Pack) -> Scope:
    """Return what a pack is about, as its files print it."""
    systems = systems_of(pack)
    return Scope(
        number=pack.number,
        organisation=settings.ORGANISATION,
        kind=pack.kind,
        breadth=pack.breadth,
        recipient=pack.recipient,
        subject=pack.subject or (systems[0].name if systems else settings.ORGANISATION),
        systems=systems,
        incident=str(pack.incident_id or ""),
        request=str(pack.request_id or ""),
        since=pack.since,
        until=pack.until,
        as_of=pack.as_of or pack.requested_at,
        newest_entry=pack.newest_entry,
        request_entry=pack.request_entry,
        requested_by=pack.requested_by.name,
        requested_by_title=pack.requested_by.title,
        zone=settings.SEAT_ZONE,
        generator=f"Countersign {VERSION}",
    )
