"""Made the files in golden/ once. They are fixed: what was good then must verify for ever.

Run only to add a file: `python -m tests.verifier.make_golden`; it overwrites nothing.
"""

import json
import tempfile
from pathlib import Path

from tests.verifier import making
from tests.verifier.authority import Authority

GOLDEN = Path(__file__).parent / "golden"


def put(name, data):
    """Write a file unless it is there."""
    path = GOLDEN / name
    if not path.exists():
        path.write_bytes(data)


def full():
    """A full export with one key."""
    ledger = making.story()
    put("full.zip", making.zipped(making.export(ledger)))
    return {"key": ledger.signer.vkey}


def partial():
    """A partial pack with a time stamp."""
    ledger = making.story()
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        size, note, _ = ledger.checkpoints[-1]
        stamps = {f"{size}-test.tsr": authority.stamp(note.encode())}
        put("authority.pem", authority.ca.read_bytes())
    put("partial.zip", making.zipped(making.pack(ledger, anchors=stamps)))
    return {"key": ledger.signer.vkey, "tsa": "authority.pem"}


def rotated():
    """A partial pack whose key was replaced on the way."""
    ledger = making.story(rounds=2)
    old, new = ledger.signer, making.Signer("second key")
    put("rotated.checkpoint", ledger.checkpoints[-1][1].encode())
    ledger.rotate(new)
    ledger.checkpoint()
    making.story(ledger, rounds=2)
    put("rotated.zip", making.zipped(making.pack(ledger)))
    return {"key": new.vkey, "older": old.vkey, "prev": "rotated.checkpoint"}


def reopened():
    """An export of a ledger that was restored from a backup and says so."""
    lost = making.story(rounds=3)
    put("reopened.checkpoint", lost.checkpoints[-1][1].encode())
    ledger = making.story(rounds=2)
    new = making.Signer("key after the fire", "countersign.example/ledger-2")
    ledger.reopen(new, lost.checkpoints[-1][1])
    ledger.checkpoint()
    making.story(ledger, rounds=1)
    put("reopened.zip", making.zipped(making.export(ledger)))
    return {"key": new.vkey, "prev": "reopened.checkpoint"}


def main():
    """Write what is missing."""
    GOLDEN.mkdir(exist_ok=True)
    files = {"full": full(), "partial": partial(), "rotated": rotated(), "reopened": reopened()}
    put("golden.json", json.dumps(files, indent=1).encode() + b"\n")


if __name__ == "__main__":
    main()
