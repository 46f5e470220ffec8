"""Policies by unit, profile and what their rules say; few rows, so they need no index."""

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from governance.models import Policy
from registry.search_sources import Source, states_told
from registry.selectors.search_reader import Reader

# The first of these pages that there is shows it.
PAGES = ("policy", "policies", "workflow")


def rows(reader: Reader) -> QuerySet[Policy]:
    """Return the policies of the units in which they hold a role or work (selectors.policies)."""
    units = set(reader.units())
    if reader.user.unit_id is not None:
        units |= reader.above([reader.user.unit_id])
    return Policy.objects.filter(unit_id__in=units)


def url(key: str) -> str:
    """Return where a policy is read."""
    for name in PAGES:
        for args in ([key], []):
            try:
                return reverse(name, args=args)
            except NoReverseMatch:
                continue
    return "/"


POLICIES = Source(
    name="policies",
    label=_("Policies"),
    example=_("the rules of a unit by its name, or by what they say"),
    place=110,
    rows=rows,
    words=("profile", "unit__name", Cast("body", TextField())),
    key="pk",
    url=url,
    title=Concat(F("unit__name"), Value(", "), F("profile"), output_field=TextField()),
    reference=Concat(Value("v"), F("number"), output_field=TextField()),
    about="state",
    at="valid_from",
    order=("-valid_from", "-number"),
    told={"about": states_told(Policy.State)},
)
