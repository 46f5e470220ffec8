"""From what a reader typed to what is looked for: names become people, numbers become things."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast

from governance.models import Decision
from governance.rules.ledger_filter import (
    Asked,
    Unreadable,
    read_channel,
    read_number,
    read_since,
    read_until,
    read_verbs,
)
from incidents.models import Incident
from ledger import verbs
from ledger.rules.refusals import Invalid
from ledger.selectors.kinds import object_types
from ledger.selectors.search import About, Wanted
from registry.models import System, User

MOST_NAMESAKES = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """A filter as it was understood; `faults` say field by field what could not be."""

    wanted: Wanted
    faults: Mapping[str, str] = field(default_factory=dict)


def read(asked: Asked, *, zone: ZoneInfo) -> Reading:
    """Understand a filter; its times without an offset are the zone's. At most four queries."""
    faults: dict[str, str] = {}
    given = {name: _tried(name, reader, faults) for name, reader in _readers(asked, zone).items()}
    return Reading(
        Wanted(
            **given,
            actor_ids=_actors(asked.person),
            object_type=asked.type,
            about=_about(asked.about),
            refused=bool(asked.refused),
            system_ids=_systems(asked.system),
            exceptions=_exceptions(asked),
        ),
        faults,
    )


def _readers(asked: Asked, zone: ZoneInfo) -> dict[str, tuple[str, Callable[[], Any], Any]]:
    known = verbs.registered()
    return {
        "verbs": ("verb", lambda: read_verbs(asked.verb, known=known), ()),
        "since": ("since", lambda: read_since(asked.since, zone=zone), None),
        "until": ("until", lambda: read_until(asked.until, zone=zone), None),
        "channel": ("channel", lambda: read_channel(asked.channel), ""),
        "number": ("number", lambda: read_number(asked.number), None),
    }


def _tried(name: str, reader: tuple[str, Callable[[], Any], Any], faults: dict[str, str]) -> Any:
    shown, run, otherwise = reader
    try:
        return run()
    except Unreadable as fault:
        faults[shown] = fault.args[0]
        return otherwise


def _actors(typed: str) -> list[str] | None:
    """Return the ids of who is meant: by address, by name, by parts of a name; else a machine."""
    if not typed:
        return None
    exact = Q(name__iexact=typed) | Q(email__iexact=typed)
    parts = Q()
    for word in typed.split():
        parts &= Q(name__icontains=word)
    named = User.objects.filter(exact | parts).values_list("pk", "name", "email")
    people = list(named[:MOST_NAMESAKES])
    whole = [pk for pk, *texts in people if typed.lower() in (text.lower() for text in texts)]
    found = whole or [pk for pk, *_ in people]
    return [*map(str, found), typed]


def _about(typed: str) -> About | None:
    """Return every thing that goes by this number, name or id, and labels that begin like it."""
    if not typed:
        return None
    bare = typed.removeprefix("motion ").strip()
    things = _things(typed, bare)
    ids = [(kind, typed) for kind in object_types()] if " " not in typed else []
    people = [("user", str(pk)) for kind, pk in things if kind == "user"]
    motions = [("decision", str(pk)) for kind, pk in things if kind == "decision"]
    return About(
        incident_ids=[UUID(pk) for kind, pk in things if kind == "incident"],
        system_ids=[UUID(pk) for kind, pk in things if kind == "system"],
        objects=[*people, *motions, *ids],
        label=typed,
    )


def _things(typed: str, bare: str) -> list[tuple[str, str]]:
    rows = [
        _named(Incident.objects.filter(number__iexact=typed), "incident"),
        _named(System.objects.filter(Q(slug__iexact=typed) | Q(name__iexact=typed)), "system"),
        _named(Decision.objects.filter(number__iexact=bare), "decision"),
        _named(User.objects.filter(Q(name__iexact=typed) | Q(email__iexact=typed)), "user"),
    ]
    return list(rows[0].union(*rows[1:], all=True))


def _named(rows: Any, kind: str) -> Any:
    key = Cast("pk", CharField())
    return rows.order_by().annotate(of_kind=Value(kind), key=key).values_list("of_kind", "key")


def _systems(slug: str) -> list[UUID] | None:
    if not slug:
        return None
    return list(System.objects.filter(slug=slug).values_list("pk", flat=True))


def _exceptions(asked: Asked) -> Sequence[verbs.Verb] | None:
    if not asked.exceptions:
        return None
    return [verb for verb in verbs.exceptions() if asked.group in ("", verb.group)]


def understood(asked: Asked, *, zone: ZoneInfo) -> Wanted:
    """Return what is looked for. Raises Invalid where a part of the filter cannot be read."""
    reading = read(asked, zone=zone)
    if reading.faults:
        raise Invalid("filter_unreadable", " ".join(reading.faults.values()), fields=reading.faults)
    return reading.wanted
