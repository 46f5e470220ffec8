"""Board reports and reviews by number, subject and quarter."""

from datetime import datetime

from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce, Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ledger.rules.worded import as_written, joined, shortened, term
from registry.rules.permits import OWNERS, PERMITS
from registry.rules.searching import Typed
from registry.search_sources import Source
from registry.selectors.search_reader import Reader
from reports.models import Report
from reports.rules.quarters import KINDS

READ = "report.read"
BETWEEN = " · "


def rows(reader: Reader) -> QuerySet[Report]:
    """Return the reports that a person may read (reports.selectors.report_rights)."""
    roles = PERMITS[READ].roles
    found = Q(reader.permitted(READ), system__isnull=False)
    found |= Q(unit__in=reader.units(roles))
    if reader.of_all(roles - OWNERS):
        found |= Q(system=None, unit=None)
    return Report.objects.filter(found)


def kind_words() -> Case:
    """The kind of a report as people say it."""
    whens = [When(kind=value, then=Value(str(label))) for value, label in KINDS.items()]
    return Case(*whens, default=Value(""), output_field=TextField())


def title_told(_key: str, title: str) -> str:
    """Return a title with its kind as a word of ours; the subject is a name."""
    kind, between, subject = title.partition(BETWEEN)
    return joined(between, [term(kind), as_written(subject)])


def state_told(_key: str, state: str) -> str:
    """Return a state as it is kept, with its label for other languages."""
    return shortened(state, Report.State(state).label)


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
        kind_words(),
        Coalesce(F("system__name"), Value("")),
        Coalesce(F("unit__name"), Value("")),
    ),
    key="number",
    url=lambda key: reverse("report", args=[key]),
    reference="number",
    title=Concat(
        kind_words(),
        Value(BETWEEN),
        Coalesce(F("system__name"), F("unit__name"), Value("")),
        output_field=TextField(),
    ),
    about="state",
    at="begun_at",
    order=("-begun_at", "-number"),
    exact=exact,
    told={"title": title_told, "about": state_told},
)
