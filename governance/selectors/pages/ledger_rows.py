"""Entries as rows of a list: who, did what, to which object, and where that is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Value
from django.db.models.functions import Cast
from django.urls import reverse

from governance.models import Decision
from governance.rules.exceptions import in_words
from governance.rules.ledger_filter import read_uuid
from governance.rules.machine_words import machine_told
from governance.rules.verb_subjects import thing_of
from governance.selectors.pages.record import MACHINES, deed, reason_told
from incidents.models import Incident
from ledger import verbs
from ledger.rules.worded import shortened
from ledger.selectors.at_once import Question, Rows, at_once
from ledger.selectors.lines import Line
from registry.models import System
from registry.rules.recorded_roles import role_told

Names = Mapping[tuple[str, str], str]
# What has a page that goes by a number or a short name, and the page's address.
PAGES = {"incident": "incident", "decision": "ballot", "system": "system"}
THINGS: dict[str, tuple[Any, str]] = {
    "incident": (Incident, "number"),
    "decision": (Decision, "number"),
    "system": (System, "slug"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list. `url` is the object's page, empty where it has none."""

    number: int
    seq: int | None
    sealed_at: datetime | None
    at: datetime
    who: str
    role: str
    is_machine: bool
    did: str
    verb: str
    refused: bool
    why: str
    kind: str
    label: str
    url: str
    group: str

    @property
    def utc(self) -> str:
        """The instant in UTC, as paper shows it."""
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def rows_of(lines: Sequence[Line], names: Names | None = None) -> list[Row]:
    """Return the rows of lines; `names` are those of their objects' pages, else asked for here."""
    known = names_of(lines) if names is None else names
    return [_row(line, known) for line in lines]


def object_url(line: Line, names: Names) -> str:
    """Return the address of the page of what an entry is about, '' where there is none."""
    thing = line.body["object"]
    kind, key = str(thing["type"]), str(thing["id"])
    if kind in PAGES:
        name = names.get((kind, key))
        return reverse(PAGES[kind], args=[name]) if name else ""
    if kind == "watch" and read_uuid(key):
        return reverse("watch", args=[key])
    return reverse("pack", args=[line.label]) if kind == "pack" else ""


def names_of(lines: Iterable[Line]) -> Names:
    """Return by what name the pages of these things go, with one query, none for none."""
    objects = [line.body["object"] for line in lines]
    asked = names_asked([(str(one["type"]), str(one["id"])) for one in objects])
    return names_told(at_once(asked))


def names_asked(objects: Iterable[tuple[str, str]]) -> dict[str, Question]:
    """Return the question by what name the pages of objects (type and id) go, none for none."""
    wanted: dict[str, set[UUID]] = {}
    for kind, text in objects:
        key = read_uuid(text)
        if kind in PAGES and key is not None:
            wanted.setdefault(kind, set()).add(key)
    rows = [_named(kind, sorted(keys)) for kind, keys in wanted.items()]
    return {"names": rows[0].union(*rows[1:], all=True)} if rows else {}


def names_told(answers: Mapping[str, Rows]) -> Names:
    """Return the names by the answer to that question."""
    return {(kind, key): name for kind, key, name in answers.get("names", ())}


def exception_of(line: Line) -> str:
    """Return the group of exceptions that an entry belongs to, '' for none."""
    verb = verbs.for_reading(line.verb)
    return verb.group if verb.marks(line.bytes) else ""


def _row(line: Line, names: Names) -> Row:
    group = exception_of(line)
    machine = line.actor_kind in MACHINES
    return Row(
        number=line.number,
        seq=line.seq,
        sealed_at=line.sealed_at,
        at=line.at,
        who=machine_told(line.actor) if machine else line.actor,
        role=role_told(str(line.body["who"].get("role", ""))),
        is_machine=machine,
        did=_did(line),
        verb=line.verb,
        refused=line.refused,
        why=reason_told(line),
        kind=thing_of(str(line.body["object"]["type"])),
        label=line.label,
        url=object_url(line, names),
        group=in_words(group) if group else "",
    )


def _did(line: Line) -> str:
    """Say what was done, the object left out: it stands beside."""
    said = deed(line, about=line.label)
    return shortened(said.rstrip(" :"), said)


def _named(kind: str, keys: list[UUID]) -> Any:
    rows: Any = THINGS[kind][0].objects.filter(pk__in=keys).order_by()
    name = Cast(THINGS[kind][1], CharField())
    return rows.annotate(of_kind=Value(kind), shown=name).values_list("of_kind", "pk", "shown")
