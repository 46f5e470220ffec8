"""What packs and reports share when they are found: a kind, then what they are of."""

from collections.abc import Mapping

from django.db.models import Case, TextField, Value, When

from ledger.rules.worded import as_written, joined, term

BETWEEN = " · "


def kind_words(kinds: Mapping[str, str]) -> Case:
    """Return the kind of a row as people say it, of the labels by kind."""
    whens = [When(kind=value, then=Value(str(label))) for value, label in kinds.items()]
    return Case(*whens, default=Value(""), output_field=TextField())


def title_told(_key: str, title: str) -> str:
    """Return a title with its kind as a word of ours; the subject is a name."""
    kind, between, subject = title.partition(BETWEEN)
    return joined(between, [term(kind), as_written(subject)])
