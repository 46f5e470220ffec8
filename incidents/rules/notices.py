"""The words of notices: the one verb and the deadline stand in the subject (workflow section 3)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from incidents.rules.commands import COMMANDS
from ledger.rules.worded import (
    Worded,
    as_moment,
    as_titled,
    in_context,
    joined,
    shortened,
    term,
    worded,
)

CONTEXT = "what a mail asks for"
ASK = "ask_"
INSTANT = re.compile(r"\b(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC\b")

VERBS: dict[str, str] = {
    **{f"{ASK}{name}": known.words.capitalize() for name, known in COMMANDS.items()},
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
    asked = _asked(task, number, in_zone(due_at, zone) if due_at else "")
    subject = worded("{asked}: {title}", asked=asked, title=as_titled(title))
    level = term(severity.capitalize(), lowered=True)
    lines = [worded("{asked}.", asked=asked), "", as_titled(title)]
    lines += [worded("Severity: {severity}.", severity=level)]
    if words:
        lines += ["", with_instants_in(words, zone)]
    if due_at:
        lines += ["", worded("Deadline: {when}.", when=_beside_utc(due_at, zone))]
    return Notice(subject, joined("\n", [*lines, "", url, ""]))


def _asked(task: str, number: str, when: str) -> str:
    """Say what is asked, of which case, until when: 'Validate INC-1 by Mon 23 Nov 13:20 CET'."""
    command = COMMANDS.get(task.removeprefix(ASK)) if task.startswith(ASK) else None
    known = in_context(CONTEXT, command.words if command else VERBS[task])
    verb = shortened(VERBS[task], known)
    if when:
        return worded("{verb} {number} by {when}", verb=verb, number=number, when=when)
    return worded("{verb} {number}", verb=verb, number=number)


def with_instants_in(words: str, zone: str) -> str:
    """Return recorded words with each instant as a reader in a zone has it, its UTC beside."""
    said = INSTANT.sub(lambda found: _shown(found, zone), words)
    if not isinstance(words, Worded):
        return said
    return Worded.made(
        said,
        message=words.message,
        plural=words.plural,
        context=words.context,
        number=words.number,
        named={name: _told(value, zone) for name, value in words.named.items()},
        between=words.between,
        parts=tuple(_told(part, zone) for part in words.parts),
    )


def _told(part: Any, zone: str) -> Any:
    """A part of worded words: an instant by itself is written anew in another language."""
    if not isinstance(part, str):
        return part
    whole = None if isinstance(part, Worded) else INSTANT.fullmatch(part)
    return _shown(whole, zone) if whole else with_instants_in(part, zone)


def _shown(found: re.Match[str], zone: str) -> str:
    try:
        instant = datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00")
    except ValueError:
        return found[0]
    return _beside_utc(instant, zone)


def _beside_utc(instant: datetime, zone: str) -> str:
    return worded("{when} ({utc})", when=in_zone(instant, zone), utc=in_utc(instant))


def in_utc(instant: datetime) -> str:
    """Return an instant as recorded words hold it: 2026-11-23 12:20 UTC."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def in_zone(instant: datetime, zone: str) -> str:
    """Return an instant as a reader in a zone writes it: Mon 23 Nov 13:20 CET."""
    local = instant.astimezone(ZoneInfo(zone))
    said = f"{local:%a} {local.day} {local:%b %H:%M} {local.tzname()}"
    return as_moment(said, at=local, form="INSTANT_SHORT_ZONED")
