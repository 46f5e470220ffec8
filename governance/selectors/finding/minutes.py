"""What meetings dealt with: the items of their agendas, and what came of each.

Items on cases that the reader may not see are left out, as the page of the meeting does.
"""

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.models import AgendaItem
from governance.selectors.finding.meetings import rows as meetings
from governance.selectors.finding.seen import on_incidents_seen
from registry.search_sources import Source
from registry.selectors.search_reader import Reader


def rows(reader: Reader) -> QuerySet[AgendaItem]:
    """Return the items that a reader may read."""
    found = AgendaItem.objects.filter(meeting__in=meetings(reader).values("pk"))
    return found.filter(Q(decision=None) | on_incidents_seen(reader, "decision__incident"))


MINUTES = Source(
    name="minutes",
    label=_("Agendas and minutes"),
    example=_("what a meeting dealt with, and what came of it"),
    place=45,
    rows=rows,
    words=("title", "note"),
    key="meeting__number",
    url=lambda key: reverse("meeting", args=[key]),
    reference="meeting__number",
    title="title",
    text="note",
    about="meeting__title",
    at="meeting__starts_at",
    order=("-meeting__starts_at", "position"),
)
