"""The oversight log: who could intervene in systems at an instant, and who did in a period."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from registry.models import System, User
from registry.selectors.systems import systems_visible_to
from reports.rules.oversight import Record
from reports.selectors.oversight_could import could_of
from reports.selectors.oversight_did import Period, days_of, did_in

OVERSEEN = ("pilot", "production", "suspended")


def overseen_systems(*, user: User, at: datetime, slug: str = "") -> QuerySet[System]:
    """Return the systems that a person sees and that run or are held, or one of any state."""
    rows = systems_visible_to(user=user, at=at)
    return rows.filter(slug=slug) if slug else rows.filter(lifecycle__in=OVERSEEN)


def after(rows: QuerySet[System], slug: str) -> QuerySet[System]:
    """Return the systems after the one that was shown last, by name."""
    ordered = rows.order_by("name", "pk")
    last = rows.filter(slug=slug).first() if slug else None
    if last is None:
        return ordered
    return ordered.filter(Q(name__gt=last.name) | Q(pk__gt=last.pk), name__gte=last.name)


def oversight_of(
    *, systems: Sequence[System], since: datetime, until: datetime, at: datetime
) -> list[Record]:
    """Return the record of each system: powers at `at`, what was done in [since, until).

    Systems come with owner, deputy and unit__calendar; the queries are the same for any number.
    """
    period = Period(tuple(one.pk for one in systems), since, until, at)
    could, days = could_of(systems=systems, at=at), days_of(period)
    did = did_in(period)
    return [
        Record(
            system=one.name,
            slug=one.slug,
            state=one.lifecycle,
            powers=could[one.pk].powers,
            days=tuple(days.get(one.pk, ())),
            acts=tuple(did.acts.get(one.pk, ())),
            means=did.means[one.pk],
            working=could[one.pk].working,
            on_call=could[one.pk].on_call,
            controls=could[one.pk].controls,
            training=could[one.pk].training,
        )
        for one in systems
    ]


def with_people(rows: QuerySet[System]) -> QuerySet[System]:
    """Return systems with what `oversight_of` reads of them."""
    return rows.select_related("owner", "deputy", "unit__calendar")
