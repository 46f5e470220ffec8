"""What a pack proves and what it does not, said alike in the report, the index and VERIFY.txt."""

from collections.abc import Iterator

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
    "That no line sealed outside that stretch of the system's stream is dated inside the period.",
    "That no line about an incident or a motion was left out where it lies outside the system's "
    "own stream: the hash of a leaf does not say what the leaf is about.",
    "That the lists, readings and documents beside the ledger lines say the same as the lines: the "
    "signature shows that they are as the application made them, and unchanged since.",
    "That nobody stole the log's key. Who has it can sign another past; only a checkpoint that you "
    "kept yourself, or an outside time stamp, shows that.",
    CERTIFICATE,
)


def proved_in_short(content: Content) -> list[str]:
    """Return what is proved as the cover has room for it."""
    signed = len(content.matters.signatures)
    return [
        "Each file is the one that the log's key signed.",
        f"{_entries(content.ledger)} as sealed: none was edited, moved or renumbered.",
        "No line of the system is missing from the period.",
        f"{count_of(signed, 'signature')}, each with signer, meaning, instant and the SHA-256 of "
        "what was shown.",
    ]


def proved(content: Content) -> list[str]:
    """Return what the signature, the tree and the digests of this pack prove, in sentences."""
    seal = content.seal
    return [
        "Each file of this pack is the one that was signed: the manifests list its SHA-256, and "
        f"the log's key signed their digest together with the checkpoint of "
        f"{count_of(seal.size, 'leaf', 'leaves')}.",
        f"{_entries(content.ledger)} in that checkpoint's tree, exactly as they were sealed: none "
        "was edited, moved or renumbered since.",
        *_whole(content.ledger),
        "The tree goes on from every earlier checkpoint in the pack, and from any that you kept.",
        *_stamped(content.ledger.stamps),
        _signatures(len(content.matters.signatures)),
    ]


def not_proved(content: Content) -> list[str]:
    """Return what it does not prove; says how many personal values are withheld."""
    withheld = content.ledger.withheld
    if not withheld:
        return list(KEPT)
    words = (
        f"{count_of(withheld, 'personal value')} in the lines, erased or privileged: the lines "
        "hold salted commitments to them, and nothing here opens those."
    )
    return [*KEPT[:-1], words, KEPT[-1]]


def count_of(number: int, one: str, many: str = "") -> str:
    """Say '1 leaf', '12 345 leaves' with the thousands set apart."""
    return count(number, one, many).replace(str(number), figures.number(number), 1)


def _entries(ledger: Ledgered) -> str:
    stand = "stands" if ledger.entries == 1 else "stand"
    return f"{count_of(ledger.entries, 'ledger line')} {stand}"


def _whole(ledger: Ledgered) -> Iterator[str]:
    stream = ledger.stream
    if stream.first is not None and stream.last is not None:
        yield (
            "No line of the system is missing from the period: its lines are numbered within the "
            f"system's own stream, here {figures.number(stream.first)} to "
            f"{figures.number(stream.last)} of {figures.number(stream.count)}, and the neighbours "
            "before and after go along."
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
