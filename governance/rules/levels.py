"""Levels: which body decides a motion, by risk tier, severity and the kinds of its actions.

Workflow section 5, 'Level', with KOM-22 and SEG-15. The matrix is data of the policy; the highest
line that fits counts, and a case never goes to a lower body than it has been before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from governance.rules.motion_kinds import KINDS, WORDS
from governance.rules.policy_parts.levels import LevelRule, Levels
from incidents.rules.plan import SEVERITIES
from ledger.rules.worded import term, word, worded

LEVELS = ("delegate", "committee", "executive", "board")
LEVEL_WORDS = {
    "delegate": "a delegate of the committee",
    "committee": "the committee",
    "executive": "the executive",
    "board": "the board",
}
SEVERITY_WORDS = {
    "minor": word("minor"),
    "moderate": word("moderate"),
    "major": word("major"),
    "severe": word("severe"),
}
TIERS = (word("low"), word("medium"), word("high"))
NEVER_DOWN = "The case has been there, and it never goes down again: {whose} decides."
SHIPPED: tuple[LevelRule, ...] = (
    LevelRule(level="executive", kinds=["accept_risk", "exception"], tiers=["high"]),
    LevelRule(level="executive", kinds=["retire"], tiers=["high"]),
    LevelRule(level="executive", kinds=["accept_risk"], severities=["severe"]),
)
"""For policies that were agreed before there was a matrix."""
DELEGABLE = (
    "rollback",
    "pin",
    "adjust",
    "retrain",
    "restrict",
    "suspend",
    "inform",
    "supplier_fix",
    "continue",
    "no_action",
    "request_information",
)
"""What a delegate may decide where the policy names nothing else."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be decided: the kinds of the actions, the case, and where it has been before.

    `at_least` is the lowest level that is left ('' for any); `delegable` says that the case is a
    small one that a delegate may decide.
    """

    kinds: tuple[str, ...]
    tier: str
    severity: str
    delegable: bool = False
    at_least: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """Which level decides, and why, in a sentence."""

    name: str
    words: str


def level_of(levels: Levels, matter: Matter) -> Level:
    """Return which level decides, and why."""
    found = _by_kinds(levels, matter)
    if matter.at_least and LEVELS.index(matter.at_least) > LEVELS.index(found.name):
        whose = term(LEVEL_WORDS[matter.at_least])
        return Level(matter.at_least, worded(NEVER_DOWN, whose=whose))
    return found


def higher(level: str, steps: int) -> str:
    """Return the level some steps up, the board at most."""
    return LEVELS[min(LEVELS.index(level) + steps, len(LEVELS) - 1)]


def lowered(before: Levels, after: Levels) -> list[str]:
    """Return, in words, what a lower level would decide than before: only the board agrees to it.

    Committee and delegate count apart: what the committee decided is not handed to one person.
    """
    found = []
    for kind, tier in product(KINDS, TIERS):
        for severity in SEVERITIES:
            asked = Matter((kind,), tier, severity, delegable=True)
            was, is_now = level_of(before, asked).name, level_of(after, asked).name
            if LEVELS.index(is_now) < LEVELS.index(was):
                found.append(
                    worded(
                        "{words} at {tier} tier, {severity}: {level_words} "
                        "instead of {level_words_2}",
                        words=term(WORDS[kind]),
                        tier=term(tier),
                        severity=term(SEVERITY_WORDS[severity]),
                        level_words=term(LEVEL_WORDS[is_now]),
                        level_words_2=term(LEVEL_WORDS[was]),
                    )
                )
    return found


def _by_kinds(levels: Levels, matter: Matter) -> Level:
    rules = levels.matrix or SHIPPED
    fitting = [
        (LEVELS.index(rule.level), kind)
        for kind in matter.kinds
        for rule in rules
        if rule.fits(kind=kind, tier=matter.tier, severity=matter.severity)
    ]
    place, kind = max(fitting, default=(LEVELS.index("committee"), ""))
    if kind and place >= LEVELS.index("committee"):
        words = worded(
            "{act} at {standing} tier, {level}: {whose} decides.",
            act=term(WORDS[kind]),
            standing=term(matter.tier),
            level=term(SEVERITY_WORDS.get(matter.severity, matter.severity)),
            whose=term(LEVEL_WORDS[LEVELS[place]]),
        )
        return Level(LEVELS[place], words)
    if matter.delegable and set(matter.kinds) <= _delegable(levels):
        return Level("delegate", "A small case: a named delegate of the committee decides.")
    return Level("committee", "The committee decides what no rule takes higher.")


def _delegable(levels: Levels) -> frozenset[str]:
    return frozenset(levels.delegate_kinds or DELEGABLE)


def level_problems(levels: Levels) -> Iterable[str]:
    """Yield what makes a matrix unworkable, each in a sentence."""
    for number, rule in enumerate(levels.matrix):
        place = f"levels, line {number}"
        yield from _unknown(place, word("level"), [rule.level], LEVELS)
        yield from _unknown(place, word("kind of action"), rule.kinds, KINDS)
        yield from _unknown(place, word("tier"), rule.tiers, TIERS)
        yield from _unknown(place, word("severity"), rule.severities, SEVERITIES)
    yield from _unknown("levels, delegate", word("kind of action"), levels.delegate_kinds, KINDS)
    if levels.requests < 0 or levels.edits < 0:
        yield "levels: requests and edits are not negative."
    leading = [one for one in levels.seats if one.chair]
    if levels.seats and len(leading) != 1:
        yield "levels, seats: exactly one seat has the chair."


def _unknown(place: str, what: str, words: Iterable[str], known: Iterable[str]) -> Iterable[str]:
    for one in words:
        if one not in known:
            yield worded(
                "{place}: {word!r} is no {what}; use {known}.",
                place=place,
                word=one,
                what=term(what),
                known=", ".join(known),
            )
