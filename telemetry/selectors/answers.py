"""Decision events as people look at them: lists that are masked, one event whole.

A list shows neither question, answer, sources, truth nor segment. What was found out later (labels)
stands in place of what the event itself said.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import JSONField, Value

from ledger.rules.refusals import Invalid, Missing
from ledger.rules.worded import worded
from registry.models import System
from telemetry.models import DecisionEvent
from telemetry.rules.answers import event_of, key_of, words_in
from telemetry.rules.computations import SMALLEST_GROUP
from telemetry.selectors.answer_conditions import (
    AFTER,
    CONDITIONS,
    LABELLED,
    ONE,
    ROWS,
    SPECIAL,
    TOGETHER,
)
from telemetry.selectors.answer_words import parts_of

PAGE = 50
PERIODS = (1, 7, 30, 90)
USUAL_DAYS = 30
REACTIONS = ("up", "down", "clicked", "escalated", "skipped", "overridden")
OUTCOMES = ("success", "partial", "failure")
SEGMENT_WORDS = "A segment is written key=value, such as region=north."

# What a reader of JSON asks of the column: nothing.
NO_EXPRESSION = Value(None)
LOOKED_FOR = ("system", "words")
LABELS_SHOWN = ("truth", "outcome", "feedback", "overridden", "grounded", "hallucinated", "toxic")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for; empty is anything. `days` back from the instant of reading."""

    system: str = ""
    version: str = ""
    topic: str = ""
    reaction: str = ""
    outcome: str = ""
    segment: str = ""
    words: str = ""
    days: int = USUAL_DAYS
    after: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The filters as they stand in an address, without the place in the list."""
        given = {name: getattr(self, name) for name in (*CONDITIONS, *LOOKED_FOR)}
        if self.days != USUAL_DAYS:
            given["days"] = str(self.days)
        return {name: value for name, value in given.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether anything but the period narrows the list."""
        return any(getattr(self, name) for name in (*CONDITIONS, *LOOKED_FOR))


