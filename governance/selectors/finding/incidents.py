"""Incidents by number, title and what their opening says."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.selectors.finding.seen import incidents_seen
from incidents.models import Incident
from registry.rules.searching import Typed, numbers_of
from registry.search_sources import Source
from registry.selectors.search_reader import Reader


def rows(reader: Reader) -> QuerySet[Incident]:
    """Return the incidents that a reader may open."""
    found: QuerySet[Incident] = Incident.objects.filter(reader.once(incidents_seen))
    return found


def exact(asked: Typed, at: datetime) -> Q | None:
    """'INC-2026-0041', or '41' of the last ten years."""
    numbers = numbers_of(asked, prefix="INC-", width=4, year=at.year)
    return Q(number__in=numbers) if numbers else None


INCIDENTS = Source(
    name="incidents",
    label=_("Incidents"),
    example=_("an incident by its number or its end: INC-2026-0041, 41"),
    place=20,
    rows=rows,
    words=("number", "title", "summary"),
    key="number",
    url=lambda key: reverse("incident", args=[key]),
    reference="number",
    title="title",
    text="summary",
    about="system__name",
    at="opened_at",
    order=("-opened_at", "-pk"),
    exact=exact,
    large=True,
)
