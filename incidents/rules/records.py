"""The records that people sign: what exactly their signature is bound to."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class FindingsLike(Protocol):
    """The fields of findings that are signed."""

    cycle: Any
    revision: Any
    cause: Any
    narrative: Any
    version_label: Any
    affected: Any
    affected_note: Any
    affected_from: Any
    affected_until: Any
    harm: Any
    proposed_severity: Any
    proposed_action: Any
    containment: Any


def findings_record(number: str, findings: FindingsLike) -> dict[str, Any]:
    """Return what an owner signs: the findings of one revision."""
    return {
        "record": "findings",
        "incident": number,
        "cycle": findings.cycle,
        "revision": findings.revision,
        "cause": findings.cause,
        "narrative": findings.narrative,
        "version": findings.version_label,
        "affected": findings.affected,
        "affected_note": findings.affected_note,
        "affected_from": findings.affected_from,
        "affected_until": findings.affected_until,
        "harm": findings.harm,
        "proposed_severity": findings.proposed_severity,
        "proposed_action": findings.proposed_action,
        "containment": findings.containment,
    }


def review_record(
    number: str, *, cycle: int, line: str, findings_sha256: str, answers: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a validator signs: the answers on one hash of the findings."""
    return {
        "record": "review",
        "incident": number,
        "cycle": cycle,
        "line": line,
        "findings_sha256": findings_sha256,
        **answers,
    }


def closing_record(
    number: str, *, cycle: int, windows: Sequence[tuple[str, str]], answers: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a verifier signs: every proof with its outcome, and how the case ended."""
    return {
        "record": "closing",
        "incident": number,
        "cycle": cycle,
        "proofs": [{"proof": proof, "outcome": outcome} for proof, outcome in windows],
        **answers,
    }


def small_case_record(
    number: str, *, cycle: int, findings_sha256: str, recovered_at: Any, lessons: str
) -> dict[str, Any]:
    """Return what a validator signs who closes a small case."""
    return {
        "record": "small case",
        "incident": number,
        "cycle": cycle,
        "findings_sha256": findings_sha256,
        "recovered_at": recovered_at,
        "lessons": lessons,
    }
