"""Motions by number, title and reason: what was put to a body, and what it decided on."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.models import Decision
from governance.selectors.finding.seen import on_incidents_seen
from registry.rules.searching import Typed, numbers_of
from registry.search_sources import Source
from registry.selectors.search_reader import Reader


def rows(reader: Reader) -> QuerySet[Decision]:
    """Return the motions on incidents that a reader sees (pages.visibility)."""
    return Decision.objects.filter(reader.once(on_incidents_seen))


def exact(asked: Typed, at: datetime) -> Q | None:
    """'2026-19', or '19' of the last ten years."""
    numbers = numbers_of(asked, prefix="", width=2, year=at.year)
    return Q(number__in=numbers) if numbers else None


MOTIONS = Source(
    name="motions",
    label=_("Motions and decisions"),
    example=_("a motion by its number, or a word of its reason: 2026-19, roll back"),
    place=30,
    rows=rows,
    words=("number", "title", "reason"),
    key="number",
    url=lambda key: reverse("ballot", args=[key]),
    reference="number",
    title="title",
    text="reason",
    about="committee__name",
    at="created_at",
    order=("-created_at", "pk"),
    exact=exact,
)
