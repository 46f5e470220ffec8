"""Checkpoints checked against the tree that the leaves make and against the key in force."""

from dataclasses import dataclass
from datetime import datetime

from ledger.rules.claims import Findings
from ledger.rules.log_keys import KEYS, KeyChain
from ledger.rules.merkle import Frontier
from ledger.rules.notes import Head, Malformed, Note

TREE, OUTSIDE = "tree", "outside"


@dataclass(frozen=True, slots=True)
class StoredSeal:
    """A checkpoint as a row says it."""

    origin: str
    size: int
    root: bytes
    note: str
    frontier: bytes
    sealed_at: datetime


class SealChecks:
    """Checks checkpoints in the order of their sizes."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.chain = KeyChain(findings)
        self.count = 0
        self.last_size = 0
        self.kept = 0
        self.kept_last = 0
        self._verified: tuple[int, str] = (-1, "")

    def check(self, row: StoredSeal, tree: Frontier, leaf_sealed_at: datetime) -> None:
        """Check a stored checkpoint; `tree` stands at its size."""
        self.count += 1
        fault = self._fault_of_row(row, tree, leaf_sealed_at)
        if fault:
            self.findings.add(TREE, f"the checkpoint of {row.size:,} {fault}")
        fault = self._fault_of_signature(row.note, row.size)
        if fault:
            self.findings.add(KEYS, f"the checkpoint of {row.size:,} {fault}")
        self._verified = (row.size, row.note)
        self.last_size = row.size

    def check_kept(self, note: str, head: Head, tree: Frontier) -> None:
        """Check a checkpoint kept outside the database; `tree` stands at its size."""
        self.kept += 1
        key = self.chain.in_force(head.size)
        if key is not None and key.origin != head.origin:
            self._check_given_up(note, head)
            return
        self.kept_last = head.size
        if head.root != tree.root():
            self._outside(head, "names another root: the database is not the log that was sealed")
        elif self._verified != (head.size, note) and self._fault_of_signature(note, head.size):
            self._outside(head, "is not signed by the key in force")

    def check_kept_beyond(self, note: str, head: Head, size: int) -> None:
        """Judge a checkpoint kept outside that is larger than the log in the database."""
        self.kept += 1
        key = self.chain.in_force(size)
        if key is not None and key.origin != head.origin:
            self._check_given_up(note, head)
        else:
            what = f"is larger than the log of {size:,}: a restored copy, or leaves were cut off"
            self._outside(head, what)

    def _check_given_up(self, note: str, head: Head) -> None:
        """A restore went on under a new origin; the old one's checkpoints past it stay signed."""
        if not _signed_by_any(note, self.chain, head.origin):
            self._outside(head, f"is of {head.origin}, which is no origin of this log")

    def _outside(self, head: Head, what: str) -> None:
        self.findings.add(OUTSIDE, f"the checkpoint of {head.size:,} kept outside {what}")

    def _fault_of_row(self, row: StoredSeal, tree: Frontier, leaf_sealed_at: datetime) -> str:
        if row.root != tree.root():
            return "has another root than its leaves: a leaf before it was changed or removed"
        if row.frontier != tree.to_bytes():
            return "has another frontier than its leaves"
        if row.sealed_at != leaf_sealed_at:
            return "was sealed at another instant than its last leaf"
        try:
            head = Head.parse(Note.parse(row.note).text)
        except Malformed as error:
            return f"has a note that cannot be read: {error}"
        same = head == Head(row.origin, row.size, row.root)
        return "" if same else "has a note that says something else than its row"

    def _fault_of_signature(self, note: str, size: int) -> str:
        """The first checkpoint past a rotation is signed by both keys, the others by the newest."""
        key = self.chain.in_force(size)
        if key is None:
            return "is covered by no key that a leaf names"
        try:
            signed = Note.parse(note)
        except Malformed as error:
            return f"cannot be read: {error}"
        if not signed.signed_by(key.verifier):
            return f"is not signed by the key in force, {key.vkey}"
        if (
            key.before is not None
            and key.seq >= self.last_size
            and not signed.signed_by(key.before)
        ):
            return "is the first after a change of keys and not signed by the old one"
        return ""


def _signed_by_any(note: str, chain: KeyChain, origin: str) -> bool:
    signed = Note.parse(note)
    return any(signed.signed_by(key) for key in chain.of_origin(origin))
