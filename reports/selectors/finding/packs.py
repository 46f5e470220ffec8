"""Evidence packs by number, and by what they are of."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.models import RequestScope
from registry.models import System
from registry.rules.searching import Typed
from registry.search_sources import Source, states_told
from registry.selectors.search_reader import Reader
from reports.models import Pack
from reports.rules.asked import KINDS, OF_A_SYSTEM, OF_MANY
from reports.selectors.finding.titles import BETWEEN, kind_words, title_told


def rows(reader: Reader) -> QuerySet[Pack]:
    """Return the packs that a reader may have (reports.selectors.pack_rights)."""
    mine = reader.holding(OF_A_SYSTEM)
    outside = System.objects.exclude(reader.holding(OF_A_SYSTEM, path="")).values("pk")
    scopes = RequestScope.objects.filter(request=OuterRef("request"))
    whole = Exists(scopes) & ~Exists(scopes.filter(system__in=outside))
    found = Q(mine, breadth="system") | Q(breadth="unit", unit__in=reader.units(OF_MANY))
    found |= Q(reader.holding(OF_A_SYSTEM, path="incident__system__"), breadth="matters")
    found |= Q(whole, breadth="matters", request__isnull=False)
    if reader.of_all(OF_MANY):
        found |= Q(breadth="organisation")
    return Pack.objects.filter(found)


def exact(asked: Typed, at: datetime) -> Q | None:
    """The number of a pack."""
    return Q(number__iexact=asked.text) if asked.is_reference else None


PACKS = Source(
    name="packs",
    label=_("Evidence packs"),
    example=_("a pack by its number, or by the system that it is of"),
    place=100,
    rows=rows,
    words=(
        "number",
        "subject",
        Coalesce(F("system__name"), Value("")),
        Coalesce(F("unit__name"), Value("")),
    ),
    key="number",
    url=lambda key: reverse("pack", args=[key]),
    reference="number",
    title=Concat(
        kind_words(KINDS),
        Value(BETWEEN),
        Coalesce(F("system__name"), F("unit__name"), F("subject")),
        output_field=TextField(),
    ),
    about="state",
    at="requested_at",
    order=("-requested_at", "-number"),
    exact=exact,
    told={"title": title_told, "about": states_told(Pack.State)},
)
