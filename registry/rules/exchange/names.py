"""Who or what a file means by a name: what is sure, what is only likely and must be confirmed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from registry.rules.exchange.tables import folded

LIKELY = 0.82


@dataclass(frozen=True, slots=True)
class Known:
    """Something that has a place in the registry: a key, a name, and perhaps an address."""

    key: str
    name: str
    address: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """What a name means: `key` where it is sure, else who it could be, the likeliest first."""

    key: str = ""
    likely: tuple[Known, ...] = ()


def match_person(said: str, known: Sequence[Known]) -> Match:
    """Say who is meant. Sure: the address, or the full name that one person alone has.

    'weber, jonas', 'J. Weber' or another address of the same words is likely at most.
    """
    text = folded(said)
    same_address = [one for one in known if one.address and one.address.casefold() == text]
    same_name = [one for one in known if folded(one.name) == text and "," not in said]
    for same in (same_address, same_name):
        if len(same) == 1:
            return Match(same[0].key)
    if same_name:
        return Match(likely=tuple(same_name))
    return Match(likely=_likely_people(said, known))


def match_thing(said: str, known: Sequence[Known]) -> Match:
    """Say which unit or system is meant. Sure: its key, its name, or another name of it."""
    text = folded(said)
    same = [
        one for one in known if text in {folded(one.key), folded(one.name), *map(folded, one.also)}
    ]
    if len(same) == 1:
        return Match(same[0].key)
    if same:
        return Match(likely=tuple(same))
    near = [(_closeness(text, one), one) for one in known]
    best = sorted((pair for pair in near if pair[0] >= LIKELY), key=lambda pair: -pair[0])
    return Match(likely=tuple(one for _, one in best[:3]))


def _closeness(text: str, one: Known) -> float:
    return max(SequenceMatcher(None, text, folded(word)).ratio() for word in (one.key, one.name))


def _likely_people(said: str, known: Sequence[Known]) -> tuple[Known, ...]:
    words = _words_of(said)
    if not words:
        return ()
    found = [one for one in known if _agree(words, _words_of(one.name))]
    return tuple(found[:5])


def _words_of(said: str) -> list[str]:
    """Return the words of a name or of the part of an address before the @."""
    local = folded(said).partition("@")[0]
    return [
        word for word in local.replace(".", " ").replace("-", " ").replace("+", " ").split() if word
    ]


def _agree(said: Iterable[str], name: Sequence[str]) -> bool:
    """Whether every word said is a word of the name, or the first letters of one; one in full."""
    words = list(said)
    in_full = any(len(word) > 2 and word in name for word in words)
    return in_full and all(_fits(word, name) for word in words)


def _fits(word: str, name: Sequence[str]) -> bool:
    if word in name:
        return True
    return len(word) <= 2 and any(part.startswith(word) for part in name)
