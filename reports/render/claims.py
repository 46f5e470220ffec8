"""What a pack proves and what it does not, said alike in the report, the index and VERIFY.txt."""

from reports.rules import figures
from reports.rules.content import Content

NOT_PROVED = (
    "That what people typed is true.",
    "Events that nobody recorded.",
    "That nobody changed the database or this pack before you had it: entries are not sealed and "
    "packs are not signed in this version. Compare the pack's SHA-256 with the one on record.",
    "That no entry is left out between the first and the last line, for the same reason.",
    "Conformity with a law or a standard. This is evidence, not a certificate.",
)


def proved(content: Content) -> list[str]:
    """Return what the digests of this pack prove, in sentences."""
    signed = len(content.matters.signatures)
    return [
        "Each file of this pack is the one that its manifest lists: changing one byte of one file "
        "is found by the two commands in VERIFY.txt.",
        f"{figures.number(content.ledger.entries)} ledger entries stand as exact lines, each with "
        "its number and its SHA-256.",
        f"{figures.number(signed)} signature{'s name' if signed != 1 else ' names'} the signer, "
        "the meaning, the instant, how the signer was recognised, and the SHA-256 of what was "
        "shown.",
    ]
