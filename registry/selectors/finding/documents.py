"""Documents by their title, of systems that the reader sees and of the organisation."""

from django.db.models import Case, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ledger.rules.worded import term
from registry.models import Document
from registry.search_sources import Source
from registry.selectors.search_reader import Reader


def rows(reader: Reader) -> QuerySet[Document]:
    """Return the documents that a reader may open (registry.selectors.documents)."""
    return Document.objects.filter(reader.of_seen | Q(system__isnull=True) & reader.works_here)


def kind_words() -> Case:
    """The kind of a document as people say it."""
    whens = [When(kind=value, then=Value(str(label))) for value, label in Document.Kind.choices]
    return Case(*whens, default=Value(""))


DOCUMENTS = Source(
    name="documents",
    label=_("Documents"),
    example=_("the title of a document: model card"),
    place=90,
    rows=rows,
    words=("title",),
    key="pk",
    url=lambda key: reverse("document", args=[key]),
    reference=kind_words(),
    title="title",
    about="system__name",
    at="created_at",
    order=("-created_at", "pk"),
    told={"reference": lambda _key, kind: term(kind)},
)
