"""The writing side of the ledger: one entry in the transaction of the change it tells of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from ledger import touches, verbs
from ledger.context import current_actor
from ledger.rules.actors import Actor
from ledger.rules.canonical import canonical
from ledger.rules.commitments import Label, Personal
from ledger.rules.refusals import Refused
from ledger.services.disclosures import Openings

VERSION = "0.1.0"
# Entry and queue in one statement: this is the path of every change, and each trip counts.
INSERT = """
WITH entry AS (
    INSERT INTO ledger_entry (body, verb, object_type, object_id, object_label, incident_id,
        system_id, actor_kind, actor_id, actor_name, at, touched)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text[])
    RETURNING id
)
INSERT INTO ledger_queue (entry_id) SELECT id FROM entry RETURNING entry_id
"""
DISCLOSE = """
INSERT INTO ledger_disclosure (commitment, subject, kind, salt, value, private, at)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (commitment) DO NOTHING
"""


class OutsideTransaction(RuntimeError):
    """An entry was about to be written beside the change that it tells of: a defect."""


class ActorMismatch(RuntimeError):
    """The service was given one actor while another one acts: a defect."""


def append_entry(
    *,
    verb: str,
    actor: Actor,
    at: datetime,
    subject: tuple[str, str, Label],
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: Label = "",
    incident_id: UUID | None = None,
    system_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
    touched: Sequence[str] = (),
) -> int:
    """Write one entry in the transaction of the change and return its number.

    `subject` is (object type, id, label); `before` and `after` hold changed fields only; what is
    about a person is given as Personal and stands there as a commitment. `touched` are 'table:pk'
    pairs outside the signed bytes, beside those of the rows saved so far in this transaction.
    Raises KeyError for an unregistered verb, OutsideTransaction, ActorMismatch, TypeError for a
    float.
    """
    statements = entry_statements(
        verb=verb, actor=actor, at=at, subject=subject, before=before, after=after, reason=reason,
        incident_id=incident_id, system_id=system_id, details=details, touched=touched,
    )  # fmt: skip
    with connection.cursor() as cursor:
        for statement, row in statements:
            cursor.execute(statement, row)
        return int(cursor.fetchone()[0])


def entry_statements(
    *,
    verb: str,
    actor: Actor,
    at: datetime,
    subject: tuple[str, str, Label],
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: Label = "",
    incident_id: UUID | None = None,
    system_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
    touched: Sequence[str] = (),
) -> list[tuple[str, tuple[Any, ...]]]:
    """Return what `append_entry` executes, for who sends it together with other statements.

    All of them must be executed in this transaction, in this order; the last one returns the
    number. Raises as `append_entry` does.
    """
    verbs.lookup(verb)
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{verb} would be written outside a transaction")
    agree(actor)
    openings = Openings(at)
    body = body_of(verb, actor, at, subject, before, after, reason, incident_id, system_id, details)
    data = canonical(body, openings.conceal)
    label = openings.conceal(subject[2]) if isinstance(subject[2], Personal) else subject[2]
    row = (
        data, verb, subject[0], subject[1], label, incident_id, system_id, actor.kind, actor.id,
        "" if actor.person else actor.name, at,
        list(dict.fromkeys([*touched, *touches.take()])),
    )  # fmt: skip
    return [*((DISCLOSE, opening) for opening in openings.rows()), (INSERT, row)]


# What the column of an object's id takes; a long address is cut there and whole in the details.
LONGEST_ID = 80


@transaction.atomic(durable=True)
def record_refusal(*, refusal: Refused, actor: Actor, at: datetime, attempted: str) -> int:
    """Write a refusal in a transaction of its own, after the refused one rolled back.

    Its sentence and who could instead may hold names, so both stand there as commitments.
    """
    attempted = attempted.replace("\x00", "%00")
    subject = refusal.subject or ("request", attempted[:LONGEST_ID], attempted)
    who_can = [Personal(one, kind="text") for one in refusal.who_can]
    return append_entry(
        verb="request.refused",
        actor=actor,
        at=at,
        subject=subject,
        reason=Personal(refusal.reason, kind="text"),
        incident_id=UUID(subject[1]) if subject[0] == "incident" else None,
        details={"code": refusal.code, "attempted": attempted, "who_can": who_can},
    )


def agree(actor: Actor) -> None:
    """Refuse an actor beside the one who acts. Raises ActorMismatch."""
    acting = current_actor()
    if acting is not None and (acting.kind, acting.id) != (actor.kind, actor.id):
        raise ActorMismatch(f"the service was given {actor.name}, but {acting.name} acts")


def body_of(
    verb: str,
    actor: Actor,
    at: datetime,
    subject: tuple[str, str, Label],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    reason: Label,
    incident_id: UUID | None,
    system_id: UUID | None,
    details: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return what is signed of an entry, before it is concealed and brought to its bytes."""
    body: dict[str, Any] = {
        "v": 1,
        "verb": verb,
        "at": at,
        "who": _who(actor),
        "object": {"type": subject[0], "id": subject[1], "label": subject[2]},
        "from": _where(actor),
        "application": VERSION,
    }
    optional = {
        "before": dict(before) if before else None,
        "after": dict(after) if after else None,
        "reason": reason or None,
        "incident": incident_id,
        "system": system_id,
        "details": dict(details) if details else None,
    }
    body.update({key: value for key, value in optional.items() if value is not None})
    return body


def _who(actor: Actor) -> dict[str, Label]:
    name = Personal(actor.name, subject=actor.id) if actor.person else actor.name
    role = actor.role or Personal(actor.title, subject=actor.id, kind="title")
    who: dict[str, Label] = {"kind": actor.kind, "id": actor.id, "name": name, "role": role}
    if actor.on_behalf_of:
        who["on_behalf_of"] = actor.on_behalf_of
    return who


def _where(actor: Actor) -> dict[str, Label]:
    """The address stands as a commitment under the person, so that it goes when they go.

    A stranger's has a salt for itself each time: it ends by its own time limit.
    """
    subject = actor.id if actor.kind in ("person", "token") else ""
    address = Personal(actor.address, subject=subject, kind="address", fresh=not subject)
    pairs: dict[str, Label] = {
        "channel": actor.channel,
        "auth_method": actor.auth_method,
        "session": actor.session,
        "token": actor.token_id,
        "request": actor.request_id,
        "task": actor.task_id,
        "address": address,
    }
    return {key: value for key, value in pairs.items() if value}
