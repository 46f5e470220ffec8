"""Stopping at once: the emergency, its reason and proof, its ratification, what lifts it."""

import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta

from django.db.models import QuerySet

from incidents.models import Containment, Transition
from incidents.rules.containment import AT_ONCE, KIND_WORDS, limit
from incidents.selectors.containment import (
    containments_in_force,
)
from incidents.services.commands.context import Given, Outcome
from incidents.services.commands.validators import sign_as
from incidents.services.containing import (
    RATIFY_DUE,
    REASON_DUE,
    cancel_on,
    contain,
    holders,
    lift,
)
from incidents.services.notices import tell
from ledger.rules.refusals import Conflict, Forbidden, Invalid
from ledger.rules.worded import term, worded

State = Containment.State


def emergency_contain(given: Given) -> Outcome:
    """T23: it acts at once; the severity stays, the reason may follow, a committee ratifies."""
    incident = given.incident
    row = _containment(given)
    _check_emergency(given, row)
    record = {
        "record": "emergency containment",
        "incident": incident.number,
        "kind": row.kind,
        "scope": row.scope,
        "environment": row.environment,
        "at": given.at,
    }
    signature = sign_as(given, record, reason=row.reason or AT_ONCE[row.kind])
    before, incident.contained = {"contained": incident.contained}, True

    def act(transition: Transition) -> None:
        contain(row, given.plan, given.at)

    return Outcome(
        incident.state,
        reason=row.reason,
        before=before,
        after={"contained": True, "kind": row.kind, "scope": row.scope},
        details={
            "containment": row.pk,
            "ratify_by": row.ratify_by,
            "environment": row.environment,
            "signature": signature.pk if signature else None,
        },
        rows=[row],
        then=act,
    )


def explain_containment(given: Given) -> Outcome:
    """T23: the reason that followed, within a day of the act."""
    row = _chosen(given)
    if row.reason:
        raise Conflict("explained_already", "The reason is given already.")
    row.reason, row.reason_at = given.values["reason"], given.at
    row.save(update_fields=["reason", "reason_at"], at=given.at)
    cancel_on(given.incident, f"reason:{row.pk}", REASON_DUE, "the reason was given", given.at)
    return Outcome(given.incident.state, reason=row.reason, details={"containment": row.pk})


