"""One cell as a value of its field, or what is wrong with it and how to mend it."""

import re
from dataclasses import dataclass

from ledger.rules.worded import joined, term, worded
from registry.rules.exchange.choices import choice_of, choices_in_words
from registry.rules.exchange.dates import BadDate, TwoWays, read_date
from registry.rules.exchange.fields import Field
from registry.rules.exchange.names import Known, Match, match_person, match_thing
from registry.rules.exchange.tables import clean, folded
from registry.rules.exchange.world import Said, World
from registry.rules.labels import label_from, label_problem

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EMAIL = re.compile(r"[^@\s,;<>\"']+@[^@\s,;<>\"']+\.[^@\s,;<>\"']+")
ABSENT = "Choose above who or what is meant, or correct the file once the person has an account."
UNKNOWN = "Choose above who or what is meant, or correct the file once it is there."
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field of a row, in words, and how to mend it."""

    field: str
    words: str
    mend: str


@dataclass(frozen=True, slots=True)
class Value:
    """What a cell is read as; `note` says what was done to it."""

    value: str = ""
    problem: Problem | None = None
    note: str = ""


def read_cell(kind: str, wanted: Field, cell: str, world: World, said: Said) -> Value:
    """Return the value of a cell that is not empty."""
    text = clean(cell)
    if len(text) > wanted.most:
        return _bad(
            wanted,
            worded("{field} has {count} characters.", field=term(wanted.words), count=len(text)),
            worded("Write {most} at most.", most=wanted.most),
        )
    readers = {
        "choice": lambda: _choice(kind, wanted, text),
        "person": lambda: _person(wanted, text, world, said),
        "unit": lambda: _thing(wanted, text, world.units, said),
        "system": lambda: _thing(wanted, text, world.systems, said),
        "date": lambda: _date(wanted, text, world, said),
        "slug": lambda: _slug(text),
        "label": lambda: _label(wanted, text),
        "email": lambda: _pattern(
            wanted, text.lower(), EMAIL, "Write one address, such as a.weber@example.org."
        ),
    }
    return readers[wanted.reading]() if wanted.reading in readers else _text(text)


def slug_of(name: str) -> str:
    """Return the short name that a name gives: 'Claims Approval (EU)' is 'claims-approval-eu'."""
    return re.sub(r"[^a-z0-9]+", "-", folded(name).encode("ascii", "ignore").decode()).strip("-")[
        :80
    ]


def _bad(wanted: Field, words: str, mend: str) -> Value:
    return Value(problem=Problem(wanted.name, words, mend))


def _text(text: str) -> Value:
    """Take a text as it is; a formula stays words, and every export of ours keeps it so."""
    note = "It begins like a formula; it is kept as words." if text.startswith(FORMULA) else ""
    return Value(text, note=note)


def _slug(text: str) -> Value:
    made = text if SLUG.fullmatch(text) else slug_of(text)
    if made == text:
        return Value(made)
    words = worded("The short name {name} becomes {made}.", name=repr(text), made=repr(made))
    return Value(made, note=words)


def _pattern(wanted: Field, text: str, pattern: re.Pattern[str], mend: str) -> Value:
    if pattern.fullmatch(text):
        return Value(text)
    field = term(wanted.words, lowered=True)
    words = worded("{text} cannot be read as {field}.", text=repr(text[:60]), field=field)
    return _bad(wanted, words, mend)


def _label(wanted: Field, text: str) -> Value:
    label = label_from(text)
    problem = label_problem(label)
    return (
        _bad(
            wanted,
            worded("Version {label}: {why}", label=repr(text[:60]), why=term(problem)),
            "Correct it.",
        )
        if problem
        else Value(label)
    )


def _choice(kind: str, wanted: Field, text: str) -> Value:
    found = choice_of(kind, wanted.name, text)
    if found is not None:
        return Value(found)
    return _bad(
        wanted,
        worded("{field}: {text} is not known.", field=term(wanted.words), text=repr(text[:60])),
        worded("Write {choices}.", choices=choices_in_words(kind, wanted.name)),
    )


def _person(wanted: Field, text: str, world: World, said: Said) -> Value:
    chosen = said.chosen.get("person", {}).get(folded(text))
    if chosen and any(one.key == chosen for one in world.people):
        return Value(chosen)
    return _matched(wanted, text, match_person(text, world.people), ABSENT)


def _thing(wanted: Field, text: str, known: tuple[Known, ...], said: Said) -> Value:
    chosen = said.chosen.get(wanted.reading, {}).get(folded(text))
    if chosen and any(one.key == chosen for one in known):
        return Value(chosen)
    return _matched(wanted, text, match_thing(text, known), UNKNOWN)


def _matched(wanted: Field, text: str, match: Match, mend: str) -> Value:
    if match.key:
        return Value(match.key)
    if not match.likely:
        return _bad(
            wanted,
            worded(
                "{field}: {text} is not known here.",
                field=term(wanted.words),
                text=repr(text[:60]),
            ),
            mend,
        )
    names = " or ".join(one.name for one in match.likely)
    words = worded(
        "{field}: {text} is probably {names}.",
        field=term(wanted.words),
        text=repr(text[:60]),
        names=names,
    )
    return _bad(wanted, words, "Confirm it above.")


def _date(wanted: Field, text: str, world: World, said: Said) -> Value:
    try:
        return Value(read_date(text, order=said.date_order, zone=world.zone).isoformat())
    except TwoWays as error:
        return _bad(wanted, error.args[0], "Say above which order the file uses.")
    except BadDate as error:
        words = joined(": ", [term(wanted.words), error.args[0]])
        return _bad(wanted, words, "Correct the cell and upload the file again.")
