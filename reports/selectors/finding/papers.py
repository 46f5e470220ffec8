"""Board reports and reviews by number, subject and quarter."""

from datetime import datetime

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.rules.permits import OWNERS, PERMITS
from registry.rules.searching import Typed
from registry.search_sources import Source, states_told
from registry.selectors.search_reader import Reader
from reports.models import Report
from reports.rules.quarters import KINDS
from reports.selectors.finding.titles import BETWEEN, kind_words, title_told

READ = "report.read"


def rows(reader: Reader) -> QuerySet[Report]:
    """Return the reports that a person may read (reports.selectors.report_rights)."""
    roles = PERMITS[READ].roles
    found = Q(reader.permitted(READ), system__isnull=False)
    found |= Q(unit__in=reader.units(roles))
    if reader.of_all(roles - OWNERS):
        found |= Q(system=None, unit=None)
    return Report.objects.filter(found)


def exact(asked: Typed, at: datetime) -> Q | None:
    """The number of a report."""
    return Q(number__iexact=asked.text) if asked.is_reference else None


REPORTS = Source(
    name="reports",
    label=_("Reports"),
    example=_("a board report or a review by its subject"),
    place=105,
    rows=rows,
    words=(
        "number",
        kind_words(KINDS),
        Coalesce(F("system__name"), Value("")),
        Coalesce(F("unit__name"), Value("")),
    ),
    key="number",
    url=lambda key: reverse("report", args=[key]),
    reference="number",
    title=Concat(
        kind_words(KINDS),
        Value(BETWEEN),
        Coalesce(F("system__name"), F("unit__name"), Value("")),
        output_field=TextField(),
    ),
    about="state",
    at="begun_at",
    order=("-begun_at", "-number"),
    exact=exact,
    told={"title": title_told, "about": states_told(Report.State)},
)
