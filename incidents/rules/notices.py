"""The words of notices: the one verb and the deadline stand in the subject (workflow section 3)."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from incidents.rules.commands import COMMANDS

INSTANT = re.compile(r"\b(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC\b")

VERBS: dict[str, str] = {
    **{f"ask_{name}": known.words.capitalize() for name, known in COMMANDS.items()},
    "acknowledge": "Acknowledge",
    "first_assessment": "Assess",
    "findings": "Submit the findings",
    "returned": "Complete the findings",
    "validation": "Validate",
    "decision": "Decide",
    "execution": "Carry out",
    "confirm": "Confirm",
    "obligation": "Carry out",
    "bind": "Bind the retrained version in",
    "verification": "See to the proof of",
    "close": "Verify and close",
    "clock": "Settle the regulatory clock of",
    "ended_clock": "Decide on the ended clock of",
    "agree_dismissal": "Agree or object to dismissing",
    "agree_withdrawal": "Agree or object to withdrawing",
    "agree_reopening": "Agree or object to reopening",
    "agree_pause": "Agree or object to pausing",
    "agree_merge": "Agree or object to merging",
    "agree_split": "Agree or object to splitting",
    "reopened": "Submit the findings again of",
    "lapsed": "Acknowledge again",
    "reassigned": "See to",
    "withdrawn": "For your information: withdrawn",
    "runs_again": "Go on with",
    "accepted": "For your information: the risk is accepted in",
    "acceptance": "Renew or remove the accepted risk of",
    "acceptance_review": "Review the accepted risk of",
    "acceptance_proposed": "Look at a proposal to accept the risk of",
    "acceptance_ended": "Decide anew on",
    "informed": "For your information: closed",
    "contained": "Look at what was stopped at once in",
    "explain": "Give the reason for the emergency stop in",
    "ratify": "See to the ratification in",
    "not_ratified": "Decide on the refused ratification in",
    "interim": "Look at the interim measure in",
    "interim_over": "Look at the ended interim measure in",
    "evidence": "Keep the evidence of",
    "mention": "Read the comment that names you on",
}


def kind_of(task: str) -> str:
    """Return which kind of notice a task is (outbox.rules.notices.KINDS)."""
    if task == "mention":
        return "mention"
    return "information" if VERBS[task].startswith("For your information") else "task"


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
        lines += ["", with_instants_in(words, zone)]
    if due_at:
        lines += ["", f"Deadline: {in_zone(due_at, zone)} ({due_at:%Y-%m-%d %H:%M} UTC)."]
    return Notice(subject, "\n".join([*lines, "", url, ""]))


def with_instants_in(words: str, zone: str) -> str:
    """Return recorded words with each instant as a reader in a zone has it, its UTC beside."""

    def shown(found: re.Match[str]) -> str:
        try:
            instant = datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00")
        except ValueError:
            return found[0]
        return f"{in_zone(instant, zone)} ({found[0]})"

    return INSTANT.sub(shown, words)


def in_zone(instant: datetime, zone: str) -> str:
    """Return an instant as a reader in a zone writes it: Mon 23 Nov 13:20 CET."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %H:%M} {local.tzname()}"
