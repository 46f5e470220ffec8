"""The record below a page: ledger lines as sentences, the newest first."""

from collections.abc import Collection, Sequence
from typing import Any

from governance.rules.figures import joined
from incidents.rules.transitions import STATE_WORDS
from ledger.selectors.lines import Line

SIGNED = frozenset(
    {
        "record.signed",
        "incident.findings_submitted",
        "incident.reviewed",
        "incident.validated",
        "incident.closed",
        "incident.closed_small",
        "ballot.cast",
        "motion.adopted",
    }
)
MACHINES = frozenset({"system", "task", "command", "token"})
PREPOSITIONS = (" of", " to", " for", " on", " the")
LONGEST_REASON = 280
# What a signing adds to the line of the act itself is in the line's detail, not a line of its own.
BESIDE_THE_ACT = "record.signed"


def entries_of(
    lines: Sequence[Line], *, about: str = "", new: Collection[int] = ()
) -> list[dict[str, Any]]:
    """Return what components/record.html shows. `about` is the label that need not be repeated.

    `new` are the numbers of entries that the reader has not seen.
    """
    return [_entry(line, about) | {"is_new": line.number in new} for line in lines]


def told(lines: Sequence[Line]) -> list[Line]:
    """Leave out the entry of a signature where the act that was signed has its own line."""
    return [line for line in lines if line.verb != BESIDE_THE_ACT]


def sentence(line: Line, about: str = "") -> str:
    """Say what was done, without who did it."""
    if line.refused:
        return f"was refused: {_attempted(line)}."
    words, label = line.words, line.label
    if about and label in ("", about):
        for preposition in PREPOSITIONS:
            words = words.removesuffix(preposition)
    else:
        if about:
            label = label.removeprefix(f"{about}: ")
        first, _, rest = label.partition(" ")
        words = f"{words} {rest if words.endswith(f' {first}') else label}"
    return f"{words.strip().rstrip('.')}.{_move(line)}"


def _entry(line: Line, about: str) -> dict[str, Any]:
    return {
        "at": line.at,
        "state": "refused" if line.refused else "signed" if line.verb in SIGNED else "",
        "icon": "machine" if line.actor_kind in MACHINES and not line.refused else "",
        "who": _who(line),
        "text": sentence(line, about),
        "why": _why(line),
        "number": line.number,
    }


def _who(line: Line) -> str:
    return line.actor if line.actor_kind not in MACHINES else line.actor.capitalize()


def _move(line: Line) -> str:
    before = (line.body.get("before") or {}).get("state")
    after = (line.body.get("after") or {}).get("state")
    if before in STATE_WORDS and after in STATE_WORDS and before != after:
        return f" {STATE_WORDS[before]} to {STATE_WORDS[after]}."
    return ""


def _why(line: Line) -> str:
    reason = line.reason or _told(line)
    if len(reason) > LONGEST_REASON:
        reason = f"{reason[:LONGEST_REASON].rstrip()} …"
    if not line.refused:
        return reason
    who = list((line.body.get("details") or {}).get("who_can") or [])
    return f"{reason} {_capital(joined(who, 'or'))} can." if who else reason


def _told(line: Line) -> str:
    """Whom an escalation told: 'Told Jonas Weber and Priya Raman: findings.'"""
    details = line.body.get("details") or {}
    people = [str(one["name"]) for one in details.get("recipients") or [] if "name" in one]
    if line.verb != "escalation.fired" or not people:
        return ""
    stage = str(details.get("rule", "")).partition("@")[0].replace("_", " ")
    return f"Told {joined(people, 'and')}{': ' + stage if stage else ''}."


def _attempted(line: Line) -> str:
    """The last word of the address that was tried: '/incidents/INC-1/validate/' is 'validate'."""
    tried = str((line.body.get("details") or {}).get("attempted", line.label))
    path = tried.partition("?")[0].rstrip("/")
    return path.rpartition("/")[2].replace("_", " ").replace("-", " ") or tried


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
