"""KPIs of the catalogue, the shipped ones and the organisation's own, for the search."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.rules.searching import Typed
from registry.search_sources import Source, register
from registry.selectors.search_reader import Reader
from telemetry.models import Kpi
from telemetry.rules.kpi_words import of_kpi


def rows(reader: Reader) -> QuerySet[Kpi]:
    """Return the KPIs that a reader may open (telemetry.selectors.catalogue)."""
    if not reader.user.is_active:
        return Kpi.objects.none()
    start = reader.lived_in | set(reader.units())
    if reader.user.unit_id is not None:
        start.add(reader.user.unit_id)
    return Kpi.objects.filter(Q(own=False) | Q(of_unit__in=reader.above(start)))


def exact(asked: Typed, at: datetime) -> Q | None:
    """A short name."""
    return Q(pk=asked.plain)


KPIS = Source(
    name="kpis",
    label=_("KPIs"),
    example=_("what is measured: accuracy, complaints, cost per case"),
    place=70,
    rows=rows,
    words=("name", "id", "explanation"),
    key="pk",
    url=lambda key: reverse("kpi-definition", args=[key]),
    title="name",
    text="explanation",
    about="of_unit__name",
    order=("name", "pk"),
    exact=exact,
    told={"title": of_kpi, "text": of_kpi},
)


def register_found() -> None:
    """Register the kind of this floor."""
    register(KPIS)
