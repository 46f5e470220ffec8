"""What a board report is made of: text and hash, narrative, statements; REP-3, REP-6."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from governance.rules.figures import Measure
from ledger.rules.canonical import canonical
from ledger.rules.worded import worded

SCHEMA = 1
NARRATIVES = {
    "summary": "In short",
    "kpis": "What the figures say",
    "decisions": "On what was decided",
    "learned": "What was learned",
    "support": "Where support is needed",
    "outlook": "What comes next",
}
"""The sections that people write, in the order of the report."""
LONGEST = 8000
FRESH = timedelta(days=7)
"""How old the figures of a draft may be when it is issued."""
VERDICTS = {
    "improved": "improved",
    "worse": "worse",
    "unclear": "no change that is beyond chance",
    "changed": "changed",
}
UNIMPROVED = "No before-and-after: nobody has agreed to a baseline."
INSTANTS = frozenset(
    {"at", "opened_at", "closed_at", "due_at", "until_at", "since", "until", "drawn_at"}
)
DAYS = frozenset({"date", "first_day", "last_day"})
DAY = 86_400
MONTH_DAYS = 30.4375


def report_text(content: Mapping[str, Any]) -> str:
    """Return the canonical text of a report (RFC 8785), which is signed and hashed."""
    return canonical(dict(content)).decode()


def report_hash(text: str) -> str:
    """Return the SHA-256 of a report's text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def whole(
    *, number: str, edition: int, figures: Mapping[str, Any], narrative: Mapping[str, str]
) -> dict[str, Any]:
    """Return the whole content of a report: what is frozen when it is issued."""
    written = {name: narrative.get(name, "") for name in NARRATIVES}
    return {
        "schema": SCHEMA,
        "number": number,
        "edition": edition,
        "figures": dict(figures),
        "narrative": written,
    }


def narrative_faults(given: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with a narrative, by section; {} for nothing."""
    found = {}
    for name, text in given.items():
        if name not in NARRATIVES:
            found[name] = "There is no such section."
        elif "\x00" in text:
            found[name] = "It holds a character that cannot be stored."
        elif len(text) > LONGEST:
            found[name] = worded("At most {longest} characters.", longest=LONGEST)
    return found


def people_in(content: Any) -> set[str]:
    """Return the ids of the persons that a content names under 'person'."""
    if isinstance(content, Mapping):
        own = {str(content["person"])} if content.get("person") else set()
        return own.union(*(people_in(value) for value in content.values()))
    if isinstance(content, Sequence) and not isinstance(content, str):
        return set().union(*(people_in(value) for value in content))
    return set()


def printable(content: Any, names: Mapping[str, str]) -> Any:
    """Return a content for printing: the name of each person as 'by', instants and days as such."""
    if isinstance(content, Mapping):
        told = {key: _revived(key, printable(value, names)) for key, value in content.items()}
        if content.get("person"):
            told["by"] = names.get(str(content["person"]), "somebody")
        return told
    if isinstance(content, Sequence) and not isinstance(content, str):
        return [printable(value, names) for value in content]
    return content


def _revived(key: str, value: Any) -> Any:
    if value and isinstance(value, str):
        if key in INSTANTS:
            return datetime.fromisoformat(value)
        if key in DAYS:
            return date.fromisoformat(value)
    return value


def length_words(since: datetime, until: datetime) -> str:
    """Say how long a time is: '3 months', '5 weeks', '4 days'."""
    days = max((until - since).total_seconds() / DAY, 0)
    for size, least, word in ((MONTH_DAYS, 1.75, "month"), (7, 2, "week")):
        if days >= least * size:
            number = round(days / size)
            return f"{number} {word}{'' if number == 1 else 's'}"
    number = max(round(days), 1)
    return f"{number} day{'' if number == 1 else 's'}"


def statement(
    *,
    name: str,
    measure: Measure,
    before: float,
    after: float,
    over: str,
    bounds: tuple[float, float],
    word: str,
) -> str:
    """Say a before-and-after in a sentence: 'Accuracy: 75.0 % to 90.0 % in 3 months, improved'."""
    unit = "points" if measure.unit == "%" else measure.unit
    points = Measure(measure.factor, measure.digits, unit)
    low, high = points.bare(bounds[0]), points.say(bounds[1])
    return worded(
        "{name}: {say} to {say_2} in {over}, {verdicts} (95 % interval of "
        "the change {low} to {high}).",
        name=name,
        say=measure.say(before),
        say_2=measure.say(after),
        over=over,
        verdicts=VERDICTS[word],
        low=low,
        high=high,
    )
