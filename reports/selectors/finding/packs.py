"""Evidence packs by number, and by what they are of."""

from datetime import datetime

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.models import RequestScope
from ledger.rules.worded import as_written, joined, shortened, term
from registry.models import System
from registry.rules.searching import Typed
from registry.search_sources import Source
from registry.selectors.search_reader import Reader
from reports.models import Pack
from reports.rules.asked import KINDS, OF_A_SYSTEM, OF_MANY

BETWEEN = " · "


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


def kind_words() -> Case:
    """The kind of a pack as people say it."""
    whens = [When(kind=value, then=Value(str(label))) for value, label in KINDS.items()]
    return Case(*whens, default=Value(""), output_field=TextField())


def title_told(_key: str, title: str) -> str:
    """Return a title with its kind as a word of ours; the subject is a name."""
    kind, between, subject = title.partition(BETWEEN)
    return joined(between, [term(kind), as_written(subject)])


def state_told(_key: str, state: str) -> str:
    """Return a state as it is kept, with its label for other languages."""
    return shortened(state, Pack.State(state).label)


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
        kind_words(),
        Value(BETWEEN),
        Coalesce(F("system__name"), F("unit__name"), F("subject")),
        output_field=TextField(),
    ),
    about="state",
    at="requested_at",
    order=("-requested_at", "-number"),
    exact=exact,
    told={"title": title_told, "about": state_told},
)
