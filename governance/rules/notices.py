"""What an escalation says: one verb and the deadline in the subject, the rest in a few lines."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

VERBS = {
    "acknowledge": "Acknowledge",
    "first_assessment": "Write the first assessment of",
    "findings": "Submit the findings of",
    "validation": "Validate",
    "decision": "Decide",
    "execution": "Carry out the decision on",
}


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
    verb = VERBS.get(notice.stage, "Answer")
    when = _when(notice)
    text = f"{verb} {notice.number} {when}: {notice.title}"
    return text if notice.level == 0 else f"Overdue or at risk: {text[0].lower()}{text[1:]}"


def body(notice: Notice) -> str:
    """Return the message."""
    lines = [notice.summary, "", f"Severity: {notice.severity}.", _why(notice), "", notice.url, ""]
    return "\n".join(lines)


def line(notice: Notice, *, scheduled_at: datetime) -> str:
    """Return the message as one line of a digest, with since when it should have been told."""
    planned = scheduled_at.astimezone(ZoneInfo(notice.zone))
    told = f"{planned:%a} {planned.day} {planned:%b %H:%M}"
    return f"- {subject(notice)} ({notice.severity}; to be told {told}) {notice.url}"


def _when(notice: Notice) -> str:
    local = notice.due_at.astimezone(ZoneInfo(notice.zone))
    text = f"{local:%a} {local.day} {local:%b %Y %H:%M}"
    return f"by {text}" if notice.due_at > notice.fired_at else f"overdue since {text}"


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
    told = "The stage has used its time or a part of it, and it comes to your level"
    return f"{told}." if notice.repeat == 0 else f"{told}. This is reminder {notice.repeat}."
