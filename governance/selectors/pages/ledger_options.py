"""What a filter of the ledger offers to choose from."""

from collections.abc import Mapping
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Q

from governance.rules.ledger_filter import CHANNELS, WHOLE_GROUP
from governance.rules.verb_subjects import CONTEXT, subject_of, thing_of
from ledger import verbs
from ledger.rules.worded import in_context, shortened, worded
from ledger.selectors.at_once import Question, Rows
from ledger.selectors.kinds import MACHINES, TYPES
from ledger.selectors.reach import Reach
from registry.models import System, User

MOST_NAMES = 500
KEPT_SECONDS = 60
TYPES_ASKED: Question = (TYPES, ())
MACHINES_ASKED: Question = (MACHINES, ())


def options_asked(reach: Reach) -> dict[str, Question]:
    """Return what is asked for the choices, to ask it beside something else; not what is kept."""
    asked: dict[str, Question] = {"types": TYPES_ASKED}
    if reach.organisation:
        names = User.objects.order_by("name").values_list("name")
        asked |= {"people": names[:MOST_NAMES], "machines": MACHINES_ASKED}
    asked |= systems_asked(reach)
    return {name: question for name, question in asked.items() if _kept(name, reach) is None}


def options_told(answers: Mapping[str, Rows], reach: Reach) -> dict[str, Any]:
    """Return the choices of every field; names only to who may read of everybody."""
    names = [*_found("people", answers, reach), *_found("machines", answers, reach)]
    return {
        "verbs": verb_choices(),
        "types": [(kind, thing_of(kind)) for (kind,) in _found("types", answers, reach)],
        "channels": list(CHANNELS.items()),
        "names": [name for (name,) in names] if reach.organisation else [],
        "systems": systems_told(answers, reach),
    }


def verb_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the registered verbs by what they are about: (subject, [(value, words)])."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, verb in sorted(verbs.registered().items()):
        groups.setdefault(name.partition(".")[0], []).append(
            (name, shortened(verb.words.rstrip(":"), verb.told))
        )
    return [
        (
            _subject(prefix),
            [
                (f"{prefix}{WHOLE_GROUP}", worded("{subject}: all", subject=_subject(prefix))),
                *choices,
            ],
        )
        for prefix, choices in groups.items()
    ]


def systems_asked(reach: Reach) -> dict[str, Question]:
    """Return what is asked for the systems within reach; nothing while they are kept."""
    if _kept("systems", reach) is not None:
        return {}
    rows = System.objects.all()
    if not reach.all_systems:
        within = Q(pk__in=list(reach.system_ids))
        more = reach.more_systems
        rows = rows.filter(within if more is None else within | Q(pk__in=more))
    return {"systems": rows.order_by("name").values_list("slug", "name")[:MOST_NAMES]}


def systems_told(answers: Mapping[str, Rows], reach: Reach) -> list[tuple[str, str]]:
    """Return the systems within reach: short name and name, by name."""
    return [(slug, name) for slug, name in _found("systems", answers, reach)]


def _subject(prefix: str) -> str:
    return in_context(CONTEXT, subject_of(prefix))


def _found(what: str, answers: Mapping[str, Rows], reach: Reach) -> Rows:
    """Return what was answered, or found lately: a minute old, it still finds what is new."""
    if what not in answers:
        return _kept(what, reach) or []
    if _is_everybodys(what, reach):
        cache.set(_key(what), answers[what], KEPT_SECONDS)
    return answers[what]


def _kept(what: str, reach: Reach) -> Rows | None:
    found: Rows | None = cache.get(_key(what)) if _is_everybodys(what, reach) else None
    return found


def _is_everybodys(what: str, reach: Reach) -> bool:
    """Whether others are offered the same; what is kept of systems and names is of all of them."""
    if what == "systems":
        return reach.all_systems
    return what == "types" or reach.organisation


def _key(what: str) -> str:
    return f"ledger-options:{connection.settings_dict['NAME']}:{what}"
