"""The change of the log's key: the old one signs the new one, both sign the first checkpoint."""

from base64 import b64encode
from datetime import datetime
from pathlib import Path

from django.conf import settings

from ledger.connectors.outside import Outside, outside
from ledger.rules.actors import Actor
from ledger.rules.notes import Ed25519Signer, rotation_text
from ledger.rules.refusals import Conflict, Invalid, SealRefused
from ledger.services.batches import Streams
from ledger.services.ground import Ground, find_ground
from ledger.services.keys import load_key, prepare_next
from ledger.services.own_entries import write_own
from ledger.services.sealing import MOST, PATIENCE_SECONDS, Sealed, told
from ledger.services.signing import Closing, Done, FindGround, Wish, seal_batch


def rotate_key(*, reason: str, actor: Actor, at: datetime) -> Sealed:
    """Put a new key in the place of the old one, by a leaf that the old one signs.

    The checkpoint that covers the leaf is signed by both, later ones by the new key. Raises
    Invalid without a reason, SealRefused, Conflict if another sealer does not end.
    """
    require_reason(reason)
    with outside(Path(settings.LEDGER_DIR), patience=PATIENCE_SECONDS) as place:
        if place is None:
            raise busy()
        old = load_key()
        new = prepare_next(old.name)
        wish = Wish(MOST, _leaf(old, new, reason, actor, at), _ground(new), PATIENCE_SECONDS)
        return finished(seal_batch(place, wish=wish, at=at))


def require_reason(reason: str) -> None:
    """Refuse to change keys or origins without a reason. Raises Invalid."""
    if not reason.strip():
        raise Invalid("reason_missing", "Say why: the reason stands in the ledger for good.")


def busy() -> Conflict:
    """Return the refusal while another sealer is at work."""
    return Conflict("sealer_busy", "The ledger is being sealed elsewhere; try again.")


def finished(done: Done | None) -> Sealed:
    """Return what a batch came to. Raises Conflict if another sealer was at work."""
    if done is None:
        raise busy()
    return told(done, done.leaves)


def _leaf(
    old: Ed25519Signer, new: Ed25519Signer, reason: str, actor: Actor, at: datetime
) -> Closing:
    signature = old.sign(rotation_text(old.vkey, new.vkey).encode())
    details = {"old": old.vkey, "new": new.vkey, "signature": b64encode(signature).decode()}

    def write(streams: Streams) -> int:
        return write_own(
            "ledger.key_rotated",
            origin=old.name,
            at=at,
            details=details,
            reason=reason,
            actor=actor,
        )

    return write


def _ground(new: Ed25519Signer) -> FindGround:
    def find(place: Outside) -> Ground:
        ground = find_ground(place)
        if ground.opening is not None:
            raise SealRefused(
                "not_opened", "Nothing is sealed yet: run `manage.py seal` first, then rotate."
            )
        ground.signers = (*ground.signers, new)
        ground.new_key, ground.successor = new, True
        return ground

    return find
