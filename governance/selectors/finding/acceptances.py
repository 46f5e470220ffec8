"""Accepted risks by number, title, the risk that is left and its controls."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.selectors.finding.seen import on_incidents_seen
from incidents.models import RiskAcceptance
from registry.rules.searching import Typed, numbers_of
from registry.search_sources import Source
from registry.selectors.search_reader import Reader


def rows(reader: Reader) -> QuerySet[RiskAcceptance]:
    """Return the acceptances of incidents that a reader sees (incidents.selectors.acceptances)."""
    return RiskAcceptance.objects.filter(reader.once(on_incidents_seen))


def exact(asked: Typed, at: datetime) -> Q | None:
    """'RA-2026-0007', or '7' of the last ten years."""
    numbers = numbers_of(asked, prefix="RA-", width=4, year=at.year)
    return Q(number__in=numbers) if numbers else None


ACCEPTANCES = Source(
    name="acceptances",
    label=_("Accepted risks"),
    example=_("an accepted risk by its number or its controls: RA-2026-0007"),
    place=35,
    rows=rows,
    words=("number", "title", "residual_risk", "controls"),
    key="number",
    url=lambda key: reverse("acceptance", args=[key]),
    reference="number",
    title="title",
    text="residual_risk",
    about="incident__number",
    at="from_at",
    order=("-from_at", "pk"),
    exact=exact,
)
