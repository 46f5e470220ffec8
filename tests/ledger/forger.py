"""Somebody with the owner's role, time, and knowledge of every format; with the key or without."""

import json

from ledger.models import Checkpoint, Entry, Leaf
from ledger.rules.canonical import canonical
from ledger.rules.lines import leaf_hash, sealed_line
from ledger.rules.merkle import Frontier
from ledger.rules.notes import Ed25519Signer, checkpoint_text, sign
from ledger.services.checking import check_ledger
from tests.ledger.sealed import as_owner


def rewrite(url, signer=None, *, without=(), sealed=None):
    """Lay the whole log anew over the entries as they are now, and make every table agree.

    `without` are entries to leave out; `sealed` gives the leaf of an entry another instant. With
    `signer` every checkpoint is signed again, else the old signatures stay over what they said.
    """
    rows = list(Entry.objects.exclude(leaf=None).exclude(pk__in=without).order_by("leaf__seq"))
    leaves = [leaf for leaf in _leaves(rows, sealed or {})]
    with as_owner(url) as session:
        session.execute("DELETE FROM ledger_leaf")
        session.execute("DELETE FROM ledger_node")
        for leaf in leaves:
            session.execute(
                "INSERT INTO ledger_leaf (seq, entry_id, stream, stream_seq, sealed_at, hash)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                leaf,
            )
        for row in without:
            session.execute("DELETE FROM ledger_queue WHERE entry_id = %s", [row])
            session.execute("DELETE FROM ledger_entry WHERE id = %s", [row])
        _checkpoints(session, leaves, signer)


def _leaves(rows, sealed):
    places = {}
    for seq, entry in enumerate(rows):
        stream, at = entry.leaf.stream, sealed.get(entry.pk, entry.leaf.sealed_at)
        place = places.setdefault(stream, 0)
        places[stream] += 1
        line = sealed_line(
            body=bytes(entry.body), number=entry.pk, sealed_at=at, seq=seq, stream=stream,
            stream_seq=place,
        )  # fmt: skip
        yield seq, entry.pk, stream, place, at, leaf_hash(line)


def _checkpoints(session, leaves, signer: Ed25519Signer | None):
    tree, most = Frontier(), len(leaves)
    for row in Checkpoint.objects.order_by("size"):
        size = min(row.size, most)
        for level, index, root in tree.extend(leaf[5] for leaf in leaves[tree.size : size]):
            session.execute("INSERT INTO ledger_node (level, index, hash) VALUES (%s, %s, %s)",
                            [level, index, root])  # fmt: skip
        text = checkpoint_text(row.origin, size, tree.root())
        note = sign(text, signer) if signer else row.note
        session.execute(
            "UPDATE ledger_checkpoint SET size = %s, root = %s, frontier = %s, note = %s,"
            " sealed_at = %s WHERE id = %s",
            [size, tree.root(), tree.to_bytes(), note, leaves[size - 1][4], row.pk],
        )


def wrong():
    """What the verification finds: the claims that fail, with their words."""
    return {claim.name: claim.words for claim in check_ledger().failed}


def first_bad(claim):
    """The number of the entry that a claim names."""
    return next(one.entry for one in check_ledger().claims if one.name == claim)


def number_of(seq):
    """The number of the entry behind a leaf."""
    return Leaf.objects.get(pk=seq).entry_id


def tamper(url, statement, *parameters):
    """Run one statement as the owner, past the triggers; it must change something."""
    with as_owner(url) as owner:
        assert owner.execute(statement, parameters).rowcount >= 1


def other_body(seq):
    """The entry behind a leaf, and its body with another reason, canonical like the first."""
    entry = Entry.objects.get(leaf__seq=seq)
    body = json.loads(bytes(entry.body)) | {"reason": "It was always so."}
    return entry.pk, canonical(body)
