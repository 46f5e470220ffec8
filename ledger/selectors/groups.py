"""How many exceptions of each group a page tells: the newest of each verb are looked at, no more.

Of each verb they are found by an index that holds all that says who may read an entry. Where there
are more than are looked at, the number is the least that there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.db.models.expressions import RawSQL

from ledger.models import Entry
from ledger.selectors.at_once import Question, Rows
from ledger.selectors.reach import Reach
from ledger.selectors.search import Wanted
from ledger.verbs import Verb

MOST_OF_VERB = 500
# Where the text of each, or the case of each, has to be read too.
MOST_READ = 300
MOST_LOOKED_UP = 100

COUNTED = """
SELECT kinds.verb, looked.number, looked.fit FROM unnest({arrays}) AS kinds({names})
CROSS JOIN LATERAL (
    SELECT count(*) AS number, count(*) FILTER (WHERE part.fits) AS fit FROM ({part}) AS part
) AS looked WHERE looked.number > 0
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are of a group; `is_more` says that there may be more than these."""

    count: int = 0
    is_more: bool = False


def tallies_asked(*, wanted: Wanted, reach: Reach) -> dict[str, Question]:
    """Return what is asked for the exceptions that are wanted, to ask it beside something else."""
    plain, matched = _parted(wanted.exceptions or ())
    asked: dict[str, Question] = {}
    if plain:
        part, params = _part(wanted, reach, _most(reach, MOST_OF_VERB))
        statement = COUNTED.format(arrays="%s::text[]", names="verb", part=part)
        asked["plain"] = (statement, [[one.name for one in plain], *params])
    if matched:
        part, params = _part(wanted, reach, _most(reach, MOST_READ), matches=True)
        arrays, names = "%s::text[], %s::text[]", "verb, pattern"
        statement = COUNTED.format(arrays=arrays, names=names, part=part)
        lists = [[one.name for one in matched], [one.pattern for one in matched]]
        asked["matched"] = (statement, [*lists, *params])
    return asked


def tallies_told(answers: Mapping[str, Rows], *, wanted: Wanted, reach: Reach) -> dict[str, Tally]:
    """Return how many there are of each group; one without any is left out."""
    groups = {verb.name: verb.group for verb in wanted.exceptions or ()}
    found: dict[str, Tally] = {}
    for name, most in (("plain", MOST_OF_VERB), ("matched", MOST_READ)):
        for verb, number, fit in answers.get(name, ()):
            before = found.get(groups[verb], Tally())
            cut = number > _most(reach, most)
            # The one beyond says that there are more, and is not among those counted.
            count = before.count + max(fit - cut, 0)
            found[groups[verb]] = Tally(count, before.is_more or cut)
    return found


def _parted(verbs: Sequence[Verb]) -> tuple[list[Verb], list[Verb]]:
    plain = [verb for verb in verbs if not verb.pattern]
    return plain, [verb for verb in verbs if verb.pattern]


def _most(reach: Reach, most: int) -> int:
    return most if reach.incidents is None else MOST_LOOKED_UP


def _part(
    wanted: Wanted, reach: Reach, most: int, *, matches: bool = False
) -> tuple[str, Sequence[Any]]:
    """The newest entries of a verb in the span of time, and of each whether it fits."""
    span = {"at__gte": wanted.since, "at__lt": wanted.until, "pk__lte": wanted.newest}
    given = Q(**{name: value for name, value in span.items() if value is not None})
    rows = Entry.objects.filter(given, verb=RawSQL("kinds.verb", ()))
    fits = reach.condition
    if wanted.system_ids is not None:
        fits &= Q(system_id__in=list(wanted.system_ids))
    if matches:
        match = RawSQL("convert_from(body, 'UTF8') ~ kinds.pattern", (), BooleanField())
        rows = rows.alias(matches=match)
        fits &= Q(matches=True)
    told = ExpressionWrapper(fits, BooleanField()) if fits else Value(value=True)
    ordered = rows.annotate(fits=told).order_by("-at").values_list("fits")[: most + 1]
    statement: tuple[str, Sequence[Any]] = ordered.query.sql_with_params()
    return statement
