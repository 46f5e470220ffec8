"""What a part of the product wrote into the record, found again among the product's messages.

The record keeps finished English: "Motion 2026-7 lapsed, and at high tier nothing runs on
undecided." The message that it was made of is the one that fits with the most words of its own;
it is said anew with what stands in its places. A text that no message fits stays as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from string import Formatter
from typing import Any

from django.conf import settings
from django.utils.translation import trans_real

from ledger.rules.worded import TITLE, Amount, Worded, as_moment, as_written, in_context, joined
from outbox.rules.citations import cited

LEAST, LEAST_NAMED = 8, 4
"""Letters that a message must have of its own: with fewer it would fit whatever was written. Fewer
do for one that says before a colon what it is: 'Line {line}: {why}'."""
LONGEST, LONGEST_TEXT = 600, 4000
"""Characters of a sentence, and of a text of several, in which messages are looked for."""
BETWEEN_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z])")
SENTENCE = re.compile(r"^[^%]*\w \w+ \w[^%]*$")
MOST_BARE = 2
"""Places that may follow one another without a word between: each more takes longer to look at."""
SAID = {
    "act", "deed", "fault", "follows", "ground", "how", "kind", "level", "move", "outcome", "rest",
    "stage", "standing", "state", "told", "what", "whose", "why", "words",
}  # fmt: skip
"""Places of messages in which words of ours stand; all others hold names, numbers or people's."""
KPIS = {"kpi", "kpi_name", "counter", "gain", "guardrail"}
"""Places in which a KPI is named; one of the shipped catalogue has a name in each language."""
OF_TITLE = f"{TITLE}\x04"
"""How the key of a title's message begins in a catalogue."""
SAID_IN_TITLES = {"answer", "kind", "others", "source"}
"""Places of titles in which words of ours may stand."""
OF_ONE_GROUP = "{kpi} for {group}"
OF_GROUP = " for "
"""How a KPI's name goes on where it is of one group: 'Accuracy for under 23'."""
AMOUNTS = {"amount", "baseline", "high", "limit", "low", "size", "value"}
"""Places in which a number stands, with or without its unit."""
AMOUNT = re.compile(
    r"(?P<number>(?:minus )?[-\u2212]?\d[\d,]*(?:\.\d+)?)"
    r"(?:(?P<gap>[ \u00a0])(?P<unit>[^\d\s]\D*))?"
)
COUNTS = {"count"}
NUMBER = rf"{re.sub(r'[?]P<[a-z]+>', '?:', AMOUNT.pattern)}"
"""What stands in these places of titles; a name like 'Refunds: the rest' is no amount."""
CITED = {"basis"}
"""Places in which a provision is cited."""
OF_KPI = "KPI "
"""How the context begins in which a shipped KPI is named, with the id behind it."""
PLACE = ".+?"
BESIDE = re.compile(r"\}\{")
"""Between two places without a sign nobody can tell where the one ends: they come back garbled."""


@dataclass(frozen=True, slots=True)
class Form:
    """A message as an expression that finds what stands in its places; `own` counts its letters."""

    message: str
    shape: re.Pattern[str]
    own: int


def reread(text: str) -> str:
    """Return a recorded text with the message that it was made of, or as it is."""
    if text in _whole():
        return in_context("", text)
    if "\n" in text:
        lines = [reread(one) for one in text.split("\n")]
        return joined("\n", lines) if any(isinstance(one, Worded) for one in lines) else text
    sentences = _sentences(text)
    if sentences and all(isinstance(one, Worded) for one in sentences):
        return joined(" ", sentences)
    found = _best(text) if len(text) <= LONGEST else None
    if found is None:
        known = any(isinstance(one, Worded) for one in sentences)
        return joined(" ", sentences) if known else text
    message, parts = found
    named = {name: _part(name, part) for name, part in parts.items()}
    return Worded.made(text, message=message, named=named)


def _sentences(text: str) -> list[str]:
    """Return the sentences of a text, each of ours said anew; none of a text that is one."""
    parts = BETWEEN_SENTENCES.split(text) if len(text) <= LONGEST_TEXT else []
    return [reread(one) for one in parts] if len(parts) > 1 else []


@lru_cache(maxsize=4000)
def retitled(text: str) -> str:
    """Return a recorded title with the message that it was made of; a person's own as it is."""
    for form in _titles():
        found = form.shape.fullmatch(text)
        if found is None:
            continue
        named = {name: _title_part(name, part) for name, part in found.groupdict().items()}
        return Worded.made(text, message=form.message, context=TITLE, named=named)
    return text


def _title_part(name: str, part: str) -> str:
    if name == "since":
        day, of_time, time = part.rpartition(" UTC")[0].rpartition(" ")
        return joined(" ", [_dated(day), as_written(f"{time} UTC")]) if of_time else _dated(part)
    return _word(part) if name in SAID_IN_TITLES else _part(name, part)


def _word(part: str) -> str:
    return in_context("", part) if part in _messages() else part


