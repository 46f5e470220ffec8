"""Systems found by words: in the name, the short name, the purpose, and the owner's name."""

import re

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, F, Func, Q, QuerySet

from registry.models import System, User
from registry.models.systems import Searched

WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 8


class AmongOnce(Func):
    """`column = ANY(ARRAY(subquery))`: asked once, so that an index on the column serves it."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def words_of(text: str) -> list[str]:
    """Return the words that are searched: letters and digits, in small letters, each once."""
    found = (word.lower() for word in WORD.findall(text))
    return list(dict.fromkeys(found))[:MOST_WORDS]


def searched(rows: QuerySet[System], text: str) -> QuerySet[System]:
    """Keep the systems in which every word begins a word of theirs or of their owner's name.

    Without a word all stay. Indexes on the words and on the owner serve it.
    """
    rows = rows.alias(words=Searched())
    for word in words_of(text):
        begins = SearchQuery(f"{word}:*", search_type="raw", config="simple")
        rows = rows.filter(Q(words=begins) | Q(_owned_by(word)))
    return rows


def owned_by(rows: QuerySet[System], text: str) -> QuerySet[System]:
    """Keep the systems in whose owner's name every word begins a word."""
    for word in words_of(text):
        rows = rows.filter(_owned_by(word))
    return rows


def _owned_by(word: str) -> AmongOnce:
    """The condition that a word of the owner's name begins so; `word` is letters and digits."""
    people = User.objects.filter(name__iregex=rf"\m{word}", kind=User.Kind.PERSON)
    return AmongOnce(F("owner_id"), ArraySubquery(people.values("pk")))
