"""Orders to a system's gateway: sent, looked at again before each attempt, taken back.

A webhook that is answered 2xx has been received, no more: an action is done when it is confirmed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog
from django.db.models import Q, QuerySet

from incidents.models import Action, EvidenceHold, Incident
from incidents.rules.transitions import DECISION, EXECUTION, VERIFICATION
from incidents.selectors.evidence_hold import hold_fault
from incidents.selectors.proofs import UNSETTLED, target_fault
from ledger.rules.actors import Actor
from ledger.rules.worded import word
from ledger.services.entries import append_entry
from outbox.models import Message, WebhookEndpoint
from outbox.services.messages import queue_webhook

AT_ONCE = (Action.Type.SUSPEND, Action.Type.RESTRICT, Action.Type.RETIRE)
"""Stops: their webhooks take the short schedule."""
IN_HAND = (EXECUTION, VERIFICATION, DECISION)
log = structlog.get_logger(__name__)


def dispatch_action(*, incident: Incident, action: Action, actor: Actor, at: datetime) -> None:
    """Tell the system's gateway, if it has one, under an id that stays the same across retries."""
    endpoint = None if incident.drill else _endpoint(incident)
    if endpoint is None or not (action.stopping or action.target_version):
        return
    queue_webhook(
        key=message_key(action),
        endpoint_id=endpoint.pk,
        payload=_payload(incident, action, f"action.{action.type}", at),
        subject_id=incident.pk,
        short_schedule=action.type in AT_ONCE,
        expires_at=action.due_at,
        at=at,
    )
    action.state, action.dispatched_at = Action.State.DISPATCHED, at
    action.version += 1
    action.save(update_fields=["state", "dispatched_at", "version"], at=at)
    append_entry(
        verb="action.dispatched",
        actor=actor,
        at=at,
        subject=("action", str(action.pk), f"{incident.number}: {action.words}"),
        after={"state": action.state, "endpoint": endpoint.name},
        incident_id=incident.pk,
        system_id=incident.system_id,
        touched=[f"incidents_action:{action.pk}"],
    )


def call_back(*, incident: Incident, action: Action, at: datetime) -> None:
    """Tell the gateway that an action which it was sent no longer holds; undoes nothing itself."""
    endpoint = None if incident.drill else _endpoint(incident)
    if endpoint is None:
        return
    queue_webhook(
        key=f"{message_key(action)}:cancelled",
        endpoint_id=endpoint.pk,
        payload=_payload(incident, action, "action.cancelled", at),
        subject_id=incident.pk,
        expires_at=max(action.due_at, at),
        at=at,
    )


def message_key(action: Action) -> str:
    """Return the key of an action's webhook."""
    return f"action:{action.pk}"


def faults_before_dispatch() -> list[tuple[Action, str]]:
    """Return what was ordered and is not done, but must not be carried out any more, and why.

    The target is no longer one, or evidence is held since and what is needed for that is missing
    and nothing has left yet.
    """
    found = []
    for action in _with_bad_target():
        fault = target_fault(action.incident, action.target_version)
        if fault is not None:
            found.append((action, fault[1]))
    known = {action.pk for action, _ in found}
    return found + [one for one in _held() if one[0].pk not in known]


def failed_deliveries() -> list[tuple[Action, Message]]:
    """Return what a gateway was to carry out and was not told, for good."""
    actions = {message_key(one): one for one in _in_hand(Action.State.DISPATCHED)}
    rows = Message.objects.filter(key__in=actions, state=Message.State.FAILED)
    return [(actions[message.key], message) for message in rows.order_by("created_at", "id")]


def last_answer(message: Message) -> str:
    """Return what the last attempt to deliver came to, in words."""
    attempt = message.tries.order_by("-number").first()
    if attempt is None:
        return word("it was not tried")
    status = f"{attempt.status} " if attempt.status else ""
    return f"{status}{attempt.response}".strip()[:500] or word("no answer")


def _in_hand(*states: str) -> QuerySet[Action]:
    rows = Action.objects.filter(state__in=states, incident__state__in=IN_HAND)
    return rows.select_related("incident__system", "target_version").order_by("incident_id", "id")


def _with_bad_target() -> Iterable[Action]:
    """Actions whose target is not approved, or is what some open incident is about."""
    blamed = Incident.objects.exclude(state__in=("CLOSED", "CANCELLED")).values("live_version")
    bad = ~Q(target_version__state="approved") | Q(target_version__in=blamed)
    return _in_hand(*UNSETTLED).filter(bad, target_version__isnull=False)


def _held() -> list[tuple[Action, str]]:
    """Actions that nothing has been sent of and that a hold on evidence stands against now."""
    held = EvidenceHold.objects.filter(released_at__isnull=True).values("incident")
    waiting = []
    for action in _in_hand(*UNSETTLED).filter(incident__in=held):
        fault = hold_fault(action.incident, action.type, action.parameters)
        if fault and not _has_left(action):
            waiting.append((action, fault))
    return waiting


def _has_left(action: Action) -> bool:
    rows = Message.objects.filter(key=message_key(action))
    return bool(rows.exclude(state=Message.State.QUEUED, attempts=0).exists())


def _endpoint(incident: Incident) -> WebhookEndpoint | None:
    name = f"gateway:{incident.system.slug}"
    found: WebhookEndpoint | None = WebhookEndpoint.objects.filter(name=name, active=True).first()
    return found


def _payload(incident: Incident, action: Action, kind: str, at: datetime) -> dict[str, Any]:
    target = action.target_version
    return {
        "type": kind,
        "action": str(action.pk),
        "idempotency_key": str(action.pk),
        "nonce": action.nonce,
        "incident": incident.number,
        "system": incident.system.slug,
        "environment": action.environment,
        "target": {"version": target.label, "digest": target.named_by} if target else None,
        "parameters": action.parameters,
        "ordered_at": at.isoformat(),
        "expires_at": action.due_at.isoformat(),
    }
