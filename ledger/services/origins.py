"""What goes on after a loss: a new origin over a restored database, a folder that was lost."""

from base64 import b64encode
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max

from ledger.connectors.outside import Kept, Outside, outside
from ledger.models import Checkpoint, Epoch, RowChange, SigningKey
from ledger.rules.actors import Actor
from ledger.rules.merkle import Frontier
from ledger.rules.notes import (
    Ed25519Signer,
    Malformed,
    Note,
    check_name,
    head_of,
    reopening_text,
)
from ledger.rules.refusals import Conflict, Invalid, SealRefused
from ledger.rules.worded import worded
from ledger.selectors.checkpoints import all_checkpoints
from ledger.services.batches import Streams
from ledger.services.ground import Ground, check_newest, find_ground, follow, require_whole
from ledger.services.keys import finish_rotation, load_key, prepare_next
from ledger.services.own_entries import write_own
from ledger.services.rotation import busy, finished, require_reason
from ledger.services.sealing import MOST, PATIENCE_SECONDS, Sealed
from ledger.services.signing import Wish, commit_batch, seal_batch

# Only these may be mended by taking the database's own checkpoints; the others would hide a loss.
ADOPTABLE = frozenset({"outside_missing", "outside_damaged", "frontier_changed"})


def reopen_log(*, origin: str, reason: str, actor: Actor, at: datetime) -> Sealed:
    """Go on under a new origin and a new key; the first leaf quotes the checkpoint kept outside.

    For a database restored from a backup, and for a lost key. The tree goes on where the database
    stands; row changes up to now are settled by an epoch. Raises Invalid, SealRefused, Conflict.
    """
    require_reason(reason)
    _check_new(origin)
    with outside(Path(settings.LEDGER_DIR), patience=PATIENCE_SECONDS) as place:
        if place is None:
            raise busy()
        place.require_writable()
        finish_rotation()
        new = prepare_next(origin)

        def find(held: Outside) -> Ground:
            return _new_ground(held, new, reason, actor)

        wish = Wish(MOST, find=find, patience=PATIENCE_SECONDS)
        return finished(seal_batch(place, wish=wish, at=at))


def adopt_checkpoints(*, reason: str, actor: Actor, at: datetime) -> Sealed:
    """Write the lost or damaged files outside anew from the database, and say so in the ledger.

    Every leaf is hashed up to every signed root first; an old copy of the database cannot be told
    by that, which is why it is an exception on record. Raises Invalid, SealRefused, Conflict.
    """
    require_reason(reason)
    with outside(Path(settings.LEDGER_DIR), patience=PATIENCE_SECONDS) as place:
        if place is None:
            raise busy()
        place.require_writable()
        lost = _what_is_lost(place)

        def tell(streams: Streams) -> int:
            ground, details = load_key(), {"lost": lost.code, "words": lost.reason}
            return write_own(
                "ledger.adopted",
                origin=ground.name,
                at=at,
                details=details,
                reason=reason,
                actor=actor,
            )

        wish = Wish(MOST, tell, _stored_ground, PATIENCE_SECONDS)
        done = commit_batch(place, wish=wish, at=at)
        sealed = finished(done)
        place.start_anew(_all_kept())
        return sealed


def _check_new(origin: str) -> None:
    try:
        check_name(origin)
    except Malformed as error:
        raise Invalid("bad_origin", worded("The new origin: {error}.", error=str(error))) from None
    if SigningKey.objects.filter(origin=origin).exists():
        raise Invalid(
            "known_origin",
            worded("{origin} was an origin of this log already; name another.", origin=origin),
        )


def _new_ground(place: Outside, new: Ed25519Signer, reason: str, actor: Actor) -> Ground:
    kept, newest = place.latest(), Checkpoint.objects.order_by("-id").first()
    quoted = kept.note if kept else newest.note if newest else ""
    if not quoted:
        raise SealRefused("not_opened", "Nothing is sealed yet: there is no log to go on with.")
    frontier = _whole_tree(newest)
    instants = [known.sealed_at for known in (kept, newest) if known is not None]

    def open_anew(at: datetime) -> int:
        details = {
            "origin": new.name,
            "key": new.vkey,
            "previous": _quoted(quoted),
            **_handed_over(new, quoted),
        }
        number = write_own(
            "ledger.reopened",
            origin=new.name,
            at=at,
            details=details,
            reason=reason,
            actor=actor,
        )
        _begin_epoch(number, reason, at)
        return number

    return Ground(
        new.name,
        (new,),
        frontier,
        max(instants),
        opening=open_anew,
        new_key=new,
        successor=True,
    )


def _handed_over(new: Ed25519Signer, quoted: str) -> dict[str, str]:
    """Return the old key's signature over the new one, where the old key is still at hand.

    Whoever trusts the old key can then trust the new one without asking anew.
    """
    old = None
    with suppress(SealRefused):
        old = load_key() if SigningKey.objects.exists() else None
    if old is None:
        return {}
    text = reopening_text(old.vkey, new.vkey, Note.parse(quoted).text)
    return {"signature": b64encode(old.sign(text.encode())).decode()}


def _begin_epoch(number: int, reason: str, at: datetime) -> None:
    """Row changes so far carry transaction ids of another life of the server."""
    last = RowChange.objects.aggregate(last=Max("id"))["last"]
    Epoch.objects.create(up_to=last or 0, at=at, reason=reason, entry_id=number)


def _quoted(note: str) -> dict[str, Any]:
    head = head_of(note)
    lines = note.split("\n")
    return {"origin": head.origin, "size": head.size, "root": lines[2], "note": note}


def _whole_tree(newest: Checkpoint | None) -> Frontier:
    """Return the frontier of all leaves, hashed anew up to the newest signed root."""
    frontier = Frontier()
    if newest is not None:
        list(follow(frontier, [newest], size=newest.size))
    require_whole(frontier)
    return frontier


def _stored_ground(place: Outside) -> Ground:
    newest = Checkpoint.objects.order_by("-id").first()
    if newest is None:
        raise SealRefused("not_opened", "Nothing is sealed yet: there is nothing to adopt.")
    signer, frontier = load_key(), _whole_tree(newest)
    check_newest(newest, frontier, signer)
    return Ground(newest.origin, (signer,), frontier, newest.sealed_at)


def _what_is_lost(place: Outside) -> SealRefused:
    try:
        find_ground(place)
    except SealRefused as refusal:
        if refusal.code in ADOPTABLE:
            return refusal
        raise
    raise Conflict(
        "nothing_lost",
        worded("{folder} agrees with the database: nothing to adopt.", folder=place.folder),
    )


def _all_kept() -> Iterable[Kept]:
    last = Checkpoint.objects.order_by("-id").first()
    assert last is not None
    return follow(Frontier(), all_checkpoints(), size=last.size)
