"""Large exports and packs for measuring: `python -m tests.verifier.volume 100000 export TARGET`.

The tree is hashed by the verifier's own code here, since the size alone is under test.
"""

import hashlib
import sys
import zipfile
from datetime import timedelta

from countersign_verify import Tree
from tests.verifier import making

VERBS = 40
EVERY = 500


class Volume(making.Ledger):
    """A ledger that writes quickly: many verbs and shapes, one person, checkpoints now and then."""

    def __init__(self):
        self.name = None
        super().__init__()

    def entry(self, verb="incident.opened", **more):
        """An entry of one of many shapes."""
        if self.name is None:
            self.name = self.person()
        body = super().entry(verb, **{"who": self.name, **more})
        kind = len(self.lines) % VERBS
        if kind % 3 == 0:
            body |= {"after": {f"field_{kind}": "value", "state": "OPEN", "version": kind}}
        if kind % 4 == 0:
            body["reason"] = f"Ursache wird geprüft, Fall {len(self.lines)} in aller Länge" * 2
        if kind % 2 == 0:
            body["incident"] = hashlib.md5(str(kind).encode(), usedforsecurity=False).hexdigest()
        return body


def grown(count):
    """A ledger of a number of entries, with a checkpoint every so often."""
    ledger = Volume()
    verbs = [f"thing_{kind}.changed" for kind in range(VERBS)]
    for turn in range(count - 2):
        ledger.record(verbs[turn % VERBS], system=making.SYSTEM if turn % 5 else making.OTHER)
        ledger.now -= timedelta(seconds=6)
    ledger.own("ledger.counted", {"streams": {making.SYSTEM: ledger.counts[making.SYSTEM]}})
    sizes = [*range(EVERY, count, EVERY), count]
    tree = Tree(sizes)
    tree.feed(list(ledger.leaves))
    for size in sizes:
        text = f"{ledger.origin}\n{size}\n{making.b64(tree.roots[size])}\n"
        made = making.note(text, ledger.signer)
        ledger.checkpoints.append((size, made, ledger.sealed[size - 1]))
    return ledger


def export_files(ledger):
    """An export without proofs."""
    files = {"log.jsonl": making.jsonl(ledger.lines), **ledger.files([])}
    return {f"ledger/{name}": data for name, data in files.items()}


def pack_files(ledger):
    """A pack of nearly all lines of the one system."""
    ledger.own = lambda verb, details: None
    ledger.checkpoint = lambda: None
    ledger.proof = lambda seq: b""
    files = making.pack(ledger, since=making.START, until=making.START + timedelta(days=3650))
    payload = {
        name.partition("/")[2]: data for name, data in files.items() if "/proofs/" not in name
    }
    return making.signed(payload, ledger)


def main(count, kind, target):
    """Write a file of a kind with a number of entries; print its key."""
    ledger = grown(count)
    files = pack_files(ledger) if kind == "pack" else export_files(ledger)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            item = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            item.create_system, item.external_attr = 3, 0o100644 << 16
            archive.writestr(item, files[name])
    print(ledger.signer.vkey)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
