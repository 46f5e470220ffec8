"""Motions: what an action of each kind needs, and the text that every ballot signs."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.rules.motion_kinds import (
    KINDS,
    command_of,
    parameter_faults,
    proofs_of,
)
from ledger.rules.canonical import canonical
from ledger.rules.worded import worded

__all__ = [
    "KEEPS_RUNNING",
    "LONGEST_WORDS",
    "MotionCase",
    "command_for",
    "faults",
    "motion_hash",
    "motion_text",
    "proofs_of",
]

KEEPS_RUNNING = frozenset(one.name for one in KINDS.values() if one.command == "keep_running")
LONGEST_WORDS = 2000
GRAVE = frozenset({"major", "severe"})


@dataclass(frozen=True, slots=True)
class MotionCase:
    """What a motion is judged against.

    `measurable`: something is measured that could show an effect. `boundary`: an executed boundary
    violation, which is never accepted. `has_conditions`: the motion has any.
    """

    severity: str
    risk_tier: str
    measurable: bool
    boundary: bool = False
    has_conditions: bool = False
    requests_left: int = 1


def faults(actions: Sequence[Mapping[str, Any]], case: MotionCase) -> dict[str, str]:
    """Return what is wrong with the actions of a motion, by field, in words; {} for nothing."""
    if not actions:
        return {"actions": "A motion orders at least one action; 'no_action' is one."}
    kinds = [str(action.get("type")) for action in actions]
    found = {
        f"actions.{number}.{name}": words
        for number, action in enumerate(actions)
        for name, words in _faults_of(action, case)
    }
    whole = _together(kinds) or _running_on(frozenset(kinds), case) or _asked_out(kinds, case)
    if whole:
        found["actions"] = whole
    if "continue" in kinds and not case.has_conditions:
        found["conditions"] = "To continue with conditions, name at least one."
    return found


def command_for(kinds: Iterable[str]) -> str:
    """Return the incident's command that carries out a motion with actions of these kinds."""
    commands = {command_of(kind) for kind in kinds}
    return "adopt" if "adopt" in commands else min(commands)


def motion_text(content: Mapping[str, Any]) -> str:
    """Return the motion as canonical text; equal motions have equal text."""
    return canonical(dict(content)).decode()


def motion_hash(text: str) -> str:
    """Return the SHA-256 of a motion's text, as hex: what every ballot signs."""
    return hashlib.sha256(text.encode()).hexdigest()


def _together(kinds: Sequence[str]) -> str:
    """What is a decision of its own is not mixed with others; a standstill stops all else."""
    lonely = [kind for kind in kinds if kind in KINDS and KINDS[kind].alone]
    if lonely and len(kinds) > 1:
        if lonely[0] in ("no_action", "continue"):
            return "'No action' and 'continue with conditions' stand alone in a motion."
        return worded("{words} stands alone in a motion.", words=KINDS[lonely[0]].words)
    if "resume" in kinds and {"suspend", "retire"} & set(kinds):
        return "A system is not stopped and resumed by one motion."
    return ""


def _running_on(kinds: frozenset[str], case: MotionCase) -> str:
    """T24 asks for a measurement, and is refused where the risk has to be accepted (KOM-24)."""
    if not kinds & KEEPS_RUNNING:
        return ""
    if not case.measurable:
        return (
            "Nothing of this case is measured, so nothing could be observed while the system runs "
            "on: order an action that is proved by a document."
        )
    if case.risk_tier != "high" or case.severity not in GRAVE:
        return ""
    if case.boundary:
        return (
            "At high tier a major or severe incident is not left as it is: and an executed "
            "boundary violation is never accepted either. Roll back, retrain, suspend, restrict or "
            "retire."
        )
    return (
        "At high tier a major or severe incident is not left as it is: roll back, retrain, suspend "
        "or restrict, or have the risk accepted until a date."
    )


def _asked_out(kinds: Sequence[str], case: MotionCase) -> str:
    if "request_information" in kinds and case.requests_left < 1:
        return (
            "Information was requested as often as the policy allows in this cycle; decide on what "
            "is known."
        )
    return ""


def _faults_of(action: Mapping[str, Any], case: MotionCase) -> Iterator[tuple[str, str]]:
    kind = str(action.get("type"))
    if kind not in KINDS:
        yield (
            "type",
            worded("There is no action {kind!r}; use {kinds}.", kind=kind, kinds=", ".join(KINDS)),
        )
        return
    words = str(action.get("words") or "").strip()
    if not words or len(words) > LONGEST_WORDS or "\x00" in words:
        yield (
            "words",
            worded(
                "Say what is done, in at most {longest_words} characters.",
                longest_words=LONGEST_WORDS,
            ),
        )
    yield from _target_faults(kind, action)
    allowed = proofs_of(kind, measurable=case.measurable)
    if action.get("proof") and action["proof"] not in allowed:
        yield "proof", worded("It is proved by {allowed}.", allowed=" or ".join(allowed))
    for name, fault in parameter_faults(kind, action.get("parameters") or {}):
        yield f"parameters.{name}", fault


def _target_faults(kind: str, action: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    has_target = bool(action.get("target_version"))
    rule = KINDS[kind].target
    if rule == "must" and not has_target:
        back, other = "Name the version to roll back to.", "Name the version to switch to."
        yield "target_version", back if kind == "rollback" else other
    if has_target and rule == "none":
        yield "target_version", worded("{kind} has no target version.", kind=kind)
