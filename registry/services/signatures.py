"""Electronic signatures, bound to the hash of what was shown (21 CFR 11.50, 11.70, 11.200)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.canonical import canonical
from ledger.rules.commitments import Personal
from ledger.rules.refusals import Forbidden, Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import Signature, User

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Ceremony:
    """How it was proved who signs: method, when the proof was given, in which session, from where.

    Only `registry.ceremony.reauthenticate` makes one, at the door. `session` and `address` are
    commitments, never the values themselves. `listed` is the hash of the list of records that one
    ceremony signs: every signature given by it is bound to its own record and to that hash.
    """

    method: str
    authenticated_at: datetime
    session: str
    address: str
    listed: str = ""


def hash_payload(payload: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a payload's canonical bytes (RFC 8785), in hex."""
    return hashlib.sha256(canonical(dict(payload))).hexdigest()


def bound_to_list(payload: Mapping[str, Any], listed: str) -> dict[str, Any]:
    """Return a payload as a ceremony over a list signs it; unchanged without a list."""
    return {**payload, "list": listed} if listed else dict(payload)


def is_valid(signature: Signature, payload: Mapping[str, Any]) -> bool:
    """Whether a signature still stands for a record; if not, gates treat it as absent."""
    return signature.payload_sha256 == hash_payload(payload)


@transaction.atomic
def sign(
    *,
    user: User,
    meaning: str,
    role: str,
    subject_type: str,
    subject_id: UUID,
    payload: Mapping[str, Any],
    reason: str,
    ceremony: Ceremony,
    on_behalf_of: UUID | None = None,
    fresh_seconds: int | None = None,
    secret: bool = False,
    actor: Actor,
    at: datetime,
) -> Signature:
    """Sign a record as it was shown, with one of the seven meanings.

    `fresh_seconds` is how old the proof may be (default SIGNATURE_FRESH_SECONDS). A `secret` record
    is one that could be guessed from its hash: the entry keeps that shut (ledger.services
    .disclosures.reveal opens it later). A ceremony over a list binds each of its signatures to the
    list's hash too. Raises Forbidden
    (`signature_needs_person`, `signature_not_yours`, `reauthentication_needed`), Invalid.
    """
    subject = (subject_type, str(subject_id), role)
    _check_person(user, actor, subject)
    _check_ceremony(ceremony, actor, at, fresh_seconds)
    if meaning not in Signature.Meaning.values:
        raise Invalid(
            "unknown_meaning",
            worded("There is no meaning {meaning!r} of a signature.", meaning=meaning),
        )
    signature_id, digest = uuid4(), hash_payload(bound_to_list(payload, ceremony.listed))
    # Whom a delegate signs for stands there by id.
    plain_role = role.partition(", for ")[0] if on_behalf_of else role
    append_entry(
        verb="record.signed",
        actor=actor,
        at=at,
        subject=(subject_type, str(subject_id), f"{meaning} as {plain_role}"),
        reason=reason,
        incident_id=subject_id if subject_type == "incident" else None,
        details={
            "signature": signature_id,
            "meaning": meaning,
            "role": plain_role,
            "payload_sha256": sealed_digest(digest) if secret else digest,
            "method": ceremony.method,
            "authenticated_at": ceremony.authenticated_at,
            "on_behalf_of": on_behalf_of,
            **_of_list(ceremony, secret=secret),
        },
        touched=[f"registry_signature:{signature_id}"],
    )
    return Signature.objects.create(
        id=signature_id,
        signer=user,
        signer_name=user.name,
        role=role,
        on_behalf_of_id=on_behalf_of,
        meaning=meaning,
        reason=reason,
        subject_type=subject_type,
        subject_id=subject_id,
        payload_sha256=digest,
        schema=SCHEMA,
        method=ceremony.method,
        authenticated_at=ceremony.authenticated_at,
        session=ceremony.session,
        address=ceremony.address,
        signed_at=at,
        zone=user.zone,
    )


def _of_list(ceremony: Ceremony, *, secret: bool) -> dict[str, Any]:
    if not ceremony.listed:
        return {}
    return {"list_sha256": sealed_digest(ceremony.listed) if secret else ceremony.listed}


def sealed_digest(digest: str) -> Personal:
    """Return a hash as the ledger takes it while nobody may guess what it is of."""
    return Personal(digest, kind="payload", fresh=True, private=True)


def _check_person(user: User, actor: Actor, subject: tuple[str, str, str]) -> None:
    if actor.person is None or user.kind != User.Kind.PERSON:
        raise Forbidden(
            "signature_needs_person",
            "Only a person signs, signed in and proved again.",
            recorded=True,
            subject=subject,
        )
    if actor.person != user.pk or not user.is_active:
        raise Forbidden(
            "signature_not_yours",
            "You sign for nobody but yourself.",
            recorded=True,
            subject=subject,
        )


def _check_ceremony(
    ceremony: Ceremony, actor: Actor, at: datetime, fresh_seconds: int | None
) -> None:
    limit = settings.SIGNATURE_FRESH_SECONDS if fresh_seconds is None else fresh_seconds
    age = at - ceremony.authenticated_at
    if ceremony.session != actor.session or age > timedelta(seconds=limit):
        raise Forbidden(
            "reauthentication_needed", "Enter your password again to sign.", recorded=True
        )
