"""What an escalation says: one verb and the deadline in the subject, the rest in a few lines."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ledger.rules.worded import as_moment, as_titled, joined, moment, small, term, word, worded

ASKS = {
    "acknowledge": (
        word("Acknowledge {number} by {when}: {title}"),
        word("Acknowledge {number} overdue since {when}: {title}"),
    ),
    "first_assessment": (
        word("Write the first assessment of {number} by {when}: {title}"),
        word("Write the first assessment of {number} overdue since {when}: {title}"),
    ),
    "findings": (
        word("Submit the findings of {number} by {when}: {title}"),
        word("Submit the findings of {number} overdue since {when}: {title}"),
    ),
    "validation": (
        word("Validate {number} by {when}: {title}"),
        word("Validate {number} overdue since {when}: {title}"),
    ),
    "decision": (
        word("Decide {number} by {when}: {title}"),
        word("Decide {number} overdue since {when}: {title}"),
    ),
    "execution": (
        word("Carry out the decision on {number} by {when}: {title}"),
        word("Carry out the decision on {number} overdue since {when}: {title}"),
    ),
}
SEVERITIES = {"minor": "Minor", "moderate": "Moderate", "major": "Major", "severe": "Severe"}
ANSWER = (
    word("Answer {number} by {when}: {title}"),
    word("Answer {number} overdue since {when}: {title}"),
)
"""What each stage asks for: while its time runs, and after."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a message is made from. `level` 0 must act; those above are told that it waits.

    `unroutable`: the level below found nobody; `nobody`: this one did, and operations are told.
    """

    stage: str
    number: str
    title: str
    summary: str
    severity: str
    due_at: datetime
    fired_at: datetime
    zone: str
    level: int
    repeat: int
    url: str
    unroutable: bool = False
    nobody: bool = False


def subject(notice: Notice) -> str:
    """Return the subject line."""
    message = ASKS.get(notice.stage, ANSWER)[notice.due_at <= notice.fired_at]
    when = moment(notice.due_at.astimezone(ZoneInfo(notice.zone)))
    text = worded(message, number=notice.number, when=when, title=as_titled(notice.title))
    return text if notice.level == 0 else worded("Overdue or at risk: {asked}", asked=small(text))


def body(notice: Notice) -> str:
    """Return the message."""
    severity = worded(
        "Severity: {severity}.", severity=term(SEVERITIES[notice.severity], lowered=True)
    )
    return joined("\n", [notice.summary, "", severity, _why(notice), "", notice.url, ""])


def line(notice: Notice, *, scheduled_at: datetime) -> str:
    """Return the message as one line of a digest, with since when it should have been told."""
    planned = scheduled_at.astimezone(ZoneInfo(notice.zone))
    said = f"{planned:%a} {planned.day} {planned:%b %H:%M}"
    told = as_moment(said, at=planned, form="INSTANT_SHORT")
    return worded(
        "- {subject} ({severity}; to be told {told}) {url}",
        subject=subject(notice),
        severity=term(SEVERITIES[notice.severity], lowered=True),
        told=told,
        url=notice.url,
    )


def _why(notice: Notice) -> str:
    if notice.nobody:
        return (
            "Nobody of this level can be reached: see who holds its roles, who is on leave and who"
            " stands in. You are told because you run the installation."
        )
    if notice.unroutable:
        return "The level below has nobody who can be reached, so this comes to you now."
    if notice.level == 0:
        return "You are asked to act." if notice.repeat == 0 else "This is a reminder."
    if notice.repeat == 0:
        return "The stage has used its time or a part of it, and it comes to your level."
    return worded(
        "The stage has used its time or a part of it, and it comes to your level. "
        "This is reminder {repeat}.",
        repeat=notice.repeat,
    )
