"""Suppliers, for everybody who has a part in the organisation's work."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.models import Supplier
from registry.rules.searching import Typed
from registry.search_sources import Source
from registry.selectors.search_reader import Reader


def rows(reader: Reader) -> QuerySet[Supplier]:
    """Return the suppliers that a reader may open (registry.views.suppliers)."""
    return Supplier.objects.filter(reader.works_here)


def exact(asked: Typed, at: datetime) -> Q | None:
    """A short name."""
    return Q(slug=asked.plain)


SUPPLIERS = Source(
    name="suppliers",
    label=_("Suppliers"),
    example=_("who supplies a model, data or software"),
    place=80,
    rows=rows,
    words=("name", "about"),
    key="slug",
    url=lambda key: reverse("supplier", args=[key]),
    title="name",
    text="about",
    order=("ended_at", "name"),
    exact=exact,
)
