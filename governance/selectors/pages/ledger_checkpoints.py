"""Checkpoints, the keys that sign them, and what was checked of one of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from governance.selectors.pages.ledger_head import standing
from governance.selectors.pages.ledger_proof import FAIL, PASS, Check, signature_check, signer_of
from ledger.rules.merkle import verify_consistency
from ledger.rules.notes import Malformed, Note, Verifier
from ledger.rules.refusals import Missing
from ledger.rules.worded import word, worded
from ledger.selectors.anchors import Stamped, anchors_of
from ledger.selectors.checkpoints import Key, Seal, keys, seal_at, seals
from ledger.selectors.tree import TreeBroken, consistency_proof

PAGE = 50


@dataclass(frozen=True, slots=True)
class SealRow:
    """One checkpoint of the list; `added` are the leaves since the one before, None unknown.

    `is_covered` says that it or a later one is stamped by an outside authority.
    """

    seal: Seal
    added: int | None
    signed_by: str
    stamps: list[Stamped]
    is_covered: bool


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key with its short id, and whether it signs now."""

    key: Key
    key_id: str
    is_current: bool


def checkpoints_page(*, before: datetime | None, may_verify: bool, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/ledger/checkpoints.html shows; a fixed number of queries."""
    found = seals(until=before, newest_first=True, limit=PAGE + 1)
    shown = found[:PAGE]
    stamps = anchors_of([seal.size for seal in shown])
    known = keys()
    stands = standing(at)
    covered = max((one.stamped_size for one in stands.lags), default=0)
    older = urlencode({"before": shown[-1].sealed_at.isoformat()}) if len(found) > PAGE else ""
    return {
        "at": at,
        "standing": stands,
        "may_verify": may_verify,
        "rows": [_row(found, place, stamps, known, covered) for place in range(len(shown))],
        "keys": [_key(key) for key in reversed(known)],
        "pages": {
            "shown": len(shown),
            "older_url": f"?{older}" if older else "",
            "newer_url": "?" if before else "",
        },
    }


def checkpoint_page(*, size: int, at: datetime) -> dict[str, Any]:
    """Return what templates/governance/ledger/checkpoint.html shows. Raises Missing."""
    seal = checkpoint_of(size)
    earlier = _before(seal)
    key = signer_of(seal)
    return {
        "at": at,
        "seal": seal,
        "root": seal.root.hex(),
        "earlier": earlier,
        "checks": [signature_check(key), consistency_check(earlier, seal)],
        "vkey": next((one.vkey for one in keys() if key and _is_of(one, key)), ""),
        "stamps": anchors_of([size]),
    }


def checkpoint_of(size: int) -> Seal:
    """Return the checkpoint of a size. Raises Missing."""
    seal = seal_at(size)
    if seal is None:
        raise Missing(
            "unknown_checkpoint", worded("There is no checkpoint of size {size}.", size=size)
        )
    return seal


def consistency_check(earlier: Seal | None, seal: Seal) -> Check:
    """Say whether a checkpoint extends the one before it, worked out from the stored tree."""
    if earlier is None or earlier.size == 0:
        words = word("It is the first checkpoint: there is nothing that it could extend")
        return Check(PASS, words)
    size = earlier.size
    try:
        path = consistency_proof(first=size, size=seal.size)
    except (TreeBroken, ValueError) as broken:
        words = worded(
            "It cannot be shown that it extends the checkpoint of {size}: {broken}",
            size=size,
            broken=broken.args[0],
        )
        return Check(FAIL, words)
    if verify_consistency(size, seal.size, earlier.root, seal.root, path):
        return Check(PASS, worded("It extends the checkpoint of {size}", size=size))
    return Check(FAIL, worded("It does not extend the checkpoint of {size}", size=size))


def _before(seal: Seal) -> Seal | None:
    found = seals(until=seal.sealed_at, newest_first=True, limit=1)
    return found[0] if found else None


def _row(
    found: list[Seal], place: int, stamps: list[Stamped], known: list[Key], covered: int
) -> SealRow:
    seal = found[place]
    earlier = found[place + 1].size if place + 1 < len(found) else None
    return SealRow(
        seal=seal,
        added=None if earlier is None else seal.size - earlier,
        signed_by=", ".join(_signers(seal, known)),
        stamps=[stamp for stamp in stamps if stamp.size == seal.size],
        is_covered=seal.size <= covered,
    )


def _signers(seal: Seal, known: list[Key]) -> list[str]:
    """Return the ids of the log's keys among the signature lines; the page of one checks them."""
    ids = {Verifier.parse(key.vkey).key_id for key in known}
    try:
        lines = Note.parse(seal.note).signatures
    except Malformed:
        return []
    return [line.key_id.hex() for line in lines if line.key_id in ids]


def _key(key: Key) -> KeyRow:
    return KeyRow(key, Verifier.parse(key.vkey).key_id.hex(), key.to_size is None)


def _is_of(key: Key, verifier: Verifier) -> bool:
    return Verifier.parse(key.vkey) == verifier


def stamp_of(*, size: int, place: int) -> Stamped:
    """Return one of the time stamps of a checkpoint, counted from 1. Raises Missing."""
    found = anchors_of([size])
    if not 1 <= place <= len(found):
        raise Missing(
            "unknown_stamp", worded("The checkpoint of {size} has no such time stamp.", size=size)
        )
    return found[place - 1]
