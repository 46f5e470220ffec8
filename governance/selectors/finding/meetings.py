"""Meetings of bodies by number and title."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.models import Meeting, Seat
from governance.selectors.meetings import READERS
from registry.rules.searching import Typed
from registry.search_sources import Source
from registry.selectors.search_reader import Reader


def rows(reader: Reader) -> QuerySet[Meeting]:
    """Return the meetings that a reader may open (governance.selectors.meetings)."""
    return Meeting.objects.filter(reader.once(of_bodies))


def of_bodies(reader: Reader) -> Q:
    """Return the condition on meetings: a body in which they sit, or that they oversee."""
    sits = Seat.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=reader.at),
        Q(person_id=reader.user.pk) | Q(substitute_id=reader.user.pk),
        from_at__lte=reader.at,
    )
    below = reader.units(READERS)
    return Q(committee__unit_id__in=below) | Q(committee__in=sits.values("committee_id"))


def exact(asked: Typed, at: datetime) -> Q | None:
    """The number of a meeting."""
    return Q(number=asked.text.upper()[:20]) if asked.is_reference else None


MEETINGS = Source(
    name="meetings",
    label=_("Meetings"),
    example=_("a meeting by its number or title"),
    place=40,
    rows=rows,
    words=("number", "title"),
    key="number",
    url=lambda key: reverse("meeting", args=[key]),
    reference="number",
    title="title",
    about="committee__name",
    at="starts_at",
    order=("-starts_at", "pk"),
    exact=exact,
)
