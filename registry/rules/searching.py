"""What somebody typed into the search, in words and numbers; what is marked in what was found.

Everything here is told of text alone. A word is a run of letters and digits: whatever else was
typed parts words and never reaches the database.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

LONGEST = 200
MOST_WORDS = 8
FRAGMENT = 180
BEFORE = 60
LARGEST = 2**63 - 1
YEARS = 10

_WORD = re.compile(r"[^\W_]+")
# After normalising: '№' has become 'No', narrow spaces are spaces.
_ENTRY = re.compile(r"(?P<sign>no\.?|nr\.?|#|entry|eintrag)?\s*(?P<digits>\d[\d .,']{0,30})")
_NUMBERED = re.compile(r"[a-z]{2,6}-\d{4}-\d{1,9}(\.\d+)?")
_PROVISION = re.compile(
    r"(?:(?P<word>art|article|artikel|annex|anhang|clause|abschnitt|control)\b\.?\s*)?"
    r"(?P<core>[a-z]{0,6}\.?\d[\w.()-]*)"
)
_LEADS = ("", "art. ", "annex ", "clause ", "control ")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: as a line, its words, the number of an entry that it may be (None: none).

    `is_reference` says that it can only be meant for one thing: an entry with its sign, a number as
    incidents have one, an article or a control.
    """

    text: str
    words: tuple[str, ...]
    entry: int | None
    is_reference: bool

    @property
    def plain(self) -> str:
        """The line in small letters."""
        return self.text.casefold()


def typed(text: str) -> Typed:
    """Read what somebody typed. Raises ValueError for more than `LONGEST` characters."""
    line = " ".join(unicodedata.normalize("NFKC", text.replace("\0", " ")).split())
    if len(line) > LONGEST:
        raise ValueError(f"at most {LONGEST} characters")
    plain = line.casefold()
    entry, signed = _entry(plain)
    sure = signed or bool(_NUMBERED.fullmatch(plain)) or _is_provision(plain)
    return Typed(line, _words(plain), entry, sure)


def _words(plain: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_WORD.findall(plain)))[:MOST_WORDS]


def _entry(plain: str) -> tuple[int | None, bool]:
    found = _ENTRY.fullmatch(plain)
    if found is None:
        return None, False
    number = int(re.sub(r"\D", "", found["digits"]))
    return (number, bool(found["sign"])) if 0 < number <= LARGEST else (None, False)


def _is_provision(plain: str) -> bool:
    found = _PROVISION.fullmatch(plain)
    return found is not None and (bool(found["word"]) or "." in found["core"][:2])


def provision_names(asked: Typed) -> list[str]:
    """Return what a provision's reference or id may be, in small letters; none where it is none.

    'Article 9', 'art 9' and '9' are 'art. 9'; 'A.6.2.4' may be an annex's control or a clause.
    """
    found = _PROVISION.fullmatch(asked.plain)
    if found is None:
        return []
    core = found["core"]
    word = (found["word"] or "")[:3]
    leads = ("art. ",) if word == "art" else _LEADS
    return [asked.plain, *(f"{lead}{core}" for lead in leads)]


def numbers_of(asked: Typed, *, prefix: str, width: int, year: int) -> list[str]:
    """Return the numbers that may be meant: as it was typed, or its end in one of the last years.

    '41' of incidents is INC-2026-0041 and those of the nine years before.
    """
    if _NUMBERED.fullmatch(asked.plain) or re.fullmatch(r"\d{4}-\d{1,9}(\.\d+)?", asked.plain):
        return [asked.text.upper()]
    if not re.fullmatch(r"\d{1,9}", asked.plain):
        return []
    end = int(asked.plain)
    return [f"{prefix}{one}-{end:0{width}d}" for one in range(year + 1, year - YEARS, -1)]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text, marked where it is what was looked for."""

    text: str
    marked: bool


def pieces(text: str, starts: Collection[str]) -> list[Piece]:
    """Return a text in pieces, marked where a word begins with one of `starts` (folded)."""
    found: list[Piece] = []
    end = 0
    for word in _WORD.finditer(text):
        if not _begins(word[0], starts):
            continue
        if word.start() > end:
            found.append(Piece(text[end : word.start()], False))
        found.append(Piece(word[0], True))
        end = word.end()
    if end < len(text):
        found.append(Piece(text[end:], False))
    return found


def fragment(text: str, starts: Collection[str]) -> list[Piece]:
    """Return the part of a text around the first word that was looked for, in marked pieces."""
    line = " ".join(text.split())
    hit = next((one.start() for one in _WORD.finditer(line) if _begins(one[0], starts)), 0)
    begin = 0 if hit <= BEFORE else line.rfind(" ", 0, hit - BEFORE + 1) + 1
    end = begin + FRAGMENT
    if end < len(line):
        end = max(line.rfind(" ", begin, end), begin + FRAGMENT // 2)
    shown = f"{'… ' if begin else ''}{line[begin:end]}{' …' if end < len(line) else ''}"
    return pieces(shown, starts)


def folded(word: str) -> str:
    """Return a word in small letters without accents."""
    parts = unicodedata.normalize("NFD", word.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one))


def _begins(word: str, starts: Collection[str]) -> bool:
    plain = folded(word)
    return any(plain.startswith(start) for start in starts)


def meant(words: Sequence[str], titles: Iterable[str]) -> str:
    """Return the words as they may have been meant, by words of these titles; '' for no better.

    A word that begins a known one stays. Up to four letters one slip is forgiven, then two.
    """
    known = {word for title in titles for word in _WORD.findall(title.casefold()) if len(word) > 2}
    found = [_nearest(word, known) for word in words]
    return " ".join(found) if found != list(words) else ""


def _nearest(word: str, known: Collection[str]) -> str:
    if len(word) < 3 or word.isdigit() or any(one.startswith(word) for one in known):
        return word
    most = 1 if len(word) < 5 else 2
    near = [(_slips(word, one, most), one) for one in known if abs(len(one) - len(word)) <= most]
    best = min((pair for pair in near if pair[0] <= most), default=(0, word))
    return best[1]


def _slips(one: str, other: str, most: int) -> int:
    """Return how many letters were missed, doubled, mistaken or swapped; more than `most`: cut."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for place, beside in enumerate(other, start=1):
            cost = min(last[place] + 1, line[-1] + 1, last[place - 1] + (letter != beside))
            if before and place > 1 and _swapped(one, other, row, place):
                cost = min(cost, before[place - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return last[-1]


def _swapped(one: str, other: str, row: int, place: int) -> bool:
    return one[row - 1] == other[place - 2] and one[row - 2] == other[place - 1]
