"""Motions: what an action of each kind needs, and the text that every ballot signs."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incidents.rules.transitions import DECIDED_BY
from ledger.rules.canonical import canonical

NEEDS_TARGET = frozenset({"rollback"})
MAY_HAVE_TARGET = frozenset({"rollback", "retrain"})
KEEPS_RUNNING = frozenset(kind for kind, command in DECIDED_BY.items() if command == "keep_running")
PROOFS = {
    "suspend": ("proven_stopped", "document"),
    "compensate": ("programme",),
    "inform": ("document", "programme"),
    "supplier_fix": ("document", "measured"),
}
MEASURABLE = ("measured", "document")
LONGEST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class MotionCase:
    """What a motion is judged against: the case that it decides, and whether it can be measured."""

    severity: str
    risk_tier: str
    measurable: bool


def proofs_of(kind: str, *, measurable: bool) -> tuple[str, ...]:
    """Return the kinds of proof that an action may be proved by, the usual one first."""
    if kind in PROOFS:
        return PROOFS[kind]
    if kind in KEEPS_RUNNING:
        return ("measured",)
    return MEASURABLE if measurable else ("document",)


def faults(actions: Sequence[Mapping[str, Any]], case: MotionCase) -> dict[str, str]:
    """Return what is wrong with the actions of a motion, by field, in words; {} for nothing.

    A system that keeps running is observed, so something must be measured. T24 at high tier with
    major or severe is refused: such a risk is accepted, not left (KOM-24).
    """
    if not actions:
        return {"actions": "A motion orders at least one action; 'no_action' is one."}
    kinds = {str(action.get("type")) for action in actions}
    found = {
        f"actions.{number}.{name}": words
        for number, action in enumerate(actions)
        for name, words in _faults_of(action, case)
    }
    if kinds & KEEPS_RUNNING and (kinds - KEEPS_RUNNING or len(actions) > 1):
        found["actions"] = "'No action' and 'continue with conditions' stand alone in a motion."
    elif kinds & KEEPS_RUNNING and not case.measurable:
        found["actions"] = (
            "Nothing of this case is measured, so nothing could be observed while the system runs "
            "on: order an action that is proved by a document."
        )
    elif kinds & KEEPS_RUNNING and case.risk_tier == "high" and _is_grave(case.severity):
        found["actions"] = (
            "At high tier a major or severe incident is not left as it is: roll back, retrain, "
            "suspend or restrict, or have the risk accepted until a date."
        )
    return found


def command_for(kinds: Iterable[str]) -> str:
    """Return the incident's command that carries out a motion with actions of these kinds."""
    return "keep_running" if set(kinds) <= KEEPS_RUNNING else "adopt"


def motion_text(content: Mapping[str, Any]) -> str:
    """Return the motion as canonical text; equal motions have equal text."""
    return canonical(dict(content)).decode()


def motion_hash(text: str) -> str:
    """Return the SHA-256 of a motion's text, as hex: what every ballot signs."""
    return hashlib.sha256(text.encode()).hexdigest()


def _is_grave(severity: str) -> bool:
    return severity in ("major", "severe")


def _faults_of(action: Mapping[str, Any], case: MotionCase) -> Iterator[tuple[str, str]]:
    kind = str(action.get("type"))
    if kind not in DECIDED_BY:
        yield "type", f"There is no action {kind!r}; use {', '.join(DECIDED_BY)}."
        return
    words = str(action.get("words") or "").strip()
    if not words or len(words) > LONGEST_WORDS:
        yield "words", f"Say what is done, in at most {LONGEST_WORDS} characters."
    yield from _target_faults(kind, action)
    allowed = proofs_of(kind, measurable=case.measurable)
    if action.get("proof") and action["proof"] not in allowed:
        yield "proof", f"It is proved by {' or '.join(allowed)}."


def _target_faults(kind: str, action: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    has_target = bool(action.get("target_version"))
    if kind in NEEDS_TARGET and not has_target:
        yield "target_version", "Name the version to roll back to."
    if has_target and kind not in MAY_HAVE_TARGET:
        yield "target_version", f"{kind} has no target version."
