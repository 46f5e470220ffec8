"""The tables of the ledger. Only this app imports them."""

from ledger.models.changes import Epoch, RowChange, UnmatchedChange
from ledger.models.checks import VerificationRun
from ledger.models.entries import Disclosure, Entry, Erasure, Queue
from ledger.models.seals import Anchor, AnchorState, Checkpoint, Leaf, Node, SigningKey, Statement

__all__ = [
    "Anchor",
    "AnchorState",
    "Checkpoint",
    "Disclosure",
    "Entry",
    "Epoch",
    "Erasure",
    "Leaf",
    "Node",
    "Queue",
    "RowChange",
    "SigningKey",
    "Statement",
    "UnmatchedChange",
    "VerificationRun",
]
