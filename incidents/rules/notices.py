"""The words of notices: the one verb and the deadline stand in the subject (workflow section 3)."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

VERBS: dict[str, str] = {
    "acknowledge": "Acknowledge",
    "first_assessment": "Assess",
    "findings": "Submit the findings",
    "returned": "Complete the findings",
    "validation": "Validate",
    "decision": "Decide",
    "execution": "Carry out",
    "confirm": "Confirm",
    "obligation": "Carry out",
    "verification": "See to the proof of",
    "close": "Verify and close",
    "clock": "Settle the regulatory clock of",
    "agree_dismissal": "Agree or object to dismissing",
    "informed": "For your information: closed",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What one person is told: subject and plain text."""

    subject: str
    body: str


def notice(
    *,
    task: str,
    number: str,
    title: str,
    severity: str,
    due_at: datetime | None,
    zone: str,
    url: str,
    words: str = "",
) -> Notice:
    """Return the words for one person, instants in their zone. Raises KeyError for no task."""
    by = f" by {in_zone(due_at, zone)}" if due_at else ""
    subject = f"{VERBS[task]} {number}{by}: {title}"
    lines = [f"{VERBS[task]} {number}{by}.", "", title, f"Severity: {severity}."]
    if words:
        lines += ["", words]
    if due_at:
        lines += ["", f"Deadline: {in_zone(due_at, zone)} ({due_at:%Y-%m-%d %H:%M} UTC)."]
    return Notice(subject, "\n".join([*lines, "", url, ""]))


def in_zone(instant: datetime, zone: str) -> str:
    """Return an instant as a reader in a zone writes it: Mon 23 Nov 13:20 CET."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %H:%M} {local.tzname()}"
