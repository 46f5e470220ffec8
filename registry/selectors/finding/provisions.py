"""Articles, clauses and controls: reference data, which everybody reads."""

from datetime import datetime

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower
from django.db.models.lookups import In
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.models import Provision
from registry.rules.searching import Typed, provision_names
from registry.rules.shipped import cited, shipped
from registry.search_sources import Source
from registry.selectors.search_reader import Reader


def rows(reader: Reader) -> QuerySet[Provision]:
    """Return the provisions that stand; what a later release left out is not searched."""
    found: QuerySet[Provision] = Provision.objects.filter(superseded_in="")
    return found if reader.user.is_active else found.none()


def exact(asked: Typed, at: datetime) -> Q | None:
    """'Art. 9', 'article 9', 'A.6.2.4' and 'AIA-9' name a provision."""
    names = provision_names(asked)
    if not names:
        return Q(pk__iexact=asked.text) if "-" in asked.text else None
    return Q(In(Lower(F("reference")), names)) | Q(In(Lower(F("id")), names))


def url(key: str) -> str:
    """Return the address of a provision by 'framework/id'."""
    return reverse("law-provision", args=key.split("/", 1))


PROVISIONS = Source(
    name="provisions",
    label=_("Articles and controls"),
    example=_("an article or a control: Art. 9, A.6.2.4, oversight"),
    place=60,
    rows=rows,
    words=("reference", "title"),
    key=Concat("framework_id", Value("/"), "id"),
    url=url,
    reference="reference",
    title="title",
    about="framework__name",
    order=("framework_id", "place", "pk"),
    exact=exact,
    told={
        "reference": lambda _key, text: cited(text),
        "title": lambda _key, text: shipped(text),
        "about": lambda _key, text: shipped(text),
    },
)
