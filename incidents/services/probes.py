"""Independent probes: where a system is asked, and what its answer means for what was ordered.

Asked outside any transaction, under a lease; an answer that shows the target confirms an action
(T13), one that does not moves nothing (F34), and while the effect is proved it is drift (T17).
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from cryptography.fernet import InvalidToken
from django.db import transaction

from incidents.models import Action, ActionReceipt, ProbeEndpoint, ProbeState
from incidents.rules.proofs import differs
from incidents.rules.transitions import VERIFICATION
from incidents.selectors.probes import due_probes, probed_actions
from incidents.services.commands import execute
from ledger.context import acting_as
from ledger.retries import retried
from ledger.rules.actors import machine
from ledger.rules.refusals import Refused
from ledger.rules.worded import term, worded
from ledger.services.entries import append_entry
from registry.connectors.mlflow import Access
from telemetry.connectors.asking import NoAnswer, ask

PROBER = machine("probe")
JOB = "probes"
LEASE = timedelta(minutes=2)
AT_ONCE = 8
LONGEST_WAIT = timedelta(minutes=15)
TOLD = ("version", "digest", "serving", "restricted", "settings", "done")
MOST_TEXT = 200
MOST_SETTINGS = 50
SEALED = "The token cannot be opened with the keys of FIELD_KEYS: give it anew."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """An endpoint under lease and what it said, or why it said nothing."""

    endpoint: ProbeEndpoint
    attempts: int
    answer: dict[str, Any] | None = None
    failure: str = ""


def probe_due(at: datetime) -> int:
    """Ask the endpoints from which something is to be learnt now; a job of every sweep."""
    taken = _take_due(at)
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        asked = list(pool.map(_ask, taken)) if taken else []
    for one in asked:
        with acting_as(PROBER):
            _keep(one, at)
    return len(asked)


def read_answer(body: Any) -> dict[str, Any]:
    """Return what an answer says of the system's state. Raises NoAnswer."""
    if not isinstance(body, Mapping):
        raise NoAnswer("What came is no JSON object: look at the address.")
    told = {name: body[name] for name in TOLD if name in body}
    if not told or not all(_is_plain(name, value) for name, value in told.items()):
        words = worded("What came does not say the state: it names {names}.", names=", ".join(TOLD))
        raise NoAnswer(words)
    return told


def _is_plain(name: str, value: Any) -> bool:
    if name == "settings":
        return (
            isinstance(value, Mapping)
            and len(value) <= MOST_SETTINGS
            and all(_is_text(key) and _is_scalar(one) for key, one in value.items())
        )
    return isinstance(value, bool) if name not in ("version", "digest") else _is_text(value)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, bool | int) or value is None or _is_text(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MOST_TEXT and "\x00" not in value


@transaction.atomic
def _take_due(at: datetime) -> list[Asked]:
    """Lease what is due, so that another sweep asks something else."""
    taken = []
    for state in due_probes(at).select_for_update(skip_locked=True, of=("self",))[:AT_ONCE]:
        state.attempts += 1
        state.leased_until = at + LEASE
        state.save(update_fields=["attempts", "leased_until"])
        taken.append(Asked(state.endpoint, state.attempts))
    return taken


def _ask(one: Asked) -> Asked:
    try:
        token = one.endpoint.token
        answer = ask(Access(one.endpoint.url, (token,) if token else ()), "")
        return Asked(one.endpoint, one.attempts, read_answer(answer.body))
    except NoAnswer as error:
        return Asked(one.endpoint, one.attempts, failure=error.reason)
    except InvalidToken:
        return Asked(one.endpoint, one.attempts, failure=SEALED)


def _keep(one: Asked, at: datetime) -> None:
    """Write what came, unless somebody else has the lease by now, and act on it."""
    if not _note(one, at) or one.answer is None:
        return
    for action in probed_actions(one.endpoint):
        try:
            _compare(action, one, at)
        except Refused as refusal:
            log.warning("probe_not_taken", action=str(action.pk), code=refusal.code)


@retried
@transaction.atomic
def _note(one: Asked, at: datetime) -> bool:
    state = (
        ProbeState.objects.select_for_update(no_key=True)
        .filter(pk=one.endpoint.pk, attempts=one.attempts)
        .first()
    )
    if state is None:
        return False
    was_failing, every = state.failures > 0, timedelta(seconds=one.endpoint.every_seconds)
    state.leased_until = None
    if one.answer is None:
        state.failures += 1
        state.failure = one.failure
        state.next_at = at + min(every * 2 ** min(state.failures - 1, 10), LONGEST_WAIT)
    else:
        state.failures, state.failure = 0, ""
        state.answer, state.answered_at, state.next_at = one.answer, at, at + every
    state.save()
    if was_failing != bool(state.failures):
        _enter(one, at, "probe.failing" if state.failures else "probe.answered")
    return True


def _enter(one: Asked, at: datetime, verb: str) -> None:
    endpoint = one.endpoint
    append_entry(
        verb=verb,
        actor=PROBER,
        at=at,
        subject=("probe", str(endpoint.pk), f"{endpoint.system.name} in {endpoint.environment}"),
        reason=one.failure,
        system_id=endpoint.system_id,
    )


def _compare(action: Action, one: Asked, at: datetime) -> None:
    observed = dict(one.answer or {})
    target = action.target_version
    if target is None and action.type == Action.Type.RETRAIN:
        # Nothing is bound yet: what runs now says nothing of what is to be trained.
        return
    fault = differs(
        action.type,
        target=target.label if target else str(observed.get("version", "")),
        digest=target.named_by if target else "",
        observed=observed,
        parameters=action.parameters,
    )
    if action.state == Action.State.CONFIRMED:
        _look_for_drift(action, fault, at)
    elif fault is None or _is_news(action, observed):
        payload = {
            "action_id": action.pk,
            "how": "probe",
            "observed": observed,
            "evidence": one.endpoint.url,
        }
        _give("confirm_action", action.incident_id, payload, at)


def _look_for_drift(action: Action, fault: str | None, at: datetime) -> None:
    if fault is None or action.incident.state != VERIFICATION:
        return
    reason = worded(
        "Drift: '{action}' was carried out, but {fault}.", action=action.words, fault=term(fault)
    )
    payload = {"reason": reason}
    _give("verification_failed", action.incident_id, payload, at)


def _is_news(action: Action, observed: Mapping[str, Any]) -> bool:
    """Whether the last probe said something else: the same mismatch is put on record once."""
    last = ActionReceipt.objects.filter(action=action, how="probe").order_by("-id").first()
    if last is None:
        return True
    return {name: last.observed.get(name) for name in TOLD if name in last.observed} != dict(
        observed
    )


def _give(command: str, incident_id: UUID, payload: Mapping[str, Any], at: datetime) -> None:
    execute(
        command=command,
        incident_id=incident_id,
        actor=PROBER,
        at=at,
        expected_version=None,
        idempotency_key=None,
        payload=payload,
    )
