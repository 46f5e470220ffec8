"""The words of what carries several notices: the most pressing one's subject stands first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

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
    tail = {"digest": f"digest of {len(items)}", "summary": f"summary of {len(items)}"}.get(
        form, f"and {len(items) - 1} more"
    )
    subject = f"{_short(first.subject)} ({tail})"
    whole = form == "bundle"
    parts = [_whole(thing) if whole else _line(thing) for thing in things]
    joint = f"\n{RULE}\n\n" if whole else ""
    return Carried(subject, "\n".join([INTRODUCTIONS[form], "", joint.join(parts)]))


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
    told = ["", "Before that, about the same:", *earlier] if earlier else []
    return "\n".join([newest.subject, "", newest.body.rstrip(), *told, ""])


def _line(thing: Sequence[Item]) -> str:
    newest, *older = thing
    lines = [f"- {newest.subject}", f"  {newest.link}" if newest.link else ""]
    lines += [f"  before that: {one.subject}" for one in older]
    return "\n".join(line for line in lines if line) + "\n"


def _short(subject: str) -> str:
    return subject if len(subject) <= LONGEST else f"{subject[: LONGEST - 1]}…"
