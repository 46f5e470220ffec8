"""Systems by name, short name and purpose."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.selectors.finding.seen import systems_seen
from registry.models import System
from registry.rules.searching import Typed
from registry.search_sources import Source
from registry.selectors.search_reader import Reader


def rows(reader: Reader) -> QuerySet[System]:
    """Return the systems whose page a reader may open."""
    found: QuerySet[System] = System.objects.filter(reader.once(systems_seen), sample="")
    return found


def exact(asked: Typed, at: datetime) -> Q | None:
    """A short name."""
    return Q(slug=asked.plain)


SYSTEMS = Source(
    name="systems",
    label=_("Systems"),
    example=_("a system by its name, or what it is for: fraud, claims"),
    place=10,
    rows=rows,
    words=("name", "slug", "purpose"),
    key="slug",
    url=lambda key: reverse("system", args=[key]),
    title="name",
    text="purpose",
    about="unit__name",
    order=("name", "pk"),
    exact=exact,
)
