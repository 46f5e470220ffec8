"""What stands beside the tree: entries that wait, values that open commitments, time stamps."""

from datetime import timedelta

from cryptography.x509 import Certificate
from django.conf import settings

from ledger.connectors.rfc3161 import StampRefused, check_stamp, trusted_roots
from ledger.models import Anchor
from ledger.rules.claims import Claim, Findings
from ledger.rules.commitments import commitment
from ledger.selectors.checkpoints import unsealed
from ledger.selectors.sealed_rows import astray, openings

WAITING, VALUES, STAMPS = "waiting", "values", "stamps"
# An authority's clock and the database's may differ by so much.
CLOCKS_DIFFER = timedelta(minutes=5)


def waiting_claim() -> Claim:
    """Claim that every entry is sealed or waits for it."""
    findings = Findings()
    count, first = astray()
    if count:
        findings.add(
            WAITING, f"{count:,} entries are neither sealed nor waiting, from {first}", first
        )
    waiting, _ = unsealed()
    return findings.claim(WAITING, f"every entry is sealed or waits for it; {waiting:,} wait")


def values_claim() -> Claim:
    """Claim that every stored personal value opens its commitment."""
    findings, count = Findings(), 0
    for part in openings():
        count += len(part)
        for digest, salt, value in part:
            if commitment(salt, value) != digest:
                findings.add(VALUES, f"the value of commitment {digest[:12]} was changed")
    return findings.claim(VALUES, f"{count:,} values open the commitments that entries hold")


def stamps_claim() -> Claim:
    """Claim that every time stamp is of its checkpoint, under a trusted root, at its time."""
    findings, count = Findings(), 0
    try:
        roots = trusted_roots()
    except StampRefused as refused:
        return Claim(STAMPS, "SKIP", str(refused))
    for row in Anchor.objects.select_related("checkpoint").order_by("id").iterator():
        count += 1
        fault = _fault(row, roots)
        if fault:
            words = f"the stamp of {row.authority} on {row.checkpoint.size:,} leaves: {fault}"
            findings.add(STAMPS, words)
    return findings.claim(
        STAMPS, f"{count:,} time stamps are of their checkpoints", _skipped(count)
    )


def _fault(row: Anchor, roots: list[Certificate]) -> str:
    note, token = row.checkpoint.note.encode(), bytes(row.token)
    try:
        gen_time = check_stamp(token=token, note=note, roots=roots)
    except StampRefused as refused:
        return str(refused)
    if gen_time != row.gen_time:
        return "its instant was changed in the row"
    if row.checkpoint.sealed_at - gen_time > CLOCKS_DIFFER:
        return "the database's clock ran ahead of the authority's when it was sealed"
    return ""


def _skipped(count: int) -> str:
    if not count:
        return "no authority has stamped a checkpoint"
    if not settings.LEDGER_TSA_CA:
        return (
            f"{count:,} stamps name their checkpoints; LEDGER_TSA_CA is not set to check who signed"
        )
    return ""
