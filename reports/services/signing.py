"""The seal that a pack is bound to, and the log's signature on the finished bag."""

import base64
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from ledger.rules.refusals import Conflict, Refused
from ledger.rules.worded import joined, word
from ledger.selectors.checkpoints import Seal, keys, seal_at
from ledger.selectors.statements import is_refused, note_of
from ledger.services.sealing import seal, seal_for
from ledger.services.statements import request_statement
from outbox.services.hints import nudge
from reports.collectors.lines import streams_to_count
from reports.render.bag import NOTE, TAG_MANIFEST, sha256_of
from reports.rules.content import SealRecord
from reports.rules.things import Scope
from reports.services.packer import record_building
from reports.services.workshop import Counted, Waits, Workshop

SEALER = "seal"


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """The statement that the sealer was asked to sign."""

    id: UUID


def bound(shop: Workshop) -> SealRecord:
    """Seal everything so far, and bind the pack to that checkpoint for all attempts to come.

    Raises Waits while nothing can be sealed.
    """
    seal = _frozen(shop, _sealed(shop)) if shop.frozen is None else _known(shop.frozen)
    return SealRecord(
        origin=seal.origin,
        size=seal.size,
        root=base64.b64encode(seal.root).decode(),
        sealed_at=seal.sealed_at,
        key=key_at(seal.size),
    )


def _sealed(shop: Workshop) -> Seal:
    try:
        return seal_for(streams=streams_to_count(shop.scope), at=shop.lease.moment())
    except Conflict as refusal:
        nudge(SEALER)
        raise Waits(refusal.reason) from None


@transaction.atomic
def _frozen(shop: Workshop, seal: Seal) -> Seal:
    """Keep the checkpoint for every attempt to come, and put it on record."""
    shop.lease.save(checkpoint_size=seal.size)
    record_building(
        verb="pack.sealed",
        pack_id=shop.lease.pack_id,
        number=shop.scope.number,
        system_id=system_of(shop.scope),
        at=shop.lease.moment(),
        details={"checkpoint": seal.size, "root": base64.b64encode(seal.root).decode()},
    )
    return seal


def _known(size: int) -> Seal:
    seal = seal_at(size)
    if seal is None:
        raise LookupError(f"the checkpoint of {size} leaves is gone")
    return seal


def system_of(scope: Scope) -> UUID | None:
    """Return the system in whose stream the lines about the pack stand: none of several."""
    return UUID(scope.system_id) if len(scope.systems) == 1 else None


def seal_of(shop: Workshop) -> Seal:
    """Return the checkpoint that the pack is bound to."""
    return _known(shop.piece(SealRecord, bound).size)


def key_at(size: int) -> str:
    """Return the public key (vkey) that signs checkpoints of a size."""
    return next(key.vkey for key in reversed(keys()) if key.from_size <= size)


def signed(shop: Workshop) -> Counted:
    """Put the log's signed note beside the manifests. Raises Waits until the sealer signed it."""
    stated = shop.piece(Stated, asked)
    note = note_of(stated.id) or _signed_now(stated.id, shop.lease.moment())
    (shop.bag / NOTE).write_text(note, encoding="utf-8", newline="\n")
    return Counted(files=1, size=len(note.encode()))


def _signed_now(statement: UUID, at: datetime) -> str:
    """Let the sealer sign where this process may; elsewhere it is told that something waits."""
    try:
        seal(at=at)
        reason = word("another process is sealing; the log's signature on the pack comes next")
    except Conflict as refusal:
        reason = joined(" ", [word("the log's signature on the pack."), refusal.reason])
    note = note_of(statement)
    if is_refused(statement):
        raise Refused(
            "not_signed",
            "The sealer will not sign this pack: its checkpoint is none of the log's. Verify the "
            "ledger before anything else.",
        )
    if not note:
        nudge(SEALER)
        raise Waits(reason)
    return note


def asked(shop: Workshop) -> Stated:
    """Ask the sealer to sign the digest of the tag manifest beside the pack's checkpoint."""
    size = shop.piece(SealRecord, bound).size
    statement = request_statement(
        kind="pack",
        label=shop.scope.number,
        sha256=sha256_of(shop.bag / TAG_MANIFEST),
        checkpoint_size=size,
        at=shop.lease.moment(),
    )
    return Stated(id=statement)