def _part(name: str, part: str) -> str:
    if name in SAID:
        return in_context("", part) if part in _messages() else reread(part)
    if name in OF_OURS:
        return OF_OURS[name](part)
    if name in KPIS and part in _kpis():
        return in_context(_kpis()[part], part)
    if name in CITED:
        return cited(part)
    if name in AMOUNTS and AMOUNT.fullmatch(part):
        return Amount(part)
    return _dated(part)


def _subject(part: str) -> str:
    """A shipped KPI, of all or of one group, whose name stays."""
    kpi, of_group, group = part.partition(OF_GROUP)
    if kpi not in _kpis():
        return part
    said = in_context(_kpis()[kpi], kpi)
    if not of_group:
        return said
    named = {"kpi": said, "group": group}
    return Worded.made(part, message=OF_ONE_GROUP, context=TITLE, named=named)


OF_OURS = {"field": _word, "span": _word, "subject": _subject}
"""Places in which a word of ours or a KPI stands, and how it is said."""


def _dated(part: str) -> str:
    """A day is written anew: '4 December 2026'. Instants in UTC are left to `config.recorded`."""
    if not (part[:1].isdigit() and part[-4:].isdigit()):
        return part
    try:
        at = datetime.strptime(part, "%d %B %Y").replace(tzinfo=UTC)
    except ValueError:
        return part
    return as_moment(part, at=at, form="INSTANT_WORDS_DATE")


@lru_cache(maxsize=4000)
def _best(text: str) -> tuple[str, Mapping[str, str]] | None:
    """Return the message that fits, and what stands in its places."""
    forms = (*_forms().get(text.partition(" ")[0], ()), *_forms().get("", ()))
    for form in sorted(forms, key=lambda one: (-one.own, -len(one.message))):
        found = form.shape.fullmatch(text)
        if found is not None:
            return form.message, found.groupdict()
    return None


@lru_cache(maxsize=1)
def _keys() -> frozenset[str]:
    """Every message that another language has, behind its context; none that needs a number."""
    found: set[str] = set()
    for language, _name in settings.LANGUAGES:
        if language != settings.LANGUAGE_CODE:
            spoken: Any = trans_real.translation(language)
            found |= {key for key, _said in spoken._catalog.items() if isinstance(key, str)}
    return frozenset(found)


@lru_cache(maxsize=1)
def _messages() -> frozenset[str]:
    """Every message but those that need a context or a number."""
    return frozenset(one for one in _keys() if one and "\x04" not in one)


@lru_cache(maxsize=1)
def _kpis() -> Mapping[str, str]:
    """The context of each shipped KPI by its name."""
    parted = (one.split("\x04") for one in _keys() if one.startswith(OF_KPI) and "\x04" in one)
    return {text: context for context, text in parted}


@lru_cache(maxsize=1)
def _whole() -> frozenset[str]:
    """The sentences in which nothing is put; a word alone may be somebody's own."""
    return frozenset(one for one in _messages() if SENTENCE.search(one) and "{" not in one)


@lru_cache(maxsize=1)
def _forms() -> Mapping[str, list[Form]]:
    """The messages in which something is put, by their first word; '' where that is put in."""
    found: dict[str, list[Form]] = {}
    for message in _messages():
        form = _form(message) if "{" in message else None
        if form is not None:
            begun = message.partition(" ")[0]
            found.setdefault("" if "{" in begun else begun, []).append(form)
    return found


@lru_cache(maxsize=1)
def _titles() -> list[Form]:
    """The messages of titles: those that begin with a word of their own first, then the longest."""
    texts = (one.removeprefix(OF_TITLE) for one in _keys() if one.startswith(OF_TITLE))
    forms = (_form(text, short=True) for text in texts if text != OF_ONE_GROUP)
    found = [form for form in forms if form is not None]
    return sorted(found, key=lambda one: (one.message[0] == "{", -one.own, -len(one.message)))


def _form(message: str, *, short: bool = False) -> Form | None:
    """Return a message as an expression; None for one that says too little, or is ambiguous.

    What is written in a form of its own, `{share:.1f}`, was a number and comes back as a text.
    A title may be `short`; an amount in it is one, or it is not this title.
    """
    shape, own, bare = "", 0, 0
    seen: set[str] = set()
    try:
        pieces = list(Formatter().parse(message))
    except ValueError:
        return None
    for written, name, spec, how in pieces:
        shape += re.escape(written)
        own += sum(map(str.isalpha, written))
        bare += bool(seen) and name is not None and not any(map(str.isalpha, written))
        if name is None:
            continue
        if spec or how or not name.isidentifier():
            return None
        there = NUMBER if short and name in AMOUNTS | COUNTS else PLACE
        shape += f"(?P={name})" if name in seen else f"(?P<{name}>{there})"
        seen.add(name)
    least = LEAST_NAMED if re.match(r"[A-Za-z][^{]*(\{\w+\}[^{]*)?: ", message) else LEAST
    if BESIDE.search(message) or (not short and (own < least or bare > MOST_BARE)):
        return None
    return Form(message, re.compile(shape, re.DOTALL), own)
