"""The words of what carries several notices: the most pressing one's subject stands first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.rules.worded import as_written, joined, word, worded

LONGEST = 180
FOREVER = datetime.max.replace(tzinfo=UTC)
RULE = "-" * 60


@dataclass(frozen=True, slots=True)
class Item:
    """One notice as it is carried. `about`: what it is about; of one thing the newest leads."""

    subject: str
    body: str
    link: str
    about: str
    due_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Carried:
    """Subject and text of a carrier."""

    subject: str
    body: str


def compose(form: str, items: Sequence[Item]) -> Carried:
    """Return the words of a bundle, a digest or a summary; every notice stands in it.

    Raises ValueError without a notice.
    """
    if not items:
        raise ValueError("a carrier carries something")
    things = _by_thing(items)
    first = things[0][0]
    message, left_out = TAILS[form]
    subject = worded(message, subject=_short(first.subject), number=len(items) - left_out)
    whole = form == "bundle"
    parts = [_whole(thing) if whole else _line(thing) for thing in things]
    told = joined(f"\n{RULE}\n\n" if whole else "", parts)
    return Carried(subject, joined("\n", [INTRODUCTIONS[form], "", told]))


TAILS = {
    "bundle": (word("{subject} (and {number} more)"), 1),
    "digest": (word("{subject} (digest of {number})"), 0),
    "summary": (word("{subject} (summary of {number})"), 0),
}
"""The subject of each form, and how many notices its number leaves out."""


INTRODUCTIONS = {
    "bundle": "Several things, the most pressing first.",
    "digest": "Your digest, the most pressing first.",
    "summary": "Very many notices came at once. All of yours are here, the most pressing first.",
}


def _by_thing(items: Sequence[Item]) -> list[list[Item]]:
    """Return the notices by what they are about, newest first within; the most pressing leads."""
    things: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda one: one.created_at, reverse=True):
        things.setdefault(item.about or item.link or item.subject, []).append(item)
    return sorted(things.values(), key=lambda thing: _pressing(thing[0]))


def _pressing(item: Item) -> tuple[datetime, datetime]:
    return item.due_at or FOREVER, item.created_at


def _whole(thing: Sequence[Item]) -> str:
    newest, *older = thing
    earlier = [f"  {one.subject}" for one in older]
    told = ["", word("Before that, about the same:"), *earlier] if earlier else []
    said = [as_written(newest.subject), "", as_written(newest.body.rstrip())]
    return joined("\n", [*said, *told, ""])


def _line(thing: Sequence[Item]) -> str:
    newest, *older = thing
    lines = [f"- {newest.subject}", f"  {newest.link}" if newest.link else ""]
    lines += [worded("  before that: {subject}", subject=one.subject) for one in older]
    return joined("\n", [*(line for line in lines if line), ""])


def _short(subject: str) -> str:
    return subject if len(subject) <= LONGEST else f"{subject[: LONGEST - 1]}…"