@dataclass(frozen=True, slots=True)
class Event:
    """One decision event with the system it is of, and what was found out later by kind."""

    row: DecisionEvent
    system: System
    found: dict[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.row.at

    @property
    def event_id(self) -> str:
        """The sender's id."""
        return self.row.event_id

    @property
    def key(self) -> str:
        """What stands for it in an address."""
        return key_of(self.row.at, self.row.event_id)

    @property
    def question_words(self) -> int:
        """Words of the question: all that the mask shows."""
        return words_in(self.row.question)

    @property
    def answer_words(self) -> int:
        """Words of the answer: all that the mask shows."""
        return words_in(self.row.answer)

    @property
    def sources_count(self) -> int:
        """How many sources it names."""
        return len(self.row.sources or [])

    @property
    def outcome(self) -> str:
        """How its task ended."""
        return str(self.found.get("outcome", self.row.outcome) or "")

    @property
    def overridden(self) -> bool | None:
        """Whether a human changed it; None if nobody looked."""
        said = self.found.get("overridden", self.row.overridden)
        return None if said is None else bool(said)

    @property
    def truth(self) -> str | None:
        """What was right, where that is known."""
        said = self.found.get("truth", self.row.truth)
        return None if said is None else str(said)

    @property
    def reactions(self) -> list[str]:
        """What people did with it, of REACTIONS, in that order."""
        said = {str(self.found.get("feedback", self.row.feedback) or "")}
        marks = {
            "escalated": self.row.escalated,
            "skipped": bool(self.row.skipped),
            "overridden": bool(self.overridden),
        }
        said |= {name for name, holds in marks.items() if holds}
        return [name for name in REACTIONS if name in said]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `too_few` where filters with a segment leave under ten, not listed."""

    events: list[Event]
    older: str = ""
    too_few: bool = False


def asked_of(given: Any) -> Asked:
    """Read what was asked from an address. Raises Invalid for what none of it can be."""
    days = str(given.get("days", "") or USUAL_DAYS)
    asked = Asked(
        system=_text(given, "system", 80),
        version=_text(given, "version", 60),
        topic=_text(given, "topic", 200),
        reaction=_one_of(given, "reaction", REACTIONS),
        outcome=_one_of(given, "outcome", OUTCOMES),
        segment=_text(given, "segment", 121),
        words=_text(given, "words", 200),
        days=int(days) if days in {str(one) for one in PERIODS} else USUAL_DAYS,
        after=_text(given, "after", 600),
    )
    if asked.segment and "=" not in asked.segment:
        raise Invalid("segment_unreadable", SEGMENT_WORDS, fields={"segment": SEGMENT_WORDS})
    return asked


def answers_page(
    *,
    asked: Asked,
    systems: Iterable[System],
    at: datetime,
    lookable: Collection[UUID] = frozenset(),
) -> Page:
    """Return one page of the events of these systems, the newest first; one query.

    Words are looked for in question and answer of the systems that are `lookable`, of the others in
    the topic alone. `systems`, as a query, is one more; a last page of a segment too, which counts
    what is before it. Raises Invalid for a place that is none.
    """
    known = {one.pk: one for one in systems if asked.system in ("", one.slug)}
    given = _parameters(asked, list(known), at)
    if not known:
        return Page([])
    keys, given = _keys(asked, given, lookable)
    events = _events(keys, given, known)
    if asked.segment and len(events) < SMALLEST_GROUP:
        before = replace(asked, after="")
        if not asked.after or _fewer_than_shown(before, given, lookable):
            return Page([], too_few=True)
    older = _place(events[PAGE - 1]) if len(events) > PAGE else ""
    return Page(events[:PAGE], older)


def event_by_key(*, system: System, key: str) -> Event:
    """Return one event of a system. Raises Missing for an address of none, or one that is gone."""
    try:
        at, event_id = event_of(key)
    except ValueError:
        raise no_such_answer() from None
    given = {"system": system.pk, "at": at, "event_id": event_id}
    found = _events(ONE, given, {system.pk: system})
    if not found:
        raise no_such_answer()
    return found[0]


def no_such_answer() -> Missing:
    """Return the refusal for an event that is not there, or no longer."""
    words = "There is no such answer, or it is no longer kept."
    return Missing("unknown_answer", words)


def _parameters(asked: Asked, systems: list[UUID], at: datetime) -> dict[str, Any]:
    key, _equals, part = asked.segment.partition("=")
    given: dict[str, Any] = {name: getattr(asked, name) for name in CONDITIONS}
    given |= {"segment_key": key, "segment_part": part, "systems": systems, "until": at}
    given["words"] = asked.words
    given |= {"since": at - timedelta(days=asked.days), "limit": PAGE + 1}
    if asked.after:
        given |= _after(asked.after)
    return given


def _conditions(asked: Asked) -> str:
    parts = [
        SPECIAL.get(asked.reaction, sql) if name == "reaction" else sql
        for name, sql in CONDITIONS.items()
        if getattr(asked, name)
    ]
    return " ".join([*parts, AFTER] if asked.after else parts)


def _keys(
    asked: Asked, given: dict[str, Any], lookable: Collection[UUID]
) -> tuple[str, dict[str, Any]]:
    """Return the statement of the newest keys; systems are searched in two ways at once."""
    parts = parts_of(given["systems"], lookable) if asked.words else [(given["systems"], "")]
    said = []
    for number, (systems, words) in enumerate(parts):
        where = f"{_conditions(asked)} {words}"
        rows = ROWS.format(where=where).replace("%(systems)s", f"%(systems_{number})s")
        said.append(f"({rows})")
        given = given | {f"systems_{number}": systems}
    return TOGETHER.format(parts=" UNION ALL ".join(said)), given


def _fewer_than_shown(asked: Asked, given: dict[str, Any], lookable: Collection[UUID]) -> bool:
    keys, given = _keys(asked, given | {"limit": SMALLEST_GROUP}, lookable)
    with connection.cursor() as cursor:
        cursor.execute(keys, given)
        return len(cursor.fetchall()) < SMALLEST_GROUP


def _events(keys: str, given: dict[str, Any], systems: dict[UUID, System]) -> list[Event]:
    """Return the events that a statement of keys names, with what was found out later."""
    fields = DecisionEvent._meta.concrete_fields
    columns = ", ".join(f"e.{one.column}" for one in fields)
    with connection.cursor() as cursor:
        statement = LABELLED.format(columns=columns, keys=keys)
        cursor.execute(statement, given | {"kinds": list(LABELS_SHOWN)})
        rows = cursor.fetchall()
    found = []
    for *values, labels in rows:
        row = DecisionEvent.from_db("default", [one.attname for one in fields], _read(values))
        found.append(Event(row, systems[row.system_id], orjson.loads(labels or "{}")))
    return found


def _read(values: Sequence[Any]) -> list[Any]:
    """Return the columns of an event as its model has them: JSON comes as text."""
    fields = DecisionEvent._meta.concrete_fields
    return [
        one.from_db_value(value, NO_EXPRESSION, connection) if isinstance(one, JSONField) else value
        for one, value in zip(fields, values, strict=True)
    ]


def _place(event: Event) -> str:
    return f"{event.system.pk}.{event.key}"


def _after(place: str) -> dict[str, Any]:
    system, _dot, key = place.partition(".")
    try:
        at, event_id = event_of(key)
        return {"after_at": at, "after_system": UUID(system), "after_id": event_id}
    except ValueError:
        raise Invalid("place_unknown", "This is no place in the list.") from None


def _text(given: Any, name: str, longest: int) -> str:
    said = str(given.get(name, "") or "").strip()
    if len(said) > longest or "\x00" in said:
        words = worded("At most {longest} characters.", longest=longest)
        raise Invalid("too_long", words, fields={name: words})
    return said


def _one_of(given: Any, name: str, choices: tuple[str, ...]) -> str:
    said = str(given.get(name, "") or "")
    return said if said in choices else ""
