"""What the next seal stands on: the checkpoint kept outside, and a tree that extends it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import orjson

from ledger.connectors.outside import Kept, Outside
from ledger.models import Checkpoint, Entry
from ledger.rules.merkle import Frontier
from ledger.rules.notes import Ed25519Signer, Head, Verifier, head_of
from ledger.rules.refusals import SealRefused
from ledger.rules.worded import term, word, worded
from ledger.selectors.signatures import signed, verifiers
from ledger.selectors.tree import TreeBroken, leaf_count, leaf_hashes, stored_frontier
from ledger.services.keys import load_key
from ledger.services.own_entries import write_own

RESTORE = word(
    "If a backup was restored on purpose, `manage.py ledger_origin NEW --reason …` goes on under a "
    "new origin and quotes the checkpoint kept outside. Otherwise point the application at the "
    "right database. Nothing was sealed and nothing is lost; entries wait."
)
VERIFY = word(
    "Run `manage.py verify_ledger`, which names the first bad entry, and keep both the database "
    "and the folder as they are for the inquiry. Nothing was sealed; entries wait."
)


@dataclass(slots=True)
class Ground:
    """Where the tree stands, and who signs the next checkpoint of it.

    `missed` are checkpoints that the database has and the folder does not yet; `opening` writes
    the entry that must come first; `new_key` begins with the next checkpoint, and is a `successor`
    if it lies beside the one in force until then.
    """

    origin: str
    signers: tuple[Ed25519Signer, ...]
    frontier: Frontier
    not_before: datetime | None = None
    missed: list[Kept] = field(default_factory=list)
    opening: Callable[[datetime], int] | None = None
    new_key: Ed25519Signer | None = None
    successor: bool = False


def find_ground(place: Outside) -> Ground:
    """Return what the next seal stands on. Raises SealRefused with what is wrong.

    An empty log has an empty ground, signed by its first key.
    """
    kept, newest = place.latest(), Checkpoint.objects.order_by("-id").first()
    if newest is None:
        return _empty_ground(place, kept)
    if kept is None:
        raise _nothing_kept(place, newest)
    check_kept(place, kept, newest)
    frontier = Frontier() if _reopened(kept, newest) else _agreed(kept)
    missed = list(follow(frontier, _later(kept, newest), size=newest.size))
    signer = load_key()
    check_newest(newest, frontier, signer)
    place.catch_up(kept)
    not_before = max(kept.sealed_at, newest.sealed_at)
    return Ground(newest.origin, (signer,), frontier, not_before, missed)


def check_kept(place: Outside, kept: Kept, newest: Checkpoint) -> None:
    """Refuse a checkpoint outside that is past the database, damaged, or none of ours.

    Raises SealRefused.
    """
    if kept.frontier.root() != kept.head.root:
        raise SealRefused(
            "frontier_changed",
            worded(
                "In {folder} the last line's frontier does not make its signed root: "
                "somebody changed it. Put the file's copy back. {verify}",
                folder=place.folder,
                verify=term(VERIFY),
            ),
        )
    _check_not_restored(kept.head, newest)
    if not signed(kept.note, verifiers(origin=kept.head.origin)):
        raise SealRefused(
            "foreign_log",
            worded(
                "The checkpoint of {origin} in {folder} is signed by no key of this "
                "database's log. {restore}",
                origin=kept.head.origin,
                folder=place.folder,
                restore=term(RESTORE),
            ),
        )


def follow(frontier: Frontier, rows: Iterable[Checkpoint], *, size: int) -> Iterator[Kept]:
    """Grow `frontier` over the stored leaves up to `size`, and yield each checkpoint on the way.

    Raises SealRefused where the leaves do not make a signed root.
    """
    keys = verifiers()
    leaves = leaf_hashes(size=size, start=frontier.size)
    for row in rows:
        try:
            frontier.extend(islice(leaves, row.size - frontier.size))
        except TreeBroken as error:
            raise _changed(error.args[0]) from None
        expected = Head(row.origin, row.size, frontier.root())
        own = [key for key in keys if key.name == row.origin]
        if head_of(row.note) != expected or not signed(row.note, own):
            raise _changed(
                worded("the leaves do not make the signed root of {size}", size=f"{row.size:,}")
            )
        yield Kept(row.note, row.sealed_at, frontier.copy())


def check_newest(newest: Checkpoint, frontier: Frontier, signer: Ed25519Signer) -> None:
    """Refuse if the newest checkpoint is not of this tree, not of this key, or leaves lie past it.

    Raises SealRefused.
    """
    if head_of(newest.note) != Head(newest.origin, frontier.size, frontier.root()):
        raise _changed(term("the newest checkpoint in the database is not the one kept outside"))
    if not signed(newest.note, [Verifier.parse(signer.vkey)]):
        raise _changed(
            term("the newest checkpoint in the database is not signed by the key in force")
        )
    require_whole(frontier)


def require_whole(frontier: Frontier) -> None:
    """Refuse leaves that no checkpoint covers. Raises SealRefused."""
    held = leaf_count()
    if held != frontier.size:
        raise _changed(
            worded(
                "there are {held} leaves, but checkpoints for {size}",
                held=f"{held:,}",
                size=f"{frontier.size:,}",
            )
        )


def _empty_ground(place: Outside, kept: Kept | None) -> Ground:
    if kept is not None:
        raise SealRefused(
            "restored",
            worded(
                "{folder} holds the checkpoint {origin} of {size} leaves, but this "
                "database has sealed nothing. For a new log give LEDGER_DIR an empty "
                "folder. {restore}",
                folder=place.folder,
                origin=kept.head.origin,
                size=f"{kept.head.size:,}",
                restore=term(RESTORE),
            ),
        )
    if leaf_count():
        raise _changed(term("there are leaves, but no checkpoint at all"))
    signer = load_key()

    def open_log(at: datetime) -> int:
        details = {"origin": signer.name, "key": signer.vkey}
        return write_own("ledger.opened", origin=signer.name, at=at, details=details)

    return Ground(signer.name, (signer,), Frontier(), opening=open_log, new_key=signer)


def _later(kept: Kept, newest: Checkpoint) -> list[Checkpoint]:
    """Return the checkpoints past the kept one; those of a new origin begin it anew."""
    past = kept.head.size if kept.head.origin == newest.origin else 0
    rows = Checkpoint.objects.filter(origin=newest.origin, size__gt=past)
    return list(rows.order_by("size").defer("frontier"))


def _reopened(kept: Kept, newest: Checkpoint) -> bool:
    """Tell whether a new origin was opened that quotes the kept checkpoint, and not yet kept."""
    if kept.head.origin == newest.origin:
        return False
    entry = Entry.objects.filter(verb="ledger.reopened").order_by("-id").first()
    details = orjson.loads(bytes(entry.body))["details"] if entry else {}
    if details.get("previous", {}).get("note") == kept.note:
        return True
    raise SealRefused(
        "other_origin",
        worded(
            "The checkpoint outside is of {origin}, the database's of {origin_2}, "
            "and no reopening quotes the first. {restore}",
            origin=kept.head.origin,
            origin_2=newest.origin,
            restore=term(RESTORE),
        ),
    )


def _agreed(kept: Kept) -> Frontier:
    """Return the kept frontier after the database was found to hold the same tree."""
    try:
        stored = stored_frontier(size=kept.head.size)
    except TreeBroken as error:
        raise _changed(error.args[0]) from None
    if stored.roots != kept.frontier.roots:
        raise _changed(
            worded(
                "its root at {size} leaves is not the one kept outside", size=f"{kept.head.size:,}"
            )
        )
    return kept.frontier.copy()


def _check_not_restored(head: Head, newest: Checkpoint) -> None:
    held = leaf_count()
    if head.origin != newest.origin or held >= head.size:
        return
    raise SealRefused(
        "restored",
        worded(
            "The database holds {held} sealed entries, the checkpoint kept outside "
            "says {size}: this is an older copy, or sealed entries were deleted. "
            "{restore}",
            held=f"{held:,}",
            size=f"{head.size:,}",
            restore=term(RESTORE),
        ),
    )


def _nothing_kept(place: Outside, newest: Checkpoint) -> SealRefused:
    return SealRefused(
        "outside_missing",
        worded(
            "{folder} holds no checkpoint, but the database has one of {size} "
            "leaves: what should tell whether the database was rewritten is gone. "
            "Put the folder's copy back. If no copy is left, `manage.py "
            "ledger_adopt --reason …` takes the database's own and says so in the "
            "ledger.",
            folder=place.folder,
            size=f"{newest.size:,}",
        ),
    )


def _changed(what: str) -> SealRefused:
    return SealRefused(
        "tree_changed",
        worded("The sealed tree was changed: {what}. {verify}", what=what, verify=term(VERIFY)),
    )
