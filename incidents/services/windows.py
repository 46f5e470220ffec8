"""Proof windows: begun when an action is confirmed, or at once where it keeps running."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from incidents.models import Action, Incident, VerificationWindow
from incidents.rules.plan import Deadline
from incidents.rules.proofs import BadProof, check_rule, length_of, read_rule
from ledger.rules.refusals import Invalid
from ledger.rules.worded import as_written, joined
from outbox.rules.durations import Duration

Outcome = VerificationWindow.Outcome
BY_RECEIPT = (Action.Proof.DOCUMENT, Action.Proof.PROGRAMME)


def build_windows(action: Action, at: datetime) -> list[VerificationWindow]:
    """Return the windows that prove an action confirmed at `at`, not saved yet.

    A document or a completed programme is proved by the confirming receipt itself; readings and
    standstill are judged from the confirmation plus the settle time on.
    """
    if action.proof in BY_RECEIPT:
        return [_passed(action, at)]
    rules = action.verification or [{}]
    return [_build(action.incident, action, action.proof, rule, at) for rule in rules]


def build_observation(
    incident: Incident, rules: Sequence[Mapping[str, Any]], at: datetime
) -> list[VerificationWindow]:
    """Return the windows of a system that keeps running (T24), not saved yet. Raises Invalid.

    A rule that names no series is proved by a document (`confirm_proof`).
    """
    if not rules:
        raise Invalid("proof_cannot_be_judged", "Nothing says what is observed while it runs on.")
    try:
        proofs = [(_proof_of(rule), rule) for rule in rules]
        for proof, rule in proofs:
            check_rule(proof, read_rule(rule))
    except BadProof as error:
        words = joined("", [error.args[0], as_written(".")])
        raise Invalid("proof_cannot_be_judged", words) from error
    return [_build(incident, None, proof, rule, at) for proof, rule in proofs]


def begin_again(window: VerificationWindow, at: datetime) -> VerificationWindow:
    """Return a proof of the same action by the same rule from now on, not saved yet."""
    return _build(window.incident, window.action, window.proof, window.rule, at)


def end_proofs(windows: Iterable[VerificationWindow], at: datetime) -> None:
    """Let proofs count no more; each stays on record as it stands."""
    for window in windows:
        window.superseded_at = at
        window.save(update_fields=["superseded_at"], at=at)


def verification_deadline(
    windows: Sequence[VerificationWindow], obligations: Sequence[Action], at: datetime
) -> Deadline | None:
    """Return when the last proof or obligation of a verification is due."""
    instants = [window.ends_at for window in windows] + [one.due_at for one in obligations]
    if not instants:
        return None
    due_at = max(instants)
    seconds = Fraction(max(due_at - at, timedelta()) // timedelta(seconds=1))
    return Deadline("verification", at, due_at, Duration(seconds, "s"))


def _proof_of(data: Mapping[str, Any]) -> str:
    rule = read_rule(data)
    by_default = Action.Proof.DOCUMENT if rule.series_id is None else Action.Proof.MEASURED
    return rule.proof or str(by_default)


def _build(
    incident: Incident,
    action: Action | None,
    proof: str,
    data: Mapping[str, Any],
    at: datetime,
) -> VerificationWindow:
    rule = read_rule(data)
    starts_at = at + timedelta(seconds=rule.settle_seconds)
    return VerificationWindow(
        incident=incident,
        action=action,
        cycle=incident.cycle,
        proof=proof,
        rule=dict(data),
        series_id=rule.series_id,
        starts_at=starts_at,
        ends_at=starts_at + length_of(proof, rule),
    )


def _passed(action: Action, at: datetime) -> VerificationWindow:
    return VerificationWindow(
        incident=action.incident,
        action=action,
        cycle=action.incident.cycle,
        proof=action.proof,
        rule={},
        starts_at=at,
        ends_at=at,
        outcome=Outcome.PASSED,
        judged_at=at,
        forecast="Passed: confirmed by a second person with evidence.",
    )
