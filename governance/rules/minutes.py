"""Minutes: the record of a meeting or of a round, as sections that page, PDF and document show."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.rules.words import in_words
from ledger.rules.canonical import canonical
from outbox.rules.durations import Duration

VOTES = {"for": "for", "against": "against", "abstain": "abstained"}
STANDINGS = {
    "present": "present",
    "substitute": "present as substitute",
    "absent": "absent",
    "recused": "recused",
    "guest": "in attendance, without a vote",
}
KINDS = {"motion": "Motion", "consent": "Consent agenda", "free": "Without a motion"}
HOW = {"list": "by the consent list", "countersigned": "called, countersigned", "": ""}
Names = Mapping[str, str]
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its head and its rows, plain text."""

    head: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the minutes: a heading of a level, sentences, a table, more sentences."""

    heading: str
    level: int = 2
    lines: tuple[str, ...] = ()
    table: Table | None = None
    after: tuple[str, ...] = ()


def minutes_text(content: Mapping[str, Any]) -> str:
    """Return the canonical text of minutes, which the chair and a second person sign."""
    return canonical(dict(content)).decode()


def minutes_hash(text: str) -> str:
    """Return the SHA-256 of the text of minutes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def people_in(content: Any) -> set[str]:
    """Return the ids of the persons that the content names."""
    if isinstance(content, Mapping):
        own = {str(content["person"])} if content.get("person") else set()
        return own.union(*(people_in(value) for value in content.values()))
    if isinstance(content, list | tuple):
        return set().union(*(people_in(value) for value in content))
    return set()


def sections_of(content: Mapping[str, Any], names: Names) -> tuple[Section, ...]:
    """Return what is printed; `names` gives the name of each person by id."""
    return tuple(_sections(content, names))


def _sections(content: Mapping[str, Any], names: Names) -> Iterator[Section]:
    meeting = content.get("meeting")
    if meeting:
        yield Section("Meeting", lines=tuple(_meeting(meeting, content["committee"], names)))
        rows = tuple(_attended(one, names) for one in content["attendance"])
        none = () if rows else ("Nobody was recorded.",)
        table = Table(("Person", "Seat", "Standing", "Note"), rows) if rows else None
        yield Section("Attendance", table=table, after=none)
    for item in content["items"]:
        yield from _item(item, names)


def _meeting(meeting: Mapping[str, Any], committee: str, names: Names) -> Iterator[str]:
    yield f"{committee}, meeting {meeting['number']}: {meeting['title']}."
    where = ", ".join(part for part in (meeting["place"], meeting["link"]) if part)
    yield f"Convened for {meeting['starts_at']} at {where}."
    yield f"Notice sent {meeting['notice_sent_at']}."
    if meeting["urgent"]:
        yield f"Urgent: {meeting['urgent_reason']}"
    yield f"Convened by {_name(meeting['convened_by'], names)}."
    if meeting["opened_at"]:
        yield f"Opened {meeting['opened_at']}, ended {meeting['ended_at'] or 'not yet'}."


def _attended(one: Mapping[str, Any], names: Names) -> Row:
    return (_name(one, names), one["function"], STANDINGS[one["standing"]], one["note"])


def _item(item: Mapping[str, Any], names: Names) -> Iterator[Section]:
    lines = []
    if item["lifted"]:
        by = _name(item["lifted"], names) if item["lifted"].get("person") else "by rule"
        lines.append(f"Lifted out of the consent agenda ({by}): {item['lifted']['reason']}")
    if item["note"]:
        lines.append(item["note"])
    place = f"{item['position']}. " if item["position"] else ""
    kind = KINDS[item["kind"]]
    yield Section(f"{place}{item['title']}", lines=(f"{kind}.", *lines))
    if item["motion"]:
        yield from _motion(item["motion"], names)


def _motion(motion: Mapping[str, Any], names: Names) -> Iterator[Section]:
    yield Section(f"Motion {motion['number']}", 3, lines=tuple(_text(motion, names)))
    if motion["recusals"]:
        yield Section(
            "Not voting", 3, lines=tuple(_recused(one, names) for one in motion["recusals"])
        )
    rows = tuple(_vote(one, names) for one in motion["votes"])
    table = Table(("Seat", "Person", "Vote", "Reason"), rows) if rows else None
    yield Section("Vote", 3, tuple(_counts(motion)), table, tuple(_beside(motion, names)))
    for one in motion["dissents"]:
        yield Section(
            f"Statement of dissent, {_name(one, names)}",
            3,
            lines=(one["text"], f"Signed {one['at']}."),
        )


def _text(motion: Mapping[str, Any], names: Names) -> Iterator[str]:
    yield f"On {motion['incident']}: {motion['title']}. {motion['reason']}"
    yield f"Record {motion['sha256']}; {motion['procedure']}, round {motion['round']}."
    for action in motion["actions"]:
        told = f"Carried out by {_name(action, names)} within {_length(action['due'])}."
        yield f"{action['position']}. {action['words']} {told}"
    for one in motion["conditions"]:
        parts = [one["text"]]
        parts += [f"{label} {_length(one[key])}" for label, key in CONDITION if one.get(key)]
        yield f"Condition: {', '.join(parts)}."


def _length(text: str) -> str:
    """A duration in words, '30 days'; whatever else stands there as it is."""
    try:
        return in_words(Duration.parse(text))
    except ValueError:
        return text


CONDITION = (
    ("answered by", "owner"),
    ("due", "due"),
    ("evidence:", "evidence"),
    ("if overdue:", "on_overdue"),
)


def _recused(one: Mapping[str, Any], names: Names) -> str:
    how = "by rule" if one["by_rule"] else "declared"
    return f"{_name(one, names)}, recused ({how}): {one['reason']}"


def _vote(one: Mapping[str, Any], names: Names) -> Row:
    how = HOW[one["how"]]
    voted = VOTES[one["vote"]]
    who = f"{one['seat']}, {one['function']}" if one["function"] else str(one["seat"])
    return (who, _name(one, names), f"{voted} ({how})" if how else voted, one["reason"])


def _counts(motion: Mapping[str, Any]) -> Iterator[str]:
    result = motion["resolution"]
    if result is None:
        yield f"No result yet: {motion['state']}."
        return
    yield (
        f"{result['for']} for, {result['against']} against, {result['abstained']} abstained, of an "
        f"electorate of {result['eligible']}; {result['present']} voted."
    )
    yield str(result["words"])


def _beside(motion: Mapping[str, Any], names: Names) -> Iterator[str]:
    result = motion["resolution"]
    if result is not None and result["certified_by"]:
        yield f"Certified by {_name(result['certified_by'], names)}."
    for one in motion["voided"]:
        yield f"Ballot void, {_name(one, names)}: {one['reason']}"
    for one in motion["uncounted"]:
        yield f"Recorded but never countersigned, uncounted: {_name(one, names)}."
    outside = motion["outside"]
    if outside:
        yield f"Taken outside on {outside['decided_at']}; document {outside['sha256']}."
    for one in motion["demands"]:
        yield f"A meeting was demanded by {_name(one, names)}: {one['reason']}"


def _name(one: Mapping[str, Any], names: Names) -> str:
    person = str(one.get("person") or "")
    return names.get(person, "somebody no longer named") if person else "nobody named"
