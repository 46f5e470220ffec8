"""What a filter of the ledger offers to choose from."""

from collections.abc import Sequence
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet

from governance.rules.ledger_filter import CHANNELS, WHOLE_GROUP
from governance.rules.verb_subjects import CONTEXT, subject_of, thing_of
from ledger import verbs
from ledger.rules.worded import in_context, shortened, worded
from ledger.selectors.search import Reach, machines, object_types
from registry.models import System, User

MOST_NAMES = 500
KEPT_SECONDS = 60


def options(reach: Reach) -> dict[str, Any]:
    """Return the choices of every field; names only to who may read of everybody."""
    return {
        "verbs": verb_choices(),
        "types": [(kind, thing_of(kind)) for kind in _kept("types", object_types)],
        "channels": list(CHANNELS.items()),
        "names": _kept("names", _names) if reach.organisation else [],
        "systems": system_choices(reach),
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


def system_choices(reach: Reach) -> Sequence[tuple[str, str]]:
    """Return the systems within reach: short name and name, by name."""
    if reach.all_systems:
        return _kept("systems", lambda: _systems(System.objects.all()))
    return _systems(System.objects.filter(pk__in=list(reach.system_ids)))


def _systems(rows: QuerySet[System]) -> list[tuple[str, str]]:
    return list(rows.order_by("name").values_list("slug", "name")[:MOST_NAMES])


def _names() -> list[str]:
    people = User.objects.order_by("name").values_list("name", flat=True)
    return [*people[:MOST_NAMES], *machines()]


def _subject(prefix: str) -> str:
    return in_context(CONTEXT, subject_of(prefix))


def _kept(what: str, find: Any) -> Sequence[Any]:
    """Return what was found lately: a choice that is a minute old still finds what is new."""
    key = f"ledger-options:{connection.settings_dict['NAME']}:{what}"
    found: Sequence[Any] | None = cache.get(key)
    if found is None:
        found = find()
        cache.set(key, found, KEPT_SECONDS)
    return found
