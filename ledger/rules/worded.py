"""English words that know how they were made, so that a door can say them in another language.

Rules, services and selectors of the lower floors speak English, and what they say goes on record
as they said it. A sentence with something put into it keeps its message and its parts beside the
finished text: `outbox.languages.spoken` says it again in the reader's language. Everywhere else it
is a string like any other.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Self

RECORDED = "what a machine recorded"  # finished English, whose message is found at the door
TITLE = "title of a case"
TITLED = "a title as it is recorded"  # of a case or a motion, perhaps a person's own


class Worded(str):
    """A finished English text with its message, its named parts, or the texts it was joined from.

    `plural` is the message for any `number` but one; `context` tells one message from another
    that reads alike. A text without `message` was joined by `between` from `parts`.
    """

    message: str
    plural: str
    context: str
    number: int
    named: Mapping[str, Any]
    between: str
    parts: tuple[str, ...]

    @classmethod
    def made(
        cls,
        text: str,
        *,
        message: str = "",
        plural: str = "",
        context: str = "",
        number: int = 0,
        named: Mapping[str, Any] | None = None,
        between: str = "",
        parts: tuple[str, ...] = (),
    ) -> Self:
        """Return the text with how it was made."""
        made = cls(text)
        made.message, made.plural, made.context = message, plural, context
        made.number = number
        made.named, made.between, made.parts = dict(named or {}), between, parts
        return made


def worded(message: str, /, **named: Any) -> str:
    """Return a sentence: `worded("{number} is closed.", number="INC-7")`.

    KeyError: a part that the message names is not given.
    """
    return Worded.made(message.format(**named), message=message, named=named)


def worded_number(one: str, many: str, /, number: int, **named: Any) -> str:
    """Return a sentence about a number of things; both forms may name `{number}`."""
    message = one if number == 1 else many
    named = {"number": number, **named}
    return Worded.made(
        message.format(**named), message=one, plural=many, number=number, named=named
    )


def joined(between: str, texts: Iterable[str]) -> str:
    """Return texts as one, like `between.join(texts)`; each is said in its language by itself."""
    parts = tuple(texts)
    return Worded.made(between.join(parts), between=between, parts=parts)


def either(texts: Iterable[str], *, between: str = " or ") -> str:
    """Return texts as a choice, 'a or b'; those before the last stand with `between` in English."""
    *first, last = texts
    if not first:
        return last
    said = worded("{first} or {last}", first=_row(first), last=last)
    return shortened(f"{between.join(first)} or {last}", said)


def _row(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else joined(", ", texts)


def word(text: str) -> str:
    """Return the text: it stands in a table, and doors say it in the reader's language."""
    return text


def term(text: object, *, lowered: bool = False) -> str:
    """Return a word that a sentence takes as a part and that is said in its language: a state.

    `lowered` writes the English small, as within a sentence; other languages quote the label.
    """
    if isinstance(text, Worded) and not lowered:
        return text
    label = str(text)
    said = label.lower() if lowered else label
    return Worded.made(said, message=label.replace("{", "{{").replace("}", "}}"))


def small(text: str) -> str:
    """Return a sentence that follows a colon: its English begins small."""
    said = f"{text[:1].lower()}{text[1:]}"
    return shortened(said, text) if isinstance(text, Worded) else said


def shortened(said: str, text: str) -> str:
    """Return a shorter English of a text; other languages say the text as a whole."""
    if not isinstance(text, Worded):
        return Worded.made(said, message=text.replace("{", "{{").replace("}", "}}"))
    return Worded.made(
        said,
        message=text.message,
        plural=text.plural,
        context=text.context,
        number=text.number,
        named=text.named,
        between=text.between,
        parts=text.parts,
    )


def in_context(context: str, text: str) -> str:
    """Return words that are said by their own translation in a context: a verb of the record."""
    message = text.replace("{", "{{").replace("}", "}}")
    return Worded.made(text, message=message, context=context)


def titled(message: str, /, **named: Any) -> str:
    """Return the title that a machine gives a case or a motion, like `worded`.

    Titles are said by translations of their own: a short one is found again among no other words.
    """
    return Worded.made(message.format(**named), message=message, context=TITLE, named=named)


def as_titled(text: str) -> str:
    """Return a recorded title: doors say one of ours by its message; a person's own stays."""
    return in_context(TITLED, text) if text else text


def as_written(text: str) -> str:
    """Return what a person or the record wrote: as a part of a joined text it stays as it is."""
    return Worded.made(text, message="{text}", named={"text": text}) if text else text


def of_machine(text: str) -> str:
    """Return what a machine wrote into the record: doors say it by the message that it fits."""
    return in_context(RECORDED, text) if text else text


class Moment(str):
    """An instant as English writes it, that is written anew in another language.

    `at` is in the reader's zone; `form` names a format of `config.formats`.
    """

    at: date
    form: str


def moment(at: datetime) -> str:
    """Return an instant with day and year: 'Mon 16 Nov 2026 01:00'. It is in the reader's zone."""
    return as_moment(f"{at:%a} {at.day} {at:%b %Y %H:%M}", at=at, form="INSTANT_DATED")


def as_moment(said: str, *, at: date, form: str) -> str:
    """Return an instant as English says it. Other languages write `at` in the form."""
    made = Moment(said)
    made.at, made.form = at, form
    return made


def day_told(day: date) -> str:
    """Return a day as English says it, '4 December 2026'; other languages write it their way."""
    return as_moment(f"{day.day} {day:%B %Y}", at=day, form="INSTANT_WORDS_DATE")


class Amount(str):
    """A number with or without its unit as English writes it: '1,204.5 ms', '85.5 %'."""


def as_text(value: Any) -> str:
    """Return a worded sentence as the plain text that is kept: an encoder's hook, `enc_hook`.

    TypeError for whatever is no text: an encoder that knows no such type refuses it.
    """
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
