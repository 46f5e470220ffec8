"""The record below a page: ledger lines as sentences, the newest first."""

from collections.abc import Collection, Sequence
from typing import Any

from governance.rules.armed_words import armed_by
from governance.rules.figures import joined
from governance.rules.machine_words import machine_told
from incidents.rules.transitions import STATE_WORDS
from ledger.rules.worded import (
    Worded,
    as_written,
    in_context,
    of_machine,
    shortened,
    term,
    worded,
)
from ledger.rules.worded import joined as separated
from ledger.selectors.lines import Line
from ledger.verbs import CONTEXT
from registry.rules.shipped import cited

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
WRITES_ITSELF = MACHINES - {"token"}
"""Machines that are parts of the product; what comes with a token, somebody else wrote."""
QUOTES = frozenset(
    {
        "acceptance.began",
        "incident.decision_adopted",
        "incident.rehearsal_ended",
        "incident.risk_accepted",
        "motion.drafted",
    }
)
"""What a machine writes with the words of somebody: the title of a motion, what was learned."""
OF_A_CLOCK, CLOCK_ARMED = "incident.clock_", "incident.clock_armed"
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
    return worded("{deed}.", deed=deed(line, about))


def deed(line: Line, about: str = "") -> str:
    """Say what was done as a sentence that has no full stop yet."""
    if line.refused:
        return worded("was refused: {attempted}", attempted=_attempted(line))
    act, move = _act(line, about), _move(line)
    act = shortened(act.strip().rstrip("."), act)
    return worded("{act}. {move}", act=act, move=move) if move else act


def _act(line: Line, about: str) -> str:
    """The verb and what it was done to; other languages put that behind a colon."""
    words, label = line.words, line.label
    verb = in_context(CONTEXT, words)
    if about and label in ("", about):
        for preposition in PREPOSITIONS:
            words = words.removesuffix(preposition)
        return shortened(words, verb)
    if about:
        label = label.removeprefix(f"{about}: ")
    first, _, rest = label.partition(" ")
    said = f"{words} {rest if words.endswith(f' {first}') else label}"
    thing = _thing(line, label)
    return shortened(said, worded("{verb} {object}", verb=verb, object=thing) if label else verb)


def _thing(line: Line, label: str) -> str:
    """What it was done to: a motion by its number, a clock by the provision that it runs by."""
    kind, _, number = label.partition("motion ")
    if number and not kind:
        return worded("motion {number}", number=number)
    if not line.verb.startswith(OF_A_CLOCK):
        return label
    case, gap, basis = label.rpartition(": ")
    return separated(gap, [as_written(case), cited(basis)]) if gap else cited(basis)


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
    return line.actor if line.actor_kind not in MACHINES else machine_told(line.actor)


def _move(line: Line) -> str:
    before = (line.body.get("before") or {}).get("state")
    after = (line.body.get("after") or {}).get("state")
    if before in STATE_WORDS and after in STATE_WORDS and before != after:
        return worded(
            "{before} to {after}", before=term(STATE_WORDS[before]), after=term(STATE_WORDS[after])
        )
    return ""


def _why(line: Line) -> str:
    reason = reason_told(line) or _told(line)
    if len(reason) > LONGEST_REASON:
        cut = f"{reason[:LONGEST_REASON].rstrip()} …"
        reason = shortened(cut, reason) if isinstance(reason, Worded) else cut
    if not line.refused:
        return reason
    who = list((line.body.get("details") or {}).get("who_can") or [])
    return worded("{reason} {who} can.", reason=reason, who=_listed(who, "or")) if who else reason


def reason_told(line: Line) -> str:
    """Return the reason on record; what a machine wrote, or refused with, is said by doors."""
    if line.verb == CLOCK_ARMED:
        return armed_by(line.reason)
    by_machine = line.actor_kind in WRITES_ITSELF and line.verb not in QUOTES
    if line.refused or by_machine:
        return of_machine(line.reason)
    return line.reason


def _told(line: Line) -> str:
    """Whom an escalation told: 'Told Jonas Weber and Priya Raman: findings.'"""
    details = line.body.get("details") or {}
    people = [str(one["name"]) for one in details.get("recipients") or [] if "name" in one]
    if line.verb != "escalation.fired" or not people:
        return ""
    stage = str(details.get("rule", "")).partition("@")[0].replace("_", " ")
    told = _listed(people, "and")
    if stage:
        return worded("Told {people}: {stage}.", people=told, stage=term(stage))
    return worded("Told {people}.", people=told)


def _listed(names: list[str], last: str) -> str:
    """Names as a sentence lists them; other languages put commas between them."""
    said = joined(names, last)
    return shortened(_capital(said) if last == "or" else said, separated(", ", names))


def _attempted(line: Line) -> str:
    """The last word of the address that was tried: '/incidents/INC-1/validate/' is 'validate'."""
    tried = str((line.body.get("details") or {}).get("attempted", line.label))
    path = tried.partition("?")[0].rstrip("/")
    return path.rpartition("/")[2].replace("_", " ").replace("-", " ") or tried


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
