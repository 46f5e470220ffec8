"""Entries as rows of a list: who, did what, to which object, and where that is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from governance.rules.exceptions import in_words
from governance.selectors.pages.record import MACHINES, sentence
from ledger import verbs
from ledger.selectors.lines import Line
from registry.models import System

PAGES = {"incident": "incident", "pack": "pack", "watch": "watch"}
MOTION = "motion "


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
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def rows_of(lines: Sequence[Line]) -> list[Row]:
    """Return the rows of lines; one query where systems are among them."""
    slugs = _slugs(lines)
    return [_row(line, slugs) for line in lines]


def object_url(line: Line, slugs: Mapping[str, str]) -> str:
    """Return the address of the page of what an entry is about, '' where there is none."""
    thing = line.body["object"]
    kind, key = str(thing["type"]), str(thing["id"])
    if kind == "system":
        return reverse("system", args=[slugs[key]]) if key in slugs else ""
    if kind == "decision":
        return reverse("ballot", args=[line.label.removeprefix(MOTION)])
    if kind not in PAGES:
        return ""
    try:
        return reverse(PAGES[kind], args=[key if kind == "watch" else line.label])
    except NoReverseMatch:
        return ""


def exception_of(line: Line) -> str:
    """Return the group of exceptions that an entry belongs to, '' for none."""
    verb = verbs.lookup(line.verb)
    return verb.group if verb.marks(line.bytes) else ""


def _row(line: Line, slugs: Mapping[str, str]) -> Row:
    group = exception_of(line)
    machine = line.actor_kind in MACHINES
    return Row(
        number=line.number,
        seq=line.seq,
        sealed_at=line.sealed_at,
        at=line.at,
        who=line.actor.capitalize() if machine else line.actor,
        role=str(line.body["who"].get("role", "")),
        is_machine=machine,
        did=_did(line),
        verb=line.verb,
        refused=line.refused,
        why=line.reason,
        kind=str(line.body["object"]["type"]).replace("_", " "),
        label=line.label,
        url=object_url(line, slugs),
        group=in_words(group) if group else "",
    )


def _did(line: Line) -> str:
    """Say what was done, the object left out: it stands beside."""
    return sentence(line, about=line.label).removesuffix(".")


def _slugs(lines: Iterable[Line]) -> dict[str, str]:
    wanted = {
        str(line.body["object"]["id"]) for line in lines if line.body["object"]["type"] == "system"
    }
    if not wanted:
        return {}
    rows = System.objects.filter(pk__in=[UUID(key) for key in wanted])
    return {str(pk): slug for pk, slug in rows.values_list("pk", "slug")}
