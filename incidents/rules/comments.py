"""Comments as text: whom they name, which records they name, and what they may hold. Pure rules.

A comment is plain text. Blank lines part paragraphs; an @ with somebody's name tells them; numbers
of cases, packs, ledger entries and KPIs become links where it is shown.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from ledger.rules.worded import word, worded

LONGEST = 10_000
LONGEST_REASON = 2_000
MOST_TOLD = 20
MOST_FILES = 5
MOST_RECORDS = 5
MOST_COMMENTS = 2_000

MENTION = re.compile(r"(?<![\w@.+-])@(?=[^\W\d_])")
TYPED = re.compile(r"[\w'’-]+(?:\.[\w'’-]+)*")
LONGEST_NAME = 160
MOST_SIGNS = 60
HONORIFIC = re.compile(r"(?:\w+\.|Dr|Prof|Mr|Mrs|Ms|Herr|Frau)", re.IGNORECASE)
PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
NAMED = re.compile(
    r"\b(?P<incident>INC-\d{4}-\d{4,8})\b"
    r"|\b(?P<pack>EP-\d{4}-\d{3,8})\b"
    r"|№\s?(?P<entry>\d{1,3}(?:[\u202f\u2009\u00a0 ]\d{3})+(?!\d)|\d{1,15})"
    r"|\bKPI (?P<series>\d{1,15})\b"
    r"|\b(?P<kpi>[a-z][a-z0-9]*(?:[-_][a-z0-9]+)+)\b"
)

Kind = Literal["text", "person", "incident", "pack", "entry", "kpi"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a paragraph: its text, and what it names: a number, an entry, a series' id."""

    kind: Kind
    text: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """An @ in a text: what was typed behind it, and who of the known people that can be."""

    typed: str
    people: frozenset[UUID]


def why_refused(text: str, longest: int = LONGEST) -> str:
    """Return why a text is not taken, '' where it is."""
    if not text.strip():
        return word("Write something.")
    if len(text) > longest:
        return worded("At most {most} characters; this has {count}.", most=longest, count=len(text))
    if any(unicodedata.category(one) == "Cc" and one not in "\n\t" for one in text):
        return word("This holds a character that no text has.")
    return ""


def cleaned(text: str) -> str:
    """Return a text as it is kept: one kind of line end, nothing around it, no half characters."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    return whole.encode("utf-8", "replace").decode("utf-8").strip()


def first_words(text: str) -> set[str]:
    """Return the first word behind each @ of a text, the first MOST_SIGNS of them."""
    found = set()
    for sign in list(MENTION.finditer(text))[:MOST_SIGNS]:
        word = TYPED.match(text, sign.end())
        found |= {word[0][:LONGEST_NAME]} if word else set()
    return found


def signs_in(text: str, people: Mapping[UUID, str]) -> list[Sign]:
    """Return each @ of a text with the people whose name stands behind it: the longest name wins.

    `people` maps ids to names. A name may be written whole, without titles, or as first or last
    name alone.
    """
    handles = _handles(people)
    found = []
    for sign in list(MENTION.finditer(text))[:MOST_SIGNS]:
        word = TYPED.match(text, sign.end())
        who, end = _named_at(text, sign.end(), handles)
        typed = text[sign.end() : end] if who else word[0] if word else ""
        if typed:
            found.append(Sign(typed[:LONGEST_NAME], frozenset(who)))
    return found


def paragraphs(
    text: str, *, people: Iterable[str] = (), kpis: Mapping[str, str] | None = None
) -> list[list[list[Piece]]]:
    """Return paragraphs of lines of pieces. `people` are the names that were told.

    `kpis` maps what names a KPI of the system (its id, the number of a series) to a series' id.
    """
    handles = _handles(dict(enumerate(people)))
    known = kpis or {}
    blocks = (block for block in PARAGRAPHS.split(text) if block.strip())
    return [[_line(line, handles, known) for line in block.split("\n")] for block in blocks]


def _line(line: str, handles: Sequence[tuple[str, object]], kpis: Mapping[str, str]) -> list[Piece]:
    """Cut a line at what it names."""
    cuts = [*_people_in(line, handles), *_records_in(line, kpis)]
    pieces, at = [], 0
    for start, end, kind, ref in sorted(cuts):
        if start < at:
            continue
        if start > at:
            pieces.append(Piece("text", line[at:start]))
        pieces.append(Piece(kind, line[start:end], ref))
        at = end
    return [*pieces, Piece("text", line[at:])] if at < len(line) else pieces


def _people_in(
    line: str, handles: Sequence[tuple[str, object]]
) -> Iterable[tuple[int, int, Kind, str]]:
    for sign in list(MENTION.finditer(line))[:MOST_SIGNS] if handles else ():
        who, end = _named_at(line, sign.end(), handles)
        if who:
            yield sign.start(), end, "person", ""


def _records_in(line: str, kpis: Mapping[str, str]) -> Iterable[tuple[int, int, Kind, str]]:
    for found in NAMED.finditer(line):
        start, end = found.span()
        if found["incident"]:
            yield start, end, "incident", found["incident"]
        elif found["pack"]:
            yield start, end, "pack", found["pack"]
        elif found["entry"]:
            yield start, end, "entry", re.sub(r"\D", "", found["entry"])
        else:
            named = kpis.get(found["series"] or found["kpi"])
            if named is not None:
                yield start, end, "kpi", named


def _handles(people: Mapping[UUID, str] | Mapping[int, str]) -> list[tuple[str, object]]:
    """Return by what people may be called with who that is, the longest first."""
    found: list[tuple[str, object]] = []
    for key, name in people.items():
        words = name.split()
        bare = [word for word in words if not HONORIFIC.fullmatch(word)] or words
        called = {" ".join(words), " ".join(bare), *bare[:1], *bare[-1:]} - {""}
        found += [(one, key) for one in called]
    return sorted(found, key=lambda one: -len(one[0]))


def _named_at(text: str, at: int, handles: Sequence[tuple[str, object]]) -> tuple[set[UUID], int]:
    """Return whose name begins at a place of a text, and where it ends; nobody: an empty set."""
    stretch = text[at : at + LONGEST_NAME]
    who: set[UUID] = set()
    end = at
    for handle, key in handles:
        if who and len(handle) < end - at:
            break
        follows = stretch[len(handle) : len(handle) + 1]
        if stretch[: len(handle)].casefold() == handle.casefold() and not _goes_on(follows):
            who.add(key)  # type: ignore[arg-type]  # a key is whatever the caller gave
            end = at + len(handle)
    return who, end


def _goes_on(follows: str) -> bool:
    return bool(follows) and (follows.isalnum() or follows == "_")