def confirm_containment(given: Given) -> Outcome:
    """T23: the gateway answered with its nonce, or a second person saw that it holds."""
    row, values = _chosen(given), given.values
    if row.confirmed_at is not None:
        raise Conflict("confirmed_already", "It is confirmed already that it holds.")
    how = "person" if given.attempt.user is not None else "callback"
    # As bytes: the comparison of texts takes ASCII alone, and a callback may send anything.
    given_nonce = (values["nonce"] or "").encode()
    if how == "callback" and not hmac.compare_digest(row.nonce.encode(), given_nonce):
        raise Forbidden(
            "wrong_nonce",
            "This is not the nonce of the containment; a callback answers with the one it was "
            "sent.",
            recorded=True,
            subject=given.attempt.subject,
        )
    if how == "person" and not values["evidence"]:
        words = "Say where it can be seen that it holds."
        raise Invalid("evidence_missing", words, fields={"evidence": words})
    row.confirmed_at, row.confirmed_how = given.at, how
    row.save(update_fields=["confirmed_at", "confirmed_how"], at=given.at)
    took = given.at - row.at
    return Outcome(
        given.incident.state,
        details={"containment": row.pk, "how": how, "seconds": took // timedelta(seconds=1)},
    )


def ratify(given: Given) -> Outcome:
    """T23: a committee ratified it or refused to; refused, it is told to the executive and stays.

    Nothing is undone silently: only `lift_containment`, a decision of its own, lifts it.
    """
    row, values = _chosen(given), given.values
    if row.ratified_by == values["decision_id"]:
        raise Conflict("ratified_already", "This decision is carried out already.")
    before = {"containment_state": row.state}
    row.state = State.RATIFIED if values["ratified"] else State.NOT_RATIFIED
    row.ratified_by, row.ratified_at = values["decision_id"], given.at
    row.save(update_fields=["state", "ratified_by", "ratified_at"], at=given.at)
    cancel_on(
        given.incident, f"ratify:{row.pk}:", RATIFY_DUE, "a committee decided on it", given.at
    )

    def tell_executive(transition: Transition) -> None:
        if row.state == State.NOT_RATIFIED:
            _tell_of(given, row, "executive", "not_ratified", str(row.ratified_by))

    return Outcome(
        given.incident.state,
        verb="" if values["ratified"] else "incident.containment_refused",
        reason=values["title"],
        before=before,
        after={"containment_state": row.state, "decision": row.ratified_by},
        then=tell_executive,
    )


def lift_containment(given: Given) -> Outcome:
    """A decision of its own lets it run again; a refused ratification or time never does."""
    row, values, incident = _chosen(given), given.values, given.incident
    reason = values["reason"] or values["title"]
    before = {"containment_state": row.state, "contained": incident.contained}
    row.state = State.LIFTED
    row.lifted_by, row.lifted_at = values["decision_id"], given.at
    row.save(update_fields=["state", "lifted_by", "lifted_at"], at=given.at)
    incident.contained = containments_in_force(incident).exists()
    cancel_on(given.incident, f"ratify:{row.pk}:", RATIFY_DUE, "it was lifted", given.at)
    cancel_on(given.incident, f"reason:{row.pk}", REASON_DUE, "it was lifted", given.at)

    def run_again(transition: Transition) -> None:
        lift(row, reason, given.at)

    return Outcome(
        incident.state,
        reason=reason,
        before=before,
        after={
            "containment_state": row.state,
            "contained": incident.contained,
            "decision": row.lifted_by,
        },
        then=run_again,
    )


def _containment(given: Given) -> Containment:
    """Return what is contained, not saved yet, with until when it is ratified and explained."""
    values, incident, at = given.values, given.incident, given.at
    reason, limits = values["reason"] or "", given.plan.limits
    by_rule = "" if given.attempt.user else (values["by_rule"] or given.attempt.actor.name)
    row = Containment(
        incident=incident,
        cycle=incident.cycle,
        kind=values["kind"],
        scope=values["scope"],
        environment=values["environment"] or incident.environment,
        person=given.attempt.user,
        by_rule=by_rule,
        standing_order=values["standing_order"],
        reason=reason,
        reason_due_at=None if reason else at + limit(limits, "reason_within"),
        reason_at=at if reason else None,
        at=at,
        ratify_by=at + limit(limits, "ratify_within"),
        nonce=secrets.token_urlsafe(32),
    )
    row.said_at = at
    return row


def _check_emergency(given: Given, row: Containment) -> None:
    by_hand = given.attempt.user is not None
    if by_hand and (given.values["standing_order"] or given.values["by_rule"]):
        words = "A person acts in their own name, not by a standing order."
        raise Invalid("not_by_hand", words, fields={"standing_order": words})
    if not by_hand and not row.reason:
        words = "A rule says why it acts."
        raise Invalid("reason_needed", words, fields={"reason": words})
    same = containments_in_force(given.incident).filter(
        kind=row.kind, scope=row.scope, environment=row.environment
    )
    known = same.first()
    if known is not None:
        raise Conflict(
            "contained_already",
            worded(
                "{scope} is {kind_words} since {at:%Y-%m-%d %H:%M} UTC already, "
                "and stays so until a decision lifts it.",
                scope=known.scope,
                kind_words=term(KIND_WORDS[known.kind]),
                at=known.at,
            ),
        )


def _chosen(given: Given) -> Containment:
    """Return the containment that is meant, while it is in force. Raises Conflict."""
    rows: QuerySet[Containment] = containments_in_force(given.incident)
    row = rows.select_related("person").filter(pk=given.values["containment_id"]).first()
    if row is None:
        raise Conflict(
            "unknown_containment", "Nothing that is in force on this incident has this id."
        )
    row.incident = given.incident
    return row


def _tell_of(given: Given, row: Containment, role: str, task: str, key: str) -> None:
    incident = given.incident
    tell(
        incident,
        holders(incident, role, given.at),
        task=task,
        key=f"{task}:{row.pk}:{key}",
        due_at=None,
        at=given.at,
        words=worded(
            "{scope} stays {kind}: it is not undone silently. A decision lifts it or upholds it.",
            scope=row.scope,
            kind=term(KIND_WORDS[row.kind]),
        ),
    )


HANDLERS: Mapping[str, Callable[[Given], Outcome]] = {
    "emergency_contain": emergency_contain,
    "explain_containment": explain_containment,
    "confirm_containment": confirm_containment,
    "ratify": ratify,
    "lift_containment": lift_containment,
}
