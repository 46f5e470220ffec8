"""What makes ledger lines checkable without us: hashes, checkpoints, keys, proofs, openings.

The same files stand in a pack (data/audit) and in a bare export of the ledger.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from ledger.rules.lines import instant
from ledger.rules.worded import as_text
from ledger.selectors.checkpoints import Seal, keys
from ledger.selectors.extracts import disclosures
from ledger.selectors.tree import leaf_hashes, proof_text
from ledger.selectors.witnesses import stamps, witnesses
from reports.rules.files import slug


def write_witnesses(folder: Path, seal: Seal, since: datetime | None) -> int:
    """Write the checkpoint, earlier ones, the public keys and time stamps; return how many stamps.

    From `since` on, or from the beginning; what came in after the seal is left out, so that the
    same seal gives the same files.
    """
    (folder / "checkpoint").write_text(seal.note, encoding="utf-8", newline="\n")
    found = stamps(size=seal.size, since=since, received_by=seal.sealed_at)
    for stamp in found:
        path = folder / f"anchors/{stamp.size}-{slug(stamp.authority)}.tsr"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(stamp.token)
    rows = witnesses(size=seal.size, since=since, stamped={stamp.size for stamp in found})
    with (folder / "checkpoints.jsonl").open("wb") as file:
        for row in rows:
            file.write(_line({"note": row.note, "sealed": instant(row.sealed_at)}))
    (folder / "keys.json").write_bytes(_line(_keys(seal.size)))
    return len(found)


def write_hashes(folder: Path, size: int) -> None:
    """Write the hashes of all leaves, 32 bytes each, for who has not all lines."""
    with (folder / "leaf-hashes.bin").open("wb") as file:
        for found in leaf_hashes(size=size):
            file.write(found)


def write_proofs(folder: Path, seqs: Iterable[int], seal: Seal) -> int:
    """Write the inclusion proof of each line (C2SP tlog-proof); return how many."""
    count = 0
    for seq in seqs:
        path = folder / f"proofs/{seq}.tlog-proof"
        path.parent.mkdir(exist_ok=True)
        path.write_text(proof_text(seq=seq, seal=seal), encoding="utf-8", newline="\n")
        count += 1
    return count


def write_disclosures(
    folder: Path, commitments: Iterable[str], kinds: Collection[str] | None = None
) -> int:
    """Write what opens these commitments and still may be opened; return how many.

    `commitments` come in their order; of `kinds` (None: all) only are opened.
    """
    count = 0
    with (folder / "disclosures.jsonl").open("wb") as file:
        for found in disclosures(commitments=commitments):
            if kinds is not None and found.kind not in kinds:
                continue
            file.write(
                _line(
                    {
                        "commitment": found.commitment,
                        "kind": found.kind,
                        "salt": found.salt.hex(),
                        "subject": found.subject,
                        "value": found.value,
                    }
                )
            )
            count += 1
    return count


def _keys(size: int) -> list[dict[str, object]]:
    """Return the keys as of a size: one that came later is no part of it."""
    return [
        {
            "vkey": key.vkey,
            "from_size": key.from_size,
            "to_size": key.to_size if key.to_size is not None and key.to_size <= size else None,
        }
        for key in keys()
        if key.from_size <= size
    ]


def _line(value: object) -> bytes:
    return msgspec.json.encode(value, enc_hook=as_text) + b"\n"
