"""The proof that one entry stands in the sealed ledger, worked out here and now."""

from dataclasses import dataclass
from datetime import datetime

from governance.rules.proof_steps import Step, root_of, steps_of
from ledger.rules.lines import leaf_hash
from ledger.rules.notes import Malformed, Note, Verifier, vkey
from ledger.rules.refusals import Conflict
from ledger.rules.worded import word, worded, worded_number
from ledger.selectors.anchors import lag
from ledger.selectors.checkpoints import Seal, newest_seal
from ledger.selectors.lines import Line, sealed_line_of
from ledger.selectors.signatures import verifiers
from ledger.selectors.tree import TreeBroken, inclusion_proof, leaf_hashes, proof_text

PASS, FAIL, SKIP = "PASS", "FAIL", "SKIP"


@dataclass(frozen=True, slots=True)
class Check:
    """One claim that was checked, its result, and what it is about in words."""

    result: str
    words: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Everything that stands between an entry's bytes and a signed root; hashes in hex."""

    seal: Seal
    line: bytes
    leaf: str
    steps: list[Step]
    root: str
    signed_root: str
    vkey: str
    checks: list[Check]

    @property
    def holds(self) -> bool:
        """Whether nothing failed."""
        return all(check.result != FAIL for check in self.checks)

    @property
    def is_equal(self) -> bool:
        """Whether the steps lead to the signed root."""
        return self.root == self.signed_root


def proof_of(line: Line, *, at: datetime) -> Proof | None:
    """Return the proof of a sealed entry under the newest checkpoint, None until it is sealed."""
    seal, exact = newest_seal(), sealed_line_of(line)
    if seal is None or exact is None or line.seq is None or line.seq >= seal.size:
        return None
    leaf = leaf_hash(exact)
    steps, broken = _steps(leaf, line.seq, seal)
    root = root_of(leaf, steps)
    key = signer_of(seal)
    return Proof(
        seal=seal,
        line=exact,
        leaf=leaf.hex(),
        steps=steps,
        root=root,
        signed_root=seal.root.hex(),
        vkey=vkey(key.name, key.public) if key else "",
        checks=[
            _stored(leaf, line.seq),
            _included(len(steps), root == seal.root.hex() and not broken, broken, seal),
            signature_check(key),
            stamp_check(line.seq, at),
        ],
    )


def exact_of(line: Line) -> bytes:
    """Return the exact sealed line, without a newline. Raises Conflict until it is sealed."""
    exact = sealed_line_of(line)
    if exact is None:
        raise Conflict(
            "not_sealed",
            worded(
                "Entry {number} is not sealed yet: it will be with the next "
                "seal. Come back in a minute.",
                number=line.number,
            ),
        )
    return exact


def proof_file(line: Line) -> str:
    """Return the proof of an entry under the newest checkpoint (C2SP tlog-proof@v1).

    Raises Conflict until it is sealed, and where the stored tree does not lead to the root.
    """
    exact_of(line)
    seal = newest_seal()
    assert seal is not None
    assert line.seq is not None
    try:
        return proof_text(seq=line.seq, seal=seal)
    except TreeBroken as broken:
        raise Conflict(
            "tree_broken", worded("The proof cannot be made: {broken}.", broken=broken.args[0])
        ) from broken


def signer_of(seal: Seal) -> Verifier | None:
    """Return the key of the log whose signature on a checkpoint holds, None for none."""
    try:
        note = Note.parse(seal.note)
    except Malformed:
        return None
    known = verifiers(origin=seal.origin)
    return next((key for key in known if note.signed_by(key)), None)


def signature_check(key: Verifier | None) -> Check:
    """Say whether a checkpoint is signed by a key of the log."""
    if key is None:
        return Check(FAIL, word("No key of this log has signed the checkpoint"))
    words = worded(
        "The checkpoint is signed by key {key} of {name}", key=key.key_id.hex(), name=key.name
    )
    return Check(PASS, words)


def stamp_check(seq: int, at: datetime) -> Check:
    """Say whether a time stamp from outside covers a leaf."""
    covering = [one for one in lag(at) if one.stamped_size > seq and one.stamped_at]
    if not covering:
        return Check(SKIP, word("No time stamp from outside covers it yet"))
    one = max(covering, key=lambda lag: lag.stamped_size)
    words = worded("A time stamp from outside covers it: {authority}", authority=one.authority)
    return Check(PASS, words)


def _steps(leaf: bytes, seq: int, seal: Seal) -> tuple[list[Step], str]:
    try:
        path = inclusion_proof(seq=seq, size=seal.size)
        return steps_of(leaf=leaf, seq=seq, size=seal.size, path=path), ""
    except (TreeBroken, ValueError) as broken:
        return [], broken.args[0]


def _stored(leaf: bytes, seq: int) -> Check:
    try:
        same = next(leaf_hashes(size=seq + 1, start=seq)) == leaf
    except TreeBroken:
        same = False
    if same:
        return Check(PASS, word("The bytes give the leaf"))
    return Check(FAIL, word("The bytes do not give the leaf that was sealed"))


def _included(count: int, holds: bool, broken: str, seal: Seal) -> Check:
    if broken:
        return Check(FAIL, worded("The tree cannot be followed: {broken}", broken=broken))
    if holds:
        words = worded_number(
            "1 step gives the root of checkpoint {size}",
            "{number} steps give the root of checkpoint {size}",
            count,
            size=seal.size,
        )
        return Check(PASS, words)
    words = worded_number(
        "1 step gives another root than that of checkpoint {size}",
        "{number} steps give another root than that of checkpoint {size}",
        count,
        size=seal.size,
    )
    return Check(FAIL, words)
