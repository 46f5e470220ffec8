"""What a pack proves and what it does not, said alike in the report, the index and VERIFY.txt."""

from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256

from reports.rules import figures
from reports.rules.content import Content, Ledgered
from reports.rules.wording import count

CERTIFICATE = "Conformity with a law or a standard. This is evidence, not a certificate."
COVER = (
    "That what people typed is true.",
    "Events that nobody recorded, and the last minute before the checkpoint.",
    "That nobody stole the log's key; a checkpoint that you keep shows a rewritten past.",
    CERTIFICATE,
)
KEPT = (
    "That what people typed is true.",
    "Events that nobody recorded, and what was done in the last minute before the checkpoint.",
    "That the lists, readings and documents beside the ledger lines say the same as the lines: the "
    "signature shows that they are as the application made them, and unchanged since.",
    "That nobody stole the log's key. Who has it can sign another past; only a checkpoint that you "
    "kept yourself, or an outside time stamp, shows that.",
    CERTIFICATE,
)
OUTSIDE = "That no line sealed outside those stretches of the streams is dated inside the period."
ELSEWHERE = (
    "That no line about an incident or a motion was left out where it lies outside the streams "
    "that are said to be whole: the hash of a leaf does not say what the leaf is about."
)
MATTERS = (
    "That every line about these matters is here: a pack of named matters claims no stream to be "
    "whole where it names incidents. A pack of the whole system does."
)


def proved_in_short(content: Content, signed: int) -> list[str]:
    """Return what is proved as the cover has room for it; `signed` counts the signatures."""
    return [
        "Each file is the one that the log's key signed.",
        f"{_entries(content.ledger)} as sealed: none was edited, moved or renumbered.",
        *_whole_in_short(content),
        f"{count_of(signed, 'signature')}, each with signer, meaning, instant and the SHA-256 of "
        "what was shown.",
    ]


def proved(content: Content, signed: int) -> list[str]:
    """Return what the signature, the tree and the digests of this pack prove, in sentences."""
    seal = content.seal
    return [
        "Each file of this pack is the one that was signed: the manifests list its SHA-256, and "
        f"the log's key signed their digest together with the checkpoint of "
        f"{count_of(seal.size, 'leaf', 'leaves')}.",
        f"{_entries(content.ledger)} in that checkpoint's tree, exactly as they were sealed: none "
        "was edited, moved or renumbered since.",
        *_whole(content),
        "The sample in data/populations/sample.csv is the one that the checkpoint's root draws: "
        "nobody chose it.",
        "The tree goes on from every earlier checkpoint in the pack, and from any that you kept.",
        *_stamped(content.ledger.stamps),
        _signatures(signed),
    ]


def not_proved(content: Content) -> list[str]:
    """Return what it does not prove; says how many personal values are withheld."""
    kept = [*KEPT[:2], *_not_whole(content), *KEPT[2:-1]]
    withheld = content.ledger.withheld
    if withheld:
        kept.append(
            f"{count_of(withheld, 'personal value')} in the lines, erased, privileged or not for "
            "this recipient: the lines hold salted commitments to them, and nothing here opens "
            "those."
        )
    return [*kept, KEPT[-1]]


def _not_whole(content: Content) -> Iterator[str]:
    """Say what no hash can show: a leaf's hash does not tell what the leaf is about (PAK-05)."""
    if content.scope.streams or content.scope.everything:
        yield OUTSIDE
    if content.scope.everything:
        return
    if content.scope.breadth == "matters":
        yield MATTERS
    yield ELSEWHERE


def count_of(number: int, one: str, many: str = "") -> str:
    """Say '1 leaf', '12 345 leaves' with the thousands set apart."""
    return count(number, one, many).replace(str(number), figures.number(number), 1)


def _entries(ledger: Ledgered) -> str:
    stand = "stands" if ledger.entries == 1 else "stand"
    return f"{count_of(ledger.entries, 'ledger line')} {stand}"


def _whole_in_short(content: Content) -> Iterator[str]:
    count = len(content.ledger.streams)
    if content.scope.everything:
        yield "No line of the period is missing, of no system and not of the organisation."
    elif count:
        whose = "the system" if count == 1 else f"the {count} systems"
        yield f"No line of {whose} is missing from the period."


def _whole(content: Content) -> Iterator[str]:
    ledger = content.ledger
    held = [stream for stream in ledger.streams if stream.first is not None]
    if len(ledger.streams) == 1 and held:
        stream = held[0]
        yield (
            "No line of the system is missing from the period: its lines are numbered within the "
            f"system's own stream, here {figures.number(stream.first or 0)} to "
            f"{figures.number(stream.last or 0)} of {figures.number(stream.count)}, and the "
            "neighbours before and after go along."
        )
    elif held:
        yield (
            f"No line is missing from the period in any of {len(ledger.streams)} streams (one for "
            "each system, and one for what is of none): lines are numbered within their stream, "
            "data/pack.json says from where to where, and the neighbours before and after go along."
        )
    if ledger.proofs:
        whose = "has a proof of its own" if ledger.proofs == 1 else "have proofs of their own"
        yield (
            f"{count_of(ledger.proofs, 'adopted motion, signature or closing', MANY_ALONE)} "
            f"{whose} in data/audit/proofs, to be shown without the rest."
        )


def _stamped(stamps: int) -> Iterator[str]:
    if stamps:
        yield (
            f"{count_of(stamps, 'time stamp')} of an outside authority: those checkpoints existed "
            "by then, whoever holds the log's key now."
        )


MANY_ALONE = "adopted motions, signatures and closings"


def _signatures(signed: int) -> str:
    return (
        f"{figures.number(signed)} signature{'s name' if signed != 1 else ' names'} the signer, "
        "the meaning, the instant, how the signer was recognised, and the SHA-256 of what was "
        "shown."
    )


def fingerprint(key: str) -> str:
    """Return the SHA-256 of the public key that a vkey (C2SP signed note) holds, in groups of four.

    The first byte, which names the kind of signature, is no part of the key.
    """
    digest = sha256(b64decode(key.split("+", 2)[2])[1:]).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))
