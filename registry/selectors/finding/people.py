"""People by name, function or address, for who may look them up."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.models import RoleAssignment, System, User
from registry.rules.searching import Typed
from registry.search_sources import Source
from registry.selectors.access import READERS
from registry.selectors.search_reader import Reader


def rows(reader: Reader) -> QuerySet[User]:
    """Return the persons whom a reader may look into (registry.selectors.access)."""
    people: QuerySet[User] = User.objects.filter(kind=User.Kind.PERSON)
    own = Q(pk=reader.user.pk)
    units = reader.units(READERS)
    if not units:
        return people.filter(own, is_active=True)
    roles = RoleAssignment.objects.filter(
        Q(unit_id__in=units) | Q(system__unit_id__in=units)
    ).filter(Q(until_at__isnull=True) | Q(until_at__gt=reader.at))
    systems = System.objects.filter(unit_id__in=units)
    return people.filter(
        own
        | Q(unit_id__in=units)
        | Q(pk__in=roles.values("user_id"))
        | Q(pk__in=systems.values("owner_id"))
        | Q(pk__in=systems.values("deputy_id"))
    )


def exact(asked: Typed, at: datetime) -> Q | None:
    """An address names one person."""
    return Q(email__iexact=asked.text) if "@" in asked.text else None


PEOPLE = Source(
    name="people",
    label=_("People"),
    example=_("a name, a function, an address"),
    place=50,
    rows=rows,
    words=("name", "title"),
    key="pk",
    url=lambda key: reverse("person", args=[key]),
    title="name",
    about="unit__name",
    text="title",
    order=("-is_active", "name", "pk"),
    exact=exact,
)
